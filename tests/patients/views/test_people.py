"""Inviting, joining, ending: the admin's pages, the page behind the link, and the clinician's pages about care."""

import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoCaptureOnCommitCallbacks

from monitoring.models import MonitoringPlan
from patients.accounts import invitations, proposals
from patients.care import care
from patients.care.doses import amount_in
from patients.clinics import hours
from patients.models import CareTeamMembership, Clinic, Intervention, Invitation, LifeEvent, Patient, User
from patients.models.audit import AuditAction, AuditEvent
from patients.models.care import InterventionKind, Profession
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import people
from patients.rights import consent
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World

PASSWORD = "three green boats at sea"
STAFF = {
    "name": "Nora Novak",
    "email": "nora@north.example",
    "role": "clinician",
    "profession": "nurse",
    "language": "en",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite_nora(world: World) -> invitations.InvitationLink:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        link = invitations.invite(
            email="nora@north.example", name="Nora", role=Role.CLINICIAN, title="Nurse", by=world.sam, at=now
        )
        proposals.confirm(invitation=link.invitation, by=world.cora, at=now)
    return link


def invite_new_patient(world: World) -> invitations.InvitationLink:
    with clinic_context(clinic_id=world.clinic.pk):
        patient = factories.make_patient("Pia Poole")
        return invitations.invite_patient(patient=patient, email="pia@north.example", by=world.sam, at=timezone.now())


def open_link(link: invitations.InvitationLink) -> str:
    return f"/join/{link.token}/"


def code_of(world: World, link: invitations.InvitationLink) -> str:
    with clinic_context(clinic_id=world.clinic.pk):
        return invitations.make_code(invitation=link.invitation, by=world.cora, at=timezone.now())


# --- inviting ---------------------------------------------------------------------------------------------------------


def test_an_admin_invites_staff_by_a_mail_that_names_no_condition(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = signed_in(world.sam)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/clinic/people/invite/", STAFF, follow=True)

    assert "nora@north.example is on its way" in response.content.decode()
    [letter] = [letter for letter in mail.outbox if letter.to == ["nora@north.example"]]
    assert "/join/" in letter.body
    assert world.clinic.public_name in letter.subject
    assert world.clinic.name not in letter.subject + letter.body


def test_an_unreadable_address_is_refused_in_words(world: World) -> None:
    response = signed_in(world.sam).post("/clinic/people/invite/", STAFF | {"email": "nora"})

    assert response.status_code == 422
    assert "valid email address" in response.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["ann", "chris", "cora", "eve"])
def test_only_the_clinics_admin_sees_its_people(world: World, who: str) -> None:
    client = signed_in(getattr(world, who))

    for path in ("/clinic/people/", "/clinic/people/invite/", "/clinic/safety/"):
        assert client.get(path).status_code == 404, path


def test_power_over_people_asks_for_the_password_again_after_a_while(world: World) -> None:
    client = signed_in(world.sam)
    client.get("/clinic/people/")
    session = client.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    response = client.post("/clinic/people/invite/", STAFF)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Invitation.objects.exists()


def test_sending_again_ends_the_old_link(world: World) -> None:
    old = invite_nora(world)

    signed_in(world.sam).post(f"/clinic/people/invitations/{old.invitation.pk}/resend/")

    assert Client().get(open_link(old)).status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert invitations.open_invitations().count() == 1


def test_an_invitation_that_is_taken_back_opens_nothing(world: World) -> None:
    link = invite_nora(world)

    signed_in(world.sam).post(f"/clinic/people/invitations/{link.invitation.pk}/revoke/")

    assert Client().get(open_link(link)).status_code == 404


def test_another_clinics_invitation_and_role_are_as_if_they_were_not_there(world: World) -> None:
    link = invite_nora(world)
    with clinic_context(clinic_id=world.other_clinic.pk):
        other_admin = factories.make_user("oda@south.example", roles=(Role.ADMIN,))
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.chris)
    client = signed_in(other_admin)

    assert client.post(f"/clinic/people/invitations/{link.invitation.pk}/revoke/").status_code == 404
    assert client.post(f"/clinic/people/roles/{role.pk}/end/").status_code == 404
    assert Client().get(open_link(link)).status_code == 200


def test_the_last_admin_cannot_be_ended(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.sam)

    response = signed_in(world.sam).post(f"/clinic/people/roles/{role.pk}/end/", follow=True)

    assert "last clinic admin" in response.content.decode()
    assert signed_in(world.sam).get("/clinic/people/").status_code == 200


def test_ending_a_role_closes_its_pages(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.cora)

    signed_in(world.sam).post(f"/clinic/people/roles/{role.pk}/end/")

    assert signed_in(world.cora).get("/caseload/").status_code == 404


