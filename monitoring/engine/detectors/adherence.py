"""Missed check-ins and missed doses as findings of their own. Missing is not well."""

import datetime as dt
import itertools
from statistics import median

from monitoring.engine.detectors.series import used_check_ins
from monitoring.engine.instruments import INSTRUMENTS
from monitoring.engine.records import Finding, FindingKind, History, Tier
from monitoring.engine.rules import RuleSet

#: Own rhythm is trusted from this many gaps on; before, the agreed cadence is.
MIN_GAPS = 3


def _answered_days(history: History) -> list[dt.date]:
    check_ins = {record.about_on for record in used_check_ins(history)}
    scores = {record.on for record in history.scores if record.on <= history.as_of and record.informant == "self"}
    return sorted(check_ins | scores)


def cadence_days(days: list[dt.date], agreed_weeks: float) -> float:
    """Return the rhythm silence is measured against, days.

    A person's median gap, but never quicker than agreed: someone who answers
    daily for a while has not promised to go on.
    """
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    own = float(median(gaps)) if len(gaps) >= MIN_GAPS else 0.0
    return max(own, 7 * agreed_weeks)


def _missed_in_a_row(history: History) -> int:
    schedule = history.schedule
    slots = [slot for slot in schedule.slots if slot.due_on <= history.as_of] if schedule else []
    count = 0
    for slot in sorted(slots, key=lambda slot: slot.due_on, reverse=True):
        if not slot.missed:
            break
        count += 1
    return count


def _last_risk_answer(history: History) -> bool:
    """Return whether the newest form that asks about self-harm had any such answer."""
    for record in sorted(history.scores, key=lambda record: (record.on, record.entered_at), reverse=True):
        spec = history.form_of(record) or INSTRUMENTS.get(record.instrument)
        if record.on > history.as_of or spec is None or not spec.safety_flags or not record.answers:
            continue
        return any((record.answers.get(flag.item) or 0) >= flag.at for flag in spec.safety_flags)
    return False


def silence_finding(history: History, *, was_worse: bool, rules: RuleSet) -> Finding | None:
    """Return what the silence of one person means as of today.

    Args:
        history: one episode; without a schedule or during an agreed pause there
            is no promise, so there is no finding.
        was_worse: whether the last verdict was watch or louder.
        rules: reminder, overdue and lost-contact times.

    Returns:
        A reminder (info), overdue (watch) or lost contact (review); one tier
        louder if the last verdict was bad or the last risk answer not "not at
        all". After such an answer overdue begins with the reminder (judgement of
        30 November 2026). None if the person is in time.

    Source:
        docs/engine.md#silence.
    """
    schedule = history.schedule
    if schedule is None or schedule.paused or not schedule.slots:
        return None
    days = _answered_days(history)
    cadence = cadence_days(days, schedule.cadence_weeks)
    first_due = min(slot.due_on for slot in schedule.slots)
    since = days[-1] if days else first_due - dt.timedelta(days=round(cadence))
    silent = (history.as_of - since).days
    missed = _missed_in_a_row(history)
    risk = _last_risk_answer(history)
    kind, tier, threshold = _silence_tier(silent, cadence, missed, rules, risk=risk)
    if kind is None:
        return None
    raised = tier.raised() if was_worse or risk else tier
    return Finding(
        kind=kind,
        tier=raised,
        onset_on=since,
        statistic=float(silent),
        threshold=threshold,
        weeks=silent / 7,
        parts={
            "silent_days": silent,
            "missed": missed,
            "last_on": days[-1].isoformat() if days else None,
            "cadence_days": cadence,
            "was_worse": was_worse,
            "risk_answer": risk,
        },
        clears={"check_ins": 1},
    )


def _silence_tier(
    silent: int, cadence: float, missed: int, rules: RuleSet, *, risk: bool
) -> tuple[FindingKind | None, Tier, float]:
    """Return kind, tier and the day count at which that kind begins."""
    lost = max(float(rules.lost_days), rules.lost_cadences * cadence)
    reminder = rules.reminder_factor * cadence
    overdue = reminder if risk else rules.overdue_factor * cadence + rules.overdue_days
    if missed >= rules.lost_missed or silent >= lost:
        return FindingKind.LOST_CONTACT, Tier.REVIEW, lost
    if silent >= overdue:
        return FindingKind.MISSED_CHECK_INS, Tier.WATCH, overdue
    if silent >= reminder:
        return FindingKind.CHECK_IN_REMINDER, Tier.INFO, reminder
    return None, Tier.INFO, reminder
