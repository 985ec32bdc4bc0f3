"""What the pages of a check-in show, whoever fills it in: the patient, or somebody of the team who reads it out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from monitoring.check_ins import contents, weeks
from monitoring.check_ins.contents import WORD_FIELDS
from monitoring.check_ins.forms import NOTE_LIMIT, NOTE_NEAR_LIMIT, CheckInForm, PageForm, note_length
from monitoring.check_ins.open_forms import OpenForm
from monitoring.check_ins.pages import FormPage, was_skipped
from monitoring.plans import medicines, own_items
from monitoring.views import windows

# Where the last page shows what is wrong: field -> place.
PLACES = {"note": "note", "contact_wish": "contact_wish", "event_title": "event_title", "event_on": "event_on"}


def problems_of(errors: Mapping[str, Iterable[Any]]) -> list[tuple[str, str]]:
    """Return where the last page shows what is wrong, and what."""
    return [(PLACES.get(name, f"id_{name}"), next(iter(messages_of))) for name, messages_of in errors.items()]


def words_page(opened: OpenForm, words: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the last page shows of note, wish and event."""
    length = note_length(words.get("note", ""))
    problems = {name: next(iter(errors[name])) for name in PLACES if name in errors}
    counted = {"length": length, "limit": NOTE_LIMIT} if NOTE_NEAR_LIMIT <= length <= NOTE_LIMIT else None
    return {
        "draft": opened.draft,
        "door": opened.door,
        "words": words,
        "word_errors": problems,
        "counted": counted,
    }


def shown_words(opened: OpenForm) -> dict[str, str]:
    """Return the words as the last page shows them; today stands at the event by itself."""
    return dict.fromkeys(WORD_FIELDS, "") | {"event_on": opened.today.isoformat()} | opened.words


def send_template(opened: OpenForm) -> str:
    """Return the last page of a form: on a bad day it is the only one."""
    return "monitoring/patient/check_in_short.html" if opened.is_short else "monitoring/patient/check_in_send.html"


def whole_form(posted: QueryDict, slot: Any, draft: Any) -> CheckInForm:
    """Return the whole check-in as it was sent. What the post does not name was not on the form."""
    is_short = posted.get("is_short") == "on"
    return CheckInForm(
        posted,
        domains=contents.domains_asked(is_short=is_short),
        instruments=contents.instruments_answered(slot, draft, is_short=is_short),
        medicines=[row.pk for row in medicines.of_episode(slot.episode)],
        own_items=own_items.ids_of_episode(slot.episode),
    )


def step_page(opened: OpenForm, step: FormPage, form: PageForm, *, shows_last: bool) -> dict[str, Any]:
    """Return what a question page shows.

    Args:
        opened: the form.
        step: the page.
        form: with what was answered on it.
        shows_last: whether the answer before this one may be shown beside it.
    """
    page = step.ask.page(form)
    if page.get("value") is not None and shows_last:
        page["last_value"] = weeks.last_answer(opened.slot, step.key)
    return {
        "step": step,
        "form": form,
        "draft": opened.draft,
        "read_id": f"read-{step.number}" if opened.is_short else "read",
        "was_skipped": not form.is_bound and was_skipped(step, opened.answers),
        windows.SHOWN: json.dumps(step.ask.fields(opened.answers)),
        **about(opened),
        **page,
    }


def about(opened: OpenForm) -> dict[str, Any]:
    """Return by which door a form is filled in, and its week where it is not the present one: late, or changed."""
    return {
        "door": opened.door,
        "late_until": opened.late_until,
        "week_of": opened.slot.week_of,
        "original": opened.original,
    }


def send_page(
    opened: OpenForm, *, typed: QueryDict | None = None, shows_last: bool, hides_note: bool = False
) -> dict[str, Any]:
    """Return what the last page shows: the answers to read back, or on a bad day the questions, as typed or as kept.

    Args:
        opened: the form.
        typed: what was typed on a bad day and could not be sent.
        shows_last: whether the answers before these may be shown beside them.
        hides_note: whether its note is for the patient alone, and somebody else looks.
    """
    without_note = {"note": "", "keep_private": ""} if hides_note else {}
    page = {
        "draft": opened.draft,
        "total": len(opened.pages) + 1,
        "today": opened.today,
        **words_page(opened, opened.words | without_note, {}),
        **about(opened),
    }
    words = shown_words(opened) | without_note
    if opened.is_short:
        fields = {name: value for step in opened.pages for name, value in step.ask.fields(opened.answers).items()}
        page[windows.SHOWN] = json.dumps(fields | words)
        forms = [(step, step.ask.form(typed, opened.answers)) for step in opened.pages]
        questions = [step_page(opened, step, form, shows_last=shows_last) for step, form in forms]
        return page | {"questions": questions, "back_url": opened.door.leave}
    hidden = hidden_answers(opened.pages, opened.answers)
    return page | {
        "rows": [(step, step.ask.read_back(opened.answers)) for step in opened.pages],
        "hidden": hidden.items(),
        windows.SHOWN: json.dumps(hidden | words),
        "back_url": opened.door.page(len(opened.pages)),
    }


def hidden_answers(steps: Sequence[FormPage], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return every answer as a field: the post stands by itself. A page that was never reached was not asked."""
    reached = [step.ask.fields(answers) for step in steps if step.key in answers]
    return {name: value for fields in reached for name, value in fields.items()}