def test_looking_for_a_patient_puts_no_name_into_the_address(world: World) -> None:
    client = signed_in(world.sam)

    response = client.post("/clinic/people/", {"search": "Ben"}, follow=True)

    assert "Ben" not in response.request["QUERY_STRING"] + response.request["PATH_INFO"]
    assert "Ben Brook" in response.content.decode()
    assert "Ann Archer" not in response.content.decode()


def test_a_list_of_names_leaves_a_line_with_their_number(world: World) -> None:
    signed_in(world.sam).get("/clinic/people/")

    with clinic_context(clinic_id=world.clinic.pk):
        line = AuditEvent.objects.get(action=AuditAction.CASELOAD_READ, actor_id=world.sam.pk)
    assert line.counts == {"patients": 2}


# --- joining ----------------------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing(world: World) -> None:
    link = invite_nora(world)

    assert Client().get(open_link(link)).status_code == 200
    assert not User.objects.filter(email="nora@north.example").exists()


def test_staff_choose_a_password_and_are_signed_in(world: World) -> None:
    client = Client()
    link = invite_nora(world)

    response = client.post(open_link(link), {"name": "Nora Novak", "password": PASSWORD})

    assert response.status_code == 302
    assert client.get("/caseload/").status_code == 200
    nora = User.objects.get(email="nora@north.example")
    assert nora.check_password(PASSWORD)
    assert nora.claimed_at is not None


@pytest.mark.parametrize("password", ["short1234", "1q2w3e4r5t6y", "nora@north.example"])
def test_a_weak_password_is_refused(world: World, password: str) -> None:
    response = Client().post(open_link(invite_nora(world)), {"name": "Nora", "password": password})

    assert response.status_code == 422
    assert not User.objects.filter(email="nora@north.example").exists()


def test_a_patient_agrees_and_needs_no_password(world: World) -> None:
    client = Client()
    link = invite_new_patient(world)

    client.post(open_link(link), {"name": "Pia Poole", "check_ins": "on", "code": code_of(world, link)})

    pia = User.objects.get(email="pia@north.example")
    assert not pia.has_usable_password()
    assert client.session["_auth_user_id"] == str(pia.pk)
    with clinic_context(clinic_id=world.clinic.pk):
        patient = Patient.objects.get(user=pia)
        assert consent.has_consent(patient=patient, purpose=ConsentPurpose.CHECK_INS)
        assert not consent.has_consent(patient=patient, purpose=ConsentPurpose.REMINDERS)


def test_without_the_tick_no_patient_account_is_opened(world: World) -> None:
    link = invite_new_patient(world)

    response = Client().post(open_link(link), {"name": "Pia Poole", "code": code_of(world, link)})

    assert response.status_code == 422
    assert not User.objects.filter(email="pia@north.example").exists()


def test_unknown_used_and_old_links_get_the_same_answer(world: World) -> None:
    used, old = invite_nora(world), invite_new_patient(world)
    Client().post(open_link(used), {"name": "Nora Novak", "password": PASSWORD})
    with clinic_context(clinic_id=world.clinic.pk):
        Invitation.objects.filter(pk=old.invitation.pk).update(expires_at=timezone.now())
    unknown = f"/join/{world.clinic.pk.hex}.nonsense/"

    answers = [Client().get(path) for path in (open_link(used), open_link(old), unknown, "/join/nonsense/")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_link_works_once_even_when_pressed_twice(world: World) -> None:
    link = invite_nora(world)
    answers = {"name": "Nora Novak", "password": PASSWORD}

    first = Client().post(open_link(link), answers)
    second = Client().post(open_link(link), answers | {"password": "another long password"})

    assert (first.status_code, second.status_code) == (302, 404)
    assert User.objects.get(email="nora@north.example").check_password(PASSWORD)


def test_an_invitation_never_takes_over_an_account_that_is_in_use(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        link = invitations.invite(
            email=world.eve.email, name="Mallory", role=Role.CLINICIAN, by=world.sam, at=timezone.now()
        )
        proposals.confirm(invitation=link.invitation, by=world.cora, at=timezone.now())
    client = Client()

    response = client.post(open_link(link), {"name": "Mallory", "password": PASSWORD})

    assert response.headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    eve = User.objects.get(pk=world.eve.pk)
    assert eve.name == "Eve"
    assert not eve.check_password(PASSWORD)


def test_the_wrong_person_can_end_the_invitation(world: World) -> None:
    link = invite_nora(world)

    response = Client().post(f"{open_link(link)}not-me/")

    assert response.status_code == 200
    assert Client().get(open_link(link)).status_code == 404


# --- clinics ----------------------------------------------------------------------------------------------------------


def clinic_form(**changed: str | list[int]) -> dict[str, object]:
    contacts = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0"}
    contacts |= {
        "contacts-0-label": "Crisis line",
        "contacts-0-number": "0800 111 222",
        "contacts-0-note": "day and night",
    }
    hours = {"staffed_weekdays": [1, 3], "staffed_from": "08:30", "staffed_until": "16:00"}
    return {"public_name": "Harbour", "time_zone": "Europe/Paris", **hours, **contacts, **changed}


def test_hours_and_numbers_are_saved_and_shown_as_patients_see_them(world: World) -> None:
    client = signed_in(world.sam)

    page = client.post("/clinic/safety/", clinic_form(), follow=True).content.decode()

    clinic = Clinic.objects.get(pk=world.clinic.pk)
    assert clinic.crisis_contacts == [{"label": "Crisis line", "number": "0800 111 222", "note": "day and night"}]
    assert clinic.staffed_weekdays == [1, 3]
    assert 'href="tel:0800111222"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"staffed_until": "08:00"},
        {"time_zone": "Mars/Olympus"},
        {"contacts-0-number": "javascript:alert(1)"},
        {"contacts-0-label": ""},
        {"staffed_weekdays": [8]},
        {"public_name": ""},
    ],
    ids=str,
)
def test_nonsense_about_the_clinic_is_refused_and_changes_nothing(world: World, wrong: dict[str, str]) -> None:
    response = signed_in(world.sam).post("/clinic/safety/", clinic_form(**wrong))

    assert response.status_code == 422
    assert Clinic.objects.get(pk=world.clinic.pk).public_name == "Northgate"


