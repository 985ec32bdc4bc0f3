"""What a check-in costs a patient: so many taps and no more, with and without scripts, and nothing when the line breaks."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Locator, Page, expect

from monitoring.check_ins import open_forms
from monitoring.models import CheckIn
from monitoring.plans import own_items, plans
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.care import InterventionKind
from patients.people import people
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import PASSWORD, World
from tests.functional.conftest import Opener, Watch
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of

# See docs/design.md#taps.
MOST_TAPS, MOST_TAPS_ON_A_BAD_DAY = 15, 5
# How long a slow finger rests on a button: what comes back meanwhile must not move it away.
PRESS_MS = 400
WITH_AND_WITHOUT_SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
ANSWERS = (3, 4, 5, 6, 7)
SENT_BY_SCRIPTS = {"content-type", "hx-request", "hx-target", "x-sent-at", "x-answered-at"}


def skip_to_the_last_page(page: Page) -> None:
    """Begin a check-in and skip every rating."""
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    for _ in range(5):
        page.get_by_role("button", name="Skip this question").click()


class Finger:
    """Taps, and counts its taps."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def press(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name))


def forgive_the_cut(watch: Watch) -> None:
    """Forget that requests failed while the line was cut: they were meant to."""
    watch.complaints[:] = [words for words in watch.complaints if not words.startswith("htmx:sendError")]


def newest(world: World) -> CheckIn:
    with clinic_transaction(clinic_id=world.clinic.pk):
        return CheckIn.objects.order_by("-submitted_at")[0]


def count_of(world: World) -> int:
    with clinic_transaction(clinic_id=world.clinic.pk):
        return CheckIn.objects.count()


@WITH_AND_WITHOUT_SCRIPTS
def test_an_ordinary_check_in_takes_fifteen_taps_at_most(
    returning: World, open_page: Opener, has_scripts: bool
) -> None:
    page = open_page(signed_in=returning.ann, java_script_enabled=has_scripts)
    finger = Finger(page)
    page.goto("/")

    finger.press("Start")
    for number, value in enumerate(ANSWERS, start=1):
        expect(page).to_have_url(f"{page.url.split('/checkin/')[0]}/checkin/{number}/")
        finger.tap(page.locator(".scale label").nth(value))
        finger.press("Next")
    finger.press("Send to my team")

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    assert tuple(newest(returning).ratings.values()) == ANSWERS
    assert finger.taps <= MOST_TAPS


@WITH_AND_WITHOUT_SCRIPTS
def test_a_bad_day_takes_five_taps_at_most(returning: World, open_page: Opener, has_scripts: bool) -> None:
    page = open_page(signed_in=returning.ann, java_script_enabled=has_scripts)
    finger = Finger(page)
    page.goto("/")

    finger.press("Bad day?")
    for name, value in (("sleep", 2), ("mood", 1), ("function", 3)):
        finger.tap(page.locator(f"#id_{name} label").nth(value))
        if has_scripts:
            expect(page.locator("#saved")).to_have_text("Saved")
    finger.press("Send to my team")

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    row = newest(returning)
    assert (row.is_short, row.sleep, row.mood, row.function) == (True, 2, 1, 3)
    assert finger.taps <= MOST_TAPS_ON_A_BAD_DAY


def test_a_cut_line_loses_no_answer_and_makes_no_second_row(returning: World, open_page: Opener, watch: Watch) -> None:
    page = open_page(signed_in=returning.ann)
    before = count_of(returning)
    page.goto("/")
    page.get_by_role("button", name="Bad day?").click()
    page.locator("#id_sleep label").nth(2).click()
    expect(page.locator("#saved")).to_have_text("Saved")

    page.context.set_offline(True)
    page.locator("#id_mood label").nth(1).click()
    failed = page.locator(".request-error").first
    expect(failed).to_contain_text("We could not save this. Your answer is still on this screen.")
    page.locator("#id_function label").nth(3).click()
    page.get_by_label("Anything you want to add?").fill("No line in the train.")
    page.get_by_role("button", name="Send to my team").click(delay=PRESS_MS)
    expect(page.locator(".patient-foot .request-error")).to_contain_text("We could not save this.")
    expect(page.locator("#id_mood :checked")).to_have_value("1")
    expect(page.get_by_label("Anything you want to add?")).to_have_value("No line in the train.")

    # What fails after the button does not take the note away from it.
    with page.expect_event("requestfailed"):
        page.locator("#id_function label").nth(3).evaluate(
            "label => label.querySelector('input').dispatchEvent(new Event('change', { bubbles: true }))"
        )
    expect(page.locator(".request-error")).to_have_count(1)
    expect(page.locator(".patient-foot .request-error")).to_contain_text("We could not save this.")
    page.context.set_offline(False)

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    row = newest(returning)
    assert (row.sleep, row.mood, row.function, row.note) == (2, 1, 3, "No line in the train.")
    assert count_of(returning) == before + 1
    forgive_the_cut(watch)


