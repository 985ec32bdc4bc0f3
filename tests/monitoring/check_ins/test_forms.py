"""What a check-in asks beyond the five ratings, on its pages; and what a correction of it does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins, weeks
from monitoring.check_ins.answers import CheckInAnswers, Pin
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn, CheckInDraft, CheckInSlot, MedicineReport, OwnItem, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.plans.medicines import ABSENT
from patients import zones
from patients.models import AuditEvent, LifeEvent
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import SIDE_EFFECTS, STEADY, correct, prescribe, submit
from tests.monitoring.views.patient.test_check_ins import RATINGS, SEND, START, ready_to_send, step, stored, words

WALK_FORM = {"wording": "How far could I walk?", "low": "Not at all", "high": "As far as I like", "better": "high"}


# --- Pins ------------------------------------------------------------------------------------------------------------


def test_something_that_happened_is_pinned_by_the_patient_once(planned: World) -> None:
    pin = Pin(title="Moved house", happened_on=(NOW - timedelta(days=3)).date())
    slot, key = factories.open_week(planned.episode), uuid4()
    for _ in range(2):
        check_ins.submit(
            episode=planned.episode,
            slot_id=slot.pk,
            client_key=key,
            answers=CheckInAnswers(ratings=STEADY, pin=pin),
            by=planned.ann,
            at=NOW,
        )

    event = LifeEvent.objects.get()
    assert (event.title, event.happened_on, event.recorded_by) == (pin.title, pin.happened_on, planned.ann)


# --- Corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_counts_and_the_original_is_kept(planned: World) -> None:
    items = {"PHQ-9": factories.phq9(others=2)}
    original = submit(planned, CheckInAnswers(ratings=STEADY, items=items))
    changed = CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}, items={"PHQ-9": factories.phq9(others=1)})
    corrected = correct(planned, original, changed).check_in
    original.refresh_from_db()

    assert list(CheckIn.objects.all()) == [corrected]
    assert set(CheckIn.versions.all()) == {original, corrected}
    assert (corrected.corrects, corrected.about_on, original.superseded_at) == (
        original, original.about_on, corrected.submitted_at
    )  # fmt: skip
    assert [score.value for score in Score.objects.all()] == [8]
    assert Score.versions.count() == 2
    assert [
        row.ratings[Domain.SLEEP] for row in factories.load_history(planned.episode, as_of=NOW + WEEK).check_ins
    ] == [2]
    assert AuditEvent.objects.filter(action=AuditAction.CHECK_IN_CORRECTED).count() == 1


def test_a_correction_closes_no_safety_alert(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=2)}))
    receipt = correct(planned, original, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=0)}))
    assessments.assess_episode(episode_id=planned.episode.pk, at=NOW + timedelta(hours=2))

    assert not receipt.owed
    assert Alert.objects.get(kind=AlertKind.RISK_ANSWER).is_open


def test_a_correction_that_says_more_raises_it(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=0)}))
    receipt = correct(planned, original, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=2)}))

    assert receipt.owed
    assert Alert.objects.get().kind == AlertKind.RISK_ANSWER


def test_what_was_answered_by_the_team_is_not_raised_again_by_a_correction(planned: World) -> None:
    said = {"items": {"PHQ-9": factories.phq9(item_9=1)}, "contact_wish": ContactWish.CONTACT_ME}
    original = submit(planned, CheckInAnswers(ratings=STEADY, **said))
    before = list(Alert.objects.order_by("pk").values("pk", "version", "state"))
    correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}, **said))

    assert len(before) == 2
    assert list(Alert.objects.order_by("pk").values("pk", "version", "state")) == before


@pytest.mark.parametrize(("before", "is_rise"), [(0, True), (1, False)])
def test_a_rise_of_a_safety_answer_is_told_from_the_week_before(planned: World, before: int, is_rise: bool) -> None:
    submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=before)}), at=NOW - WEEK)
    submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=1)}))

    alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER)
    assert (alert.tier, alert.comes_first) == ("urgent", is_rise)


# --- The pages, in the present week ----------------------------------------------------------------------------------


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with clinic_context(clinic_id=world.clinic.pk):
        yield world


def answer_all(browser: Client, **changed: str) -> None:
    browser.post(START, {"form": "full"})
    for number, (name, value) in enumerate((RATINGS | changed).items(), start=1):
        browser.post(step(number), {name: value})


def hidden_fields(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def test_the_own_question_is_set_asked_stored_and_shown(ann: Client, world: World) -> None:
    assert ann.post(reverse("my_item"), WALK_FORM).status_code == 302
    answer_all(ann)
    page = words(ann.get(step(6)))
    assert WALK_FORM["wording"] in page and "Page 6 of 7" in page
    assert ann.post(step(6), {"own": "4"}).headers["Location"] == SEND
    ann.post(SEND, ready_to_send(ann))

    assert [row.own_rating for row in stored(world)] == [4]
    assert WALK_FORM["wording"] in words(ann.get(reverse("my_chart")))


def test_a_clinician_sets_the_question_in_the_patients_words(ann: Client, world: World) -> None:
    chris = Client()
    chris.force_login(world.chris)
    chris.post(reverse("episode_item", args=[world.episode.pk]), WALK_FORM)

    assert WALK_FORM["wording"] in words(ann.get(reverse("my_item")))
    chris.post(reverse("episode_item", args=[world.episode.pk]), {"drop": "1"})
    assert WALK_FORM["wording"] not in words(ann.get(reverse("my_item")))


@pytest.mark.parametrize("missing", WALK_FORM)
def test_an_own_question_needs_words_at_both_ends(ann: Client, world: World, missing: str) -> None:
    refused = ann.post(reverse("my_item"), WALK_FORM | {missing: ""})

    assert refused.status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert not OwnItem.objects.exists()


def test_medicines_and_side_effects_are_one_page(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    page = words(ann.get(step(6)))
    assert "Sertraline 50 mg" in page and "Feeling sick" in page
    ann.post(
        step(6),
        {
            f"taken_{medicine.pk}": "some_missed",
            f"why_{medicine.pk}": "side_effects",
            "checklist": "side-effects",
            "asked": " ".join(symptom.code for symptom in SIDE_EFFECTS.symptoms),
            "has_nausea": "on",
            "severity_nausea": "2",
            "frequency_nausea": "3",
            "interference_nausea": "0",
            # A follow-up without its tick: taken back.
            "severity_headache": "3",
        },
    )
    back = words(ann.get(SEND))
    assert "Sertraline: Some missed (Side effects); Feeling sick: Moderate" in back
    ann.post(SEND, ready_to_send(ann))

    [row] = stored(world)
    assert row.side_effects["nausea"] == {"severity": 2, "frequency": 3, "interference": 0}
    assert row.side_effects["headache"] == dict(ABSENT)
    assert row.side_effects.keys() == {symptom.code for symptom in SIDE_EFFECTS.symptoms}
    with clinic_context(clinic_id=world.clinic.pk):
        assert MedicineReport.objects.values_list("taken", "reason").get() == ("some_missed", "side_effects")


def test_a_skipped_page_about_medicines_asked_nothing(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    refused = ann.post(step(6), {"checklist": "side-effects"})
    ann.post(step(6), {"skip": "1"})
    assert "Skipped" in words(ann.get(SEND))
    ann.post(SEND, ready_to_send(ann))

    assert refused.status_code == 422
    assert "Choose an answer, or skip this page" in words(refused)
    assert [row.side_effects for row in stored(world)] == [{}]
    with clinic_context(clinic_id=world.clinic.pk):
        assert not MedicineReport.objects.exists()


def test_none_of_these_is_an_answer_and_something_else_is_an_entry_of_its_own(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    both = ann.post(step(6), {"checklist": "side-effects", "no_symptoms": "on", "has_nausea": "on"})
    assert (both.status_code, "or the symptoms you had, not both." in words(both)) == (422, True)
    ann.post(step(6), {"checklist": "side-effects", "no_symptoms": "on"})
    assert re.search(r'id="id_no_symptoms"\s+checked', words(ann.get(step(6))))
    assert "None of these" in words(ann.get(SEND))
    ann.post(step(6), {"checklist": "side-effects", "other_symptom": "My hair falls out"})
    ann.post(SEND, ready_to_send(ann) | {"note": "A long week."})

    [row] = stored(world)
    assert row.side_effects["nausea"] == dict(ABSENT)
    assert (row.note, row.other_symptom) == ("A long week.", "My hair falls out")


def test_who_took_it_all_has_no_reason(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    ann.post(step(6), {f"taken_{medicine.pk}": "all", f"why_{medicine.pk}": "forgot"})
    ann.post(SEND, ready_to_send(ann))

    with clinic_context(clinic_id=world.clinic.pk):
        assert MedicineReport.objects.values_list("taken", "reason").get() == ("all", "")


@pytest.mark.parametrize(
    "changed",
    [{"checklist": "made-up"}, {"severity_nausea": "4"}, {"severity_nausea": "1_0"}, {"taken": "twice"}],
    ids=["unknown list", "beyond the scale", "no number", "unknown answer"],
)
def test_nonsense_about_medicines_is_refused_in_words(ann: Client, world: World, changed: dict[str, str]) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    named = {f"{name}_{medicine.pk}" if name == "taken" else name: value for name, value in changed.items()}
    refused = ann.post(step(6), {"checklist": "side-effects", "has_nausea": "on"} | named)

    assert refused.status_code == 422
    assert "There is a problem" in words(refused)


def test_an_event_is_pinned_with_the_check_in(ann: Client, world: World) -> None:
    answer_all(ann)
    today = timezone.localdate()
    ann.post(SEND, ready_to_send(ann) | {"event_title": "Neuer Job 🎉", "event_on": today.isoformat()})

    with clinic_context(clinic_id=world.clinic.pk):
        assert LifeEvent.objects.values_list("title", "recorded_by").get() == ("Neuer Job 🎉", world.ann.pk)


def test_the_day_of_an_event_begins_with_today_and_is_kept_once_it_was_chosen(ann: Client, world: World) -> None:
    """An empty day looks filled on some phones, and was refused."""
    answer_all(ann)
    today = zones.local_day(timezone.now(), world.episode.patient.time_zone)
    yesterday, keep = today - timedelta(days=1), reverse("save_words")

    def shown() -> list[str]:
        return re.findall(
            r'id="event_on" name="event_on"\s+type="date" max="[\d-]+"\s+value="([\d-]*)"', words(ann.get(SEND))
        )

    assert shown() == [today.isoformat()]
    ann.post(keep, ready_to_send(ann) | {"note": "Well", "event_on": today.isoformat()})
    with clinic_context(clinic_id=world.clinic.pk):
        assert CheckInDraft.objects.get().answers["words"] == {"note": "Well"}
    ann.post(keep, ready_to_send(ann) | {"event_on": yesterday.isoformat()})
    assert shown() == [yesterday.isoformat()]


@pytest.mark.parametrize(
    ("title", "days"), [("Moved", 1), ("Moved", None), ("x" * 81, 0)], ids=["tomorrow", "no day", "too long"]
)
def test_an_event_that_cannot_be_read_stores_nothing(ann: Client, world: World, title: str, days: int | None) -> None:
    answer_all(ann)
    day = (
        ""
        if days is None
        else (zones.local_day(timezone.now(), world.episode.patient.time_zone) + timedelta(days=days)).isoformat()
    )
    refused = ann.post(SEND, ready_to_send(ann) | {"event_title": title, "event_on": day})

    assert refused.status_code == 422
    assert stored(world) == []


def test_a_missed_week_is_offered_entered_and_marked(ann: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        slot = weeks.late_slot(world.episode, at=timezone.now())
    home = words(ann.get("/"))
    week = f"The week of {date_format(slot.week_of, 'j F')} is still open for you"
    assert week in home and "You do not have to catch up on anything" in home
    assert ann.post(START, {"form": "late", "slot": str(slot.pk)}).headers["Location"] == step(1)
    assert f"This is for the week of {date_format(slot.week_of, 'j F')}." in words(ann.get(step(1)))
    day = date_format(slot.due_on, "l j F")
    assert f"In the 7 days up to {day}, how well did you sleep?" in words(ann.get(step(1)))
    assert "In the last 7 days" not in words(ann.get(step(1)))
    for number, (name, value) in enumerate(RATINGS.items(), start=1):
        ann.post(step(number), {name: value, "slot": str(slot.pk)})
    ann.post(SEND, ready_to_send(ann))

    [row] = stored(world)
    assert (row.is_late, row.slot_id) == (True, slot.pk)
    home = words(ann.get("/"))
    assert week not in home
    assert "is still open for you" in home


def test_a_week_of_somebody_else_cannot_be_opened(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.bens_episode, starts_on=(now - WEEK * 2).date())
        bens = factories.open_week(world.bens_episode, at=now)

    for slot in (str(bens.pk), str(uuid4()), "nonsense", ""):
        assert ann.post(START, {"form": "late", "slot": slot}).status_code == 404


def test_an_answer_is_changed_from_the_receipt(ann: Client, world: World) -> None:
    answer_all(ann)
    ann.post(SEND, ready_to_send(ann) | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"})
    assert "Change an answer" in words(ann.get("/checkin/done/"))
    assert ann.post(START, {"form": "change"}).headers["Location"] == SEND
    back = ann.get(SEND).content.decode()
    assert "As written" in back and re.search(r'name="keep_private" value="on" checked', back)
    assert ann.post(step(1), {"sleep": "9"}).headers["Location"] == SEND
    fields = ready_to_send(ann)
    ann.post(SEND, fields | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"})

    [row] = stored(world)
    assert (row.sleep, row.mood, row.note, row.note_is_shared) == (9, 4, "As written", False)
    with clinic_context(clinic_id=world.clinic.pk):
        assert [version.sleep for version in CheckIn.versions.order_by("submitted_at")] == [3, 9]
    # The same post again is the same row.
    assert (
        ann.post(SEND, fields | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"}).status_code
        == 302
    )
    assert len(stored(world)) == 1


def test_less_is_one_tap_and_the_team_sees_it(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        for slot in CheckInSlot.objects.order_by("week_of"):
            check_ins.submit(
                episode=world.episode,
                slot_id=slot.pk,
                client_key=uuid4(),
                answers=CheckInAnswers(ratings=STEADY, is_short=True),
                by=world.ann,
                at=min(slot.closes_at - timedelta(hours=1), now),
            )
    assert "Would every two weeks be easier?" in words(ann.get("/"))
    ann.post(reverse("ask_less"))
    assert "Would every two weeks be easier?" not in words(ann.get("/"))
    chris = Client()
    chris.force_login(world.chris)

    assert "Every 2 weeks" in words(chris.get(reverse("trajectory", args=[world.episode.pk])))
