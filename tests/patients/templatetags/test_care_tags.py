"""The warnings that stand beside what is being tried, in the clinic's own words."""

from types import SimpleNamespace

from django.template import Context, Template

from patients.care import interactions
from patients.care.interactions import Pair
from tests.conftest import World
from tests.factories import NOW

PAGE = Template("{% load care_tags %}{% interaction_warnings running %}")
PAIR = Pair(first="Sertraline", second="St John's wort", note="Ask about <agitation>.", source="Pharmacist, 2026")


def warned(*names: str) -> str:
    return PAGE.render(Context({"running": [SimpleNamespace(name=name) for name in names]}))


def test_without_a_pair_nothing_is_written(north: World) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)

    assert warned("Sertraline", "Lithium").strip() == ""


def test_a_pair_is_named_with_the_clinics_note_and_its_source(north: World) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)

    page = warned("Sertraline 50 mg", "St John's wort tea")

    assert "are both active" in page
    assert "Sertraline" in page and "source: Pharmacist, 2026" in page


def test_words_of_the_clinic_stay_text(north: World) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)

    page = warned("Sertraline", "St John's wort")

    assert "Ask about &lt;agitation&gt;." in page
    assert "<agitation>" not in page
