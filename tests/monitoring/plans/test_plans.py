"""Weeks stay weeks: through clock changes, zone changes, outages and pauses."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.assessments import assessments
from monitoring.models import CheckInSlot, MonitoringPlan
from monitoring.models.plans import PauseReason
from monitoring.plans import plans, turns
from patients.models import ClinicRole, Episode
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


# A busy machine draws slowly; that says nothing about weeks.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    zone=st.sampled_from(ZONES),
    weekday=st.integers(1, 7),
    at=st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60)),
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


def test_another_rhythm_is_judged_anew(north: World) -> None:
    """Who was silent for a weekly rhythm may be in time for a slower one."""
    plan = factories.make_plan(north.episode, starts_on=date(2026, 10, 5))
    MonitoringPlan.objects.update(assessment_due_at=None)

    plans.change_rhythm(plan=plan, cadence_weeks=2, by=north.ann, at=NOW)

    assert assessments.due_episodes(at=NOW) == [north.episode.pk]


def test_an_outage_of_a_month_is_caught_up_week_by_week(north: World) -> None:
    factories.make_plan(north.episode, starts_on=date(2026, 10, 5))
    plans.open_due_slots(at=datetime(2026, 10, 5, 12, tzinfo=UTC))

    plans.open_due_slots(at=NOW)
    plans.mark_missed(at=NOW)

    weeks = CheckInSlot.objects.order_by("week_of").values_list("week_of", "missed_at")
    assert [week for week, _ in weeks] == [date(2026, 10, 5) + WEEK * n for n in range(7)]
    assert [missed is not None for _, missed in weeks] == [True] * 6 + [False]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_who_joins_after_the_hour_of_the_due_day_finds_the_check_in_at_once(north: World, zone: str) -> None:
    at = datetime(2026, 11, 16, 9, 30, tzinfo=ZoneInfo(zone))

    episode = admit(north, zone, at=at)

    slot = plans.open_slot(episode, at=at)
    assert slot is not None
    assert slot.due_on == date(2026, 11, 16)
    assert plans.next_due(episode, at=at) == date(2026, 11, 23)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
@pytest.mark.parametrize("weeks_before", [0, 3])
def test_on_the_due_day_before_its_hour_the_next_check_in_is_today(north: World, zone: str, weeks_before: int) -> None:
    at = datetime(2026, 11, 16, 8, 59, tzinfo=ZoneInfo(zone))
    episode = admit(north, zone, at=at - WEEK * weeks_before)
    plans.open_due_slots(at=at)

    assert plans.next_due(episode, at=at) == date(2026, 11, 16)
    assert plans.next_opening(episode, at=at) == datetime(2026, 11, 16, 9, tzinfo=ZoneInfo(zone))


def test_a_week_that_the_sweep_has_not_opened_yet_is_opened_for_whoever_looks(north: World) -> None:
    factories.make_plan(north.episode, starts_on=NOW.date())

    assert plans.open_due_weeks(episode=north.bens_episode, at=NOW) == 0
    assert plans.open_due_weeks(episode=north.episode, at=NOW) == 1
    assert plans.open_slot(north.episode, at=NOW) is not None


def test_a_rhythm_that_makes_today_due_opens_it_at_once(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=NOW.date(), weekday=4)
    assert plans.open_slot(north.episode, at=NOW) is None

    plans.change_rhythm(plan=plan, weekday=1, by=north.ann, at=NOW)

    slot = plans.open_slot(north.episode, at=NOW)
    assert slot is not None
    assert slot.due_on == NOW.date()


def test_a_changed_rhythm_opens_nothing_in_a_pause(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=NOW.date(), weekday=4)
    plans.pause(plan=plan, reason=PauseReason.BREAK, until=None, by=north.ann, at=NOW)

    plans.change_rhythm(plan=plan, weekday=1, by=north.ann, at=NOW)

    assert plans.open_slot(north.episode, at=NOW) is None


def admit(world: World, zone: str, *, at: datetime) -> Episode:
    """Begin care with check-ins on Mondays at nine, as a clinician does."""
    patient = factories.make_patient("New Person", time_zone=zone)
    rhythm = plans.Rhythm(weekday=1, local_time=time(9))
    return plans.admit(patient=patient, started_on=date(2026, 10, 1), problems="", goal="", rhythm=rhythm,
                       by=world.chris, at=at)  # fmt: skip


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


def test_the_weeks_of_a_pause_are_neither_asked_for_nor_missed(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 2))
    plans.open_due_slots(at=NOW)
    plans.pause(plan=plan, reason=PauseReason.HOLIDAY, until=date(2026, 12, 8), by=north.ann, at=NOW)

    live_through(NOW, days=40)

    assert weeks() == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16), date(2026, 12, 14), date(2026, 12, 21)]
    assert plans.pause_of(plans.of_episode(north.episode)) is None


def test_an_outage_at_the_end_of_a_pause_hides_no_week(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    plans.open_due_slots(at=NOW)
    plans.pause(plan=plan, reason=PauseReason.BREAK, until=date(2026, 11, 30), by=north.ann, at=NOW)

    live_through(NOW + WEEK * 5, days=1)

    assert weeks() == [date(2026, 11, 16), *(date(2026, 11, 30) + WEEK * n for n in range(4))]


def test_a_pause_ended_on_the_day_it_began_drops_nothing(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    before = NOW.replace(hour=8)
    plans.pause(plan=plan, reason=PauseReason.BREAK, until=date(2026, 12, 30), by=north.ann, at=before)
    plans.resume(plan=plan, by=north.ann, at=NOW)

    assert weeks() == [date(2026, 11, 16)]


def test_the_next_check_in_is_told_past_a_pause(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    plans.open_due_slots(at=NOW)
    assert plans.next_due(north.episode, at=NOW) == date(2026, 11, 23)

    plans.pause(plan=plan, reason=PauseReason.HOSPITAL, until=date(2026, 12, 1), by=north.chris, at=NOW)

    assert plans.next_due(north.episode, at=NOW) == date(2026, 12, 7)


@pytest.mark.parametrize("days", [-7, 0, 92])
def test_a_pause_ends_after_today_and_within_three_months(north: World, days: int) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    until = NOW.date() + timedelta(days=days)

    with pytest.raises(plans.PauseRefused):
        plans.pause(plan=plan, reason=PauseReason.BREAK, until=until, by=north.ann, at=NOW)


def test_a_pause_may_be_left_open_and_ends_when_somebody_says_so(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    plans.open_due_slots(at=NOW)
    plans.pause(plan=plan, reason=PauseReason.HOSPITAL, until=None, by=north.ann, at=NOW)
    assert plans.pause_in(north.episode.pk) == plans.Pause("In hospital", None, date(2027, 2, 15))
    assert plans.next_due(north.episode, at=NOW) is None

    live_through(NOW, days=30)
    assert weeks() == [date(2026, 11, 16)]
    plans.resume(plan=plan, by=north.ann, at=NOW + timedelta(days=30))
    live_through(NOW + timedelta(days=30), days=10)

    assert weeks() == [date(2026, 11, 16), date(2026, 12, 21)]


def test_a_pause_that_was_left_open_ends_by_itself_after_thirteen_weeks(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 16))
    plans.pause(plan=plan, reason=PauseReason.BREAK, until=None, by=north.ann, at=NOW)

    assert plans.end_pauses(at=NOW + plans.LONGEST_PAUSE - timedelta(minutes=1)) == 0
    assert plans.end_pauses(at=NOW + plans.LONGEST_PAUSE) == 1
    assert plans.pause_in(north.episode.pk) is None


def test_another_weekday_keeps_the_count_of_weeks(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=date(2026, 11, 4), instruments={"GAD-7": 4}, weekday=4)
    MonitoringPlan.objects.update(cadence_weeks=2)
    live_through(datetime(2026, 11, 4, 12, tzinfo=UTC), days=16)
    plan = plans.change_rhythm(plan=plan, weekday=1, by=north.ann, at=datetime(2026, 11, 20, 12, tzinfo=UTC))

    live_through(datetime(2026, 11, 20, 12, tzinfo=UTC), days=30)

    assert weeks() == [date(2026, 11, 2) + 2 * WEEK * n for n in range(4)]
    asked = [turns.instruments_due(slot, plan) for slot in CheckInSlot.objects.order_by("week_of")]
    assert asked == [["GAD-7"], [], ["GAD-7"], []]


ZONES_THAT_JUMP = [BERLIN, "Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
                   "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Nuuk"]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_no_mix_of_moves_changes_and_pauses_doubles_or_drops_a_week(north: World, seed: int) -> None:
    chance, now = random.Random(seed), datetime(2026, 9, 7, 12, tzinfo=UTC)
    plan = factories.make_plan(north.episode, starts_on=now.date())
    paused: set[date] = set()

    for _ in range(30):
        step = chance.choice(["wait", "wait", "day", "hour", "zone", "pause", "resume"])
        if step == "day":
            plans.change_rhythm(plan=plan, weekday=chance.randint(1, 7), by=north.ann, at=now)
        elif step == "hour":
            plans.change_rhythm(plan=plan, local_time=time(chance.randint(0, 23), 30), by=north.ann, at=now)
        elif step == "zone":
            plans.change_rhythm(plan=plan, time_zone=chance.choice(ZONES_THAT_JUMP), by=north.ann, at=now)
        elif step == "pause":
            until = now.date() + timedelta(days=chance.randint(2, 20))
            plans.pause(plan=plan, reason=PauseReason.BREAK, until=until, by=north.ann, at=now)
        elif step == "resume":
            plans.resume(plan=plan, by=north.ann, at=now)
        days = chance.randint(1, 9)
        paused |= live_through(now, days=days)
        now += timedelta(days=days)

    found = weeks()
    assert len(found) == len(set(found)) > 10
    every = {found[0] + WEEK * n for n in range((found[-1] - found[0]) // WEEK + 1)}
    untouched = {week for week in every if not any(week + timedelta(days=n) in paused for n in range(-1, 8))}
    assert untouched <= set(found)
    assert MonitoringPlan.objects.get().next_slot_at > now - 2 * WEEK


def live_through(start: datetime, *, days: int) -> set[date]:
    """Let the sweep do its work once a day; return the days of a pause."""
    paused = set()
    for day in range(days + 1):
        at = start + timedelta(days=day)
        plans.end_pauses(at=at)
        plans.open_due_slots(at=at)
        plans.mark_missed(at=at)
        if MonitoringPlan.objects.get().paused_at is not None:
            paused.add(at.date())
    return paused


def weeks() -> list[date]:
    return list(CheckInSlot.objects.order_by("week_of").values_list("week_of", flat=True))


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

    assert turns.instruments_due(slot, plan) == asked


def test_a_message_keeps_its_hour_when_somebody_moves_to_another_zone(north: World) -> None:
    """From London to Kiribati: the message of 08:00 was to come at 22:00."""
    plan = factories.make_plan(north.episode, starts_on=NOW.date())
    plan = plans.change_rhythm(plan=plan, time_zone="Europe/London", by=north.ann, at=NOW)
    slot = factories.open_week(north.episode, at=NOW)
    CheckInSlot.objects.update(remind_at=datetime(2026, 11, 18, 9, tzinfo=UTC))

    plans.change_rhythm(plan=plan, time_zone="Pacific/Kiritimati", by=north.ann, at=NOW)

    slot.refresh_from_db()
    assert slot.remind_at == datetime(2026, 11, 17, 19, tzinfo=UTC)


def test_a_message_at_an_hour_of_its_own_keeps_that_and_a_usual_one_follows_the_plan(north: World) -> None:
    plan = factories.make_plan(north.episode, starts_on=NOW.date())
    plan = plans.change_rhythm(plan=plan, time_zone="UTC", by=north.ann, at=NOW)
    slot = factories.open_week(north.episode, at=NOW)
    for promised, kept in ((time(9), time(7)), (time(19), time(19))):
        CheckInSlot.objects.update(remind_at=datetime(2026, 11, 18, promised.hour, tzinfo=UTC))
        plan = plans.change_rhythm(plan=plan, local_time=time(9), by=north.ann, at=NOW)

        plan = plans.change_rhythm(plan=plan, local_time=time(7), by=north.ann, at=NOW)

        slot.refresh_from_db()
        assert slot.remind_at == datetime(2026, 11, 18, kept.hour, tzinfo=UTC)
