"""The scores of each person on one form of a questionnaire, as outcomes are counted from them. Reads; counts nothing.

A form is a code with a version: what was scored on one is never put together with what was scored on another.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Max

from monitoring.engine.records import InstrumentSpec
from monitoring.models import MonitoringPlan, Score
from monitoring.plans import instruments, plans
from monitoring.plans.instruments import Form
from patients.models import Episode

WEEK_DAYS = 7


class NoScoresOfInstrument(LookupError):
    """The clinic has no score of this instrument, or not on this form of it."""


class SeveralForms(LookupError):
    """There are scores on several versions of an instrument, and nobody said which is meant."""

    def __init__(self, instrument: str, versions: Sequence[str]) -> None:
        super().__init__(f"{instrument} has scores on {len(versions)} versions: {', '.join(versions)}")


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
    """All scores of one person on one form, oldest first, at least one.

    Attributes:
        person: the clinic's own number, else the name.
        key: of the episode; two people may have one name, and one person two episodes.
        observed_days: days since the start of the episode up to now, to its end, or to the first score on another form.
        asked_days: days since the start up to which scores were to come; None where nobody asks for any.
        agreed_days: the agreed interval between two scores; None where none was agreed.
        has_other_form: whether there are scores on another form of the same questionnaire.
    """

    person: str
    visits: tuple[DatedScore, ...]
    observed_days: int
    key: str = ""
    first_on: date = date.min
    asked_days: int | None = None
    agreed_days: float | None = None
    has_other_form: bool = False


def scored_forms(instrument: str = "") -> list[Form]:
    """Return the forms of which the present clinic has scores, by code, the one that was used last first."""
    rows = Score.objects.filter(value__isnull=False, **({"instrument": instrument} if instrument else {}))
    used = rows.values_list("instrument", "instrument_version").annotate(last_on=Max("about_on"))
    return [
        (code, version) for code, version, _last_on in used.order_by("instrument", "-last_on", "-instrument_version")
    ]


def only_form(instrument: str, version: str = "") -> Form:
    """Return the form that is meant: the named version, or the only one.

    Raises:
        NoScoresOfInstrument: there is no score of it.
        SeveralForms: there are several versions, and none was named.
    """
    forms = scored_forms(instrument)
    if version:
        forms = [form for form in forms if form[1] == version]
    if not forms:
        raise NoScoresOfInstrument(f"{instrument} version {version}" if version else instrument)
    if len(forms) > 1:
        raise SeveralForms(instrument, sorted(version for _code, version in forms))
    return forms[0]


def load_courses(form: Form, *, at: datetime) -> list[ScoreCourse]:
    """Return the courses of the present clinic on one form, in the order of the people's numbers.

    Raises:
        NoScoresOfInstrument: there is no score.
    """
    code, version = form
    rows = Score.objects.filter(instrument=code, value__isnull=False).order_by("about_on")
    by_episode: dict[UUID, list[tuple[date, float]]] = defaultdict(list)
    elsewhere: dict[UUID, list[date]] = defaultdict(list)
    for episode_id, scored_on, about_on, value in rows.values_list(
        "episode_id", "instrument_version", "about_on", "value"
    ):
        if scored_on == version:
            by_episode[episode_id].append((about_on, float(value or 0)))
        else:
            elsewhere[episode_id].append(about_on)
    if not by_episode:
        raise NoScoresOfInstrument(code)
    episodes = Episode.objects.filter(pk__in=by_episode).select_related("patient")
    ordered = episodes.order_by("patient__external_id", "patient__name", "started_on")
    asked = _asked_of(by_episode, code)
    return [
        _course(episode, by_episode[episode.pk], elsewhere[episode.pk], asked.get(episode.pk), at)
        for episode in ordered
    ]


@dataclass(frozen=True, kw_only=True)
class _Questions:
    """How often a plan asks for a questionnaire, and until when."""

    every_days: int
    until: date


def _asked_of(episodes: Collection[UUID], instrument: str) -> dict[UUID, _Questions]:
    """Return what was agreed about a questionnaire in each episode whose plan asks for it."""
    rows = MonitoringPlan.objects.filter(episode__in=episodes, instruments__has_key=instrument)
    return {
        plan.episode_id: _Questions(every_days=WEEK_DAYS * int(plan.instruments[instrument]), until=_asked_until(plan))
        for plan in rows
    }


def _asked_until(plan: MonitoringPlan) -> date:
    """Return the day on which a plan ends or was paused, the last day there is where it goes on."""
    paused_on = plans.local_day(plan.paused_at, plan.time_zone) if plan.paused_at else date.max
    return min(plan.ends_on or date.max, paused_on)


def _course(
    episode: Episode,
    scores: Sequence[tuple[date, float]],
    on_other_forms: Sequence[date],
    asked: _Questions | None,
    at: datetime,
) -> ScoreCourse:
    """Return one episode's scores as a course; a score on another form ends it, for better or worse."""
    start, last_on = episode.started_on, scores[-1][0]
    until = episode.ended_on or plans.local_day(at, episode.patient.time_zone)
    is_known = asked is not None or episode.ended_on is not None
    asked_until = min(until, asked.until if asked else until)
    changed_on = min((on for on in on_other_forms if on >= last_on), default=until)
    return ScoreCourse(
        person=episode.patient.external_id or episode.patient.name,
        key=str(episode.pk),
        visits=tuple(DatedScore(day=(on - start).days, value=value) for on, value in scores),
        observed_days=(min(until, changed_on) - start).days,
        first_on=scores[0][0],
        asked_days=(min(asked_until, changed_on) - start).days if is_known else None,
        agreed_days=asked.every_days if asked else None,
        has_other_form=bool(on_other_forms),
    )


def load_spec(form: Form) -> InstrumentSpec:
    """Return the instrument with the direction, range and lines of one form.

    Raises:
        NoScoresOfInstrument: neither bundled nor declared by the present clinic.
    """
    spec = instruments.form_specs([form]).get(form)
    if spec is None:
        raise NoScoresOfInstrument(form[0])
    return spec


def week_of(visit: DatedScore) -> int:
    """Return the nearest week since the start."""
    return round(visit.day / WEEK_DAYS)
