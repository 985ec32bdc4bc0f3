"""The pages of a check-in: one for each thing that is asked, where each leads, and what was answered read back."""

from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from monitoring.check_ins import pages
from monitoring.check_ins.contents import SHORT_FORM, FormContent
from monitoring.check_ins.pages import FormPage, pages_of
from monitoring.engine import CHECKLISTS, INSTRUMENTS, Domain
from tests import factories

WHOLE = FormContent(
    domains=tuple(Domain),
    checklist=CHECKLISTS["side-effects"],
    instruments=(INSTRUMENTS["PHQ-9"], INSTRUMENTS["GAD-7"]),
)
SEND, HOME = reverse("send_check_in"), reverse("home")


def step(number: int) -> str:
    return reverse("check_in_step", args=[number])


def whole(number: int, *, is_change: bool = False) -> FormPage:
    return pages_of(WHOLE, is_change=is_change)[number - 1]


def test_there_is_a_page_for_each_thing_in_the_order_of_every_form() -> None:
    keys = [page.key for page in pages_of(WHOLE)]

    assert keys == ["sleep", "mood", "energy", "pain", "function", "medicines", "PHQ-9", "GAD-7"]
    assert [page.number for page in pages_of(WHOLE)] == list(range(1, 9))
    assert {page.total for page in pages_of(WHOLE)} == {pages.page_count(WHOLE)} == {9}


@pytest.mark.parametrize(("number", "back", "onward"), [(1, HOME, step(2)), (4, step(3), step(5)), (8, step(7), SEND)])
def test_a_page_leads_to_its_neighbours_and_the_last_one_to_sending(number: int, back: str, onward: str) -> None:
    page = whole(number)

    assert (page.back_url, page.next_url) == (back, onward)


def test_a_page_that_is_changed_leads_back_to_sending_and_says_so_in_its_address() -> None:
    changed = whole(3, is_change=True)
    detour = replace(whole(3), is_detour=True)

    assert (changed.back_url, changed.next_url, changed.url) == (SEND, SEND, step(3))
    assert (detour.back_url, detour.next_url, detour.url) == (SEND, SEND, f"{step(3)}?change=1")
    assert detour.autosave_url.endswith("?change=1")


def test_who_was_led_away_comes_back_to_the_item_that_leads_to_help() -> None:
    assert whole(7).return_url.startswith(f"{step(7)}#id_")
    assert whole(1).return_url == step(1)


@pytest.mark.parametrize(
    ("answers", "skipped"),
    [
        ({}, False),
        ({"sleep": None}, True),
        ({"sleep": 0}, False),
        ({"sleep": 7}, False),
    ],
)
def test_a_page_left_without_an_answer_is_told_from_one_never_seen(answers: dict[str, int], skipped: bool) -> None:
    assert pages.was_skipped(whole(1), answers) is skipped


@pytest.mark.parametrize(("given", "skipped"), [({"1": None, "9": None}, True), ({"1": None, "9": 0}, False)])
def test_a_questionnaire_with_one_answer_was_not_skipped(given: dict[str, int | None], skipped: bool) -> None:
    assert pages.was_skipped(whole(7), {"PHQ-9": given}) is skipped


@pytest.mark.parametrize(("count", "minutes"), [(1, 1), (4, 1), (6, 2), (9, 3), (15, 5)])
def test_minutes_are_whole_and_at_least_one(count: int, minutes: int) -> None:
    assert pages.minutes_for(count) == minutes


def test_a_rating_is_read_back_with_its_words_and_zero_is_an_answer() -> None:
    sleep = whole(1).ask

    zero, skipped = sleep.read_back({"sleep": 0}), sleep.read_back({"sleep": None})

    assert (zero.number, bool(str(zero.words))) == (0, True)
    assert (skipped.number, skipped.words) == (None, "Skipped")


def test_a_questionnaire_is_read_back_by_how_much_of_it_was_answered() -> None:
    ask = whole(7).ask
    given = factories.phq9(item_9=None)

    assert ask.read_back({"PHQ-9": given}).words == "8 of 10 answered"
    assert ask.read_back({"PHQ-9": dict.fromkeys(given)}).words == "Not answered"
    assert ask.read_back({}).words == "Not answered"


def test_symptoms_are_read_back_with_how_bad_they_were_and_none_is_an_answer() -> None:
    ask = whole(6).ask

    assert ask.read_back({}).words == "Skipped"
    assert ask.read_back({"medicines": {"checklist": "side-effects"}}).words == "None of these"
    ticked = {"checklist": "side-effects", "has_nausea": "on", "severity_nausea": "2", "other_symptom": "Hair"}
    assert ask.read_back({"medicines": ticked}).words == "Feeling sick: Moderate; Hair"


def test_what_is_kept_comes_back_as_the_fields_of_its_page() -> None:
    assert whole(1).ask.fields({"sleep": 0}) == {"sleep": "0"}
    assert whole(1).ask.fields({}) == {"sleep": ""}
    fields = whole(7).ask.fields({"PHQ-9": factories.phq9(item_9=2)})
    assert (fields["PHQ-9_9"], fields["PHQ-9_1"]) == ("2", "1")


def test_a_week_that_is_over_is_asked_about_by_its_day() -> None:
    [page, *_] = pages_of(FormContent(domains=SHORT_FORM), until=date(2026, 11, 15))
    [present, *_] = pages_of(FormContent(domains=SHORT_FORM))

    late, usual = (str(one.ask.page(one.ask.form(None, {}))["question"].title) for one in (page, present))
    assert late != usual
    assert "15 November" in late
