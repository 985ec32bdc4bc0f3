"""The loop, as people walk it: a check-in that goes on getting worse, an alert, a clinician, an action."""

from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.models import Alert, CheckIn
from monitoring.models.alerts import ActionCode, AlertKind, AlertState
from monitoring.operations import tasks
from patients.models import User
from patients.people import people
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import PASSWORD, World
from tests.functional.conftest import DESK, Opener

# Well for three months, then two bad weeks; this week's check-in is the third.
COURSE: dict[str, list[int | None]] = {
    "moods": [7, 8, 7, 7, 8, 7, 7, 8, 7, 7, 8, 7, 3, 2],
    "sleep": [7, 7, 6, 7, 7, 7, 6, 7, 7, 6, 7, 7, 3, 2],
    "energy": [6, 6, 7, 6, 6, 7, 6, 6, 6, 7, 6, 6, 2, 2],
    "function": [7, 7, 7, 6, 7, 7, 7, 7, 6, 7, 7, 7, 3, 2],
}
THIS_WEEK = (1, 1, 2, 6, 1)
NOTE = "Rang Ann. Sleep plan from today, I see her on Thursday."


@dataclass
class Loop:
    """One walk through the product; each method is a sentence of the story."""

    world: World
    open_page: Opener
    has_scripts: bool
    page: Page | None = None

    @property
    def here(self) -> Page:
        assert self.page is not None
        return self.page

    # Given

    def given_ann_has_been_getting_worse(self) -> None:
        now = timezone.now()
        with clinic_transaction(clinic_id=self.world.clinic.pk):
            factories.make_plan(self.world.episode, starts_on=(now - factories.WEEK * 17).date())
            factories.make_history(self.world.episode, by=self.world.ann, until=now - factories.WEEK, **COURSE)
            factories.open_week(self.world.episode, at=now)
            for user in (self.world.ann, self.world.chris):
                people.confirm_address(user)

    # When

    def when_somebody_signs_in(self, user: User, **options: object) -> None:
        self.page = self.open_page(java_script_enabled=self.has_scripts, **options)
        self.here.goto("/")
        self.here.get_by_label("Email", exact=True).fill(user.email)
        self.here.get_by_label("Password", exact=True).fill(PASSWORD)
        self.here.get_by_role("button", name="Sign in", exact=True).click()

    def when_ann_answers_this_weeks_questions(self) -> None:
        self.here.get_by_role("button", name="Start").click()
        for number, value in enumerate(THIS_WEEK, start=1):
            expect(self.here).to_have_url(f"{self._origin}/checkin/{number}/")
            self.here.locator(".scale label").nth(value).click()
            if self.has_scripts:
                expect(self.here.locator("#saved")).to_have_text("Saved")
            self.here.get_by_role("button", name="Next").click()

    def and_sends_them(self) -> None:
        expect(self.here.get_by_role("heading", name="Is this right?")).to_be_visible()
        self.here.get_by_label("Anything you want to add?").fill("It is too much at the moment.")
        self.here.get_by_role("button", name="Send to my team").click()

    def when_the_worker_does_its_work(self) -> None:
        tasks.run_sweep(at=timezone.now())

    def when_he_opens_anns_course(self) -> None:
        self.here.get_by_role("link", name="Ann Archer").click()

    def when_he_opens_the_alert(self) -> None:
        self.here.goto("/alerts/")
        self.here.locator("a.alert", has_text="Ann Archer").first.click()

    def and_takes_it(self) -> None:
        self.here.get_by_role("button", name="Take this alert").click()

    def when_he_closes_it_with_what_he_did(self) -> None:
        self.here.get_by_label("Changed the plan").check()
        self.here.get_by_label("Note for the team").fill(NOTE)
        self.here.get_by_role("button", name="Record and close").click()

    def when_he_tries_to_close_it_without_a_note(self) -> None:
        self.here.get_by_role("button", name="Record and close").click()

    # Then

    def then_it_is_with_her_team(self) -> None:
        expect(
            self.here.get_by_role("heading", name="Thank you, Ann. Your check-in is with your team.")
        ).to_be_visible()
        with clinic_transaction(clinic_id=self.world.clinic.pk):
            stored = CheckIn.objects.order_by("-submitted_at")[0]
            assert tuple(stored.ratings.values()) == THIS_WEEK

    def then_an_alert_waits(self) -> None:
        with clinic_transaction(clinic_id=self.world.clinic.pk):
            assert Alert.objects.get(kind=AlertKind.DETERIORATION).state == AlertState.NEW

    def then_chris_sees_her_first_on_his_caseload(self) -> None:
        row = self.here.get_by_role("row").filter(has_text="Ann Archer")
        expect(row).to_contain_text("Getting worse")

    def then_he_sees_what_changed_and_when(self) -> None:
        expect(self.here.get_by_role("heading", name="Ann Archer")).to_be_visible()
        expect(self.here.locator("main")).to_contain_text("Getting worse")
        expect(self.here.locator("main figure").first).to_be_visible()
        expect(self.here.locator("main")).to_contain_text("It is too much at the moment.")

    def then_it_is_his(self) -> None:
        expect(self.here.locator("#detail")).to_contain_text("You own this alert")

    def then_he_is_told_what_is_missing(self) -> None:
        expect(self.here.get_by_role("alert").filter(has_text="There is a problem")).to_be_visible()

    def then_it_is_closed_with_his_name_action_and_note(self) -> None:
        expect(self.here.get_by_text("Closed, with your note.")).to_be_visible()
        with clinic_transaction(clinic_id=self.world.clinic.pk):
            alert = Alert.objects.get(kind=AlertKind.DETERIORATION)
            assert (alert.state, alert.closed_by, alert.closed_action) == (
                AlertState.CLOSED,
                self.world.chris,
                ActionCode.PLAN_CHANGED,
            )
            assert alert.events.filter(note=NOTE, by=self.world.chris).exists()

    def then_ann_sees_that_he_has_read_it(self) -> None:
        expect(self.here.locator("main")).to_contain_text("Chris read it on")

    @property
    def _origin(self) -> str:
        return self.here.url.split("/checkin/", maxsplit=1)[0]


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_worsening_patient_is_seen_and_answered(committed: World, open_page: Opener, has_scripts: bool) -> None:
    loop = Loop(committed, open_page, has_scripts)

    loop.given_ann_has_been_getting_worse()

    loop.when_somebody_signs_in(committed.ann)
    loop.when_ann_answers_this_weeks_questions()
    loop.and_sends_them()
    loop.then_it_is_with_her_team()

    loop.when_the_worker_does_its_work()
    loop.then_an_alert_waits()

    loop.when_somebody_signs_in(committed.chris, viewport=DESK)
    loop.then_chris_sees_her_first_on_his_caseload()
    loop.when_he_opens_anns_course()
    loop.then_he_sees_what_changed_and_when()
    loop.when_he_opens_the_alert()
    loop.and_takes_it()
    loop.then_it_is_his()
    loop.when_he_tries_to_close_it_without_a_note()
    loop.then_he_is_told_what_is_missing()
    loop.when_he_closes_it_with_what_he_did()
    loop.then_it_is_closed_with_his_name_action_and_note()

    loop.when_somebody_signs_in(committed.ann)
    loop.then_ann_sees_that_he_has_read_it()
