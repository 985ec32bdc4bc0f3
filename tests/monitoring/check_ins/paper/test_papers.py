"""What stands on paper is kept with its day and who typed it, and one week keeps one check-in."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

import pytest

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.check_ins import NothingSaid, Receipt
from monitoring.check_ins.paper import papers
from monitoring.check_ins.paper.papers import FormBegun, PaperDayRefused
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn, CheckInSlot, Score
from monitoring.models.alerts import AlertKind
from monitoring.plans import plans
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.rights.consent import ConsentMissing
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

TODAY = NOW.date()


def enter(
    world: World,
    *,
    on: date = TODAY,
    items: Mapping[str, Mapping[str, int | None]] | None = None,
    at=NOW,
    **ratings: int | None,
) -> Receipt:
    answers = CheckInAnswers(
        ratings={Domain(name): value for name, value in ratings.items()}, items=items or {}, language="en"
    )
    return papers.enter(episode=world.episode, on=on, client_key=uuid4(), answers=answers, by=world.cora, at=at)


def test_it_is_kept_with_the_day_on_the_paper_and_who_typed_it(planned: World) -> None:
    factories.open_week(planned.episode)
    row = enter(planned, sleep=3, mood=4).check_in

    assert (row.about_on, row.mode, row.interviewer, row.sleep, row.pain) == (TODAY, "paper", planned.cora, 3, None)
    assert row.slot is not None and CheckInSlot.objects.get(pk=row.slot.pk).answered_at == NOW


def test_a_paper_of_a_missed_week_answers_that_week_late(planned: World) -> None:
    plans.open_due_slots(at=NOW)
    plans.mark_missed(at=NOW)
    on = TODAY - timedelta(days=19)

    row = enter(planned, on=on, mood=2).check_in

    assert (row.about_on, row.is_late, row.slot.week_of) == (on, True, plans.monday_of(on))


def test_a_paper_without_a_week_of_the_plan_stands_for_itself(north: World) -> None:
    row = enter(north, on=TODAY - timedelta(days=300), items={"PHQ-9": factories.phq9()}).check_in

    assert (row.slot, row.is_late) == (None, False)
    assert Score.objects.get().about_on == TODAY - timedelta(days=300)


@pytest.mark.parametrize("on", [TODAY + timedelta(days=2), date(2020, 1, 1)])
def test_a_day_to_come_and_one_before_care_are_refused(planned: World, on: date) -> None:
    with pytest.raises(PaperDayRefused):
        enter(planned, on=on, mood=2)


def test_an_empty_paper_and_one_without_an_agreement_are_refused(planned: World) -> None:
    with pytest.raises(NothingSaid):
        enter(planned, mood=None)
    consent.decide(
        patient=planned.episode.patient, purpose=ConsentPurpose.CHECK_INS, is_given=False, by=planned.ann, at=NOW
    )
    with pytest.raises(ConsentMissing):
        enter(planned, mood=2)


def test_into_a_week_with_a_check_in_the_paper_brings_what_it_holds_and_nothing_is_lost(planned: World) -> None:
    first = factories.make_check_in(planned.episode, by=planned.ann, mood=7, note="A good week.").check_in

    receipt = enter(planned, on=TODAY, items={"PHQ-9": factories.phq9(others=2)}, at=NOW + timedelta(hours=1))

    row = receipt.check_in
    assert (row.corrects, row.mood, row.note, row.about_on) == (first, 7, "A good week.", first.about_on)
    assert row.answers["PHQ-9"]["1"] == 2
    assert [one.pk for one in CheckIn.objects.all()] == [row.pk]
    assert CheckIn.versions.count() == 2


def test_the_same_paper_typed_twice_is_there_once(planned: World) -> None:
    factories.open_week(planned.episode)

    first, second = enter(planned, mood=3), enter(planned, mood=3, at=NOW + timedelta(hours=1))

    assert (second.is_repeat, second.check_in) == (True, first.check_in)
    assert CheckIn.versions.count() == 1


def test_a_form_that_the_patient_has_begun_is_not_dropped(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    drafts.save_answers(draft=draft, answers={"mood": 5}, episode=planned.episode, by=planned.ann, at=NOW)

    with pytest.raises(FormBegun):
        enter(planned, mood=3)


def test_item_9_on_paper_raises_the_same_alert(planned: World) -> None:
    factories.open_week(planned.episode)

    receipt = enter(planned, items={"PHQ-9": factories.phq9(item_9=1)})

    alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER)
    assert (alert.check_in, receipt.owed) == (receipt.check_in, (AlertKind.RISK_ANSWER,))


def test_what_the_patient_sends_of_that_week_afterwards_changes_the_papers_row(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    paper = enter(planned, mood=3).check_in
    answers = CheckInAnswers(ratings={Domain.MOOD: 6})

    with pytest.raises(CheckInClosed):
        check_ins.submit(
            episode=planned.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=planned.ann, at=NOW
        )
    corrected = check_ins.submit(
        episode=planned.episode,
        slot_id=slot.pk,
        client_key=uuid4(),
        answers=answers,
        corrects=paper.pk,
        by=planned.ann,
        at=NOW + timedelta(hours=1),
    ).check_in

    assert (corrected.corrects, corrected.mode, corrected.mood) == (paper, "web", 6)


def test_an_old_paper_is_part_of_the_course(planned: World) -> None:
    enter(planned, on=TODAY - 3 * WEEK, sleep=3, mood=4, energy=4, pain=5, function=4)

    run = assessments.assess_episode(episode_id=planned.episode.pk, at=NOW + timedelta(minutes=1))

    assert run is not None and run.check_ins_known == 1
