"""Days and staffed hours are the clinic's and the person's own, in every zone and in the nights the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine.records import Tier
from monitoring.escalation import clocks
from monitoring.models import Alert, CheckIn
from patients.clinics import hours
from tests import factories
from tests.conftest import World
from tests.patients.clinics.staffed import ZONES, clinic, local


@pytest.mark.parametrize("zone", ZONES)
def test_a_check_in_is_about_the_day_where_the_person_lives(north: World, zone: str) -> None:
    """Half an hour before and after the person's own midnight, wherever that is on the clinic's or the server's clock."""
    for day, minutes in ((16, -30), (17, 30)):
        at = (local(zone, 2026, 11, 17) + timedelta(minutes=minutes)).astimezone(UTC)
        patient = factories.make_patient(f"Zoned {day}", time_zone=zone)
        episode = factories.make_episode(patient, team=(north.chris,))
        factories.make_plan(episode)
        factories.make_check_in(episode, by=north.ann, at=at)

        assert CheckIn.objects.get(episode=episode).about_on.day == day


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("came", "due"),
    [
        ((20, 15, 30), (20, 16, 30)),
        ((20, 16, 30), (20, 17, 0)),
        ((20, 16, 59), (20, 17, 0)),
        ((20, 17, 0), (23, 10, 0)),
        ((21, 3, 0), (23, 10, 0)),
    ],
    ids=["on Friday afternoon", "half an hour before closing", "a minute before", "at closing", "in the night"],
)
def test_an_urgent_answer_is_due_within_an_hour_and_on_the_same_staffed_day(
    zone: str, came: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    """An hour that began on Friday at 16:30 ended on Monday at 9:30, after a weekend."""
    at = local(zone, 2026, 11, *came).astimezone(UTC)

    assert clocks.answer_due(clinic(zone), Tier.URGENT, at) == local(zone, 2026, 11, *due)


def test_the_first_item_9_of_1_on_a_friday_afternoon_is_not_for_tuesday(north: World) -> None:
    """ "Several days", the first answer ever, on Friday at 15:30 was due on Tuesday at 17:00."""
    factories.make_plan(north.episode, instruments={"PHQ-9": 1})
    at = local("Europe/Berlin", 2026, 11, 27, 15, 30).astimezone(UTC)

    factories.make_check_in(north.episode, by=north.ann, at=at, items={"PHQ-9": factories.phq9(item_9=1)})

    [alert] = Alert.objects.all()
    assert (alert.tier, alert.due_at) == (Tier.URGENT, at + timedelta(hours=1))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("tier", "day"), [(Tier.PRIORITY, 23), (Tier.REVIEW, 24)])
def test_the_others_are_due_when_the_clinic_closes_on_its_own_clock(zone: str, tier: Tier, day: int) -> None:
    due = clocks.answer_due(clinic(zone), tier, local(zone, 2026, 11, 20, 23, 30).astimezone(UTC))

    assert due == local(zone, 2026, 11, day, 17)


@given(
    zone=st.sampled_from(ZONES),
    at=st.integers(0, 730 * 24 * 60),
    minutes=st.integers(1, 1200),
)
def test_as_many_staffed_minutes_lie_before_the_due_time_as_were_promised(
    zone: str, at: datetime, minutes: int
) -> None:
    there, begin = clinic(zone), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=at)

    due = hours.after_staffed_minutes(there, begin, minutes)

    assert due is not None
    counted = sum(
        hours.is_staffed(there, begin + timedelta(minutes=n)) for n in range(int((due - begin).total_seconds() // 60))
    )
    assert counted == minutes
