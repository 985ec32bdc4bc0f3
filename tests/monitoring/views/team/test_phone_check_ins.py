"""A check-in by phone as a browser without scripts meets it. Pages read the clock, so these tests live in this week."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import screening
from monitoring.check_ins import drafts, open_forms
from monitoring.check_ins.contents import WORDS
from monitoring.course import answers
from monitoring.models import Alert, AlertEvent, CheckIn, CheckInDraft
from monitoring.models.alerts import AlertEventKind, AlertKind
from monitoring.plans import plans
from monitoring.take_home import columns
from patients.models import AuditEvent, Episode
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.people import people
from patients.rights import consent, safety_plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import WEEK
from tests.monitoring.views.patient.test_check_ins import plan_week

RATINGS = {"sleep": "3", "mood": "4", "energy": "5", "pain": "6", "function": "7"}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def url(name: str, world: World, *numbers: int) -> str:
    return reverse(name, args=[world.episode.pk, *numbers])


@pytest.fixture
def asked(world: World) -> World:
    """This week's check-in is open and asks the PHQ-9 too."""
    plan_week(world, instruments={"PHQ-9": 1})
    return world


@pytest.fixture
def chris(asked: World, client: Client) -> Client:
    client.force_login(asked.chris)
    return client


@pytest.fixture
def inside(asked: World) -> Iterator[World]:
    with clinic_context(clinic_id=asked.clinic.pk):
        yield asked


def begin(browser: Client, world: World, **more: str) -> str:
    return browser.post(url("phone_check_in", world), {"form": "full"} | more).headers["Location"]


def answer_ratings(browser: Client, world: World) -> str:
    begin(browser, world)
    page = ""
    for place, (name, value) in enumerate(RATINGS.items(), start=1):
        page = browser.post(url("phone_step", world, place), {name: value}).headers["Location"]
    return page


def phq9(item_9: int) -> dict[str, str]:
    return {f"PHQ-9_{code}": str(value) for code, value in factories.phq9(item_9=item_9).items()}


def ready(browser: Client, world: World) -> dict[str, str]:
    """Return the fields of the page that reads back."""
    found = FIELD.findall(browser.get(url("phone_send", world)).content.decode())
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def words(response: Any) -> str:
    return unescape(response.content.decode())


def stored(world: World) -> list[CheckIn]:
    with clinic_context(clinic_id=world.clinic.pk):
        return list(CheckIn.versions.select_related("interviewer").order_by("submitted_at"))


# ---------- the way through ----------


def test_the_same_questions_in_the_same_order_lead_to_a_check_in_by_phone(chris: Client, asked: World) -> None:
    assert begin(chris, asked) == url("phone_step", asked, 1)
    with clinic_context(clinic_id=asked.clinic.pk):
        own = [page.key for page in open_forms.open_form(asked.episode, at=timezone.now()).pages]
    answer_ratings(chris, asked)
    assert chris.post(url("phone_step", asked, 6), phq9(0)).headers["Location"] == url("phone_send", asked)
    sent = chris.post(url("phone_send", asked), ready(chris, asked) | {"note": "A long week."})

    assert own == ["sleep", "mood", "energy", "pain", "function", "PHQ-9"]
    assert sent.headers["Location"] == url("phone_done", asked)
    [row] = stored(asked)
    assert (row.mode, row.interviewer, row.is_late) == ("phone", asked.chris, False)
    assert (row.sleep, row.function, row.note, row.answers["PHQ-9"]["9"]) == (3, 7, "A long week.", 0)


def test_item_9_is_shown_word_for_word_with_its_four_answers_and_a_word_to_who_reads(
    chris: Client, asked: World
) -> None:
    begin(chris, asked)
    page = words(chris.get(url("phone_step", asked, 6)))

    assert "9. Thoughts that you would be better off dead, or of hurting yourself in some way" in page
    for option in ("Not at all", "Several days", "More than half the days", "Nearly every day"):
        assert page.count(f"{option}\n") >= 9
    assert "Read this question word for word" in page
    assert "Nobody reads it straight away" not in page


