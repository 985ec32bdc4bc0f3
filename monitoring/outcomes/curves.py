"""Time to a response and time to a relapse, read at a few weeks, with small groups hidden."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext as _

from monitoring.engine.records import InstrumentSpec
from monitoring.models import Score
from monitoring.outcomes import score_courses, thresholds
from monitoring.outcomes.estimates.survival import SurvivalStep, Watched, free_at, kaplan_meier, median_week
from monitoring.outcomes.score_courses import DatedScore, ScoreCourse
from monitoring.outcomes.small_cells import SMALL, Cell, shown
from monitoring.plans import plans
from monitoring.plans.instruments import Form
from patients.models import Episode, Intervention
from patients.models.care import InterventionKind

# Weeks at which time to response and time to relapse are read.
RESPONSE_WEEKS = (4, 8, 12)
RELAPSE_WEEKS = (12, 26, 52)


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """A curve at one week.

    Attributes:
        step: the share free of the event; None where it is hidden or nothing can be said.
        followed: people still followed then; None where they are few, or few are between two numbers.
        is_watched: whether the curve reaches that far.
        unmeasured_from: the first of the weeks up to this one in which nobody was measured; None where somebody was.
    """

    week: int
    step: SurvivalStep | None
    followed: int | None
    is_watched: bool
    unmeasured_from: int | None = None

    @property
    def is_over(self) -> bool:
        """Say whether it has happened to everybody, so that nobody is left to follow."""
        return self.step is not None and self.step.free == 0


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Time until something happens in one group, read at a few weeks.

    Attributes:
        people: None where the group is hidden.
        is_counted: whether the number of people may be told.
        measured: of whom something was known after the start; None where it is hidden.
        median: the week by which it has happened to half of them; None where that was not seen.
    """

    name: str
    people: int | None
    is_counted: bool = True
    measured: Cell | None = None
    at: tuple[CurvePoint, ...] = ()
    median: float | None = None


