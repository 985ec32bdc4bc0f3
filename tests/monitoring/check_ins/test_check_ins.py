"""Submitting: one row per key, safety answers at once, nothing half-written."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.alerts import alerts, evidence
from monitoring.attention import needs, usual_ranges
from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.check_ins import SameKeyOtherAnswers
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn, CheckInDraft, MonitoringPlan, Need, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.plans import plans
from monitoring.words.states import State
from patients import audit
from patients.models import AuditEvent
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.rights.consent import ConsentMissing
from tests import factories
from tests.conftest import World
from tests.factories import NOW

ANSWERS = CheckInAnswers(
    ratings={Domain.SLEEP: 3, Domain.MOOD: 4, Domain.ENERGY: None, Domain.PAIN: 0, Domain.FUNCTION: 10}
)


@pytest.fixture
def planned(north: World) -> World:
    factories.make_plan(north.episode, instruments={"PHQ-9": 4}, starts_on=NOW.date())
    return north


def submit(world: World, answers: CheckInAnswers = ANSWERS, *, key=None, at=NOW):
    slot = factories.open_week(world.episode, at=at)
    return check_ins.submit(
        episode=world.episode, slot_id=slot.pk, client_key=key or uuid4(), answers=answers, by=world.ann, at=at
    )


def test_answers_are_stored_as_given_and_a_skipped_one_is_not_zero(planned: World) -> None:
    stored = submit(planned).check_in
    stored.refresh_from_db()

    assert (stored.sleep, stored.mood, stored.energy, stored.pain, stored.function) == (3, 4, None, 0, 10)


def test_a_submit_makes_the_assessment_due(planned: World) -> None:
    submit(planned)

    assert MonitoringPlan.objects.get(episode=planned.episode).assessment_due_at == NOW


def test_a_submit_reads_episode_and_patient_from_what_the_page_holds(planned: World) -> None:
    slot = factories.open_week(planned.episode, at=NOW)
    with CaptureQueriesContext(connection) as queries:
        check_ins.submit(
            episode=planned.episode, slot_id=slot.pk, client_key=uuid4(), answers=ANSWERS, by=planned.ann, at=NOW
        )

    assert len(queries) > 10
    assert not [
        query for query in queries if query["sql"].startswith("SELECT") and 'FROM "patients_patient"' in query["sql"]
    ]


def test_the_same_key_and_answers_give_the_same_row(planned: World) -> None:
    key = uuid4()
    slot = factories.open_week(planned.episode)
    sent = {"episode": planned.episode, "slot_id": slot.pk, "client_key": key, "answers": ANSWERS, "by": planned.ann}

    first = check_ins.submit(**sent, at=NOW)
    second = check_ins.submit(**sent, at=NOW + timedelta(minutes=5))

    assert second.is_repeat
    assert first.check_in == second.check_in
    assert CheckIn.objects.count() == 1


def test_the_same_key_with_other_answers_is_a_conflict(planned: World) -> None:
    key = uuid4()
    slot = factories.open_week(planned.episode)
    sent = {"episode": planned.episode, "slot_id": slot.pk, "client_key": key, "by": planned.ann, "at": NOW}
    check_ins.submit(**sent, answers=ANSWERS)

    with pytest.raises(SameKeyOtherAnswers) as conflict:
        check_ins.submit(**sent, answers=CheckInAnswers(ratings={Domain.SLEEP: 9}))
    assert conflict.value.stored.sleep == 3
    assert CheckIn.objects.count() == 1


def test_a_week_is_answered_once(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    submit(planned)

    with pytest.raises(CheckInClosed):
        check_ins.submit(
            episode=planned.episode, slot_id=slot.pk, client_key=uuid4(), answers=ANSWERS, by=planned.ann, at=NOW
        )


def test_another_patients_week_cannot_be_answered(planned: World) -> None:
    factories.make_plan(planned.bens_episode, starts_on=NOW.date())
    slot = factories.open_week(planned.bens_episode)

    with pytest.raises(CheckInClosed):
        check_ins.submit(
            episode=planned.episode, slot_id=slot.pk, client_key=uuid4(), answers=ANSWERS, by=planned.ann, at=NOW
        )


def test_without_consent_nothing_is_stored(planned: World) -> None:
    consent.decide(
        patient=planned.episode.patient, purpose=ConsentPurpose.CHECK_INS, is_given=False, by=planned.ann, at=NOW
    )

    with pytest.raises(ConsentMissing):
        submit(planned)
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize(("item_9", "tier"), [(0, None), (1, "urgent"), (2, "urgent"), (3, "urgent")])
def test_a_risk_answer_alerts_in_the_same_transaction(planned: World, item_9: int, tier: str | None) -> None:
    receipt = submit(planned, CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=item_9)}))

    assert bool(receipt.owed) == (tier is not None)
    found = Alert.objects.filter(kind=AlertKind.RISK_ANSWER)
    assert [alert.tier for alert in found] == ([tier] if tier else [])
    assert [alert.check_in for alert in found] == ([receipt.check_in] if tier else [])


def test_a_risk_answer_counts_even_if_the_form_is_never_sent(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)

    owed = drafts.save_answers(
        draft=draft, answers={"PHQ-9": factories.phq9(item_9=2)}, episode=planned.episode, by=planned.ann, at=NOW
    )

    assert owed
    assert Alert.objects.get().kind == AlertKind.RISK_ANSWER


def test_another_risk_answer_in_the_same_form_opens_what_was_closed(planned: World) -> None:
    """Called and closed in the morning, nothing assessed since; in the evening the answer is another one."""
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)

    def tap(hours: int, **given: int) -> None:
        drafts.save_answers(
            draft=draft,
            answers={"PHQ-9": factories.phq9(**given)},
            episode=planned.episode,
            by=planned.ann,
            at=NOW + timedelta(hours=hours),
        )

    tap(0, item_9=1)
    alert = Alert.objects.get()
    tap(1, item_9=1, others=2)
    assert Alert.objects.get().version == alert.version, "the same answer is no news to whoever acts on it"
    alerts.close(
        alert=alert,
        version=alert.version,
        action="talked",
        note="Rang.",
        by=planned.chris,
        **factories.read(alert),
        at=NOW + timedelta(hours=2),
    )
    tap(3, item_9=1, others=3)
    assert not Alert.objects.get().is_open
    tap(4, item_9=3, others=3)

    reopened = Alert.objects.get()
    assert reopened.is_open and reopened.raised_at == NOW + timedelta(hours=4)
    assert (reopened.signal, reopened.check_in) == (None, None)


def test_a_list_that_cannot_be_sorted_stands_in_nobodys_way(
    planned: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patch:
        patch.setattr(usual_ranges, "load", fail)
        stored = submit(planned, replace(ANSWERS, items={"PHQ-9": factories.phq9(item_9=2)})).check_in

    assert CheckIn.objects.get() == stored
    assert Alert.objects.get().kind == AlertKind.RISK_ANSWER
    assert "needs could not be worked out" in caplog.text
    assert needs.mend(at=NOW) == 1
    assert Need.objects.get().rank == State.SAFETY.rank


def test_a_save_that_was_overtaken_on_the_way_changes_nothing_but_still_counts_for_danger(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    minute = timedelta(minutes=1)
    saved = [
        ({"sleep": 1, "PHQ-9": factories.phq9(item_9=0)}, NOW + minute * 2),
        ({"sleep": 0, "mood": 4, "PHQ-9": factories.phq9(item_9=2)}, NOW + minute),
    ]

    for answers, at in saved:
        drafts.save_answers(draft=draft, answers=answers, episode=planned.episode, by=planned.ann, at=at)

    assert (draft.answers["sleep"], draft.answers["mood"]) == (1, 4)
    assert draft.answers["PHQ-9"] == factories.phq9(item_9=0)
    assert Alert.objects.get().kind == AlertKind.RISK_ANSWER


def test_what_was_sent_first_does_not_undo_what_arrived_before_it(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    second = timedelta(seconds=1)

    for sleep, arrived, sent in ((7, NOW + second * 3, NOW + second * 2), (2, NOW + second * 4, NOW + second)):
        said = drafts.Said(sent_at=sent)
        drafts.save_answers(
            draft=draft, answers={"sleep": sleep}, episode=planned.episode, by=planned.ann, at=arrived, said=said
        )

    assert draft.answers["sleep"] == 7


def test_a_later_zero_does_not_close_a_risk_alert(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=3)}))
    submit(planned, CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=0)}), at=NOW + timedelta(weeks=1))

    assert Alert.objects.get().is_open


def test_asking_for_contact_is_an_alert_of_its_own(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings={}, contact_wish=ContactWish.CONTACT_ME))

    assert Alert.objects.get().kind == AlertKind.CONTACT_WISH


def test_a_questionnaire_is_scored_with_the_version_that_was_asked(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=0, others=2)}))

    score = Score.objects.get()
    assert (score.instrument, score.value, score.answered_items, score.is_prorated) == ("PHQ-9", 16.0, 9, False)


def test_too_many_missing_items_give_no_score(planned: World) -> None:
    items = {str(number): 3 if number < 4 else None for number in range(1, 10)}
    submit(planned, CheckInAnswers(ratings={}, items={"PHQ-9": items}))

    assert Score.objects.get().value is None


@pytest.mark.parametrize("broken", ["audit", "alert", "due"])
def test_a_submit_leaves_nothing_behind_when_a_later_write_fails(
    planned: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(broken)

    target = {"audit": (audit, "record"), "alert": (evidence, "raise_alert"), "due": (plans, "make_due")}[broken]
    slot = factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    before = AuditEvent.objects.filter(clinic_id=planned.clinic.pk).count()
    monkeypatch.setattr(*target, fail)

    with pytest.raises(RuntimeError):
        check_ins.submit(
            episode=planned.episode,
            slot_id=slot.pk,
            client_key=uuid4(),
            answers=CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=3)}),
            by=planned.ann,
            at=NOW,
        )

    slot.refresh_from_db()
    assert slot.answered_at is None
    assert CheckIn.objects.count() == Score.objects.count() == Alert.objects.count() == 0
    assert CheckInDraft.objects.get() == draft
    assert AuditEvent.objects.filter(clinic_id=planned.clinic.pk).count() == before
