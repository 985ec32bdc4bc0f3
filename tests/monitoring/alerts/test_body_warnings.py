"""Warnings of the body: medical words, a page, a clock and an alert of their own, and never a word about self-harm."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.alerts import alerts, promises, safety_answers, screening
from monitoring.assessments import assessments
from monitoring.check_ins import drafts
from monitoring.models import Alert, AlertEvent, CheckIn, Signal
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind
from monitoring.plans.plans import RiskAnswersNotStaffed
from monitoring.worklists import queues
from patients.models import Clinic
from patients.people import people
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.alerts.answering import begin, past_the_ratings, send

# What a page about the body may say nothing of, in any of our languages.
SELF_HARM = re.compile(r"hurting yourself|these thoughts|self-harm|carry this alone|selbst verletz|Gedanken", re.I)


def phq15(**items: int) -> dict[str, int | None]:
    nothing: dict[str, int | None] = {str(number): 0 for number in range(1, 16)}
    return nothing | {item[1:]: value for item, value in items.items()}


def fields(items: dict[str, int | None]) -> dict[str, str]:
    return {f"PHQ-15_{code}": str(value) for code, value in items.items() if value is not None}


@pytest.fixture
def asked(north: World) -> World:
    """Ann is asked about her body and her mood each week."""
    factories.make_plan(north.episode, instruments={"PHQ-15": 1, "PHQ-9": 1})
    return north


@pytest.fixture
def form(world: World, client: Client) -> Client:
    """Ann's browser at the questionnaire about the body, past the five ratings."""
    return past_the_ratings(world, client, instruments={"PHQ-15": 1})


def body_alerts() -> list[Alert]:
    return list(Alert.objects.filter(kind=AlertKind.BODY_WARNING))


# --- what the patient reads -------------------------------------------------------------------------------------------


def test_the_page_of_phq_15_says_nothing_of_self_harm_and_announces_nothing(form: Client) -> None:
    """It said that one question was about hurting yourself, and before chest pain that anything but "no" leads away."""
    page = form.get(reverse("check_in_step", args=[6])).content.decode()

    assert "Chest pain" in page
    assert not SELF_HARM.search(page)
    assert "whom you can call" not in page


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("item", ["_6", "_8", "_10"])
def test_a_warning_leads_to_medical_words_and_the_emergency_number(form: Client, item: str, language: str) -> None:
    answered = form.post(
        reverse("autosave", args=[6]), fields(phq15(**{item: 2})), headers={"HX-Request": "true"}
    ).headers["HX-Redirect"]

    page = form.get(answered, headers={"Accept-Language": language}).content.decode()

    assert answered.startswith(reverse("body_warning"))
    assert not SELF_HARM.search(page)
    assert "tel:999" in page
    assert f'href="{reverse("check_in_step", args=[6])}' in page


def test_only_the_emergency_number_stands_on_it_and_words_where_the_clinic_has_none(form: Client, world: World) -> None:
    talk = {"label": "Samaritans", "number": "116 123", "note": "To talk"}
    Clinic.objects.filter(pk=world.clinic.pk).update(crisis_contacts=[talk])
    answered = form.post(reverse("check_in_step", args=[6]), fields(phq15(_6=2)))

    page = form.get(answered.headers["Location"]).content.decode()

    assert "Samaritans" not in page and "tel:" not in page
    assert "Call your local emergency number." in page


@pytest.mark.parametrize("answer", [0, 1])
def test_below_its_step_nothing_happens(form: Client, world: World, answer: int) -> None:
    answered = form.post(reverse("check_in_step", args=[6]), fields(phq15(_6=answer)))

    assert answered.headers["Location"] == reverse("send_check_in")
    with clinic_context(clinic_id=world.clinic.pk):
        assert not body_alerts()


def test_the_page_comes_once_for_one_answer_and_the_team_can_read_when(form: Client, world: World) -> None:
    first = form.post(reverse("autosave", args=[6]), fields(phq15(_6=2)), headers={"HX-Request": "true"})
    form.get(first.headers["HX-Redirect"])

    following = form.post(reverse("check_in_step", args=[6]), fields(phq15(_6=2)))

    assert following.headers["Location"] == reverse("send_check_in")
    with clinic_context(clinic_id=world.clinic.pk):
        kinds = list(AlertEvent.objects.order_by("at").values_list("kind", flat=True))
    assert kinds == [AlertEventKind.RAISED, AlertEventKind.HELP_SHOWN]


def test_opened_without_an_answer_the_page_leads_on(form: Client) -> None:
    assert form.get(reverse("body_warning")).headers["Location"] == reverse("home")
    assert form.get(reverse("body_warning"), {"next": "https://evil.example/"}).headers["Location"] == reverse("home")


def test_after_a_safety_answer_too_both_pages_come_and_help_comes_first(asked: World, client: Client) -> None:
    client.force_login(asked.ann)
    draft = begin(asked)
    items: dict[str, Any] = {"PHQ-15": phq15(_6=2), "PHQ-9": factories.phq9(item_9=1)}

    receipt = send(asked, draft, items)

    assert receipt.owed == (AlertKind.RISK_ANSWER, AlertKind.BODY_WARNING)
    assert {alert.kind for alert in Alert.objects.all()} == set(receipt.owed)
    onward = f"{reverse('body_warning')}?{urlencode({'next': reverse('check_in_done')})}"
    page = client.get(reverse("help_now"), {"next": onward}).content.decode()
    assert "Your check-in is sent." in page and "carry this alone" in page
    assert reverse("body_warning") in page and "about your body" not in page


# --- what the team gets -----------------------------------------------------------------------------------------------


