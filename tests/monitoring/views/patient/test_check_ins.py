"""The patient's check-in as a browser without scripts meets it: forms, links, redirects.

Pages read the clock, so these tests live in the present week.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.check_ins import contents
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn, CheckInDraft, CheckInSlot, MonitoringPlan
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.tenancy import clinic_context, clinic_transaction
from tests import factories
from tests.conftest import World, build_world

RATINGS = {"sleep": "3", "mood": "4", "energy": "5", "pain": "6", "function": "7"}
START, SEND, DONE, HOME = "/checkin/", "/checkin/send/", "/checkin/done/", "/"
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
TRICKY = 'Tired 😴 of "this" <script>alert(1)</script> & עייף היום\nsecond line'


def step(number: int) -> str:
    return reverse("check_in_step", args=[number])


@pytest.fixture
def planned(world: World) -> World:
    """Ann has a weekly plan and this week's check-in is open."""
    plan_week(world, instruments={})
    return world


@pytest.fixture
def with_phq9(world: World) -> World:
    """This week's check-in asks the PHQ-9 too."""
    plan_week(world, instruments={"PHQ-9": 1})
    return world


def plan_week(world: World, *, instruments: dict[str, int]) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - factories.WEEK * 2).date(), instruments=instruments)
        factories.open_week(world.episode, at=now)


@pytest.fixture
def ann(planned: World, client: Client) -> Client:
    client.force_login(planned.ann)
    return client


@pytest.fixture
def ann_with_phq9(with_phq9: World, client: Client) -> Client:
    client.force_login(with_phq9.ann)
    return client


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with clinic_context(clinic_id=world.clinic.pk):
        yield world


def stored(world: World) -> list[CheckIn]:
    with clinic_context(clinic_id=world.clinic.pk):
        return list(CheckIn.objects.order_by("submitted_at"))


def draft_of(world: World) -> CheckInDraft:
    with clinic_context(clinic_id=world.clinic.pk):
        return CheckInDraft.objects.get()


def alert_kinds(world: World) -> list[str]:
    with clinic_context(clinic_id=world.clinic.pk):
        return list(Alert.objects.order_by("raised_at").values_list("kind", flat=True))


def answer_ratings(browser: Client, **changed: str) -> str:
    """Start the form and answer every rating; return where that leads."""
    browser.post(START, {"form": "full"})
    page = ""
    for number, (name, value) in enumerate((RATINGS | changed).items(), start=1):
        page = browser.post(step(number), {name: value}).headers["Location"]
    return page


def ready_to_send(browser: Client) -> dict[str, str]:
    """Return the fields of the page that reads back and sends."""
    found = FIELD.findall(browser.get(SEND).content.decode())
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def words(response: object) -> str:
    """Return the text of a page as it is read: entities as characters."""
    return unescape(response.content.decode())  # type: ignore[attr-defined]


# --- The way through ------------------------------------------------------------------------------------------------


def test_five_questions_lead_to_a_stored_check_in(ann: Client, planned: World) -> None:
    assert answer_ratings(ann) == SEND
    sent = ann.post(SEND, ready_to_send(ann) | {"note": "A long week.", "contact_wish": "can_wait"})
    receipt = ann.get(DONE)

    assert (sent.status_code, sent.headers["Location"]) == (302, DONE)
    assert "Thank you, Ann." in words(receipt) and "Saved at" in words(receipt)
    [row] = stored(planned)
    assert {domain.value: str(value) for domain, value in row.ratings.items()} == RATINGS
    assert (row.note, row.contact_wish, row.is_short) == ("A long week.", ContactWish.CAN_WAIT, False)


def test_a_receipt_without_a_number_has_no_empty_chart(ann: Client) -> None:
    ann.post(START, {"form": "full"})
    ann.post(SEND, ready_to_send(ann) | {"note": "Only this."})

    receipt = words(ann.get(DONE))

    assert 'class="tabs"' not in receipt
    assert "We are still learning your usual range." in receipt


def test_the_receipt_shows_the_newest_number_of_each_rating(ann: Client) -> None:
    answer_ratings(ann)
    ann.post(SEND, ready_to_send(ann))

    numbers = re.findall(r'<text class="text-newest halo"[^>]*>(\d+)<', words(ann.get(DONE)))

    assert numbers == list(RATINGS.values())


def test_the_start_card_says_who_reads_and_when(ann: Client) -> None:
    page = words(ann.get(HOME))

    assert "Who will see this" in page
    assert "Nobody reads it at night, at weekends or on holidays." in page
    assert "Help now" in page


