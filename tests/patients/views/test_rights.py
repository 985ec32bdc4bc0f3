"""Pages of a patient's rights: the safety plan, who looked, and requests that the clinic answers."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import DataRequest, SafetyPlan
from patients.models.rights import RequestKind, RequestState
from patients.rights import data_requests
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.patients.rights.readers import WORDS, page, signed_in, write_plan


def test_a_request_goes_to_the_clinic_and_its_answer_comes_back(world: World) -> None:
    signed_in(world, "ann").post(reverse("my_requests"), {"kind": "correction", "text": "I was born in 1980."})
    with clinic_context(clinic_id=world.clinic.pk):
        asked = DataRequest.objects.get(patient=world.episode.patient)
    assert "I was born in 1980." not in page(world, "sam", "data_requests")
    assert "I was born in 1980." in page(world, "sam", "answer_request", asked.pk)

    answered = signed_in(world, "sam").post(
        reverse("answer_request", args=[asked.pk]), {"decision": "granted", "answer": "It is corrected."}
    )

    assert answered.headers["Location"] == reverse("data_requests")
    shown = page(world, "ann", "my_requests")
    assert "It is corrected." in shown and "Sam answered" in shown
    assert "Read your request" in page(world, "ann", "access_log")


def test_an_answer_needs_its_reason(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        asked = data_requests.ask(
            patient=world.episode.patient, kind=RequestKind.ERASURE, text="All of it", by=world.ann, at=NOW
        )

    answer = signed_in(world, "sam").post(reverse("answer_request", args=[asked.pk]), {"decision": "refused"})

    assert answer.status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert DataRequest.objects.get(pk=asked.pk).state == RequestState.OPEN


def test_the_page_that_came_too_late_shows_the_answer_that_is_there(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        asked = data_requests.ask(
            patient=world.episode.patient, kind=RequestKind.ERASURE, text="All", by=world.ann, at=NOW
        )
        data_requests.answer(
            data_request=asked, is_granted=False, words="The law keeps it.", by=world.sam, at=timezone.now()
        )

    answer = signed_in(world, "sam").post(
        reverse("answer_request", args=[asked.pk]), {"decision": "granted", "answer": "Done."}, follow=True
    )

    assert "The law keeps it." in answer.content.decode()
    assert "Done." not in answer.content.decode()


def test_a_patient_whose_care_has_ended_keeps_the_rights(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        type(world.episode).objects.filter(pk=world.episode.pk).update(ended_on=NOW.date())

    for route in ("safety_plan", "access_log", "my_requests", "my_download"):
        assert page(world, "ann", route)


def test_a_patient_writes_the_plan_and_finds_it_under_help(world: World) -> None:
    client = signed_in(world, "ann")

    answer = client.post(reverse("edit_safety_plan"), WORDS | {"own_steps": "One <b>step</b>\r\nand another"})

    assert answer.headers["Location"] == reverse("safety_plan")
    shown = page(world, "ann", "safety_plan")
    assert "One &lt;b&gt;step&lt;/b&gt;" in shown
    assert 'href="tel:07700900123"' in shown
    assert "Tom next door" in shown
    help_page = page(world, "ann", "help_now")
    assert help_page.index("tel:999") < help_page.index("tel:07700900123")
    assert reverse("safety_plan") in help_page
    assert "One <b>step</b>" not in page(world, "ann", "edit_safety_plan")


def test_a_plan_that_is_too_long_comes_back_in_words_with_what_was_written(world: World) -> None:
    answer = signed_in(world, "ann").post(reverse("edit_safety_plan"), WORDS | {"own_steps": "Ü" * 1001})

    assert answer.status_code == 422
    assert "1000" in answer.content.decode()
    assert "Ü" * 1001 in answer.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert not SafetyPlan.objects.filter(patient=world.episode.patient).exists()


def test_help_shows_nobody_elses_plan(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        write_plan(world)

    for client in (Client(), signed_in(world, "ben"), signed_in(world, "chris"), signed_in(world, "zoe")):
        assert "900123" not in client.get(reverse("help_now")).content.decode()


def test_the_care_team_reads_the_plan_and_the_patient_sees_that(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        write_plan(world)

    assert "Tom next door" in page(world, "chris", "read_safety_plan", world.episode.pk)

    assert signed_in(world, "dana").get(reverse("read_safety_plan", args=[world.episode.pk])).status_code == 404
    log = page(world, "ann", "access_log")
    assert "Read your safety plan" in log
    assert "Chris" in log and "Psychiatrist" in log


def test_a_stale_tab_shows_both_texts_and_saves_neither_over_the_other(world: World) -> None:
    ann, path = signed_in(world, "ann"), reverse("edit_safety_plan")
    begun = ann.get(path).context["form"]["begun_with"].value()
    ann.post(path, {"warning_signs": "I stop eating", "begun_with": begun})

    stale = ann.post(path, {"warning_signs": "I stop sleeping", "begun_with": begun})

    shown = stale.content.decode()
    assert stale.status_code == 409
    assert "I stop eating" in shown and "I stop sleeping</textarea>" in shown
    with clinic_context(clinic_id=world.clinic.pk):
        assert [plan.warning_signs for plan in SafetyPlan.objects.all()] == ["I stop eating"]

    again = stale.context["form"]["begun_with"].value()
    saved = ann.post(path, {"warning_signs": "I stop eating and sleeping", "begun_with": again})
    assert saved.status_code == 302
    versions = ann.get(reverse("safety_plan_versions")).content.decode()
    assert versions.index("I stop eating and sleeping") < versions.rindex("I stop eating")


def test_what_is_pasted_is_never_cut_but_refused_in_words(world: World) -> None:
    ann, path = signed_in(world, "ann"), reverse("edit_safety_plan")

    form = ann.get(path).content.decode()
    answer = ann.post(path, {"own_steps": "x" * 1001})

    assert "maxlength" not in form.split("<main")[1]
    assert answer.status_code == 422 and "x" * 1001 in answer.content.decode()
