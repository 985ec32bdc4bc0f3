"""Which weeks can be answered late or changed, and until when."""

from datetime import timedelta
from uuid import uuid4

import pytest

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins, drafts, open_forms, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.engine.records import Domain, FindingKind
from monitoring.models import Alert, CheckIn, CheckInSlot, Signal
from monitoring.models.alerts import AlertKind
from monitoring.operations import tasks
from monitoring.plans import plans
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, correct, missed_week, submit


def enter_late(world: World, slot: CheckInSlot, *, at=NOW, **ratings: int) -> CheckIn:
    given = STEADY | {Domain(name): value for name, value in ratings.items()}
    return check_ins.submit(
        episode=world.episode,
        slot_id=slot.pk,
        client_key=uuid4(),
        answers=CheckInAnswers(ratings=given),
        by=world.ann,
        at=at,
    ).check_in


def test_a_missed_week_is_entered_late_and_has_the_place_of_its_week(planned: World) -> None:
    slot = missed_week(planned)
    late = enter_late(planned, slot)
    slot.refresh_from_db()

    assert (late.is_late, late.about_on, late.submitted_at) == (True, slot.due_on, NOW)
    assert slot.due_on == (NOW - WEEK).date()
    assert slot.answered_at == NOW
    history = factories.load_history(planned.episode, as_of=NOW)
    assert history.check_ins[0].about_on == slot.due_on
    assert not history.schedule.slots[-1].missed


@pytest.mark.parametrize(("days", "is_open"), [(13, True), (14, False)])
def test_a_missed_week_can_be_entered_for_two_weeks(planned: World, days: int, is_open: bool) -> None:
    plans.open_due_slots(at=NOW)
    slot = CheckInSlot.objects.order_by("-week_of")[1]
    at = slot.closes_at + timedelta(days=days)

    assert (open_forms.open_form(planned.episode, at=at) is None) is True
    if is_open:
        assert drafts.begin(episode=planned.episode, is_short=False, slot=slot, at=at).slot == slot
        assert enter_late(planned, slot, at=at).is_late
    else:
        with pytest.raises(CheckInClosed):
            drafts.begin(episode=planned.episode, is_short=False, slot=slot, at=at)
        with pytest.raises(CheckInClosed):
            enter_late(planned, slot, at=at)


def test_a_form_that_is_sent_after_its_week_is_not_lost(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    late = enter_late(planned, slot, at=slot.closes_at + timedelta(minutes=1))

    assert (late.is_late, late.about_on) == (True, slot.due_on)


@pytest.mark.parametrize(("weeks_ago", "is_paged"), [(1, True), (2, False)])
def test_an_old_week_pages_nobody(north: World, weeks_ago: int, is_paged: bool) -> None:
    """Months that were good, then two missed weeks; on Thursday one of them is entered, and it was as bad as can be."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    moods: list[int | None] = [8] * 20 + [None, None, None]
    highs = {name: list(moods) for name in ("sleep", "energy", "function")}
    factories.make_history(north.episode, by=north.ann, moods=moods, until=NOW, **highs)
    tasks.sweep_clinic(clinic_id=north.clinic.pk, at=NOW)
    at = NOW + timedelta(days=3)
    slot = CheckInSlot.objects.get(due_on=(NOW - WEEK * weeks_ago).date())
    enter_late(north, slot, at=at, sleep=0, mood=0, energy=0, function=0, pain=10)

    assessments.assess_episode(episode_id=north.episode.pk, at=at)

    worse = [FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE, FindingKind.EXTREME_RATING]
    assert Signal.objects.filter(assessment__as_of=at, kind__in=worse).exists()
    assert Alert.objects.exclude(kind=AlertKind.MISSED_CHECK_INS).exists() is is_paged


def test_a_correction_ends_when_the_next_week_opens(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    plans.open_due_slots(at=NOW + WEEK)

    assert weeks.correctable(planned.episode, at=NOW + WEEK) is None
    with pytest.raises(CheckInClosed):
        correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}), at=NOW + WEEK)
    assert CheckIn.objects.get() == original


def test_a_check_in_is_corrected_once_and_then_the_correction_is(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    first = correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2})).check_in

    with pytest.raises(CheckInClosed):
        correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 3}))
    second = correct(planned, first, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 3})).check_in

    assert CheckIn.objects.get() == second
    assert CheckIn.versions.count() == 3


def test_the_last_answer_is_of_an_earlier_week_or_there_is_none(planned: World) -> None:
    """A missed week is entered after the present one: its last time is before both."""
    missed = missed_week(planned)
    submit(planned, CheckInAnswers(ratings=STEADY | {Domain.MOOD: 9}))
    assert weeks.last_answer(missed, "mood") is None

    submit(planned, CheckInAnswers(ratings=STEADY | {Domain.MOOD: 2}), at=NOW + WEEK)
    following = factories.open_week(planned.episode, at=NOW + WEEK * 2)

    assert weeks.last_answer(following, "mood") == 2
    assert weeks.last_answer(missed, "mood") is None
