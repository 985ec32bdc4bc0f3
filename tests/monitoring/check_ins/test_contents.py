"""What the form of a week asks."""

from monitoring.check_ins import contents
from monitoring.engine.records import Domain
from monitoring.models import MonitoringPlan
from monitoring.plans import own_items
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import SIDE_EFFECTS, WALK, missed_week, prescribe


def test_without_a_medicine_nothing_is_asked_about_medicines(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    asked = contents.content_of(slot, is_short=False, at=NOW)

    assert (asked.medicines, asked.checklist) == ((), None)


def test_a_medicine_that_is_taken_brings_its_side_effects(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK).date())
    slot = factories.open_week(planned.episode)
    asked = contents.content_of(slot, is_short=False, at=NOW)

    assert (asked.medicines, asked.checklist) == ((medicine,), SIDE_EFFECTS)
    assert contents.content_of(slot, is_short=True, at=NOW).checklist is None


def test_a_late_form_asks_the_ratings_and_the_own_question_alone(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1})
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK * 4, **WALK)
    asked = contents.content_of(missed_week(planned), is_short=False, at=NOW)

    assert (asked.domains, asked.own_item) == (tuple(Domain), item)
    assert (asked.medicines, asked.checklist, asked.instruments) == ((), None, ())
