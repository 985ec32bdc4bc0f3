"""Weeks stay weeks: through clock changes, zone changes, outages and pauses."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import plans
from monitoring.models import CheckInSlot, MonitoringPlan
from patients.models import ClinicRole
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
BERLIN = "Europe/Berlin"


def test_a_time_that_the_clock_skips_becomes_the_first_valid_minute_after_it() -> None:
    instant = plans.local_instant(date(2026, 3, 29), time(2, 30), BERLIN)

    assert instant == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert instant.astimezone(ZoneInfo(BERLIN)).time() == time(3, 0)


def test_a_time_that_comes_twice_is_its_first_coming() -> None:
    assert plans.local_instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_a_zone_skips_opens_at_its_first_minute_after() -> None:
    # Apia went from the end of 29 December 2011 straight to 31 December.
    instant = plans.local_instant(date(2011, 12, 30), time(9), "Pacific/Apia")

    assert instant.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


@given(
    zone=st.sampled_from(ZONES),
    weekday=st.integers(1, 7),
    at=st.times().map(lambda value: value.replace(second=0, microsecond=0)),
    starts_on=st.dates(date(2024, 1, 1), date(2032, 1, 1)),
    cadence=st.integers(1, 4),
)
def test_every_plan_gets_each_of_its_weeks_exactly_once(
    zone: str, weekday: int, at: time, starts_on: date, cadence: int
) -> None:
    plan = MonitoringPlan(weekday=weekday, local_time=at, time_zone=zone, cadence_weeks=cadence, starts_on=starts_on)
    until = starts_on + timedelta(days=364)

    days = plans.due_days(plan, until=until)
    instants = [plans.local_instant(day, at, zone) for day in days]

    assert {day.isoweekday() for day in days} == {weekday}
    assert all(later - earlier == WEEK * cadence for earlier, later in pairwise(days))
    assert max(Counter(plans.monday_of(day) for day in days).values()) == 1
    assert instants == sorted(set(instants))
    assert len(days) in {364 // (7 * cadence), 364 // (7 * cadence) + 1}
    for day, instant in zip(days, instants, strict=True):
        local = instant.astimezone(ZoneInfo(zone))
        assert timedelta(0) <= local.replace(tzinfo=None) - datetime.combine(day, at) <= timedelta(days=1)


def test_an_outage_of_a_month_is_caught_up_week_by_week(north: World) -> None:
    factories.make_plan(north.episode, starts_on=date(2026, 10, 5))
    plans.open_due_slots(at=datetime(2026, 10, 5, 12, tzinfo=UTC))

    plans.open_due_slots(at=NOW)
    plans.mark_missed(at=NOW)

    weeks = CheckInSlot.objects.order_by("week_of").values_list("week_of", "missed_at")
    assert [week for week, _ in weeks] == [date(2026, 10, 5) + WEEK * n for n in range(7)]
    assert [missed is not None for _, missed in weeks] == [True] * 6 + [False]


def test_opening_twice_opens_once(north: World) -> None:
    factories.make_plan(north.episode, starts_on=NOW.date())

    assert plans.open_due_slots(at=NOW) == 1
    MonitoringPlan.objects.update(next_slot_at=NOW)
    assert plans.open_due_slots(at=NOW) == 0


def test_a_move_to_another_zone_neither_doubles_nor_drops_a_week(north: World) -> None:
    factories.make_plan(north.episode, starts_on=date(2026, 11, 2))
    plans.open_due_slots(at=NOW)
    MonitoringPlan.objects.update(time_zone="Pacific/Auckland")

    for day in range(22):
        plans.open_due_slots(at=NOW + timedelta(days=day))

    weeks = list(CheckInSlot.objects.order_by("week_of").values_list("week_of", flat=True))
    assert weeks == [date(2026, 11, 2) + WEEK * n for n in range(len(weeks))]
    assert len(weeks) == 6


def test_a_missed_week_makes_the_episode_due(north: World) -> None:
    factories.make_plan(north.episode, starts_on=date(2026, 11, 9))
    plans.open_due_slots(at=NOW)

    plans.mark_missed(at=NOW)

    assert MonitoringPlan.objects.get().assessment_due_at == NOW


def test_a_paused_plan_opens_nothing(north: World) -> None:
    factories.make_plan(north.episode, starts_on=NOW.date())
    MonitoringPlan.objects.update(paused_at=NOW)

    assert plans.open_due_slots(at=NOW + WEEK) == 0


def test_risk_is_not_asked_about_before_somebody_would_answer(north: World) -> None:
    ClinicRole.objects.exclude(user=north.chris).filter(role__in=["clinician", "coordinator"]).update(ended_at=NOW)

    with pytest.raises(plans.RiskAnswersNotStaffed):
        factories.make_plan(north.episode, instruments={"PHQ-9": 4})
    assert factories.make_plan(north.episode, instruments={"GAD-7": 4})


@pytest.mark.parametrize(
    ("week", "asked"), [(0, ["PHQ-9", "GAD-7"]), (1, ["GAD-7"]), (2, ["GAD-7"]), (4, ["PHQ-9", "GAD-7"])]
)
def test_instruments_come_in_their_own_rhythm(north: World, week: int, asked: list[str]) -> None:
    plan = factories.make_plan(north.episode, starts_on=NOW.date(), instruments={"PHQ-9": 4, "GAD-7": 1})
    slot = factories.open_week(north.episode, at=NOW + WEEK * week)

    assert plans.instruments_due(slot, plan) == asked
