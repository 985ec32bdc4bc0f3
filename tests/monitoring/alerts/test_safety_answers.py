"""A safety answer is shown as it was given, whatever becomes of its form; help comes once for it; closing needs both."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import alerts, closing, evidence, safety_answers
from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine.records import Tier
from monitoring.models.alerts import ActionCode, AlertKind
from patients.care import episodes
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.alerts.answering import begin, close, leads_to_help, page, send, tap, the_alert


def told(*, at=NOW) -> list[tuple[str, str]]:
    alert = the_alert()
    return [(one.words, one.form) for one in safety_answers.load([alert], at=at)[alert.pk]]


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_an_answer_of_a_form_not_sent_yet_is_shown_with_where_it_stands(asked: World) -> None:
    tap(asked, begin(asked), 1)

    [(words, form)] = told()

    assert "PHQ-9, question 9" in words and "Several days" in words
    assert form == (
        "Answered on Mon 16 Nov, 10:00 in a check-in that is not sent yet. It can be sent until Mon 23 Nov, 03:30."
    )


@pytest.mark.parametrize(
    ("later", "ends"),
    [
        (8 * WEEK / 7, "in a check-in that was not sent. It can still be sent until Mon 7 Dec, 03:30."),
        (4 * WEEK, "in a check-in that was never sent."),
    ],
)
def test_a_form_that_is_never_sent_is_told_as_such(asked: World, later: timedelta, ends: str) -> None:
    tap(asked, begin(asked), 1)

    assert told(at=NOW + later)[0][1].endswith(ends)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (1, "Answered on Mon 16 Nov, 10:00. The check-in was sent on Mon 16 Nov, 12:00."),
        (None, "In the version last sent, on Mon 16 Nov, 12:00, this question is skipped."),
        (0, "In the version last sent, on Mon 16 Nov, 12:00, the answer is “Not at all”."),
    ],
    ids=["the same", "skipped", "another"],
)
def test_what_became_of_the_form_is_told_beside_the_answer(asked: World, sent: int | None, says: str) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    send(asked, draft, {"PHQ-9": factories.phq9(item_9=sent)}, at=NOW + timedelta(hours=2))

    assert told()[0][1].endswith(says)


def test_an_answer_whose_page_is_skipped_before_sending_stays_with_the_alert(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 2)
    send(asked, draft, {}, at=NOW + timedelta(hours=2))

    [(words, form)] = told()

    assert "More than half the days" in words
    assert "this question is skipped" in form and "not sent" not in form


def test_an_answer_taken_back_in_the_open_form_is_told_with_what_it_says_now(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 2)
    tap(asked, draft, 0, at=NOW + timedelta(minutes=5))

    assert told()[0][1].endswith(
        "In the check-in as it is being filled in now, the answer is “Not at all” (Mon 16 Nov, 10:05)."
    )


def test_a_correction_keeps_the_answer_and_says_what_it_was_changed_to(asked: World) -> None:
    draft = begin(asked)
    sent = send(asked, draft, {"PHQ-9": factories.phq9(item_9=3)})
    check_ins.submit(
        episode=asked.episode, slot_id=draft.slot_id, client_key=uuid4(), corrects=sent.check_in.pk,
        answers=CheckInAnswers(ratings={}, items={"PHQ-9": factories.phq9(item_9=0)}), by=asked.ann, at=NOW + WEEK / 7,
    )  # fmt: skip

    [(words, form)] = told()

    assert "Nearly every day" in words
    assert form.endswith("the answer is “Not at all”.")


def test_the_persons_page_and_the_queue_quote_an_answer_that_was_not_sent(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1}, weekday=(now - timedelta(days=1)).isoweekday())
        tap(world, begin(world, at=now), 1, at=now)
    client.force_login(world.chris)

    for url in (reverse("trajectory", args=[world.episode.pk]), reverse("alert_queue")):
        words = client.get(url).content.decode()
        assert "Several days" in words, url
        assert "not sent yet" in words, url


# --- help once -------------------------------------------------------------------------------------------------------


def test_the_team_reads_when_help_was_shown(form: Client, world: World) -> None:
    first = form.post(reverse("check_in_step", args=[6]), page(1))
    form.get(first.headers["Location"])
    with clinic_context(clinic_id=world.clinic.pk):
        alert = the_alert()
    staff = Client()
    staff.force_login(world.chris)

    assert "Numbers to call were shown" in staff.get(reverse("alert_detail", args=[alert.pk])).content.decode()


# --- closing and opening again ----------------------------------------------------------------------------------------


def test_a_safety_answer_that_was_not_on_the_screen_is_not_closed(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    read = factories.read(the_alert())
    tap(asked, draft, 3)

    for shown in (None, read["shown"]):
        with pytest.raises(closing.EvidenceNotShown):
            close(asked, the_alert(), shown=shown)
    assert not close(asked, the_alert()).is_open


def test_a_post_without_the_page_is_refused_in_words_and_shows_the_answer(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1}, weekday=(now - timedelta(days=1)).isoweekday())
        tap(world, begin(world, at=now), 1, at=now)
        alert = the_alert()
    client.force_login(world.chris)
    fields = {"step": "close", "version": str(alert.version), "action": "talked", "note": "Rang."}

    answer = client.post(reverse("alert_step", args=[alert.pk]), fields)

    words = answer.content.decode()
    assert answer.status_code == 422
    assert "First read the answer" in words and "Several days" in words
    with clinic_context(clinic_id=world.clinic.pk):
        assert the_alert().is_open


@pytest.mark.parametrize("action", [ActionCode.VISIT_ARRANGED, ActionCode.NO_ANSWER, ActionCode.MESSAGE_LEFT])
def test_nobody_was_reached_by_a_visit_a_ring_or_a_message(asked: World, action: ActionCode) -> None:
    tap(asked, begin(asked), 1)

    with pytest.raises(closing.ContactMissing):
        close(asked, the_alert(), action=action)


def test_a_contact_that_a_colleague_recorded_since_the_answer_counts(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    alert = the_alert()
    alerts.start_work(alert=alert, by=asked.cora, version=alert.version, action=ActionCode.TALKED, at=NOW)

    tap(asked, draft, 2, at=NOW + timedelta(hours=1))
    with pytest.raises(closing.ContactMissing):
        close(asked, the_alert(), action=ActionCode.PLAN_CHANGED, at=NOW + timedelta(hours=2))

    alert = the_alert()
    alerts.start_work(
        alert=alert, by=asked.cora, version=alert.version, action=ActionCode.TALKED, at=NOW + timedelta(hours=3)
    )
    closed = close(asked, the_alert(), action=ActionCode.PLAN_CHANGED, at=NOW + timedelta(hours=4))
    assert not closed.is_open


# --- what a second look found -----------------------------------------------------------------------------------------


def test_a_silence_that_goes_on_after_a_late_week_is_told_again(asked: World) -> None:
    alert = evidence.raise_alert(
        episode=asked.episode, kind=AlertKind.MISSED_CHECK_INS, tier=Tier.REVIEW, at=NOW - WEEK
    )
    evidence.end_silence(episode=asked.episode, at=NOW)

    evidence.raise_alert(episode=asked.episode, kind=AlertKind.MISSED_CHECK_INS, tier=Tier.REVIEW, at=NOW + WEEK / 7)

    alert.refresh_from_db()
    assert alert.is_open


def test_help_is_shown_to_somebody_whose_care_ended_meanwhile(form: Client, world: World) -> None:
    to_help = form.post(reverse("check_in_step", args=[6]), page(2)).headers["Location"]
    with clinic_context(clinic_id=world.clinic.pk):
        episodes.end_episode(episode=world.episode, ended_on=NOW.date(), by=world.chris, at=timezone.now())

    shown = form.get(to_help)

    assert shown.status_code == 200
    assert "tel:999" in shown.content.decode()


def test_a_form_that_is_sent_from_an_old_tab_alerts_and_leads_to_help_all_the_same(form: Client, world: World) -> None:
    form.post(reverse("check_in_step", args=[6]), page(0))
    words = form.get(reverse("send_check_in")).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', words))
    assert form.post(reverse("send_check_in"), fields | {"contact_wish": "just_record"}).status_code == 302

    again = form.post(reverse("send_check_in"), fields | {"contact_wish": "just_record", "PHQ-9_9": "3"})

    assert leads_to_help(again)
    with clinic_context(clinic_id=world.clinic.pk):
        assert the_alert().tier == Tier.URGENT


def test_a_later_answer_of_less_weight_does_not_hide_the_other_in_the_queue(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1}, weekday=(now - timedelta(days=1)).isoweekday())
        draft = begin(world, at=now)
        tap(world, draft, 3, at=now)
        body = {"PHQ-15": {str(number): 2 if number == 6 else 0 for number in range(1, 16)}}
        drafts.save_answers(draft=draft, answers=body, episode=world.episode, by=world.ann, at=now)
    client.force_login(world.chris)

    assert "“Nearly every day”" in client.get(reverse("alert_queue")).content.decode()