def test_a_person_of_two_clinics_chooses_and_always_sees_which_one_is_open(world: World) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk):
        people.grant_role(user=world.chris, role=Role.CLINICIAN, at=timezone.now())
    client = signed_in(world.chris)
    assert "Northgate Clinic" in client.get("/caseload/").content.decode()

    client.post("/clinic/choose/", {"clinic": str(world.other_clinic.pk)})

    assert "Southbank Clinic" in client.get("/caseload/").content.decode()
    assert client.get(f"/p/{world.episode.pk}/").status_code == 404
    with clinic_context(clinic_id=world.other_clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.CLINIC_CHOSEN, actor_id=world.chris.pk).exists()


@pytest.mark.parametrize("chosen", ["other", "nonsense", ""])
def test_nobody_chooses_a_clinic_without_a_role_there(world: World, chosen: str) -> None:
    value = str(world.other_clinic.pk) if chosen == "other" else chosen

    assert signed_in(world.chris).post("/clinic/choose/", {"clinic": value}).status_code == 404


def test_create_clinic_prints_a_link_that_opens_the_first_admins_account(db: None) -> None:
    out = StringIO()
    call_command(
        "create_clinic",
        name="Harbour Clinic",
        public_name="Harbour",
        time_zone="Europe/Paris",
        admin_email="Admin@Harbour.example",
        stdout=out,
    )
    path = re.search(r"http://127\.0\.0\.1:8000(/join/\S+)", out.getvalue())
    assert path is not None
    client = Client()

    client.post(path.group(1), {"name": "Ada Admin", "password": PASSWORD})

    assert client.get("/clinic/people/").status_code == 200


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars"}, {"admin_email": "ada"}], ids=str)
def test_create_clinic_refuses_nonsense_in_one_sentence(db: None, wrong: dict[str, str]) -> None:
    options = {"name": "Harbour Clinic", "public_name": "Harbour", "time_zone": "UTC", "admin_email": "a@b.example"}

    with pytest.raises(CommandError):
        call_command("create_clinic", **(options | wrong))
    assert not Clinic.objects.exists()


# --- care -------------------------------------------------------------------------------------------------------------

