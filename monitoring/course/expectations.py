"""What was agreed to get better, on the scale of its series, and whether it did. No queries of its own."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.course.pictures import Panel, Reached, Target
from monitoring.engine import Direction
from monitoring.plans import plans
from monitoring.words.formats import short_number
from patients.models import Expectation, Intervention
from patients.models.exposure import Measure


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """What something tried should bring, as it was recorded."""

    intervention_id: UUID
    measure: Measure
    points: float
    by_on: dt.date
    recorded_at: dt.datetime


def of_episode(*, at: dt.datetime) -> ArraySubquery:
    """Return all agreements of the episode of an outer query: they ride with its row instead of asking again."""
    rows = Expectation.objects.filter(
        intervention__episode=OuterRef("pk"), intervention__voided_at__isnull=True, recorded_at__lte=at
    ).order_by("by_on")
    fields = ("intervention_id", "measure", "points", "by_on", "recorded_at")
    return ArraySubquery(rows.values(row=JSONObject(**{field: field for field in fields})))


def agreement(row: dict[str, Any]) -> Agreement:
    """Return an agreement from its row in a query."""
    return Agreement(
        intervention_id=UUID(row["intervention_id"]),
        measure=Measure(row["measure"]),
        points=float(row["points"]),
        by_on=dt.date.fromisoformat(row["by_on"]),
        recorded_at=dt.datetime.fromisoformat(row["recorded_at"]),
    )


def targets(
    agreements: Sequence[Agreement],
    panels: Sequence[Panel],
    interventions: Iterable[Intervention],
    *,
    zone: str,
    today: dt.date,
) -> tuple[Target, ...]:
    """Return what was agreed, by its day; panels are whole, not yet cut to what is shown."""
    panel_of = {panel.key: panel for panel in panels}
    tried = {row.pk: row for row in interventions}
    return tuple(
        _target(
            panel_of.get(expectation.measure),
            expectation,
            tried[expectation.intervention_id],
            plans.local_day(expectation.recorded_at, zone),
            today,
        )
        for expectation in agreements
        if expectation.intervention_id in tried
    )


def _target(
    panel: Panel | None, expectation: Agreement, row: Intervention, agreed_on: dt.date, today: dt.date
) -> Target:
    """Return one agreement: better than on the day it was made, by so much, on the day it names.

    Until that day, the newest value decides; after it, the value of that day.
    """
    before = _value_on(panel, agreed_on) if panel else None
    target = Target(
        key=expectation.measure,
        from_on=agreed_on,
        by_on=expectation.by_on,
        reached=Reached.UNKNOWN,
        is_running=row.stopped_on is None,
        what=row.name,
        words=_("%(expected)s: nothing to compare with yet") % {"expected": _expected(expectation)},
    )
    if panel is None or before is None:
        return target
    step = expectation.points * (-1 if panel.direction is Direction.HIGHER_IS_WORSE else 1)
    value = min(max(before + step, panel.minimum), panel.maximum)
    last_on = min(expectation.by_on, today)
    now = _value_on(panel, last_on) if any(agreed_on < answer.on <= last_on for answer in panel.answers) else None
    reached = Reached.UNKNOWN if now is None else _reached(panel, now, value, is_over=today >= expectation.by_on)
    return Target(
        key=expectation.measure,
        from_on=agreed_on,
        by_on=expectation.by_on,
        reached=reached,
        is_running=row.stopped_on is None,
        what=row.name,
        value=value,
        words=_words(expectation, reached, before, now, value),
    )


def _value_on(panel: Panel, day: dt.date) -> float | None:
    """Return where a series stood: the score of an instrument, the level of a rating, whose single weeks are noisy."""
    points = (
        [(answer.on, answer.value) for answer in panel.answers]
        if panel.is_instrument or not panel.levels
        else [(point.on, point.level) for point in panel.levels]
    )
    values = [value for on, value in points if on <= day]
    return values[-1] if values else None


def _reached(panel: Panel, now: float, value: float, *, is_over: bool) -> Reached:
    # As they are printed: 4.04 is 4.
    distance = round(now, 1) - round(value, 1)
    if (distance <= 0) if panel.direction is Direction.HIGHER_IS_WORSE else (distance >= 0):
        return Reached.MET
    return Reached.MISSED if is_over else Reached.WAITING


def _words(expectation: Agreement, reached: Reached, before: float, now: float | None, value: float) -> str:
    sentences = {
        Reached.MET: _("%(expected)s: met (%(now)s, from %(before)s; expected was %(value)s)"),
        Reached.WAITING: _("%(expected)s: not met yet (%(now)s, from %(before)s; expected is %(value)s)"),
        Reached.MISSED: _("%(expected)s: not met (%(now)s, from %(before)s; expected was %(value)s)"),
        Reached.UNKNOWN: _("%(expected)s: no answer since it was agreed (from %(before)s; expected is %(value)s)"),
    }
    return sentences[reached] % {
        "expected": _expected(expectation),
        "before": short_number(before),
        "now": "" if now is None else short_number(now),
        "value": short_number(value),
    }


def _expected(expectation: Agreement) -> str:
    return _("%(what)s %(points)s better by %(day)s") % {
        "what": str(expectation.measure.label),
        "points": short_number(expectation.points),
        "day": date_format(expectation.by_on, "j M Y"),
    }
