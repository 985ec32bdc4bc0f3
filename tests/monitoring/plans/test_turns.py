"""A questionnaire comes in its own rhythm, never before its recall window is over, and early after a first sign."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins, contents
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import persons
from monitoring.engine import INSTRUMENTS
from monitoring.engine.records import Domain, FindingKind
from monitoring.models import MonitoringPlan, Score, Signal
from monitoring.plans import plans, turns
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

START = NOW - 20 * WEEK


def phq9(total: int) -> dict[str, int | None]:
    """Return answers with a total, none of them to item 9."""
    answers: dict[str, int | None] = {str(item): total // 8 + (item <= total % 8) for item in range(1, 9)}
    return answers | {"9": 0}


def answer(world: World, at: datetime, total: int | None, *, code: str = "PHQ-9", is_short: bool = False) -> None:
    """Answer the check-in that is open, with or without the questionnaire, and let it be assessed."""
    slot = factories.open_week(world.episode, at=at)
    items = {} if total is None else {code: phq9(total)}
    answers = CheckInAnswers(ratings={Domain.SLEEP: 6}, items=items, is_short=is_short)
    check_ins.submit(episode=world.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=world.ann, at=at)
    assessments.assess_episode(episode_id=world.episode.pk, at=at + timedelta(seconds=2))


def asked(world: World, at: datetime) -> list[str]:
    """Return the questionnaires that the check-in of a moment asks for."""
    plans.mark_missed(at=at)
    slot = factories.open_week(world.episode, at=at)
    return turns.instruments_due(slot, MonitoringPlan.objects.get())


@pytest.fixture
def relapsing(north: World) -> World:
    """A patient in the remission range on four-weekly forms, and above 10 on the newest."""
    factories.make_plan(north.episode, starts_on=START.date(), instruments={"PHQ-9": 4})
    for week, total in ((0, 16), (4, 3), (8, 2), (12, 14)):
        answer(north, START + week * WEEK, total)
    return north


SIGN = START + 12 * WEEK


def test_after_a_first_sign_the_form_is_asked_again_once_its_recall_window_is_over(relapsing: World) -> None:
    sign = Signal.objects.filter(kind=FindingKind.RELAPSE).latest("assessment__as_of")

    assert sign.parts["confirmed"] is False
    assert asked(relapsing, SIGN + WEEK) == []
    assert asked(relapsing, SIGN + 2 * WEEK) == ["PHQ-9"]


def test_the_early_form_confirms_a_relapse_weeks_before_its_turn(relapsing: World) -> None:
    answer(relapsing, SIGN + WEEK, None)
    answer(relapsing, SIGN + 2 * WEEK, 15)

    newest = Signal.objects.filter(kind=FindingKind.RELAPSE).latest("assessment__as_of")
    assert newest.parts["confirmed"] is True


@pytest.mark.parametrize("total", [15, 3], ids=["confirmed", "not confirmed"])
def test_one_sign_asks_for_one_early_form(relapsing: World, total: int) -> None:
    answer(relapsing, SIGN + 2 * WEEK, total)

    assert [asked(relapsing, SIGN + week * WEEK) for week in (3, 4, 5, 6)] == [[], ["PHQ-9"], [], []]


def test_a_bad_day_form_leaves_the_early_form_for_the_next_week(relapsing: World) -> None:
    answer(relapsing, SIGN + 2 * WEEK, None, is_short=True)

    assert asked(relapsing, SIGN + 3 * WEEK) == ["PHQ-9"]


def test_a_form_answered_late_in_its_week_moves_the_early_one_on(north: World) -> None:
    """Fourteen days are counted from the form, not from the check-in that asked for it."""
    factories.make_plan(north.episode, starts_on=START.date(), instruments={"PHQ-9": 4})
    for week, total in ((0, 16), (4, 3), (8, 2)):
        answer(north, START + week * WEEK, total)
    answer(north, SIGN + timedelta(days=5), 14)

    assert asked(north, SIGN + 2 * WEEK) == []
    assert asked(north, SIGN + 3 * WEEK) == ["PHQ-9"]


def test_a_turn_inside_the_recall_window_is_put_off_and_not_dropped(relapsing: World) -> None:
    """The early form was answered six days late: at the turn four days ago are no two weeks."""
    answer(relapsing, SIGN + 2 * WEEK + timedelta(days=6), 3)

    assert [asked(relapsing, SIGN + week * WEEK) for week in (4, 5, 6)] == [[], ["PHQ-9"], ["PHQ-9"]]


def test_no_plan_asks_a_form_more_often_than_it_asks_back(north: World) -> None:
    """PHQ-9 asks about two weeks; a plan of every week shared half of them between two forms."""
    factories.make_plan(north.episode, starts_on=START.date(), instruments={"PHQ-9": 1})
    days: list[date] = []
    for week in range(8):
        at = START + week * WEEK + timedelta(days=week % 3)
        if asked(north, at):
            answer(north, at, 8)
            days.append(at.date())

    assert len(days) >= 3
    assert all((later - earlier).days >= 14 for earlier, later in pairwise(days))


def test_a_form_from_paper_counts_too(relapsing: World) -> None:
    Score.objects.create(
        episode=relapsing.episode,
        instrument="PHQ-9",
        instrument_version="1",
        about_on=(SIGN + 10 * timedelta(days=1)).date(),
        entered_at=SIGN + 10 * timedelta(days=1),
        value=15,
    )

    assert asked(relapsing, SIGN + 2 * WEEK) == []


def test_without_a_sign_nothing_is_asked_early(north: World) -> None:
    factories.make_plan(north.episode, starts_on=START.date(), instruments={"PHQ-9": 4})
    for week, total in ((0, 16), (4, 3), (8, 2), (12, 3)):
        answer(north, START + week * WEEK, total)

    assert [asked(north, SIGN + week * WEEK) for week in (1, 2, 3, 4)] == [[], [], [], ["PHQ-9"]]


def test_the_team_reads_that_a_form_is_asked_for_early_and_why(relapsing: World) -> None:
    def fact(at: datetime) -> str | None:
        facts = {fact.name: fact.value for fact in persons.load_person(relapsing.episode, at=at).facts}
        return facts.get("Asked for early")

    before = fact(SIGN)
    answer(relapsing, SIGN + 2 * WEEK, 3)

    assert before == ("PHQ-9 from 5 Oct on: worse again on 21 Sep, and a second form confirms it or not.")
    assert fact(SIGN + 2 * WEEK) == "PHQ-9 of 5 Oct: worse again on 21 Sep."


def test_the_patient_sees_an_ordinary_form(relapsing: World) -> None:
    slot = factories.open_week(relapsing.episode, at=SIGN + 2 * WEEK)

    assert contents.content_of(slot, is_short=False, at=SIGN + 2 * WEEK).instruments == (INSTRUMENTS["PHQ-9"],)


def test_early_forms_are_told_while_they_are_to_come_and_once_they_have_come(relapsing: World) -> None:
    sign_on = SIGN.date()
    first, again = date.fromordinal(sign_on.toordinal()), date.fromordinal(sign_on.toordinal() + 14)

    [coming] = turns.early_forms(relapsing.episode, {"PHQ-9": [START.date(), first]})
    [come] = turns.early_forms(relapsing.episode, {"PHQ-9": [START.date(), first, again]})

    assert (coming.sign_on, coming.from_on, coming.answered_on) == (first, again, None)
    assert (come.sign_on, come.answered_on) == (first, again)
