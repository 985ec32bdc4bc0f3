"""A safety answer while nobody is at the clinic: who is told at which minute, until somebody answers or nobody does."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.escalation import policies, steps
from monitoring.models import Alert, EscalationStep, Notification
from monitoring.models.alerts import AlertKind, AlertState, StepKind
from patients import zones
from patients.models import Clinic
from patients.models.people import Role
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, Opener

MINUTE = timedelta(minutes=1)
NOTE = "Rang her at home. She is safe, her sister is with her. Visit on Tuesday."


@pytest.fixture
def night(committed: World) -> World:
    """Nobody is at the clinic before the day after tomorrow, nine o'clock; a second responder and a lead are named."""
    now = timezone.now()
    day = zones.local_day(now, committed.clinic.time_zone) + timedelta(days=2)
    Clinic.objects.filter(pk=committed.clinic.pk).update(staffed_weekdays=[day.isoweekday()])
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - factories.WEEK * 3).date(), instruments={"PHQ-9": 1})
        factories.open_week(committed.episode, at=now)
        lead = factories.make_user("lea@north.example", name="Lea Lead", roles=(Role.COORDINATOR,))
        policies.change(
            second=committed.cora, lead=lead, on_call=None, urgent_minutes=[60, 240, 480], number=0, by=committed.sam,
            at=now,
        )  # fmt: skip
    return committed


def answer_at_night(page: Page) -> None:
    """Ann skips the ratings and answers the ninth question of PHQ-9 with "Several days"."""
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    for _ in range(5):
        page.get_by_role("button", name="Skip this question").click()
    ninth = page.locator("fieldset", has_text="better off dead")
    ninth.get_by_text("Several days", exact=True).click()
    page.wait_for_url("**/help/**")


def the_alert() -> Alert:
    return Alert.objects.select_related("episode__clinic").get(kind=AlertKind.RISK_ANSWER)


def sweep_until(world: World, kind: StepKind) -> datetime:
    """Let the sweep come to each step of the clock until one was made; return its minute."""
    with clinic_transaction(clinic_id=world.clinic.pk):
        for _step in range(9):
            due = the_alert().next_step_at
            assert due is not None
            assert steps.run(at=due - MINUTE) == 0
            assert steps.run(at=due) == 1
            if EscalationStep.objects.filter(kind=kind).exists():
                return due
    raise AssertionError(kind)


def told(world: World, when: datetime) -> set[str]:
    with clinic_transaction(clinic_id=world.clinic.pk):
        found = Notification.objects.filter(queued_at=when, step__gt=0).select_related("recipient")
        return {note.recipient.name for note in found}


def test_the_answer_waits_gets_louder_at_its_minutes_and_stops_when_somebody_answers(
    night: World, open_page: Opener
) -> None:
    patient = open_page(signed_in=night.ann)
    answer_at_night(patient)
    with clinic_transaction(clinic_id=night.clinic.pk):
        alert = the_alert()
        opening = alert.due_at
        assert opening is not None
        opening -= timedelta(hours=1)
        assert {note.recipient.name for note in Notification.objects.filter(alert=alert)} == {
            "Chris",
            "Cora",
            "Lea Lead",
        }

    twelve = sweep_until(night, StepKind.TWELVE_HOURS)
    assert twelve - alert.raised_at == timedelta(hours=12)
    assert told(night, twelve) == {"Chris", "Cora", "Lea Lead", "Sam"}
    second = sweep_until(night, StepKind.SECOND)
    assert second == opening + timedelta(minutes=60)
    assert told(night, second) == {"Cora"}

    desk = open_page(signed_in=night.cora, viewport=DESK)
    desk.goto("/alerts/")
    expect(desk.get_by_role("heading", name="Safety: now")).to_be_visible()
    expect(desk.locator("main")).to_contain_text("Nobody is on duty now.")
    desk.locator("a.alert", has_text="Ann Archer").first.click()
    expect(desk.locator("#detail")).to_contain_text("Nobody has tried to reach the patient for 12 hours")
    expect(desk.locator("#detail")).to_contain_text("Told the second responder")
    expect(desk.locator("#detail")).to_contain_text("If nobody takes it: Lea Lead is notified on")
    desk.get_by_role("button", name="Take this alert").click()
    expect(desk.locator("#detail")).to_contain_text("You own this alert")

    desk.get_by_label("Talked with the patient").check()
    desk.get_by_label("Note for the team").fill(NOTE)
    desk.get_by_role("button", name="Record and keep open").click()
    expect(desk.locator("#messages")).to_contain_text("Recorded")

    doctor = open_page(signed_in=night.chris, viewport=DESK)
    doctor.goto("/alerts/")
    doctor.locator("a.alert", has_text="Ann Archer").first.click()
    doctor.get_by_label("Talked with the patient").check()
    doctor.get_by_label("Note for the team").fill("Read her plan with her on the telephone.")
    doctor.get_by_role("button", name="Record and close").click()
    expect(doctor.locator("#detail [role=alert]")).to_contain_text("Write what you talked about")
    doctor.get_by_label("What did you talk about?").fill("When the thoughts come, and what helps.")
    doctor.get_by_label("The safety plan").select_option("changed")
    doctor.get_by_label("Who else knows?").fill("Her sister.")
    doctor.get_by_role("button", name="Record and close").click()
    expect(doctor.locator("#messages")).to_contain_text("Closed, with your note.")
    with clinic_transaction(clinic_id=night.clinic.pk):
        assert the_alert().state == AlertState.CLOSED
        assert steps.run(at=timezone.now() + timedelta(days=9)) == 0


def test_when_nobody_answers_everybody_hears_of_it_each_staffed_day(night: World, open_page: Opener) -> None:
    answer_at_night(open_page(signed_in=night.ann))

    everyone = sweep_until(night, StepKind.EVERYONE)
    assert told(night, everyone) == {"Chris", "Cora", "Lea Lead"}
    again = sweep_until(night, StepKind.AGAIN)

    assert again > everyone
    with clinic_transaction(clinic_id=night.clinic.pk):
        kinds = list(EscalationStep.objects.order_by("made_at").values_list("kind", flat=True))
        assert kinds == ["twelve_hours", "second", "lead", "everyone", "again"]
        assert the_alert().state == AlertState.NEW