def response_curve(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> Curve:
    """Return the time to the first response that a later form confirmed, of those who did not start well.

    Who has none is watched to the last score.
    """
    people = [_until_response(course, spec) for course in courses if thresholds.starts_above(course, spec)]
    return curve(_("All"), people, RESPONSE_WEEKS, out_of=len(courses))


def _until_response(course: ScoreCourse, spec: InstrumentSpec) -> Watched:
    first = next((i for i in range(1, len(course.visits)) if thresholds.is_confirmed_response(course, spec, i)), None)
    seen = [float(_weeks(course.visits[0], visit)) for visit in course.visits[: None if first is None else first + 1]]
    return Watched(weeks=seen[-1], happened=first is not None, seen=tuple(seen[1:]))


def _weeks(first: DatedScore, last: DatedScore) -> int:
    """Return the weeks from one visit to another, rounded."""
    return round((last.day - first.day) / score_courses.WEEK_DAYS)


def curve(name: str, people: Sequence[Watched], weeks: Sequence[int], *, out_of: int = 0) -> Curve:
    """Return a curve read at a few weeks; one about few people, or about few events, is hidden.

    `out_of` is a number of people told elsewhere of whom these are a part: a small rest is not to be worked out.
    """
    events = sum(person.happened for person in people)
    if shown(events, len(people)).is_hidden:
        return Curve(name=name, people=None)
    steps = kaplan_meier(people)
    followed = _followed(people, weeks, out_of or len(people))
    spans = zip((0, *weeks), weeks, followed, strict=False)
    measured = sum(person.was_seen(0, person.weeks) for person in people)
    return Curve(
        name=name,
        people=len(people),
        is_counted=not 0 < out_of - len(people) < SMALL,
        measured=shown(measured, len(people)),
        at=tuple(_reading(people, steps, after, week, number) for after, week, number in spans),
        median=median_week([step for step in steps if step.at_risk >= SMALL]),
    )


def _reading(
    people: Sequence[Watched], steps: Sequence[SurvivalStep], after: int, week: int, followed: int | None
) -> CurvePoint:
    """Return a curve at one week; it says nothing past the last week with five people, nor where nobody was measured.

    `after` is the week that is read before this one: somebody has to be measured between the two.
    """
    reading = CurvePoint(week=week, step=None, followed=None, is_watched=_is_watched(people, week))
    if not reading.is_watched:
        return reading
    step = free_at(steps, week)
    if step.free and not any(person.was_seen(after, week) for person in people):
        return replace(reading, unmeasured_from=after + 1)
    return replace(reading, step=None if _is_small(people, week) else step, followed=followed)


def _is_watched(people: Sequence[Watched], week: int) -> bool:
    """Say whether at least five people were followed at a week, or no one left before it happened."""
    has_left = any(not person.happened and person.weeks < week for person in people)
    return not has_left or sum(person.weeks >= week for person in people) >= SMALL


def _followed(people: Sequence[Watched], weeks: Sequence[int], told: int) -> list[int | None]:
    """Return how many were still watched at each week, without small numbers and without small differences.

    `told` is the number of people that is told before the first week.
    """
    found: list[int | None] = []
    before = told
    for week in weeks:
        number = sum(person.weeks >= week for person in people)
        is_small = number < SMALL or 0 < before - number < SMALL
        found.append(None if is_small else number)
        before = before if is_small else number
    return found


def _is_small(people: Sequence[Watched], week: int) -> bool:
    """Say whether it has happened to a few people only by a week, or to all but a few."""
    events = sum(person.happened and person.weeks <= week for person in people)
    return shown(events, len(people)).is_hidden


# ---------- after discharge ----------


def relapse_curves(spec: InstrumentSpec, at: dt.datetime) -> tuple[Curve, ...]:
    """Return who stayed free of a relapse after discharge, by kind of treatment.

    A relapse is a later score on the same form that is clearly worse than the last one before discharge and not in
    remission, or a new episode. Who was not well at discharge is left out. Our own definition.
    """
    ended = Episode.objects.filter(ended_on__isnull=False).select_related("patient")
    scores = _scores_of_patients((spec.code, spec.version))
    opened: dict[UUID, list[dt.date]] = defaultdict(list)
    for patient_id, day in Episode.objects.values_list("patient_id", "started_on"):
        opened[patient_id].append(day)
    kinds = _kinds()
    groups: dict[str, list[Watched]] = defaultdict(list)
    for episode in ended:
        watched = _until_relapse(episode, scores[episode.patient_id], opened[episode.patient_id], spec, at)
        if watched is not None:
            groups[_treatment(kinds[episode.pk])].append(watched)
    curves = [curve(name, people, RELAPSE_WEEKS) for name, people in sorted(groups.items())]
    return _without_single_hidden(curves)


def _without_single_hidden(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Hide the smallest shown group beside a single hidden one."""
    open_curves = sorted((one for one in curves if one.people is not None), key=lambda one: one.people or 0)
    if len(curves) - len(open_curves) != 1 or not open_curves:
        return tuple(curves)
    smallest = open_curves[0]
    return tuple(Curve(name=one.name, people=None) if one is smallest else one for one in curves)


def _scores_of_patients(form: Form) -> dict[UUID, list[tuple[dt.date, float]]]:
    """Return all scores of each patient on one form, over all episodes, oldest first."""
    rows = Score.objects.filter(instrument=form[0], instrument_version=form[1], value__isnull=False)
    rows = rows.order_by("about_on")
    found: dict[UUID, list[tuple[dt.date, float]]] = defaultdict(list)
    for patient_id, day, value in rows.values_list("episode__patient_id", "about_on", "value"):
        found[patient_id].append((day, float(value or 0)))
    return found


def _kinds() -> dict[UUID, set[str]]:
    """Return the kinds of what was tried in each episode."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for episode_id, kind in Intervention.objects.values_list("episode_id", "kind").distinct():
        found[episode_id].add(kind)
    return found


def _treatment(kinds: set[str]) -> str:
    """Return medicine, therapy, both or neither."""
    has_medicine, has_therapy = InterventionKind.MEDICATION in kinds, InterventionKind.PSYCHOTHERAPY in kinds
    if has_medicine and has_therapy:
        return _("Medicine and therapy")
    if has_medicine:
        return _("Medicine")
    return _("Therapy") if has_therapy else _("Neither")


def _until_relapse(
    episode: Episode,
    scores: Sequence[tuple[dt.date, float]],
    opened: Sequence[dt.date],
    spec: InstrumentSpec,
    at: dt.datetime,
) -> Watched | None:
    """Return how long someone stayed well after discharge; None who was not well then."""
    end = episode.ended_on
    before = [value for day, value in scores if end is not None and episode.started_on <= day <= end]
    if end is None or not before or not thresholds.is_remission(before[-1], spec):
        return None
    worse = (
        day
        for day, value in scores
        if day > end
        and thresholds.is_clearly_worse(value, before[-1], spec)
        and not thresholds.is_remission(value, spec)
    )
    relapsed = min((*worse, *(day for day in opened if day > end)), default=None)
    until = relapsed or plans.local_day(at, episode.patient.time_zone)
    known = {day for day, _value in scores if end < day <= until} | ({relapsed} if relapsed else set())
    return Watched(
        weeks=max(_weeks_between(end, until), 0.0),
        happened=relapsed is not None,
        seen=tuple(_weeks_between(end, day) for day in sorted(known)),
    )


def _weeks_between(first: dt.date, last: dt.date) -> float:
    return (last - first).days / score_courses.WEEK_DAYS
