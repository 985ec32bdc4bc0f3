"""What the browser may send of a paper."""

from datetime import timedelta
from uuid import uuid4

import pytest

from monitoring.check_ins.paper.paper_forms import FIVE, PaperForm, PaperStartForm
from monitoring.engine.records import Domain
from tests.factories import NOW

TODAY = NOW.date()


def start(on: object, *, parts: tuple[str, ...] = (FIVE,), has_agreed: bool = True) -> PaperStartForm:
    data = {"on": str(on), "parts": list(parts), "language": "en"}
    return PaperStartForm(data, today=TODAY, started_on=TODAY - timedelta(days=10), has_agreed=has_agreed)


@pytest.mark.parametrize("days", [-1, 11])
def test_a_day_to_come_and_one_before_care_are_refused(days: int) -> None:
    assert "on" in start(TODAY - timedelta(days=days)).errors


@pytest.mark.parametrize("days", [0, 10])
def test_today_and_the_first_day_of_care_are_taken(days: int) -> None:
    assert start(TODAY - timedelta(days=days)).is_valid()


def test_something_has_to_be_on_the_paper_and_somebody_has_to_agree() -> None:
    assert "parts" in start(TODAY, parts=()).errors
    assert "agrees" in start(TODAY, has_agreed=False).errors


def test_what_stands_on_the_paper_is_what_is_read_back() -> None:
    data = {"client_key": str(uuid4()), "sleep": "3", "PHQ-9_9": "1"}
    form = PaperForm(data, parts=[FIVE, "PHQ-9"], language="en")

    assert form.is_valid()
    said = form.answers()
    assert (said.ratings[Domain.SLEEP], said.ratings[Domain.MOOD], said.items["PHQ-9"]["9"]) == (3, None, 1)
    rows = dict(form.rows())
    assert rows["Sleep"] == "3" and rows["Mood"] == "not answered"
    assert next(words for label, words in rows.items() if label.startswith("PHQ-9 9.")) == "1: Several days"


def test_a_number_that_is_not_on_the_form_is_refused() -> None:
    data = {"client_key": str(uuid4()), "sleep": "11", "PHQ-9_9": "4"}

    assert set(PaperForm(data, parts=[FIVE, "PHQ-9"], language="en").errors) == {"sleep", "PHQ-9_9"}


def test_a_paper_is_typed_in_its_own_language() -> None:
    form = PaperForm(None, parts=["PHQ-9"], language="de")

    assert "Wenig Interesse" in str(form.fields["PHQ-9_1"].label)