NEW_PATIENT = {
    "name": "Pia Poole",
    "birth_date": "1990-02-01",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "problems": "Low mood",
    "goal": "Walk the dog",
    "started_on": "2026-01-05",
    "email": "pia@north.example",
    "weekday": "3",
    "local_time": "18:30",
    "cadence_weeks": "1",
    "instruments": ["PHQ-9", "GAD-7"],
}


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
        assert care.responsible_clinician(plan.episode) == world.chris


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
        return care.start_intervention(
            episode=world.episode,
            kind=InterventionKind.MEDICATION,
            name="Sertraline",
            started_on=(timezone.now() - timedelta(days=60)).date(),
            dose=care.Dose(label="50 mg"),
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


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [
        ("20 mg", "20", "mg"),
        ("0,5 mg morgens", "0.5", "mg"),
        ("225 mg/day", "225", "mg"),
        ("20 minutes a day", "20", "minutes"),
        ("12.5mg in the morning.", "12.5", "mg"),
    ],
)
def test_an_amount_once_a_day_is_read_from_the_words(words: str, amount: str, unit: str) -> None:
    assert amount_in(words) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    "words",
    ["50 mg twice a day", "20 mg, then 40 mg", "1,000 mg", "20-40 mg", "5 mg every other day", "once a week", "50", ""],
)
def test_words_that_say_more_than_an_amount_once_a_day_are_not_read_as_a_number(words: str) -> None:
    assert amount_in(words) is None


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

    client.post(team, {"member": str(world.dana.pk), "is_responsible": "on"})
    client.post(f"{team}{membership.pk}/leave/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert care.responsible_clinician(world.episode) == world.dana
    assert client.get(f"/p/{world.episode.pk}/").status_code == 404


def test_somebody_of_another_clinic_cannot_be_put_on_the_team(world: World) -> None:
    response = signed_in(world.chris).post(f"/p/{world.episode.pk}/team/", {"member": str(world.eve.pk)})

    assert response.status_code == 422


@pytest.mark.parametrize(
    ("days", "words"),
    [([1, 2, 3, 4, 5], "weekdays, 09:00 to 17:00"), ([3, 1], "Mon, Wed, 09:00 to 17:00"), ([], "")],
    ids=["weekdays", "some days", "no day"],
)
def test_hours_are_said_as_people_say_them(north: World, days: list[int], words: str) -> None:
    north.clinic.staffed_weekdays = days

    assert hours.in_words(north.clinic) == words


def test_help_says_when_check_ins_are_read(world: World) -> None:
    page = signed_in(world.ann).get("/help/").content.decode()

    assert "Check-ins are read on weekdays, 09:00 to 17:00." in page


# --- links and pages that must not open more than they say ------------------------------------------------------------


def test_a_letter_to_a_wrong_address_opens_nothing_once_the_right_one_is_invited(world: World) -> None:
    wrong = invite_new_patient(world)
    with clinic_context(clinic_id=world.clinic.pk):
        right = invitations.invite_patient(
            patient=wrong.invitation.patient, email="right@north.example", by=world.sam, at=timezone.now()
        )

    Client().post(open_link(right), {"name": "Pia Poole", "check_ins": "on", "code": code_of(world, right)})
    late = Client().post(open_link(wrong), {"name": "Pia Poole", "check_ins": "on"})

    assert late.status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(name="Pia Poole").user.email == "right@north.example"


def test_a_record_that_has_its_person_is_given_to_nobody_else(world: World) -> None:
    link = invite_new_patient(world)
    code = code_of(world, link)
    with clinic_context(clinic_id=world.clinic.pk):
        other = factories.make_user("other@north.example")
        Patient.objects.filter(name="Pia Poole").update(user=other)

    answer = Client().post(open_link(link), {"name": "Pia Poole", "check_ins": "on", "code": code})

    assert answer.status_code == 404
    assert not User.objects.filter(email="pia@north.example").exists()


def test_one_address_signs_in_for_one_patient_of_a_clinic(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        pia = factories.make_patient("Pia Poole")

    page = signed_in(world.sam).post(
        f"/clinic/people/patients/{pia.pk}/invite/", {"email": world.ann.email, "language": "en"}
    )

    assert page.status_code == 422
    assert "Another patient of this clinic signs in with this address." in page.content.decode()


def test_numbers_that_are_sent_twice_stay(world: World) -> None:
    client = signed_in(world.sam)

    for _time in range(2):
        client.post("/clinic/safety/", clinic_form())

    assert [one["label"] for one in Clinic.objects.get(pk=world.clinic.pk).crisis_contacts] == ["Crisis line"]


def test_the_name_of_a_clinic_stays_on_one_line(world: World) -> None:
    signed_in(world.sam).post("/clinic/safety/", clinic_form(public_name="Trials\r\nBcc: x@example.org"))

    assert Clinic.objects.get(pk=world.clinic.pk).public_name == "Trials Bcc: x@example.org"


def test_a_search_with_a_nul_finds_nothing_and_breaks_nothing(world: World) -> None:
    client = signed_in(world.sam)

    assert client.post("/clinic/people/", {"search": "a\x00b"}, follow=True).status_code == 200


def test_a_password_like_the_own_name_is_refused(world: World) -> None:
    answers = {"name": "Sessional Name X", "password": "Sessional-Name-X"}

    assert Client().post(open_link(invite_nora(world)), answers).status_code == 422


def test_a_row_that_is_not_ones_own_leaves_a_line_of_the_refusal(world: World) -> None:
    signed_in(world.dana).get(f"/p/{world.episode.pk}/")

    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(actor_id=world.dana.pk, action=AuditAction.ACCESS_DENIED).count() == 1
