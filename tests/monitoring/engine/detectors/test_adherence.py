"""Silence as a finding: reminder, overdue, lost contact, and when it is louder."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from monitoring.engine import INSTRUMENTS, FindingKind, History, Schedule, ScoreRecord, Slot, Tier, assess
from tests.monitoring.engine.histories import day, evening, history, slots, usual, weekly

SILENCE = {FindingKind.CHECK_IN_REMINDER, FindingKind.MISSED_CHECK_INS, FindingKind.LOST_CONTACT}


def silence(known: History) -> tuple[FindingKind, Tier] | None:
    found = [finding for finding in assess(known) if finding.kind in SILENCE]
    return (found[0].kind, found[0].tier) if found else None


def silent_for(days: int, *, missed: int = 0, cadence: float = 1.0, weeks: int = 12) -> History:
    """Return a history of regular check-ins followed by days of silence."""
    check_ins = weekly([usual(i) for i in range(weeks)])
    if cadence != 1.0:
        check_ins = tuple(
            replace(one, about_on=day(i * cadence), entered_at=evening(day(i * cadence)))
            for i, one in enumerate(check_ins)
        )
    last = check_ins[-1].about_on
    due = [Slot(due_on=one.about_on, missed=False) for one in check_ins]
    due += [Slot(due_on=last + dt.timedelta(days=round(7 * cadence * (i + 1))), missed=True) for i in range(missed)]
    schedule = Schedule(cadence_weeks=cadence, slots=tuple(due))
    return history(check_ins, as_of=last + dt.timedelta(days=days), schedule=schedule)


@pytest.mark.parametrize(
    ("days", "missed", "expected"),
    [
        (7, 0, None),
        (8, 0, None),
        (9, 0, (FindingKind.CHECK_IN_REMINDER, Tier.INFO)),
        (12, 1, (FindingKind.CHECK_IN_REMINDER, Tier.INFO)),
        (13, 1, (FindingKind.MISSED_CHECK_INS, Tier.WATCH)),
        (20, 2, (FindingKind.MISSED_CHECK_INS, Tier.WATCH)),
        (21, 2, (FindingKind.LOST_CONTACT, Tier.REVIEW)),
    ],
)
def test_weekly_silence_grows_louder_by_the_day(days: int, missed: int, expected: Any) -> None:
    assert silence(silent_for(days, missed=missed)) == expected


def test_three_missed_slots_are_lost_contact_before_three_weeks_are_over() -> None:
    known = silent_for(19, missed=2)
    assert known.schedule is not None
    extra = Slot(due_on=known.as_of, missed=True)

    known = replace(known, schedule=replace(known.schedule, slots=(*known.schedule.slots, extra)))

    assert silence(known) == (FindingKind.LOST_CONTACT, Tier.REVIEW)


def test_a_monthly_rhythm_is_not_lost_after_three_weeks() -> None:
    assert silence(silent_for(21, cadence=4.0)) is None
    assert silence(silent_for(56, cadence=4.0, missed=1)) == (FindingKind.LOST_CONTACT, Tier.REVIEW)


def test_an_agreed_pause_is_no_silence() -> None:
    known = silent_for(40, missed=4)
    assert known.schedule is not None

    assert silence(replace(known, schedule=replace(known.schedule, paused=True))) is None


def test_silence_without_a_plan_breaks_no_promise() -> None:
    assert silence(replace(silent_for(40), schedule=None)) is None


def test_silence_after_a_bad_course_is_one_tier_louder() -> None:
    bad = weekly([usual(i) if i < 20 else usual(i, sleep=2, mood=2) for i in range(25)])
    schedule = Schedule(cadence_weeks=1, slots=tuple(Slot(due_on=day(i), missed=i > 24) for i in range(28)))

    known = history(bad, as_of=day(27), schedule=schedule)

    assert silence(known) == (FindingKind.LOST_CONTACT, Tier.PRIORITY)


@pytest.mark.parametrize(("answer", "tier"), [(0, Tier.REVIEW), (1, Tier.PRIORITY)])
def test_silence_after_a_risk_answer_is_one_tier_louder(answer: Any, tier: Tier | None) -> None:
    known = silent_for(21)
    form = ScoreRecord(
        instrument="PHQ-9",
        version="1",
        on=day(2),
        value=5.0,
        entered_at=evening(day(2)),
        answers={"9": answer},
    )

    known = replace(known, scores=(form,), instruments={"PHQ-9": INSTRUMENTS["PHQ-9"]})

    assert silence(known) == (FindingKind.LOST_CONTACT, tier)


def test_somebody_who_never_answered_is_overdue_too() -> None:
    never = history((), as_of=day(3), schedule=slots(4, missed=(0, 1, 2)))

    assert silence(never) == (FindingKind.LOST_CONTACT, Tier.REVIEW)


def test_a_plan_that_begins_today_is_no_silence() -> None:
    assert silence(history((), as_of=day(0), schedule=slots(3))) is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [(8, None), (9, (FindingKind.MISSED_CHECK_INS, Tier.REVIEW)), (21, (FindingKind.LOST_CONTACT, Tier.PRIORITY))],
)
def test_silence_after_an_answer_about_self_harm_alerts_as_soon_as_a_reminder_is_due(days: int, expected: Any) -> None:
    """It was thirteen days before anybody was told, and twenty-one before contact was called lost."""
    known = silent_for(days)
    last = known.check_ins[-1].about_on
    form = ScoreRecord(
        instrument="PHQ-9",
        version="1",
        on=last,
        value=9,
        entered_at=evening(last),
        answers={**{str(item): 1 for item in range(1, 9)}, "9": 1},
    )

    assert silence(replace(known, scores=(form,))) == expected