def test_a_new_form_holds_no_answer_of_the_last_week(ann: Client, planned: World) -> None:
    with clinic_context(clinic_id=planned.clinic.pk):
        factories.make_check_in(planned.episode, by=planned.ann, at=timezone.now() - factories.WEEK)
    ann.post(START, {"form": "full"})

    for number in range(1, 6):
        assert " checked" not in ann.get(step(number)).content.decode()


def test_a_bad_day_has_three_questions_and_counts_the_same(ann: Client, planned: World) -> None:
    assert ann.post(START, {"form": "short"}).headers["Location"] == SEND
    page = words(ann.get(SEND))
    assert page.count('<div class="scale"') == 3
    assert " checked" not in page.split("What would you like to happen?")[0]
    ann.post(SEND, ready_to_send(ann) | {"sleep": "2", "mood": "2", "function": "2"})

    [row] = stored(planned)
    assert row.is_short
    assert (row.sleep, row.mood, row.function, row.energy, row.pain) == (2, 2, 2, None, None)
    with clinic_context(clinic_id=planned.clinic.pk):
        assert row.slot_id
        assert CheckInSlot.objects.get(pk=row.slot_id).answered_at is not None


def test_a_skipped_question_is_stored_as_skipped(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    for number in range(1, 6):
        assert ann.post(step(number), {"skip": "1"}).status_code == 302
    assert "Skipped" in words(ann.get(SEND))
    assert "You skipped this question." in words(ann.get(step(1)))
    ann.post(SEND, ready_to_send(ann) | {"note": "Not this week."})

    [row] = stored(planned)
    assert set(row.ratings.values()) == {None}


def test_next_without_an_answer_asks_again_and_skips_nothing(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    refused = ann.post(step(1))

    assert refused.status_code == 422
    assert words(refused).count("Choose a number from 0 to 10, or skip this question") == 2
    assert draft_of(planned).answers == {}


@pytest.mark.parametrize("form", ["full", "short"])
def test_an_empty_check_in_is_refused_in_words(ann: Client, planned: World, form: str) -> None:
    ann.post(START, {"form": form})
    fields = ready_to_send(ann)
    refused = ann.post(SEND, fields | {"note": "  "})

    assert refused.status_code == 422
    assert "Choose a number for at least one question, or write a note." in words(refused)
    assert stored(planned) == []
    assert ann.post(SEND, fields | {"contact_wish": "contact_me"}).status_code == 302
    assert [row.contact_wish for row in stored(planned)] == [ContactWish.CONTACT_ME]


# --- What goes with the answers -------------------------------------------------------------------------------------

WRITTEN = {
    "note": "Only for me",
    "keep_private": "on",
    "contact_wish": "contact_me",
    "event_title": "Moved house",
    "event_on": "",
}


def check_is_shown(page: str) -> None:
    """Look for everything of WRITTEN on the last page."""
    assert ">Only for me</textarea>" in page
    assert re.search(r'name="keep_private" value="on"\s+checked', page)
    assert re.search(r'name="contact_wish" value="contact_me"\s+checked', page)
    assert 'value="Moved house"' in page and '<details class="pin" open>' in page


def test_change_beside_an_answer_keeps_what_was_written_without_scripts(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    leads_to = ann.post(reverse("save_words"), ready_to_send(ann) | WRITTEN | {"change": "2"}).headers["Location"]
    changed = ann.post(leads_to, {"mood": "9"})

    assert leads_to == f"{step(2)}?change=1"
    assert f'action="{step(2)}?change=1"' in ann.get(leads_to).content.decode()
    assert changed.headers["Location"] == SEND
    check_is_shown(ann.get(SEND).content.decode())
    assert stored(planned) == []


def test_what_is_written_is_kept_while_it_is_written_and_gone_once_it_is_sent(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    saved = ann.post(reverse("save_words"), ready_to_send(ann) | WRITTEN, headers={"HX-Request": "true"})
    assert "Saved" in words(saved) and "<html" not in words(saved)
    check_is_shown(ann.get(SEND).content.decode())
    ann.post(SEND, ready_to_send(ann) | WRITTEN | {"event_title": ""})

    [row] = stored(planned)
    assert (row.note, row.note_is_shared, row.contact_wish) == ("Only for me", False, ContactWish.CONTACT_ME)
    with clinic_context(clinic_id=planned.clinic.pk):
        assert not CheckInDraft.objects.exists()
    late = ann.post(reverse("save_words"), ready_to_send(ann) | WRITTEN, headers={"HX-Request": "true"})
    assert late.status_code == 204


def test_an_event_without_its_day_shows_the_page_again_with_everything_in_it(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    refused = ann.post(SEND, ready_to_send(ann) | WRITTEN)

    assert refused.status_code == 422
    assert 'href="#event_on"' in words(refused) and 'id="event_on-error"' in words(refused)
    check_is_shown(refused.content.decode())
    check_is_shown(ann.get(SEND).content.decode())


def test_a_refused_bad_day_keeps_its_numbers(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "short"})
    refused = ann.post(SEND, ready_to_send(ann) | WRITTEN | {"sleep": "2", "mood": "1"})

    assert re.search(r'name="sleep" value="2"\s+checked', refused.content.decode())
    assert draft_of(planned).answers.items() >= {"sleep": 2, "mood": 1}.items()
    check_is_shown(ann.get(SEND).content.decode())


def test_a_note_that_is_too_long_is_counted_in_words_and_never_cut(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    keep = reverse("save_words")
    near = ann.post(keep, ready_to_send(ann) | {"note": "x" * 1900}, headers={"HX-Request": "true"})
    over = ann.post(keep, ready_to_send(ann) | {"note": "y" * 8000}, headers={"HX-Request": "true"})
    sent = ann.post(SEND, ready_to_send(ann) | {"note": "y" * 8000})

    assert "1900 of 2000 characters used." in words(near)
    assert (over.status_code, sent.status_code) == (422, 422)
    assert all("You can write up to 2,000 characters; 8,000 are too many." in words(page) for page in (over, sent))
    assert "y" * 8000 in words(sent)
    assert draft_of(planned).answers["words"]["note"] == "x" * 1900
    assert "maxlength" not in re.findall(r"<textarea[^>]*>", words(sent))[0]


def test_nothing_of_the_last_page_is_chosen_beforehand(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    page = words(ann.get(SEND))
    ann.post(SEND, ready_to_send(ann))

    assert " checked" not in page
    assert page.index("Please contact me") < page.index("Is this right?")
    assert [(row.contact_wish, row.note_is_shared) for row in stored(planned)] == [(ContactWish.JUST_RECORD, True)]


def test_help_inside_the_form_leads_back_to_the_same_page(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    for url in (step(3), SEND):
        found = re.search(r'class="help" href="([^"]+)"', ann.get(url).content.decode())
        assert found is not None
        help_page = ann.get(unescape(found[1]))
        assert f'class="back" href="{url}"' in help_page.content.decode()
        assert "Thank you for telling us." not in words(help_page)


def test_back_shows_what_was_answered_and_a_change_counts(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    assert f'href="{step(1)}"' in ann.get(step(2)).content.decode()
    assert re.search(r'value="3"\s+checked', ann.get(step(1)).content.decode())
    ann.post(step(1), {"sleep": "9"})
    ann.post(SEND, ready_to_send(ann))

    assert stored(planned)[0].sleep == 9


def test_a_stopped_form_goes_on_at_the_same_question(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    ann.post(step(1), {"sleep": "3"})
    ann.post(step(2), {"mood": "4"})

    other_device = Client()
    other_device.force_login(planned.ann)
    assert "Continue" in words(other_device.get(HOME))
    assert other_device.post(START, {"form": "full"}).headers["Location"] == step(3)
    assert draft_of(planned).answers == {"sleep": 3, "mood": 4}


def test_a_tapped_answer_is_kept_before_next_is_pressed(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    saved = ann.post(reverse("autosave", args=[1]), {"sleep": "8"}, headers={"HX-Request": "true"})

    assert saved.status_code == 200
    assert "Saved" in words(saved)
    assert draft_of(planned).answers == {"sleep": 8}


def test_progress_has_one_piece_for_each_page_of_the_form(ann_with_phq9: Client) -> None:
    ann_with_phq9.post(START, {"form": "full"})
    pieces = [re.findall(r'<i( class="reached")?></i>', words(ann_with_phq9.get(step(number)))) for number in (1, 6)]
    last = re.findall(r'<i( class="reached")?></i>', words(ann_with_phq9.get(SEND)))

    assert [(len(found), len([one for one in found if one])) for found in (*pieces, last)] == [(7, 1), (7, 6), (7, 7)]


def test_last_weeks_number_appears_only_after_answering(ann: Client, planned: World) -> None:
    with clinic_context(clinic_id=planned.clinic.pk):
        factories.make_check_in(planned.episode, by=planned.ann, at=timezone.now() - factories.WEEK, sleep=1)
    ann.post(START, {"form": "full"})

    assert "Last time you chose" not in words(ann.get(step(1)))
    assert "Last time you chose 1" in words(ann.post(reverse("autosave", args=[1]), {"sleep": "8"}))


# --- Twice, late and at once ----------------------------------------------------------------------------------------


def test_a_double_post_gives_one_row_and_the_same_receipt(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    first, second = ann.post(SEND, fields), ann.post(SEND, fields)

    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert len(stored(planned)) == 1


# --- A form that is open in two windows ------------------------------------------------------------------------------


def fields_on(browser: Client, url: str) -> dict[str, str]:
    """Return the hidden fields of a page."""
    found = FIELD.findall(browser.get(url).content.decode())
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_what_was_answered_elsewhere_after_the_last_page_was_opened_is_sent(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    last_page = ready_to_send(ann)
    elsewhere = fields_on(ann, step(1))
    ann.post(step(1), elsewhere | {"sleep": "9"})

    ann.post(SEND, last_page | {"note": "A long week."})

    [row] = stored(planned)
    assert (row.sleep, row.mood, row.note) == (9, 4, "A long week.")


def test_an_untouched_window_takes_no_answer_back(ann_with_phq9: Client, with_phq9: World) -> None:
    ann_with_phq9.post(START, {"form": "full"})
    here, there = fields_on(ann_with_phq9, step(6)), fields_on(ann_with_phq9, step(6))
    ann_with_phq9.post(step(6), here | {"PHQ-9_1": "2"})

    ann_with_phq9.post(step(6), there | {"PHQ-9_2": "1"})

    kept = draft_of(with_phq9).answers["PHQ-9"]
    assert (kept["1"], kept["2"], kept["3"]) == (2, 1, None)


def test_a_tap_that_waited_for_a_line_says_that_a_later_one_counts(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    fields, tapped = fields_on(ann, step(1)), timezone.now().timestamp()
    ann.post(step(1), fields | {"sleep": "8"})

    headers = {"HX-Request": "true", "X-Answered-At": f'{{"sleep": {tapped}}}'}
    waited = ann.post(reverse("autosave", args=[1]), fields | {"sleep": "2"}, headers=headers)

    assert draft_of(planned).answers == {"sleep": 8}
    assert "The later answer counts." in words(waited)
    assert '<use href="#i-check"/>' not in words(waited)


def test_words_that_waited_for_a_line_say_that_later_ones_count(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields, written = ready_to_send(ann), timezone.now().timestamp()
    ann.post(reverse("save_words"), fields | {"note": "The later one."})

    headers = {"HX-Request": "true", "X-Answered-At": f'{{"note": {written}}}'}
    waited = ann.post(reverse("save_words"), fields | {"note": "The earlier one."}, headers=headers)

    assert draft_of(planned).answers["words"]["note"] == "The later one."
    assert "The later answer counts." in words(waited)


def test_a_note_that_was_emptied_elsewhere_is_not_sent(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    ann.post(reverse("save_words"), ready_to_send(ann) | {"note": "Not this."})
    here = ready_to_send(ann) | {"note": "Not this."}
    ann.post(reverse("save_words"), ready_to_send(ann) | {"note": ""})

    ann.post(SEND, here)

    assert stored(planned)[0].note == ""


def test_a_correction_that_touches_no_word_keeps_the_note(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    ann.post(SEND, ready_to_send(ann) | {"note": "A long week."})
    ann.post(START, {"form": "change"})
    ann.post(step(1), fields_on(ann, step(1)) | {"sleep": "8"})

    ann.post(SEND, ready_to_send(ann) | {"note": "A long week."})

    newest = stored(planned)[-1]
    assert (newest.sleep, newest.note) == (8, "A long week.")


@pytest.mark.parametrize("shown", ["", "[]", "nonsense", '{"sleep": 3}', "[" * 5000])
def test_a_page_that_tells_nonsense_about_itself_is_read_all_the_same(ann: Client, planned: World, shown: str) -> None:
    answer_ratings(ann)

    ann.post(SEND, ready_to_send(ann) | {"shown": shown, "sleep": "9"})

    assert stored(planned)[0].sleep == 9


def test_a_tap_after_the_form_was_sent_elsewhere_says_so_and_leads_to_changing_it(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    here = fields_on(ann, step(1))
    ann.post(SEND, ready_to_send(ann))

    tapped = ann.post(reverse("autosave", args=[1]), here | {"sleep": "9"}, headers={"HX-Request": "true"})
    answered = ann.post(step(1), here | {"sleep": "9"})
    home = words(ann.get(HOME))

    assert tapped.headers["HX-Redirect"] == answered.headers["Location"] == HOME
    assert "This answer was not saved." in home and "Change an answer" in home
    assert stored(planned)[0].sleep == 3


def test_a_tap_that_send_of_its_own_page_overtook_leads_nowhere(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    here = fields_on(ann, step(1))
    ann.post(SEND, ready_to_send(ann))

    tapped = ann.post(reverse("autosave", args=[1]), here | {"sleep": "3"}, headers={"HX-Request": "true"})

    assert (tapped.status_code, tapped.headers.get("HX-Redirect")) == (204, None)


def test_a_risk_answer_after_the_form_was_sent_elsewhere_alerts_all_the_same(
    ann_with_phq9: Client, with_phq9: World
) -> None:
    answer_ratings(ann_with_phq9)
    here = fields_on(ann_with_phq9, step(6))
    ann_with_phq9.post(SEND, ready_to_send(ann_with_phq9))

    tapped = ann_with_phq9.post(reverse("autosave", args=[6]), here | {"PHQ-9_9": "2"}, headers={"HX-Request": "true"})

    assert tapped.headers["HX-Redirect"].startswith("/help/")
    assert alert_kinds(with_phq9) == [AlertKind.RISK_ANSWER]


def test_after_sending_the_back_button_leads_nowhere_else(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    ann.post(SEND, fields)

    assert ann.get(SEND).headers["Location"] == HOME
    assert ann.get(step(1)).status_code == 404
    assert ann.post(step(1), {"sleep": "9"}).status_code == 404
    assert ann.post(START, {"form": "full"}).headers["Location"] == HOME
    assert stored(planned)[0].sleep == 3


def test_two_tabs_make_one_form_and_one_row(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    ann.post(START, {"form": "full"})
    ann.post(step(1), {"sleep": "8"})
    first_tab, second_tab = ready_to_send(ann), ready_to_send(ann)
    assert first_tab["client_key"] == second_tab["client_key"]
    ann.post(SEND, first_tab)
    ann.post(SEND, second_tab)

    assert [row.sleep for row in stored(planned)] == [8]


def test_the_same_key_with_other_answers_shows_both_versions(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    ann.post(SEND, fields)
    conflict = ann.post(SEND, fields | {"sleep": "10"})

    assert conflict.status_code == 409
    assert re.search(r"<td>3</td>\s*<td>10</td>", conflict.content.decode())
    assert [row.sleep for row in stored(planned)] == [3]


def test_two_versions_lead_to_changing_an_answer(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    ann.post(SEND, fields)
    conflict = words(ann.post(SEND, fields | {"sleep": "10"}))

    assert "change your" in conflict and "Change an answer" in conflict
    assert re.search(r'<form[^>]*action="/checkin/">.*?name="form" value="change"', conflict, re.DOTALL)
    assert ann.post(START, {"form": "change"}).headers["Location"].startswith("/checkin/")


def test_two_versions_of_a_week_that_is_over_name_the_team(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    ann.post(SEND, fields)
    with clinic_context(clinic_id=planned.clinic.pk):
        slot = CheckInSlot.objects.get(pk=fields["slot"])
        now = timezone.now()
        CheckInSlot.objects.create(
            episode=planned.episode,
            week_of=slot.week_of + factories.WEEK,
            due_on=slot.due_on + factories.WEEK,
            opens_at=now - timedelta(minutes=1),
            closes_at=now + factories.WEEK,
            clinic=planned.clinic,
        )
    conflict = words(ann.post(SEND, fields | {"sleep": "10"}))

    assert "tell your team" in conflict and "Change an answer" not in conflict


def test_another_key_for_an_answered_week_stores_nothing(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    ann.post(SEND, fields)
    again = ann.post(SEND, fields | {"client_key": str(uuid4()), "sleep": "10"}, follow=True)

    assert again.redirect_chain == [(HOME, 302)]
    assert "already with your team" in words(again)
    assert [row.sleep for row in stored(planned)] == [3]


def test_taken_back_consent_stops_the_form_in_words(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    with clinic_context(clinic_id=planned.clinic.pk):
        consent.decide(
            patient=planned.episode.patient,
            purpose=ConsentPurpose.CHECK_INS,
            is_given=False,
            by=planned.ann,
            at=timezone.now(),
        )
    refused = ann.post(SEND, fields, follow=True)

    assert "Nothing was saved" in words(refused)
    assert "Check-ins</span> are off" in words(refused)
    assert stored(planned) == []


# --- What cannot be read --------------------------------------------------------------------------------------------

NOT_ANSWERS = ["11", "-1", "3.5", "3,5", "1e1", "1_0", "٣", "three", "0x3", " 3", "3 ", "9" * 400, "<b>3</b>", "NaN"]


@pytest.mark.parametrize("value", NOT_ANSWERS)
def test_what_is_no_answer_is_refused_in_words_and_keeps_what_was_there(
    ann: Client, planned: World, value: str
) -> None:
    ann.post(START, {"form": "full"})
    ann.post(step(1), {"sleep": "3"})
    refused = ann.post(step(1), {"sleep": value})

    assert refused.status_code == 422
    assert "Choose one answer, or skip this question" in words(refused)
    assert "<b>3</b>" not in refused.content.decode()
    assert draft_of(planned).answers == {"sleep": 3}


def test_an_answer_given_twice_is_refused(ann: Client, planned: World) -> None:
    ann.post(START, {"form": "full"})
    refused = ann.post(step(1), {"sleep": ["3", "7"]})

    assert refused.status_code == 422
    assert "answered twice" in words(refused)
    assert draft_of(planned).answers == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"sleep": "11"},
        {"sleep": ["3", "4"]},
        {"client_key": ""},
        {"client_key": "not-a-key"},
        {"client_key": [str(UUID(int=1)), str(UUID(int=2))]},
        {"note": "x" * 10_000},
        {"contact_wish": "rescue_me"},
        {"note": "a\x00b"},
    ],
    ids=["out of range", "twice", "no key", "nonsense key", "two keys", "10 kB note", "unknown wish", "NUL"],
)
def test_a_send_that_cannot_be_read_stores_nothing_and_loses_nothing(
    ann: Client, planned: World, changed: dict[str, str]
) -> None:
    answer_ratings(ann)
    before = draft_of(planned).answers
    refused = ann.post(SEND, ready_to_send(ann) | changed)

    assert refused.status_code == 422
    assert "This was not sent" in words(refused)
    assert stored(planned) == []
    assert draft_of(planned).answers == before


def test_a_missing_answer_in_a_send_is_a_skipped_one(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    fields = ready_to_send(ann)
    del fields["pain"]
    ann.post(SEND, fields)

    assert stored(planned)[0].pain is None


@pytest.mark.parametrize("whose", ["foreign", "other patient", "nobody", "nonsense", "missing"])
def test_a_week_that_is_not_ones_own_does_not_exist(ann: Client, planned: World, whose: str) -> None:
    answer_ratings(ann)
    refused = ann.post(SEND, ready_to_send(ann) | {"slot": slot_of(planned, whose)})

    assert refused.status_code == 404
    assert stored(planned) == []


def slot_of(world: World, whose: str) -> str:
    """Return the id of a week that is not Ann's."""
    owners = {
        "foreign": (world.other_clinic, world.zoes_episode),
        "other patient": (world.clinic, world.bens_episode),
    }
    if whose not in owners:
        return {"nobody": str(UUID(int=7)), "nonsense": "' OR 1=1 --", "missing": ""}[whose]
    clinic, episode = owners[whose]
    now = timezone.now()
    with clinic_context(clinic_id=clinic.pk):
        factories.make_plan(episode, starts_on=(now - factories.WEEK * 2).date())
        return str(factories.open_week(episode, at=now).pk)


def test_pages_outside_the_form_do_not_exist(ann: Client) -> None:
    assert ann.get(step(1)).status_code == 404
    ann.post(START, {"form": "full"})

    assert [ann.get(step(number)).status_code for number in (0, 1, 5, 6, 99)] == [404, 200, 200, 404, 404]
    assert ann.get("/checkin/-1/").status_code == 404


# --- Notes ----------------------------------------------------------------------------------------------------------


def test_a_note_is_stored_as_written_and_shown_as_text(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    ann.post(SEND, ready_to_send(ann) | {"note": TRICKY, "contact_wish": "contact_me"})
    [row] = stored(planned)
    clinician = Client()
    clinician.force_login(planned.chris)
    with clinic_context(clinic_id=planned.clinic.pk):
        alert = Alert.objects.get(kind=AlertKind.CONTACT_WISH)
    pages = [
        clinician.get(reverse("alert_detail", args=[alert.pk])).content.decode(),
        clinician.get(reverse("trajectory", args=[planned.episode.pk])).content.decode(),
    ]

    assert row.note.replace("\r\n", "\n") == TRICKY
    assert any("😴" in page and "עייף היום" in page for page in pages)
    assert all("<script>alert(1)" not in page for page in pages)


def test_a_private_note_is_shown_to_nobody_on_the_team(ann: Client, planned: World) -> None:
    secret = "Only I should read this one"
    answer_ratings(ann)
    ann.post(SEND, ready_to_send(ann) | {"note": secret, "keep_private": "on", "contact_wish": "contact_me"})
    assert stored(planned)[0].note == secret
    with clinic_context(clinic_id=planned.clinic.pk):
        alert = Alert.objects.get()

    for person in (planned.chris, planned.cora):
        staff = Client()
        staff.force_login(person)
        for url in (
            reverse("caseload"),
            reverse("trajectory", args=[planned.episode.pk]),
            reverse("trajectory", args=[planned.episode.pk]) + "?view=table",
            reverse("alert_queue"),
            reverse("alert_detail", args=[alert.pk]),
        ):
            assert secret not in words(staff.get(url)), url


def test_the_patient_sees_who_has_read_it(ann: Client, planned: World) -> None:
    answer_ratings(ann)
    ann.post(SEND, ready_to_send(ann))
    assert "read it on" not in words(ann.get(HOME))
    clinician = Client()
    clinician.force_login(planned.chris)
    clinician.get(reverse("trajectory", args=[planned.episode.pk]))

    assert f"{planned.chris} read it on" in words(ann.get(HOME))


# --- Safety ---------------------------------------------------------------------------------------------------------


def phq9(item_9: str) -> dict[str, str]:
    return {f"PHQ-9_{number}": "1" for number in range(1, 9)} | {"PHQ-9_9": item_9}


def test_a_risk_answer_shows_help_before_anything_else(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)
    sent = ann_with_phq9.post(step(6), phq9("1"))
    help_page = ann_with_phq9.get(sent.headers["Location"])

    assert sent.headers["Location"].startswith(reverse("help_now"))
    assert "Thank you for telling us." in words(help_page)
    assert 'href="tel:999"' in help_page.content.decode()
    assert f'href="{SEND}"' in help_page.content.decode()
    assert alert_kinds(with_phq9) == [AlertKind.RISK_ANSWER]
    assert stored(with_phq9) == []


def test_a_risk_answer_that_is_only_tapped_shows_help_too(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)
    saved = ann_with_phq9.post(reverse("autosave", args=[6]), phq9("2"), headers={"HX-Request": "true"})

    assert saved.headers["HX-Redirect"].startswith(reverse("help_now"))
    assert alert_kinds(with_phq9) == [AlertKind.RISK_ANSWER]
    help_page = ann_with_phq9.get(saved.headers["HX-Redirect"])
    assert f'href="{step(6)}#id_PHQ-9_9"' in help_page.content.decode()


def test_the_item_that_leads_to_help_says_so_before_it(ann_with_phq9: Client) -> None:
    answer_ratings(ann_with_phq9)
    page = words(ann_with_phq9.get(step(6)))

    announced = page.index("If you answer anything but “Not at all”, we first show you whom you can call.")
    assert page.index('name="PHQ-9_8"') < announced < page.index('name="PHQ-9_9"')
    assert page.count("we first show you") == 1


def test_a_skipped_questionnaire_is_read_back_in_plain_words(ann_with_phq9: Client) -> None:
    answer_ratings(ann_with_phq9)
    assert ann_with_phq9.post(step(6)).status_code == 422
    ann_with_phq9.post(step(6), {"skip": "1"})
    page = words(ann_with_phq9.get(SEND))

    assert "Mood, last 2 weeks" in page and "Not answered" in page
    assert "PHQ-9</dt>" not in page


def test_the_next_tap_on_the_same_page_does_not_interrupt_again(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)
    first = ann_with_phq9.post(reverse("autosave", args=[6]), phq9("2"), headers={"HX-Request": "true"})
    ann_with_phq9.get(first.headers["HX-Redirect"])
    again = ann_with_phq9.post(
        reverse("autosave", args=[6]), phq9("2") | {"PHQ-9_1": "3"}, headers={"HX-Request": "true"}
    )

    assert "HX-Redirect" not in again.headers
    assert draft_of(with_phq9).answers["PHQ-9"]["1"] == 3


def test_no_risk_means_no_interruption(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)

    assert ann_with_phq9.post(step(6), phq9("0")).headers["Location"] == SEND
    assert alert_kinds(with_phq9) == []


def test_a_risk_answer_changed_to_zero_before_sending_keeps_its_alert(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)
    ann_with_phq9.post(step(6), phq9("3"))
    ann_with_phq9.post(step(6), phq9("0"))
    ann_with_phq9.post(SEND, ready_to_send(ann_with_phq9))

    assert alert_kinds(with_phq9) == [AlertKind.RISK_ANSWER]


def test_the_patient_never_reads_a_risk_label(ann_with_phq9: Client, with_phq9: World) -> None:
    answer_ratings(ann_with_phq9)
    ann_with_phq9.post(step(6), phq9("3"))
    ann_with_phq9.post(SEND, ready_to_send(ann_with_phq9))

    for url in (HOME, DONE, reverse("my_chart"), reverse("my_settings")):
        page = words(ann_with_phq9.get(url)).lower()
        assert not re.search(r"\b(risk|suicid\w*|urgent|alert\w*|severe|deteriorat\w*)\b", page), url


def test_help_is_there_for_everybody_and_leads_nowhere_else(client: Client, db: None) -> None:
    page = client.get(reverse("help_now"), {"next": "https://evil.example/"})

    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()
    assert "emergency number" in words(page)


# --- The database is away -------------------------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> Iterator[World]:
    """Ann with an open week, committed, so that it is there when the connection is."""
    with transaction.atomic():
        world = build_world()
        plan_week(world, instruments={})
    yield world
    connections.close_all()


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test cut the connection (`cut`) by sending it to a socket where no one listens."""
    with monkeypatch.context() as patch:
        yield patch


def cut(patch: pytest.MonkeyPatch) -> None:
    connection.close()
    patch.setitem(connection.settings_dict, "HOST", "/nobody-listens-here")


def mend(patch: pytest.MonkeyPatch) -> None:
    patch.undo()
    connection.close()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_when_the_database_is_away_nothing_is_lost(committed: World, outage: pytest.MonkeyPatch) -> None:
    ann = Client(raise_request_exception=False)
    ann.force_login(committed.ann)
    ann.get(HOME)
    answer_ratings(ann)
    fields = ready_to_send(ann) | {"note": TRICKY}

    cut(outage)
    failed = ann.post(SEND, fields)

    assert failed.status_code == 503
    assert failed.headers["Retry-After"]
    assert "no-store" in failed.headers["Cache-Control"]
    assert "Not saved. Your answers are still here." in words(failed)
    assert 'href="tel:999"' in failed.content.decode()
    assert "<script>alert(1)" not in failed.content.decode()
    typed = {name: unescape(value) for name, value in FIELD.findall(failed.content.decode())}
    assert fields.items() <= typed.items()
    assert f'action="{SEND}"' in failed.content.decode()

    mend(outage)
    again = ann.post(SEND, typed)

    assert again.headers["Location"] == DONE
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert CheckIn.objects.get().note == TRICKY


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("url", [HOME, "/help/", "/me/chart/", "/checkin/1/"])
def test_every_page_has_the_numbers_to_call_when_the_database_is_away(
    committed: World, outage: pytest.MonkeyPatch, url: str
) -> None:
    ann = Client(raise_request_exception=False)
    ann.force_login(committed.ann)
    ann.get(HOME)

    cut(outage)
    failed = ann.get(url)

    assert failed.status_code == 503
    assert 'href="tel:999"' in failed.content.decode()
    assert "Traceback" not in failed.content.decode()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_forged_cookie_brings_no_numbers(committed: World, outage: pytest.MonkeyPatch) -> None:
    stranger = Client(raise_request_exception=False)
    stranger.cookies["crisis"] = "W3sibGFiZWwiOiJ4IiwibnVtYmVyIjoiNjY2In1d:1abcde:forged"

    cut(outage)
    failed = stranger.get(HOME)

    assert failed.status_code == 503
    assert "666" not in words(failed)
    assert "local emergency number" in words(failed)


def test_the_order_of_the_questions_is_the_order_of_the_charts() -> None:
    assert (
        list(RATINGS)
        == [domain.value for domain in Domain]
        == [d.value for d in contents.domains_asked(is_short=False)]
    )


def test_what_was_answered_before_the_week_closed_is_sent_with_the_form_that_is_sent_after(
    ann_with_phq9: Client, with_phq9: World
) -> None:
    """The page to send was opened before the end of the week, or after it: nothing of the draft is dropped."""
    client, world = ann_with_phq9, with_phq9
    client.post(START, {"form": "full"})
    for number, (name, value) in enumerate(RATINGS.items(), start=1):
        client.post(step(number), {name: value})
    client.post(step(6), {f"PHQ-9_{item}": str(value) for item, value in factories.phq9(others=2).items()})
    with clinic_context(clinic_id=world.clinic.pk):
        asked = contents.asked_by(CheckInDraft.objects.get())
        # An hour ago the week ran out, and the care team dropped the questionnaire from the plan.
        CheckInSlot.objects.update(closes_at=timezone.now() - timedelta(hours=1))
        MonitoringPlan.objects.update(instruments={})

    page = client.get(SEND).content.decode()
    client.post(SEND, {name: unescape(value) for name, value in FIELD.findall(page)})

    [sent] = stored(world)
    assert sent.answers["PHQ-9"] == factories.phq9(others=2) | {"difficulty": None}
    assert asked is not None
    assert (sent.is_late, sent.about_on) == (True, asked.on)
    with clinic_context(clinic_id=world.clinic.pk):
        [score] = sent.scores.all()
        assert (score.value, score.about_on) == (16, sent.about_on)


def test_the_team_sees_how_far_an_unsent_form_got(ann_with_phq9: Client, with_phq9: World) -> None:
    ann_with_phq9.post(START, {"form": "full"})
    ann_with_phq9.post(step(1), {"sleep": "3"})
    chris = Client()
    chris.force_login(with_phq9.chris)

    page = " ".join(chris.get(reverse("trajectory", args=[with_phq9.episode.pk])).content.decode().split())

    assert "on page 2 of 7" in page
