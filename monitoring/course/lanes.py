"""What was tried and what happened, as lanes beneath the panels. No queries: rows come in, drawings' data goes out."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from monitoring.course.pictures import Bar, Flag, Lane, Look, Span, Strip, StripMark
from monitoring.models import Alert, CheckIn, MedicineReport
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import DosesTaken
from monitoring.plans import medicines
from monitoring.words import wording
from patients import zones
from patients.models import Intervention, InterventionDose, LifeEvent, Session
from patients.models.care import InterventionKind
from patients.models.exposure import Kept

# A symptom from here on is more than mild, 0 to 3. Source: docs/engine.md#after-a-start.
STRONG = 2
# An alert has the shape of the state it is about. A kind without a line here has the shape of getting worse.
ALERT_LOOKS: Mapping[str, Look] = {
    AlertKind.RISK_ANSWER: Look.SAFETY,
    AlertKind.BODY_WARNING: Look.WATCH,
    AlertKind.CONTACT_WISH: Look.ASKED,
    AlertKind.SIDE_EFFECT: Look.WATCH,
    AlertKind.DISCONTINUATION: Look.WATCH,
    AlertKind.NOT_ON_TRACK: Look.WATCH,
    AlertKind.MISSED_CHECK_INS: Look.NONE,
    AlertKind.NOT_ASSESSED: Look.NONE,
}
# A dose as people write it: a number first, then its unit and the rest ("20 mg", "37,5 mg at night").
LEADING_NUMBER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]*)")


def intervention_lanes(interventions: Sequence[Intervention], span: Span) -> list[Lane]:
    """Return one lane per kind of intervention, in the order of the choices, with the sessions that were held."""
    by_kind: dict[str, list[Intervention]] = defaultdict(list)
    for row in interventions:
        by_kind[row.kind].append(row)
    lanes = [
        Lane(
            key=f"lane-{kind.value}",
            name=str(kind.label),
            bars=tuple(bar for row in by_kind[kind.value] for bar in _bars(row, span)),
            strips=tuple(_sessions(by_kind[kind.value], span)),
        )
        for kind in InterventionKind
        if kind.value in by_kind
    ]
    return [lane for lane in lanes if lane.bars or lane.strips]


def _bars(row: Intervention, span: Span) -> list[Bar]:
    """Return one bar per dose that is shown; the longest names the intervention, all name their dose."""
    doses = row.dose_steps
    starts = [dose.from_on for dose in doses] or [row.started_on]
    ends = [*starts[1:], row.stopped_on]
    labels = [dose.label for dose in doses] or [""]
    strengths = _strengths(_amounts(doses) or [None])
    bars = [
        Bar(start=start, end=end, label=label, strength=strength, name=row.name)
        for start, end, label, strength in zip(starts, ends, labels, strengths, strict=True)
        if start <= span.end and (end is None or end >= span.start)
    ]
    longest = max(range(len(bars)), key=lambda index: _length(bars[index], span), default=0)
    return [replace(bar, label=bar.words) if index == longest else bar for index, bar in enumerate(bars)]


def _length(bar: Bar, span: Span) -> float:
    return span.share(bar.end or span.end) - span.share(bar.start)


def _amounts(doses: Sequence[InterventionDose]) -> list[Decimal | None]:
    """Return the amount of each dose; where it was not entered, the number its label begins with, in the same unit."""
    read = [_amount(dose) for dose in doses]
    units = {unit for _amount, unit in read if unit}
    return [amount for amount, _unit in read] if len(units) < 2 else [dose.amount for dose in doses]


def _amount(dose: InterventionDose) -> tuple[Decimal | None, str]:
    """Return the amount of one dose with its unit, as entered or as read from its label."""
    if dose.amount is not None:
        return dose.amount, dose.unit.strip().lower()
    read = LEADING_NUMBER.match(dose.label)
    return (Decimal(read[1].replace(",", ".")), read[2].lower()) if read else (None, "")


def _strengths(amounts: Sequence[object]) -> list[int]:
    """Return 1 to 3 per dose: the lowest is light, the highest solid; without numbers all are light."""
    steps = sorted({amount for amount in amounts if amount is not None}, key=float)  # type: ignore[arg-type]
    if len(steps) < 2:
        return [1] * len(amounts)
    place = {steps[0]: 1, steps[-1]: 3}
    return [1 if amount is None else place.get(amount, 2) for amount in amounts]


def turning_days(row: Intervention) -> list[dt.date]:
    """Return the days on which an intervention started, changed or stopped."""
    days = [dose.from_on for dose in row.dose_steps] or [row.started_on]
    return [*days, row.stopped_on] if row.stopped_on else days


def _sessions(rows: Iterable[Intervention], span: Span) -> Iterable[Strip]:
    """Return a dot for each session that is shown."""
    for row in rows:
        spots = tuple(_session(session) for session in row.recorded_sessions if span.holds(session.on))
        if spots:
            yield Strip(label=row.name, spots=spots)


def _session(session: Session) -> StripMark:
    words = [session.get_kept_display(), session.get_homework_display() and _homework(session)]
    look = Look.SESSION_MISSED if session.kept == Kept.MISSED else Look.SESSION
    return StripMark(on=session.on, look=look, words=", ".join(filter(None, words)))


def _homework(session: Session) -> str:
    return _("homework: %(done)s") % {"done": session.get_homework_display().lower()}


def side_effect_lane(check_ins: Iterable[CheckIn], span: Span) -> list[Lane]:
    """Return a strip for each symptom that was ticked in the span: empty squares are mild, filled ones more."""
    by_code: dict[str, list[StripMark]] = defaultdict(list)
    others: list[StripMark] = []
    for row in check_ins:
        if row.other_symptom and span.holds(row.about_on):
            others.append(StripMark(on=row.about_on, look=Look.MILD, words=row.other_symptom))
        for code, symptom in row.side_effects.items() if span.holds(row.about_on) else ():
            if severity := medicines.severity_shown(code, symptom):
                words = wording.symptom_words(code, symptom.get("severity"))
                by_code[code].append(_symptom(row.about_on, severity, words))
    strips = [Strip(label=wording.symptom_name(code), spots=tuple(spots)) for code, spots in by_code.items()]
    strips += [Strip(label=_("Something else"), spots=tuple(others))] if others else []
    return [Lane(key="lane-side-effects", name=_("Side effects"), strips=tuple(strips))] if strips else []


def _symptom(on: dt.date, severity: int, words: str) -> StripMark:
    return StripMark(on=on, look=Look.STRONG if severity >= STRONG else Look.MILD, words=words)


def adherence_lane(
    check_ins: Iterable[CheckIn],
    reports: Mapping[UUID, Sequence[MedicineReport]],
    interventions: Iterable[Intervention],
    span: Span,
) -> list[Lane]:
    """Return a strip for each medicine of which doses were missed: what was taken, not what was prescribed."""
    names = {row.pk: row.name for row in interventions}
    by_name: dict[str, list[StripMark]] = defaultdict(list)
    for row in check_ins:
        for report in reports.get(row.pk, ()) if span.holds(row.about_on) else ():
            if report.taken != DosesTaken.ALL:
                look = Look.STRONG if report.taken == DosesTaken.STOPPED else Look.MILD
                words = ", ".join(filter(None, [report.get_taken_display(), report.get_reason_display()]))
                by_name[names.get(report.intervention_id, "")].append(
                    StripMark(on=row.about_on, look=look, words=words)
                )
    strips = tuple(Strip(label=name, spots=tuple(spots)) for name, spots in by_name.items())
    return [Lane(key="lane-adherence", name=_("Missed doses"), strips=strips)] if strips else []


def alert_lane(alerts: Iterable[Alert], zone: str, span: Span) -> list[Lane]:
    """Return a row of marks for each kind of alert that was raised in the span."""
    by_kind: dict[str, list[StripMark]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda alert: alert.raised_at):
        day = zones.local_day(alert.raised_at, zone)
        if span.holds(day):
            look = ALERT_LOOKS.get(alert.kind, Look.WORSE)
            spot = StripMark(on=day, look=look, words=_alert_words(alert), is_over=not alert.is_open)
            by_kind[alert.get_kind_display()].append(spot)
    strips = tuple(Strip(label=kind, spots=tuple(spots)) for kind, spots in by_kind.items())
    return [Lane(key="lane-alerts", name=_("Alerts"), strips=strips)] if strips else []


def _alert_words(alert: Alert) -> str:
    return _("open") if alert.is_open else _("closed: %(action)s") % {"action": alert.get_closed_action_display()}


def event_lane(events: Iterable[LifeEvent], span: Span) -> list[Lane]:
    """Return the life events that are shown."""
    flags = tuple(Flag(on=event.happened_on, label=event.title) for event in events if span.holds(event.happened_on))
    return [Lane(key="lane-events", name=_("Life events"), flags=flags)] if flags else []