def test_a_note_that_could_not_be_saved_says_so_beneath_it(returning: World, open_page: Opener, watch: Watch) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Bad day?").click()
    note = page.get_by_label("Anything you want to add?")
    note.fill("Slept on the sofa.")
    expect(page.locator("#saved")).to_have_text("Saved")

    page.context.set_offline(True)
    note.fill("Slept on the sofa. Pain in the night.")

    failed = page.locator("#words-read + .request-error")
    expect(failed).to_contain_text("We could not save this. Your answer is still on this screen.")
    expect(page.locator("#saved")).to_be_empty()
    page.context.set_offline(False)

    # The page tries again by itself when the line is back.
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(page.locator(".request-error")).to_have_count(0)
    forgive_the_cut(watch)


def test_words_that_were_overtaken_on_the_way_do_not_undo_what_came_after(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    skip_to_the_last_page(page)
    with page.expect_request("**/checkin/words/") as sent:
        page.get_by_label("Anything you want to add?").fill("Only for me")
    page.get_by_label("Keep it private to me").check()
    page.get_by_role("button", name="Change Mood").click()
    expect(page.get_by_role("heading", name="Mood")).to_be_visible()

    # The first one arrives last, as on a line that sends it again.
    early = sent.value
    headers = {name: value for name, value in early.headers.items() if name in SENT_BY_SCRIPTS}
    page.request.post(early.url, headers=headers, data=early.post_data)
    page.goto("/checkin/send/")

    expect(page.get_by_label("Anything you want to add?")).to_have_value("Only for me")
    expect(page.get_by_label("Keep it private to me")).to_be_checked()


def test_a_press_is_not_lost_while_the_note_it_leaves_is_saved(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Bad day?").click()
    page.locator("#id_sleep label").nth(2).click()
    page.get_by_label("Anything you want to add?").fill("Slept on the sofa.")
    page.get_by_role("button", name="Send to my team").click(delay=PRESS_MS)

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    assert newest(returning).note == "Slept on the sofa."


def test_a_page_of_the_form_survives_a_cut_line(returning: World, open_page: Opener, watch: Watch) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.context.set_offline(True)
    page.locator(".scale label").nth(4).click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".patient-foot .request-error")).to_contain_text("We could not save this.")
    expect(page.locator(".request-error")).to_have_count(1)
    expect(page.locator(".scale :checked")).to_have_value("4")

    page.context.set_offline(False)

    expect(page).to_have_url(f"{page.url.split('/checkin/')[0]}/checkin/2/")
    with clinic_transaction(clinic_id=returning.clinic.pk):
        draft = open_forms.open_form(returning.episode, at=timezone.now())
        assert draft is not None and draft.answers == {"sleep": 4}
    forgive_the_cut(watch)


def test_the_words_follow_the_tap_and_leaving_warns_while_it_is_unsent(
    returning: World, open_page: Opener, watch: Watch
) -> None:
    page = open_page(signed_in=returning.ann)
    warnings = list[str]()

    def stay(dialog: Dialog) -> None:
        warnings.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.locator(".scale label").nth(6).click()
    expect(page.locator("#saved")).to_have_text("Saved")
    page.context.set_offline(True)

    page.locator(".scale label").nth(7).click()
    expect(page.locator("#read")).to_have_text("7Good on most nights")
    expect(page.locator(".request-error")).to_be_visible()
    page.get_by_role("link", name="Help now").click()
    expect(page.locator(".scale :checked")).to_have_value("7")
    assert warnings == ["beforeunload"]
    page.context.set_offline(False)

    expect(page.locator("#saved")).to_have_text("Saved")
    expect(page.locator(".request-error")).to_have_count(0)
    page.get_by_role("link", name="Help now").click()
    expect(page.get_by_role("heading", name="Help now")).to_be_visible()
    assert warnings == ["beforeunload"]
    forgive_the_cut(watch)


def test_who_is_signed_out_in_the_middle_loses_no_tap(returning: World, open_page: Opener, watch: Watch) -> None:
    """The cookie is gone; signing in, in another tab, makes another token too."""
    with clinic_transaction(clinic_id=returning.clinic.pk):
        people.confirm_address(returning.ann)
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    page.locator(".scale label").nth(4).click()
    failed = page.locator(".request-error")
    expect(failed).to_contain_text("You are signed out. Your answer is still on this screen.")
    with page.context.expect_page() as opened:
        failed.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("Email", exact=True).fill(returning.ann.email)
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("button", name="Continue").or_(other.get_by_role("button", name="Start"))).to_be_visible()
    expect(page.locator(".scale :checked")).to_have_value("4")
    failed.get_by_role("button", name="Try again").click()

    expect(page.locator("#saved")).to_have_text("Saved")
    expect(failed).to_have_count(0)
    with clinic_transaction(clinic_id=returning.clinic.pk):
        draft = open_forms.open_form(returning.episode, at=timezone.now())
        assert draft is not None and draft.answers == {"sleep": 4}
    watch.complaints[:] = [words for words in watch.complaints if "Response Status Error Code 401" not in words]


