"""What the form of a week asks."""

from datetime import timedelta

import pytest

from monitoring.check_ins import contents, drafts
from monitoring.engine.records import Domain
from monitoring.models import CheckInSlot, MonitoringPlan
from monitoring.plans import medicines, own_items
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

    asks = {symptom.code for symptom in SIDE_EFFECTS.symptoms} - medicines.ONLY_STOPPING
    assert (asked.medicines, asked.checklist) == ((medicine,), SIDE_EFFECTS.only(asks))
    assert contents.content_of(slot, is_short=True, at=NOW).checklist is None


def test_a_late_form_asks_the_ratings_and_the_own_question_alone(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1})
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK * 4, **WALK)
    asked = contents.content_of(missed_week(planned), is_short=False, at=NOW)

    assert (asked.domains, asked.own_item) == (tuple(Domain), item)
    assert (asked.medicines, asked.checklist, asked.instruments) == ((), None, ())


@pytest.fixture
def with_everything(planned: World) -> CheckInSlot:
    """Ann takes a medicine, and her week asks two questionnaires."""
    prescribe(planned, on=(NOW - WEEK).date())
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1, "GAD-7": 1})
    return factories.open_week(planned.episode)


def test_what_a_form_asks_is_read_back_as_it_was_decided(with_everything: CheckInSlot) -> None:
    asked = contents.decide(with_everything, at=NOW)
    draft = drafts.begin(episode=with_everything.episode, is_short=False, at=NOW)

    assert contents.asked_by(draft) == asked
    assert set(asked.instruments) == {"PHQ-9", "GAD-7"}
    assert contents.asked_by(None) is None


def test_nothing_that_happens_meanwhile_changes_a_form_that_is_begun(
    planned: World, with_everything: CheckInSlot
) -> None:
    """Another plan, a new medicine, another own question, midnight, the end of the week."""
    asked = contents.decide(with_everything, at=NOW)
    before = contents.content_of(with_everything, asked=asked, is_short=False, at=NOW)

    MonitoringPlan.objects.update(instruments={"PEG": 1})
    prescribe(planned, on=(NOW + timedelta(days=1)).date(), name="Lithium")
    own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW, **WALK)

    for at in (NOW + timedelta(days=1), with_everything.closes_at - timedelta(seconds=1), with_everything.closes_at):
        assert contents.content_of(with_everything, asked=asked, is_short=False, answered=(), at=at) == before


def test_a_day_after_its_week_a_form_keeps_what_it_holds_and_asks_no_more_about_other_days(
    with_everything: CheckInSlot,
) -> None:
    asked = contents.decide(with_everything, at=NOW)
    at = with_everything.closes_at + contents.FINISHED_WITHIN

    kept = contents.content_of(with_everything, asked=asked, is_short=False, answered={"mood", "PHQ-9"}, at=at)

    assert [instrument.code for instrument in kept.instruments] == ["PHQ-9"]
    assert (kept.medicines, kept.checklist) == ((), None)
    assert kept.domains == tuple(Domain)


def test_a_form_that_was_begun_in_its_week_is_about_the_day_it_was_begun(with_everything: CheckInSlot) -> None:
    thursday = NOW + timedelta(days=3)
    after = with_everything.closes_at + timedelta(minutes=5)
    draft = drafts.begin(episode=with_everything.episode, is_short=False, at=thursday)

    assert contents.about_on(with_everything, draft, at=thursday) == thursday.date()
    assert contents.about_on(with_everything, draft, at=after) == thursday.date()
    assert contents.about_on(with_everything, None, at=after) == with_everything.due_on
