"""The patient's own question: new words begin a new series, and what was answered stays."""

from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import persons
from monitoring.models import CheckIn, OwnItem
from monitoring.plans import own_items
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, WALK, submit


def test_new_words_end_the_old_question_and_begin_a_new_series(planned: World) -> None:
    first = own_items.set_own_item(episode=planned.episode, by=planned.chris, at=NOW - WEEK * 3, **WALK)
    second = own_items.set_own_item(
        episode=planned.episode, by=planned.ann, at=NOW, **(WALK | {"wording": "Could I play with my son?"})
    )
    first.refresh_from_db()

    assert (first.until_on, second.until_on) == (NOW.date(), None)
    assert own_items.own_item(planned.episode) == second
    assert AuditEvent.objects.filter(action=AuditAction.OWN_ITEM_SET).count() == 2


def test_the_same_question_again_changes_nothing(planned: World) -> None:
    first = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK, **WALK)
    again = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW, **WALK)

    assert again == first
    assert OwnItem.objects.count() == 1


def test_an_own_question_that_is_dropped_is_asked_no_more_and_keeps_its_answers(planned: World) -> None:
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK, **WALK)
    submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=4))
    own_items.drop_own_item(episode=planned.episode, by=planned.ann, at=NOW)

    assert own_items.own_item(planned.episode) is None
    assert CheckIn.objects.get().own_rating == 4


def test_the_own_question_has_a_panel_of_its_own_with_its_direction(planned: World) -> None:
    item = own_items.set_own_item(
        episode=planned.episode, by=planned.ann, at=NOW - WEEK * 9, **(WALK | {"higher_is_better": False})
    )
    for week, value in enumerate([3, 4, 5]):
        submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=value), at=NOW - WEEK * (2 - week))

    course = persons.load_own_trend(planned.episode, at=NOW)

    assert [panel.name for panel in course.panels][5:] == [item.wording]
    own = course.panels[-1]
    assert [answer.value for answer in own.answers] == [3, 4, 5]
    assert "lower is better" in str(own.direction_word)
    assert own.state is None