def test_what_is_written_is_there_again_after_a_change_and_a_reload(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    skip_to_the_last_page(page)
    sharing = page.get_by_text("Who may read this note?")
    expect(sharing).not_to_be_visible()
    page.get_by_label("Please contact me").check()
    page.get_by_label("Anything you want to add?").fill("Only for me")
    expect(sharing).to_be_visible()
    page.get_by_label("Keep it private to me").check()
    expect(page.locator("#saved")).to_have_text("Saved")

    page.get_by_role("button", name="Change Mood").click()
    page.locator(".scale label").nth(4).click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    page.reload()

    expect(page.get_by_label("Anything you want to add?")).to_have_value("Only for me")
    expect(page.get_by_label("Keep it private to me")).to_be_checked()
    expect(page.get_by_label("Please contact me")).to_be_checked()
    page.get_by_role("button", name="Send to my team").click()
    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    row = newest(returning)
    assert (row.mood, row.note, row.note_is_shared, row.contact_wish) == (4, "Only for me", False, "contact_me")


def test_an_untouched_bad_day_is_not_sent_and_its_button_lies_on_no_question(
    returning: World, open_page: Opener
) -> None:
    page = open_page(signed_in=returning.ann)
    before = count_of(returning)
    page.goto("/")
    page.get_by_role("button", name="Bad day?").click()
    foot = page.locator(".patient-foot").bounding_box()
    last = page.locator("form#send").bounding_box()
    assert foot is not None and last is not None and foot["y"] >= last["y"] + last["height"]

    page.get_by_role("button", name="Send to my team").click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary")).to_contain_text("Choose a number for at least one question")
    assert count_of(returning) == before


def furnish_form(world: World) -> None:
    """Give Ann a question of her own, a medicine, a questionnaire and a missed week."""
    now = timezone.now()
    with clinic_transaction(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - factories.WEEK * 4).date(), instruments={"PHQ-9": 1})
        plans.open_due_slots(at=now)
        plans.mark_missed(at=now)
        own_items.set_own_item(
            episode=world.episode,
            wording="How far could I walk with the dog, and was it worth it?",
            low="Not at all",
            high="As far as I like",
            higher_is_better=True,
            by=world.ann,
            at=now,
        )
        treatments.start_intervention(
            episode=world.episode,
            kind=InterventionKind.MEDICATION,
            name="Sertraline",
            started_on=(now - factories.WEEK * 2).date(),
            dose=Dose(label="50 mg", amount=50, unit="mg"),
            by=world.chris,
            at=now,
        )


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark")])
def test_every_page_of_every_form_is_accessible(committed: World, open_page: Opener, width: int, scheme: str) -> None:
    furnish_form(committed)
    page, axe, problems = (
        open_page(signed_in=committed.ann, viewport={"width": width, "height": 780}),
        Axe(),
        list[str](),
    )
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def look(place: str) -> None:
        problems.extend(f"{place}: {problem}" for problem in problems_of(page, axe))
        if is_wider_than_the_screen(page):
            problems.append(f"{place}: wider than the screen")

    for button in ("Add that week", "Bad day?", "Start"):
        page.goto("/")
        look(f"home before {button}")
        page.get_by_role("button", name=button).or_(page.get_by_role("button", name="Continue")).first.click()
        look(button)
    for number in range(1, 9):
        page.goto(reverse("check_in_step", args=[number]))
        if number == 7:
            page.get_by_text("Feeling sick", exact=True).click()
            page.get_by_text("Some missed").click()
            expect(page.get_by_text("At its worst, how bad was it?").first).to_be_visible()
        look(f"page {number}")
    for name in ("send_check_in", "my_item"):
        page.goto(reverse(name))
        page.locator("summary").or_(page.locator("h1")).first.click()
        look(name)

    assert problems == [], "\n".join(problems)


def test_the_page_about_medicines_needs_no_mouse_and_no_scripts(committed: World, open_page: Opener) -> None:
    """What follows a tick shows without scripts, and only while it is ticked."""
    furnish_form(committed)
    page = open_page(signed_in=committed.ann, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.goto(reverse("check_in_step", args=[7]))
    severity = page.locator("#id_severity_nausea")
    expect(severity).not_to_be_visible()

    page.locator("#id_has_nausea").focus()
    page.keyboard.press("Space")
    expect(severity).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Next").click()

    page.goto(reverse("check_in_step", args=[7]))
    expect(page.locator("#id_has_nausea")).to_be_checked()
    expect(page.locator("#id_severity_nausea :checked")).to_have_value("2")
    page.locator("#id_has_nausea").focus()
    page.keyboard.press("Space")
    expect(severity).not_to_be_visible()