def test_a_bad_day_has_three_questions_on_one_page(chris: Client, asked: World) -> None:
    assert begin(chris, asked, form="short") == url("phone_send", asked)
    page = words(chris.get(url("phone_send", asked)))
    tapped = chris.post(url("phone_autosave", asked, 2), {"mood": "2"}, headers={"HX-Request": "true"})
    chris.post(url("phone_send", asked), ready(chris, asked) | {"sleep": "3", "mood": "2"})

    assert page.count('class="scale"') == 3 and url("phone_autosave", asked, 1) in page
    assert tapped.status_code == 200
    [row] = stored(asked)
    assert (row.is_short, row.sleep, row.mood, row.pain, row.mode) == (True, 3, 2, None, "phone")


def test_an_answer_that_was_misheard_is_changed_from_the_last_page(chris: Client, asked: World) -> None:
    answer_ratings(chris, asked)
    change = chris.post(url("phone_words", asked), ready(chris, asked) | {"note": "Slept badly.", "change": "2"})
    back = chris.post(change.headers["Location"], {"mood": "9"})

    assert change.headers["Location"] == url("phone_step", asked, 2) + "?change=1"
    assert back.headers["Location"] == url("phone_send", asked)
    page = words(chris.get(url("phone_send", asked)))
    assert "Slept badly." in page and ready(chris, asked)["mood"] == "9"


def test_a_note_that_is_too_long_is_refused_and_nothing_is_lost(chris: Client, asked: World) -> None:
    answer_ratings(chris, asked)
    refused = chris.post(url("phone_send", asked), ready(chris, asked) | {"note": "x" * 2001})

    assert refused.status_code == 422 and "x" * 2001 in words(refused)
    assert stored(asked) == []


def test_every_question_may_be_skipped(chris: Client, asked: World) -> None:
    begin(chris, asked)
    for place in range(1, 7):
        assert chris.post(url("phone_step", asked, place), {"skip": "1"}).status_code == 302
    refused = chris.post(url("phone_send", asked), ready(chris, asked))

    assert refused.status_code == 422 and stored(asked) == []


