"""The rows that a course is made of, read once. Reads only."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from monitoring.assessments import assessments, judgements
from monitoring.assessments.assessments import EpisodeRows
from monitoring.assessments.judgements import StoredJudgement
from monitoring.course import expectations
from monitoring.course.answers import is_of_a_later_day
from monitoring.course.expectations import Agreement
from monitoring.engine import History
from monitoring.models import Alert, CheckIn, OwnItem, Review
from monitoring.models.alerts import PRESSING_FIRST
from monitoring.plans import plans
from patients.care import treatments
from patients.models import CareTeamMembership, Episode, LifeEvent
from patients.queries import AskedQuery, compiled


@dataclass(frozen=True, kw_only=True)
class CourseRows(EpisodeRows):
    """Everything that is drawn of an episode, each table read once.

    Attributes:
        history: the rows in the engine's words.
        judgement: what the engine said about them.
        replaced: versions that a correction of a later day has replaced.
        responsible: who is responsible, by name; empty where no one is.
        reviewed_on: the day of the last review; None before the first.
        review_was_held: whether it was recorded as held, or only planned for its day.
        agreements: what was agreed to get better.
        own_items: the patient's own questions.
    """

    history: History
    judgement: StoredJudgement
    replaced: Sequence[CheckIn]
    events: Sequence[LifeEvent]
    alerts: Sequence[Alert]
    responsible: str
    reviewed_on: dt.date | None
    review_was_held: bool
    agreements: Sequence[Agreement]
    own_items: Sequence[OwnItem]


def load_course_rows(episode: Episode, *, along: Sequence[AskedQuery[Any]] = (), at: dt.datetime) -> CourseRows:
    """Return the rows of an episode up to a moment, asked for in one go, and whatever else is to be asked along."""
    care_row = _care_row.asking(episode.pk, at)
    events, alerts = _events.asking(episode.pk), _alerts.asking(episode.pk)
    runs, signals = judgements.asking(episode)
    rows = assessments.load_rows(episode, as_of=at, along=(events, alerts, care_row, runs, signals, *along))
    treatments.hand_out(rows.interventions, rows.sessions, name="recorded_sessions")
    responsible, reviewed_on, review_was_held, agreements = _care(episode, care_row.rows[0])
    asks_own = any(row.own_item_id is not None for row in rows.versions)
    return CourseRows(
        **{field.name: getattr(rows, field.name) for field in fields(rows)},
        history=assessments.history_of(episode, rows, as_of=at),
        judgement=judgements.judgement_of(runs.rows, signals.rows, day_of=_days_of(rows, episode.patient.time_zone)),
        replaced=_replaced(rows.versions, episode.patient.time_zone),
        events=events.rows,
        alerts=alerts.rows,
        responsible=responsible,
        reviewed_on=reviewed_on,
        review_was_held=review_was_held,
        agreements=agreements,
        own_items=list(OwnItem.objects.filter(episode=episode)) if asks_own else (),
    )


def _days_of(rows: EpisodeRows, zone: str) -> Callable[[dt.datetime], dt.date]:
    """Return what tells the day it was for a person at a moment: never before what had been answered about by then."""
    given = sorted((row.submitted_at, row.about_on) for row in rows.versions)
    moments = [submitted_at for submitted_at, _about_on in given]
    newest = list(accumulate((about_on for _submitted_at, about_on in given), max))

    def day_of(moment: dt.datetime) -> dt.date:
        known = bisect_right(moments, moment)
        return plans.today_of(zone, newest[known - 1 : known], at=moment)

    return day_of


@compiled
def _events(episode_id: UUID) -> QuerySet[LifeEvent]:
    return LifeEvent.objects.filter(episode_id=episode_id).order_by("happened_on")


@compiled
def _alerts(episode_id: UUID) -> QuerySet[Alert]:
    return Alert.objects.filter(episode_id=episode_id).select_related("owner", "check_in").order_by(*PRESSING_FIRST)


def _care(episode: Episode, row: tuple[Any, ...]) -> tuple[str, dt.date | None, bool, list[Agreement]]:
    """Return who is responsible, the day of the last review, and what was agreed to get better.

    A review counts as held where that was recorded. Otherwise all that is known is the day it was planned for.
    """
    responsible, reviewed_at, held_at, agreed = row
    reviewed_on = plans.local_day(reviewed_at, episode.patient.time_zone) if reviewed_at else None
    return responsible or "", reviewed_on, held_at is not None, [expectations.agreement(fields) for fields in agreed]


@compiled
def _care_row(episode_id: UUID, at: dt.datetime) -> QuerySet[Episode, tuple[Any, ...]]:
    team = CareTeamMembership.objects.filter(episode=OuterRef("pk"), is_responsible=True, left_at__isnull=True)
    name = Coalesce(NullIf("user__name", Value("", CharField())), "user__email", output_field=CharField())
    past = Review.objects.filter(
        Q(held_at__lte=at) | Q(held_at__isnull=True, missed_at__isnull=True, planned_at__lte=at)
    )
    last = past.filter(episode=OuterRef("pk")).order_by("-planned_at")
    return Episode.objects.filter(pk=episode_id).values_list(
        Subquery(team.values(value=name)[:1]),
        Subquery(last.values(value=Coalesce("held_at", "planned_at"))[:1]),
        Subquery(last.values("held_at")[:1]),
        expectations.of_episode(at=at),
    )


def _replaced(rows: Sequence[CheckIn], zone: str) -> list[CheckIn]:
    """Return the versions that a correction of a later day has replaced: until midnight a change has no label."""
    corrections = {row.corrects_id: row for row in rows if row.corrects_id is not None}
    return [
        row
        for row in rows
        if row.superseded_at is not None
        and (later := corrections.get(row.pk)) is not None
        and is_of_a_later_day(later, row, zone=zone)
    ]
