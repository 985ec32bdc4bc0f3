"""What the last page of a form shows of a note that somebody else must not read."""

import json

from django.http import QueryDict

from monitoring.check_ins import drafts, open_forms
from monitoring.check_ins.contents import WORDS
from monitoring.check_ins.open_forms import OpenForm
from monitoring.views import form_pages, windows
from tests import factories
from tests.conftest import World
from tests.factories import NOW


def written(planned: World, *, keep_private: str) -> OpenForm:
    factories.open_week(planned.episode)
    opened = open_forms.begin(episode=planned.episode, is_short=False, at=NOW)
    words = {WORDS: {"note": "For me alone.", "keep_private": keep_private}}
    drafts.save_answers(draft=opened.draft, answers=words, episode=planned.episode, by=planned.ann, at=NOW)
    return opened


def test_a_hidden_note_is_neither_shown_nor_told_to_the_page(planned: World) -> None:
    page = form_pages.send_page(written(planned, keep_private="on"), shows_last=False, hides_note=True)

    assert page["words"]["note"] == ""
    assert json.loads(page[windows.SHOWN])["note"] == ""


def test_who_wrote_a_note_sees_it(planned: World) -> None:
    page = form_pages.send_page(written(planned, keep_private="on"), shows_last=False)

    assert page["words"]["note"] == json.loads(page[windows.SHOWN])["note"] == "For me alone."


def test_a_form_asks_for_what_its_post_names(planned: World) -> None:
    slot = factories.open_week(planned.episode)

    short = form_pages.whole_form(QueryDict("is_short=on"), slot, None)
    whole = form_pages.whole_form(QueryDict(""), slot, None)

    assert "pain" not in short.fields and "pain" in whole.fields