def test_a_person_without_an_account_is_asked_after_agreeing(client: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        paper = people.add_patient(name="Pat Paper", by=None, at=now)
        episode = factories.make_episode(paper, team=(world.chris,))
        factories.make_plan(episode, starts_on=(now - WEEK).date())
        plans.open_due_slots(at=now)
    client.force_login(world.chris)
    start = reverse("phone_check_in", args=[episode.pk])

    refused = client.post(start, {"form": "full"})
    begun = client.post(start, {"form": "full", "agrees": "on"})

    assert refused.status_code == 422 and "Without the agreement nothing can be asked" in words(refused)
    assert begun.headers["Location"] == reverse("phone_step", args=[episode.pk, 1])
    client.post(reverse("phone_step", args=[episode.pk, 1]), {"sleep": "4"})
    world.episode = episode
    client.post(url("phone_send", world), ready(client, world))
    [row] = stored(world)
    assert (row.sleep, row.interviewer) == (4, world.chris)
    with clinic_context(clinic_id=world.clinic.pk):
        assert consent.has_consent(patient=paper, purpose=ConsentPurpose.CHECK_INS)
        traced = AuditEvent.objects.get(action=AuditAction.CONSENT_DECIDED, patient_id=paper.pk)
        assert traced.actor_id == world.chris.pk


def test_a_missed_week_is_asked_late_and_only_what_can_be_remembered(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        plans.mark_missed(at=timezone.now())
        late = asked.episode.slots.filter(missed_at__isnull=False).latest("week_of")
    begin(chris, asked, form="late")
    chris.post(url("phone_step", asked, 1), {"sleep": "2"})
    chris.post(url("phone_send", asked), ready(chris, asked))

    [row] = stored(asked)
    assert (row.slot_id, row.is_late, row.about_on, row.answers) == (late.pk, True, late.due_on, {})


def test_nothing_is_asked_where_nothing_is_due(client: Client, world: World) -> None:
    client.force_login(world.chris)

    page = client.get(url("phone_check_in", world))

    assert "Nothing is due" in words(page)
    assert client.post(url("phone_check_in", world), {"form": "full"}).headers["Location"] == url(
        "phone_check_in", world
    )


def test_no_page_of_a_form_opens_without_a_call_that_was_begun(chris: Client, asked: World) -> None:
    begun = url("phone_check_in", asked)

    assert chris.get(url("phone_step", asked, 1)).headers["Location"] == begun
    assert chris.post(url("phone_step", asked, 1), {"sleep": "3"}).headers["Location"] == begun
    assert chris.get(url("phone_send", asked)).headers["Location"] == begun


def test_after_care_nobody_is_asked(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        Episode.objects.filter(pk=asked.episode.pk).update(ended_on=timezone.now().date())

    assert chris.get(url("phone_check_in", asked)).status_code == 404


def test_the_questions_are_in_the_persons_language_and_the_rest_in_the_teams(chris: Client, asked: World) -> None:
    begin(chris, asked, language="de")
    page = words(chris.get(url("phone_step", asked, 6)))
    chris.post(url("phone_step", asked, 1), {"sleep": "3"})
    chris.post(url("phone_send", asked), ready(chris, asked))

    assert "Read this question word for word" in page and "Wenig Interesse" in page
    assert chris.get(reverse("caseload")).headers["Content-Language"] == "en"
    assert stored(asked)[0].language == "de"


# ---------- what calls for somebody ----------


def test_an_answer_that_calls_for_somebody_leads_to_what_to_do_now(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        safety_plans.save_safety_plan(
            patient=asked.episode.patient,
            words={"people_to_ask": "My sister 030 1234567"},
            by=asked.ann,
            at=timezone.now(),
        )
    answer_ratings(chris, asked)
    tapped = chris.post(url("phone_autosave", asked, 6), {"PHQ-9_9": "1"}, headers={"HX-Request": "true"}).headers[
        "HX-Redirect"
    ]
    page = words(chris.get(tapped))

    assert tapped.startswith(url("phone_safety", asked))
    for said in ("Stay on the line", "999", "My sister", "Cora", "Go on with the"):
        assert said in page
    with clinic_context(clinic_id=asked.clinic.pk):
        alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER)
        shown = AlertEvent.objects.get(alert=alert, kind=AlertEventKind.HELP_SHOWN)
        assert shown.by == asked.chris
    # Once for one answer: what was shown does not stand in the way of the next question.
    assert chris.post(url("phone_step", asked, 6), phq9(1)).headers["Location"] == url("phone_send", asked)


def test_the_alert_is_the_one_of_the_patients_own_answer(chris: Client, asked: World, inside: World) -> None:
    own_plan = factories.make_plan(asked.bens_episode, starts_on=timezone.now().date() - WEEK, instruments={"PHQ-9": 1})
    factories.make_check_in(
        own_plan.episode, by=asked.ben, at=timezone.now(), items={"PHQ-9": factories.phq9(item_9=2)}
    )
    answer_ratings(chris, asked)
    chris.post(url("phone_step", asked, 6), phq9(2))
    chris.post(url("phone_send", asked), ready(chris, asked))

    own, by_phone = Alert.objects.filter(kind=AlertKind.RISK_ANSWER).order_by("raised_at")

    assert (own.check_in.mode, by_phone.check_in.mode) == ("web", "phone")
    for column in ("tier", "comes_first", "state", "owner", "due_at"):
        assert getattr(own, column) == getattr(by_phone, column), column


def test_what_is_said_at_the_end_promises_no_more_than_the_hours(chris: Client, asked: World) -> None:
    answer_ratings(chris, asked)
    chris.post(url("phone_step", asked, 6), phq9(0))
    chris.post(url("phone_send", asked), ready(chris, asked) | {"contact_wish": "contact_me"})

    page = words(chris.get(url("phone_done", asked)))

    assert "We will call by" in page
    assert "Check-ins are read on weekdays, 09:00 to 17:00" in page
    assert "call Emergency, 999" in page


# ---------- two at once ----------


def test_the_patients_unsent_answers_are_shown_only_after_a_yes(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        draft = drafts.begin(episode=asked.episode, is_short=False, at=timezone.now())
        drafts.save_answers(draft=draft, answers={"sleep": 9}, episode=asked.episode, by=asked.ann, at=timezone.now())

    refused = chris.post(url("phone_check_in", asked), {"form": "full"})
    begun = chris.post(url("phone_check_in", asked), {"form": "full", "may_be_seen": "on"})

    assert refused.status_code == 422 and "First ask whether you may see these answers" in words(refused)
    assert begun.headers["Location"] == url("phone_step", asked, 2)


@pytest.mark.parametrize("kind", ["full", "short"])
def test_a_missed_week_beside_it_opens_no_way_round_the_yes(chris: Client, asked: World, kind: str) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        plans.mark_missed(at=timezone.now())
        draft = drafts.begin(episode=asked.episode, is_short=False, at=timezone.now())
        drafts.save_answers(draft=draft, answers={"sleep": 9}, episode=asked.episode, by=asked.ann, at=timezone.now())

    assert chris.post(url("phone_check_in", asked), {"form": kind}).status_code == 422
    assert chris.post(url("phone_check_in", asked), {"form": "late"}).status_code == 302


def test_a_correction_that_the_patient_has_begun_is_shown_only_after_a_yes(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        factories.make_check_in(asked.episode, by=asked.ann, at=timezone.now())
    untouched = chris.post(url("phone_check_in", asked), {"form": "change"})
    with clinic_context(clinic_id=asked.clinic.pk):
        draft = CheckInDraft.objects.get()
        drafts.save_answers(draft=draft, answers={"sleep": 1}, episode=asked.episode, by=asked.ann, at=timezone.now())

    assert untouched.status_code == 302
    assert chris.post(url("phone_check_in", asked), {"form": "change"}).status_code == 422


def test_who_looks_at_what_to_do_takes_no_page_of_help_from_the_patient(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        draft = drafts.begin(episode=asked.episode, is_short=False, at=timezone.now())
        risky = {"PHQ-9": factories.phq9(item_9=2)}
        drafts.save_answers(draft=draft, answers=risky, episode=asked.episode, by=asked.ann, at=timezone.now())

    assert "An answer about self-harm was given." in words(chris.get(url("phone_safety", asked)))

    with clinic_context(clinic_id=asked.clinic.pk):
        assert screening.is_help_owed(asked.episode, slot=draft.slot)


def test_a_private_note_is_not_shown_and_stays(chris: Client, asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        draft = drafts.begin(episode=asked.episode, is_short=False, at=timezone.now())
        written = {WORDS: {"note": "For me alone.", "keep_private": "on"}}
        drafts.save_answers(draft=draft, answers=written, episode=asked.episode, by=asked.ann, at=timezone.now())
    begin(chris, asked, may_be_seen="on")
    chris.post(url("phone_step", asked, 1), {"sleep": "3"})

    page = words(chris.get(url("phone_send", asked)))
    chris.post(url("phone_send", asked), ready(chris, asked))

    assert "For me alone." not in page and "a note that only the patient reads" in page
    [row] = stored(asked)
    assert (row.note, row.note_is_shared, row.sleep) == ("For me alone.", False, 3)


def test_what_the_patient_answers_later_in_the_same_form_counts(chris: Client, asked: World) -> None:
    begin(chris, asked)
    chris.post(url("phone_step", asked, 1), {"sleep": "3", "shown": "{}"})
    page = ready(chris, asked)
    with clinic_context(clinic_id=asked.clinic.pk):
        draft = CheckInDraft.objects.get()
        drafts.save_answers(
            draft=draft, answers={"sleep": 8, "mood": 1}, episode=asked.episode, by=asked.ann, at=timezone.now()
        )
    chris.post(url("phone_send", asked), page)

    [row] = stored(asked)
    assert (row.sleep, row.mood, row.mode) == (8, 1, "phone")


def test_a_form_that_the_patient_sent_meanwhile_becomes_a_correction_and_nothing_is_doubled(
    chris: Client, asked: World
) -> None:
    answer_ratings(chris, asked)
    page = ready(chris, asked)
    patient = Client()
    patient.force_login(asked.ann)
    own = FIELD.findall(patient.get("/checkin/send/").content.decode())
    patient.post("/checkin/send/", {name: unescape(value) for name, value in own} | {"note": "Sent it myself."})

    again = chris.post(url("phone_send", asked), page | {"note": "Told on the phone."})
    chris.post(url("phone_send", asked), ready(chris, asked) | {"note": "Told on the phone."})

    assert again.headers["Location"] == url("phone_send", asked)
    first, second = stored(asked)
    assert (first.mode, first.interviewer, first.superseded_at is None) == ("web", asked.chris, False)
    assert (second.corrects_id, second.mode, second.note) == (first.pk, "phone", "Told on the phone.")
    assert second.sleep == first.sleep == 3


def test_pressing_twice_records_once(chris: Client, asked: World) -> None:
    answer_ratings(chris, asked)
    page = ready(chris, asked)

    places = [chris.post(url("phone_send", asked), page).headers["Location"] for _ in range(2)]

    assert places == [url("phone_done", asked)] * 2
    assert len(stored(asked)) == 1


def test_who_taps_after_the_call_was_recorded_is_told_by_whom(chris: Client, asked: World) -> None:
    patient = Client()
    patient.force_login(asked.ann)
    patient.post("/checkin/", {"form": "full"})
    begin(chris, asked)
    chris.post(url("phone_step", asked, 1), {"sleep": "3"})
    slot = ready(chris, asked)["slot"]
    chris.post(url("phone_send", asked), ready(chris, asked))

    late = patient.post("/checkin/2/", {"mood": "5", "slot": slot, "shown": "{}"}, follow=True)

    assert "Your team has recorded this check-in with you." in words(late)


# ---------- where it is told ----------


def test_it_is_told_on_the_course_in_the_answers_and_in_what_the_patient_takes_home(
    chris: Client, asked: World, inside: World
) -> None:
    answer_ratings(chris, asked)
    chris.post(url("phone_step", asked, 6), phq9(0))
    chris.post(url("phone_send", asked), ready(chris, asked))
    [row] = stored(asked)

    course = words(chris.get(reverse("trajectory", args=[asked.episode.pk]) + "?view=both"))
    page = words(chris.get(reverse("check_in_answers", args=[asked.episode.pk, row.pk])))
    [table] = [one for one in columns.load(asked.episode.patient) if one.name == "check_ins"]

    assert answers.how_it_came(row) == "by phone, with Chris"
    assert course.count("by phone, with Chris") >= 6
    assert "by phone, with Chris" in page
    assert (table.rows[0]["mode"], table.rows[0]["interviewer"]) == ("phone", "Chris")
    assert table.choices["mode"]["phone"] == "By phone"


def test_the_patient_sees_it_on_the_own_chart(chris: Client, asked: World) -> None:
    answer_ratings(chris, asked)
    chris.post(url("phone_send", asked), ready(chris, asked))
    patient = Client()
    patient.force_login(asked.ann)

    assert "by phone, with Chris" in words(patient.get(reverse("my_chart") + "?view=table"))
