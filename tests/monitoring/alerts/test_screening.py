"""Safety answers: what is told as it is given, what is no second event, and when help is owed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.alerts import alerts, closing, promises, safety_answers, screening
from monitoring.assessments import assessments
from monitoring.models import Alert, AlertEvent, Notification
from monitoring.models.alerts import ActionCode, AlertEventKind
from patients.models import User
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.alerts.answering import begin, close, leads_to_help, page, send, tap, the_alert


def answer_weeks(world: World, weeks: list[dict[str, Any]]) -> Alert:
    """Send one form a week, the last one now."""
    for index, items in enumerate(weeks):
        at = NOW - WEEK * (len(weeks) - 1 - index)
        factories.make_check_in(world.episode, by=world.ann, at=at, items=items)
    return the_alert()


def phq9(answer: int | None) -> dict[str, Any]:
    return {"PHQ-9": factories.phq9(item_9=answer)}


GAD7: dict[str, Any] = {"GAD-7": {str(number): 1 for number in range(1, 8)}}


@pytest.mark.parametrize(
    ("weeks", "is_rise"),
    [
        ([phq9(0), GAD7, phq9(1)], True),
        ([phq9(0), {}, phq9(None), phq9(1)], True),
        ([phq9(1), phq9(1)], False),
        ([phq9(0), phq9(1), phq9(1)], False),
        ([phq9(1), phq9(0), phq9(1)], True),
        ([phq9(1)], False),
    ],
    ids=["a week of another form between", "a skipped item", "the same", "not the oldest", "risen again", "the first"],
)
def test_a_rise_is_told_from_the_last_answer_on_an_earlier_form_of_that_instrument(
    asked: World, weeks: list[dict[str, Any]], is_rise: bool
) -> None:
    alert = answer_weeks(asked, weeks)

    newest = AlertEvent.objects.filter(alert=alert, said__isnull=False).order_by("-at").first()
    assert newest is not None and newest.said is not None
    assert newest.said[0]["rose"] is is_rise
    said = safety_answers.load([alert], at=NOW)[alert.pk][0].words
    assert ("higher than" in said) is is_rise


def send_page(client: Client) -> Any:
    words = client.get(reverse("send_check_in")).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', words))
    return client.post(reverse("send_check_in"), fields | {"contact_wish": "just_record"})


def test_help_comes_once_for_one_answer(form: Client, world: World) -> None:
    tapped = form.post(reverse("autosave", args=[6]), page(1), headers={"HX-Request": "true"})
    assert leads_to_help(tapped)
    assert form.get(tapped.headers["HX-Redirect"]).status_code == 200

    following = form.post(reverse("check_in_step", args=[6]), page(1))
    sent = send_page(form)

    assert not leads_to_help(following)
    assert sent.headers["Location"] == reverse("check_in_done")
    with clinic_context(clinic_id=world.clinic.pk):
        kinds = list(AlertEvent.objects.order_by("at").values_list("kind", flat=True))
    assert kinds == [AlertEventKind.RAISED, AlertEventKind.HELP_SHOWN]


def test_help_that_never_arrived_is_shown_at_the_next_step(form: Client) -> None:
    assert leads_to_help(form.post(reverse("autosave", args=[6]), page(1), headers={"HX-Request": "true"}))

    assert leads_to_help(form.post(reverse("check_in_step", args=[6]), page(1)))
    assert leads_to_help(send_page(form))


def test_another_answer_brings_help_again(form: Client) -> None:
    first = form.post(reverse("check_in_step", args=[6]), page(1))
    form.get(first.headers["Location"])

    assert leads_to_help(form.post(reverse("check_in_step", args=[6]), page(2)))


def test_the_same_answer_sent_after_the_alert_was_closed_is_no_second_alert(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    close(asked, the_alert())

    send(asked, draft, phq9(1), at=NOW + timedelta(hours=1))

    assert not the_alert().is_open


def test_the_same_answer_given_anew_after_it_was_taken_back_opens_the_alert_again(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    close(asked, the_alert())
    tap(asked, draft, 0, at=NOW + timedelta(hours=1))

    tap(asked, draft, 1, at=NOW + timedelta(hours=2))

    assert the_alert().is_open


def test_a_run_does_not_tell_again_what_was_told_when_it_was_answered(asked: World) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, items=phq9(1))
    before = AlertEvent.objects.count()

    assessments.assess_as_of(episode=asked.episode, as_of=NOW + timedelta(hours=1), at=NOW + timedelta(hours=1))

    assert AlertEvent.objects.filter(alert=the_alert()).count() == before


def told_to(user: User) -> int:
    return Notification.objects.filter(recipient=user).count()


def test_an_answer_of_another_week_is_told_to_who_has_the_alert_and_has_a_clock_of_its_own(asked: World) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, at=NOW - WEEK, items=phq9(2))
    alert = the_alert()
    alerts.acknowledge(alert=alert, by=asked.chris, version=alert.version, at=NOW - WEEK)
    before = told_to(asked.chris)

    factories.make_check_in(asked.episode, by=asked.ann, at=NOW, items=phq9(3))

    alert = the_alert()
    assert told_to(asked.chris) == before + 1
    assert alert.due_at is not None and alert.due_at > NOW
    said = promises.open_promises(asked.episode, at=NOW)[0]
    assert "has your answer" not in said and "later than we said" not in said


def test_the_same_answer_given_anew_after_a_contact_needs_another_contact(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    alert = the_alert()
    alerts.start_work(
        alert=alert, by=asked.cora, version=alert.version, action=ActionCode.TALKED, at=NOW + timedelta(hours=1)
    )
    tap(asked, draft, 0, at=NOW + timedelta(hours=2))
    tap(asked, draft, 1, at=NOW + timedelta(days=3))

    with pytest.raises(closing.ContactMissing):
        close(asked, the_alert(), action=ActionCode.PLAN_CHANGED, at=NOW + timedelta(days=3))


def test_a_run_after_sending_neither_reopens_nor_outdates_what_was_told_in_the_draft(asked: World) -> None:
    draft = begin(asked)
    tap(asked, draft, 1)
    close(asked, the_alert())
    assessments.assess_as_of(episode=asked.episode, as_of=NOW + timedelta(minutes=5), at=NOW + timedelta(minutes=5))
    send(asked, draft, phq9(1), at=NOW + timedelta(hours=1))

    assessments.assess_as_of(episode=asked.episode, as_of=NOW + timedelta(hours=2), at=NOW + timedelta(hours=2))

    assert not the_alert().is_open


def test_a_week_is_promised_nothing_for_the_answer_of_another(asked: World) -> None:
    first = begin(asked, at=NOW - WEEK)
    tap(asked, first, 2, at=NOW - WEEK)
    second = factories.open_week(asked.episode, at=NOW)

    assert promises.open_promises(asked.episode, slot=second, at=NOW) == []
    assert not screening.is_help_owed(asked.episode, slot=second)
    assert promises.open_promises(asked.episode, slot=first.slot, at=NOW) != []
