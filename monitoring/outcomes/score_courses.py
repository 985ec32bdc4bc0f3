"""The scores of each person in one questionnaire, as outcomes are counted from them. Reads; counts nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from monitoring.assessments import assessments
from monitoring.engine.records import InstrumentSpec
from monitoring.models import Score
from monitoring.plans import plans
from patients.models import Episode

WEEK_DAYS = 7


class NoScoresOfInstrument(LookupError):
    """The clinic has no score of this instrument."""


@dataclass(frozen=True, kw_only=True)
class DatedScore:
    """One score of one person.

    Attributes:
        day: days since the start of the episode.
        value: total in its published direction.
    """

    day: int
    value: float


@dataclass(frozen=True, kw_only=True)
class ScoreCourse:
    """All scores of one person in one instrument, oldest first, at least one.

    Attributes:
        person: the clinic's own number, else the name.
        first_on: the day of the first score.
        observed_days: days since the start of the episode up to now, or to its end.
    """

    person: str
    visits: tuple[DatedScore, ...]
    observed_days: int
    first_on: date = date.min


def load_courses(*, instrument: str, at: datetime) -> list[ScoreCourse]:
    """Return the courses of the present clinic in one instrument, in the order of the people's numbers.

    Raises:
        UnknownInstrument: there is no score.
    """
    rows = Score.objects.filter(instrument=instrument, value__isnull=False)
    by_episode: dict[UUID, list[tuple[date, float]]] = defaultdict(list)
    for episode_id, about_on, value in rows.order_by("about_on").values_list("episode_id", "about_on", "value"):
        by_episode[episode_id].append((about_on, float(value or 0)))
    if not by_episode:
        raise NoScoresOfInstrument(instrument)
    episodes = Episode.objects.filter(pk__in=by_episode).select_related("patient")
    ordered = episodes.order_by("patient__external_id", "patient__name", "started_on")
    return [_course(episode, by_episode[episode.pk], at) for episode in ordered]


def _course(episode: Episode, scores: Sequence[tuple[date, float]], at: datetime) -> ScoreCourse:
    """Return one episode's scores as a course."""
    until = episode.ended_on or plans.local_day(at, episode.patient.time_zone)
    start = episode.started_on
    return ScoreCourse(
        person=episode.patient.external_id or episode.patient.name,
        visits=tuple(DatedScore(day=(on - start).days, value=value) for on, value in scores),
        observed_days=(until - start).days,
        first_on=scores[0][0],
    )


def load_spec(instrument: str) -> InstrumentSpec:
    """Return the instrument with its direction, range and lines.

    Raises:
        UnknownInstrument: neither bundled nor declared by the present clinic.
    """
    spec = assessments.instrument_specs({instrument}).get(instrument)
    if spec is None:
        raise NoScoresOfInstrument(instrument)
    return spec


def week_of(visit: DatedScore) -> int:
    """Return the nearest week since the start."""
    return round(visit.day / WEEK_DAYS)