def test_the_alert_is_of_its_own_kind_and_for_the_next_working_day(asked: World) -> None:
    """It was a safety alert, for two working days later, that only a clinician could close after a contact."""
    factories.make_check_in(asked.episode, by=asked.ann, items={"PHQ-15": phq15(_6=2)})

    [alert] = Alert.objects.all()
    assert alert.kind == AlertKind.BODY_WARNING
    assert alert.due_at == datetime(2026, 11, 17, 16, 0, tzinfo=UTC)
    row = queues.row_of(alert, safety_answers.load([alert], at=NOW)[alert.pk], at=NOW)
    assert row.kind == "Physical warning sign"
    assert row.what.startswith("Chest pain: “Bothered a lot”. ")
    closed = alerts.close(
        alert=alert, by=asked.chris, version=alert.version, action=ActionCode.NOTHING_NEEDED, note="Known.", at=NOW
    )
    assert not closed.is_open


def test_the_patient_is_told_who_looks_at_it_and_by_when_and_nothing_of_being_safe(asked: World) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, items={"PHQ-15": phq15(_6=2)})

    [said] = promises.open_promises(asked.episode, at=NOW)
    [late] = promises.open_promises(asked.episode, at=NOW + WEEK)

    assert said.startswith("Your answer about your body is on your team's list. They will look at it by Tuesday")
    assert late.endswith("If it goes on or gets worse, please do not wait for them.")


def test_what_was_so_on_the_last_form_pages_nobody_again_and_shows_no_page(asked: World) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, at=NOW - WEEK, items={"PHQ-15": phq15(_6=2)})
    [alert] = body_alerts()
    before = AlertEvent.objects.count()

    receipt = factories.make_check_in(asked.episode, by=asked.ann, items={"PHQ-15": phq15(_6=2)})

    assert receipt.owed == ()
    assert AlertEvent.objects.count() == before
    alert.refresh_from_db()
    assert alert.last_seen_at == NOW - WEEK


def test_another_warning_joins_the_open_alert_and_brings_the_page_again(asked: World) -> None:
    draft = begin(asked)
    first = drafts.save_answers(
        draft=draft, answers={"PHQ-15": phq15(_6=2)}, episode=asked.episode, by=asked.ann, at=NOW
    )
    screening.record_help_shown(episode=asked.episode, is_about_body=True, by=asked.ann, at=NOW)

    second = drafts.save_answers(
        draft=draft,
        answers={"PHQ-15": phq15(_6=2, _10=2)},
        episode=asked.episode,
        by=asked.ann,
        at=NOW + timedelta(minutes=1),
    )

    assert first == second == (AlertKind.BODY_WARNING,)
    [alert] = body_alerts()
    assert len(safety_answers.load([alert], at=NOW)[alert.pk]) == 3
    assert [str(one) for one in screening.body_reasons(asked.episode)] == ["chest_pain", "breathlessness"]


def test_the_page_speaks_of_what_was_not_shown_yet_and_shown_again_of_the_newest(asked: World) -> None:
    draft = begin(asked)
    for minute, items in enumerate([phq15(_6=2), phq15(_6=0, _10=2)]):
        at = NOW + timedelta(minutes=2 * minute)
        drafts.save_answers(draft=draft, answers={"PHQ-15": items}, episode=asked.episode, by=asked.ann, at=at)
        now = screening.body_reasons(asked.episode)
        screening.record_help_shown(
            episode=asked.episode, is_about_body=True, by=asked.ann, at=at + timedelta(minutes=1)
        )

    assert [str(one) for one in now] == ["breathlessness"]
    assert screening.body_reasons(asked.episode) == now


def test_a_run_makes_no_alert_of_old_answers_about_the_body(asked: World) -> None:
    """A new version of the rules must not page for what was answered under the old ones."""
    factories.make_check_in(asked.episode, by=asked.ann, items={"PHQ-15": phq15(_6=1)})
    CheckIn.objects.update(answers={"PHQ-15": phq15(_6=2)})  # as if its rules had not known it yet

    assessments.assess_as_of(episode=asked.episode, as_of=NOW + timedelta(hours=1), at=NOW + timedelta(hours=1))

    assert not body_alerts()
    assert not Signal.objects.filter(instrument="PHQ-15").exists()


def test_silence_after_a_warning_of_the_body_is_not_silence_after_a_safety_answer(asked: World) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, at=NOW - 5 * WEEK, items={"PHQ-15": phq15(_6=2)})

    assessments.assess_as_of(episode=asked.episode, as_of=NOW, at=NOW)

    silence = Signal.objects.get(kind="lost_contact")
    assert silence.parts["risk_answer"] is False


# --- who may ask ------------------------------------------------------------------------------------------------------


def test_a_clinic_without_a_path_for_self_harm_may_ask_about_the_body(north: World) -> None:
    """It was refused PHQ-15 until it could answer about self-harm, with a help text about PHQ-9."""
    Clinic.objects.update(crisis_contacts=[])
    assert not people.can_take_risk_answers(Clinic.objects.get(pk=north.clinic.pk))

    plan = factories.make_plan(north.episode, instruments={"PHQ-15": 4})

    assert plan.instruments == {"PHQ-15": 4}
    with pytest.raises(RiskAnswersNotStaffed):
        factories.make_plan(north.bens_episode, instruments={"PHQ-9": 4})


def test_the_form_of_the_rhythm_offers_it_to_such_a_clinic(world: World, client: Client) -> None:
    Clinic.objects.filter(pk=world.clinic.pk).update(crisis_contacts=[])
    client.force_login(world.chris)

    page = client.get(reverse("add_patient")).content.decode()

    assert 'value="PHQ-15"' in page and 'value="PHQ-9"' not in page
