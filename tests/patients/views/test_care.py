"""The clinician's pages about care: beginning it, what is tried, the team."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoCaptureOnCommitCallbacks

from monitoring.models import MonitoringPlan
from patients.care import teams, treatments
from patients.models import CareTeamMembership, Clinic, Intervention, LifeEvent, Patient
from patients.models.care import InterventionKind, Profession
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.views.inviting import NEW_PATIENT, signed_in


def test_a_clinician_begins_care_in_one_step(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(world.chris).post("/p/new/", NEW_PATIENT)

    assert response.status_code == 302
    assert mail.outbox[-1].to == ["pia@north.example"]
    with clinic_context(clinic_id=world.clinic.pk):
        plan = MonitoringPlan.objects.select_related("episode__patient").get(episode__patient__name="Pia Poole")
        assert (plan.weekday, f"{plan.local_time:%H:%M}", plan.time_zone) == (3, "18:30", "Europe/Berlin")
        assert plan.instruments == {"PHQ-9": 4, "GAD-7": 4}
        assert teams.responsible_clinician(plan.episode) == world.chris


def test_a_clinic_without_numbers_cannot_ask_about_self_harm(world: World) -> None:
    Clinic.objects.filter(pk=world.clinic.pk).update(crisis_contacts=[])
    client = signed_in(world.chris)

    assert 'value="PHQ-9"' not in client.get("/p/new/").content.decode()
    assert client.post("/p/new/", NEW_PATIENT).status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Patient.objects.filter(name="Pia Poole").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth_date": "2999-01-01"},
        {"birth_date": "1850-01-01"},
        {"started_on": "2999-01-01"},
        {"name": ""},
        {"weekday": "9"},
        {"local_time": "25:00"},
        {"time_zone": "Mars/Olympus"},
        {"instruments": ["PHQ-99"]},
    ],
    ids=str,
)
def test_nonsense_about_a_new_patient_is_refused_and_writes_nothing(world: World, wrong: dict[str, object]) -> None:
    response = signed_in(world.chris).post("/p/new/", NEW_PATIENT | wrong)

    assert response.status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.count() == 2


def start_sertraline(world: World) -> Intervention:
    with clinic_context(clinic_id=world.clinic.pk):
        return treatments.start_intervention(
            episode=world.episode,
            kind=InterventionKind.MEDICATION,
            name="Sertraline",
            started_on=(timezone.now() - timedelta(days=60)).date(),
            dose=treatments.Dose(label="50 mg"),
            by=world.chris,
            at=timezone.now(),
        )


def day(days_ago: int) -> str:
    return (timezone.now() - timedelta(days=days_ago)).date().isoformat()


def test_something_tried_is_started_changed_and_stopped(world: World) -> None:
    client, base = signed_in(world.chris), f"/p/{world.episode.pk}/interventions"
    begun = {
        "kind": "medication",
        "name": "Sertraline",
        "started_on": day(60),
        "label": "",
        "amount": "50",
        "unit": "mg",
    }
    assert client.post(f"{base}/new/", begun).status_code == 302
    with clinic_context(clinic_id=world.clinic.pk):
        tried = Intervention.objects.get()

    changed = client.post(f"{base}/{tried.pk}/change/", {"from_on": day(30), "label": "100 mg", "amount": "100"})
    stopped = client.post(f"{base}/{tried.pk}/stop/", {"stopped_on": day(2), "reason": "Too tired"})

    assert (changed.status_code, stopped.status_code) == (302, 302)
    with clinic_context(clinic_id=world.clinic.pk):
        tried.refresh_from_db()
        assert [dose.label for dose in tried.doses.all()] == ["50 mg", "100 mg"]
        assert (tried.stopped_on.isoformat(), tried.stop_reason) == (day(2), "Too tired")


def test_a_dose_is_asked_once_and_what_was_understood_is_said(world: World) -> None:
    client, base = signed_in(world.chris), f"/p/{world.episode.pk}/interventions"
    begun = {"kind": "medication", "name": "Sertraline", "started_on": day(60), "label": "50 mg in the morning"}

    said = client.post(f"{base}/new/", begun, follow=True).content.decode()

    assert "The chart shows it as 50 mg a day." in said
    with clinic_context(clinic_id=world.clinic.pk):
        tried = Intervention.objects.get()
        assert [(dose.label, dose.amount, dose.unit) for dose in tried.doses.all()] == [
            ("50 mg in the morning", Decimal(50), "mg")
        ]
    more = {"from_on": day(30), "label": "50 mg twice a day"}
    said = client.post(f"{base}/{tried.pk}/change/", more, follow=True).content.decode()
    assert "No daily amount was found in the text" in said


def test_a_new_dose_is_not_called_optional(world: World) -> None:
    tried = start_sertraline(world)

    page = signed_in(world.chris).get(f"/p/{world.episode.pk}/interventions/{tried.pk}/change/").content.decode()

    label = page[page.index('for="id_label"') : page.index('id="id_label"')]
    assert "New dose or frequency" in label and "optional" not in label
    assert page.index("<summary>As a number") < page.index('id="id_amount"')


def test_a_day_in_an_error_is_written_as_on_the_page(world: World) -> None:
    tried = start_sertraline(world)
    stop = {"stopped_on": day(90), "reason": "x"}

    page = signed_in(world.chris).post(f"/p/{world.episode.pk}/interventions/{tried.pk}/stop/", stop).content.decode()

    assert f"It started on {date_format(tried.started_on, 'j M Y')}." in page


@pytest.mark.parametrize(
    ("page", "fields", "words"),
    [
        (
            "ID/change",
            {"from_on": "TODAY", "label": "20 mg", "amount": "50"},
            "The text says 20 mg, the number says 50",
        ),
        ("new", {"kind": "medication", "name": "X", "started_on": "FUTURE"}, "is in the future"),
        ("new", {"kind": "magic", "name": "X", "started_on": "TODAY"}, "valid choice"),
        ("ID/change", {"from_on": "BEFORE", "label": "100 mg"}, "It started on"),
        ("ID/change", {"from_on": "TODAY", "label": ""}, "Write the new dose"),
        ("ID/change", {"from_on": "TODAY", "label": "x", "amount": "NaN"}, "Enter a number"),
        ("ID/stop", {"stopped_on": "BEFORE", "reason": "x"}, "It started on"),
        ("ID/stop", {"stopped_on": "FUTURE", "reason": "x"}, "is in the future"),
        ("ID/stop", {"stopped_on": "TODAY", "reason": ""}, "required"),
    ],
)
def test_impossible_days_and_doses_are_refused_in_words(
    world: World, page: str, fields: dict[str, str], words: str
) -> None:
    tried = start_sertraline(world)
    days = {"FUTURE": day(-3), "BEFORE": day(90), "TODAY": day(0)}
    sent = {name: days.get(value, value) for name, value in fields.items()}

    response = signed_in(world.chris).post(
        f"/p/{world.episode.pk}/interventions/{page.replace('ID', str(tried.pk))}/", sent
    )

    assert response.status_code == 422
    assert words in response.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert Intervention.objects.get().stopped_on is None


def test_a_life_event_is_pinned_to_its_day(world: World) -> None:
    path = f"/p/{world.episode.pk}/events/new/"

    assert signed_in(world.chris).post(path, {"title": "Moved <b>house</b>", "happened_on": day(5)}).status_code == 302
    assert signed_in(world.chris).post(path, {"title": "Later", "happened_on": day(-5)}).status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert LifeEvent.objects.get().title == "Moved <b>house</b>"


@pytest.mark.parametrize("who", ["ann", "dana", "sam", "eve"])
def test_others_cannot_write_about_anns_care(world: World, who: str) -> None:
    tried = start_sertraline(world)
    client, base = signed_in(getattr(world, who)), f"/p/{world.episode.pk}"
    stop = {"stopped_on": day(1), "reason": "x"}

    assert client.get(f"{base}/interventions/new/").status_code == 404
    assert client.post(f"{base}/interventions/{tried.pk}/stop/", stop).status_code == 404
    assert client.post(f"{base}/events/new/", {"title": "x", "happened_on": day(1)}).status_code == 404
    assert client.get(f"{base}/team/").status_code == 404


def test_an_intervention_of_another_episode_is_not_there(world: World) -> None:
    tried = start_sertraline(world)

    path = f"/p/{world.bens_episode.pk}/interventions/{tried.pk}/stop/"
    assert signed_in(world.dana).post(path, {"stopped_on": day(1), "reason": "x"}).status_code == 404


def test_a_colleague_joins_the_team_sees_the_chart_and_leaves(world: World) -> None:
    team, chart = f"/p/{world.episode.pk}/team/", f"/p/{world.episode.pk}/"
    assert signed_in(world.dana).get(chart).status_code == 404

    signed_in(world.chris).post(team, {"member": str(world.dana.pk)})
    assert signed_in(world.dana).get(chart).status_code == 200

    with clinic_context(clinic_id=world.clinic.pk):
        membership = CareTeamMembership.objects.get(user=world.dana, episode=world.episode)
        assert membership.profession == Profession.OTHER
    signed_in(world.chris).post(f"{team}{membership.pk}/leave/")
    assert signed_in(world.dana).get(chart).status_code == 404


def test_the_responsible_clinician_stays_until_somebody_has_taken_over(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        membership = CareTeamMembership.objects.get(user=world.chris, episode=world.episode)
    team = f"/p/{world.episode.pk}/team/"
    client = signed_in(world.chris)

    refused = client.post(f"{team}{membership.pk}/leave/", follow=True)
    assert "Choose another responsible clinician first" in refused.content.decode()

    client.post(f"/p/{world.episode.pk}/hand-over/", {"to": str(world.dana.pk)})
    dana = signed_in(world.dana)
    asked = re.search("/hand-overs/[0-9a-f-]{36}/", dana.get("/hand-overs/").content.decode())
    dana.post(asked.group(), {"step": "accept", "version": "1"})
    client.post(f"{team}{membership.pk}/leave/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert teams.responsible_clinician(world.episode) == world.dana
    assert client.get(f"/p/{world.episode.pk}/").status_code == 404


def test_somebody_of_another_clinic_cannot_be_put_on_the_team(world: World) -> None:
    response = signed_in(world.chris).post(f"/p/{world.episode.pk}/team/", {"member": str(world.eve.pk)})

    assert response.status_code == 422
