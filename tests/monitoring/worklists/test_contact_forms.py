"""What the browser may send about a try to reach somebody."""

from monitoring.models.care import ContactOutcome
from monitoring.worklists.contact_forms import NOTE_LIMIT, ContactForm


def test_what_came_of_it_has_to_be_chosen() -> None:
    form = ContactForm({"note": "Rang."})

    assert form.errors == {"result": ["Choose what came of it"]}


def test_an_unknown_result_and_a_long_note_are_refused() -> None:
    form = ContactForm({"result": "vanished", "note": "x" * (NOTE_LIMIT + 1)})

    assert set(form.errors) == {"result", "note"}


def test_a_result_is_an_outcome() -> None:
    form = ContactForm({"result": "spoken"})

    assert form.is_valid() and form.outcome is ContactOutcome.SPOKEN
