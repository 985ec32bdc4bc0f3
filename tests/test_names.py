"""Beside every name of a patient that staff read stands what tells two people of one name apart.

The pages are taken from the resolver: a new page joins by itself.
"""

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from patients.access.permissions import RULES, rule_of
from patients.models import Patient
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.furnished import Furnished, furnish, routes
from tests.monitoring.reviews.furnished_page import text_of

BORN, NUMBER = date(1980, 3, 3), "N-4711"
# Letters between a name and what stands beside it, on either side.
BESIDE = 110
# Tags without an end.
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNSEEN = {"script", "style", "title", "svg", "option"}
LOOKERS = {"clinician": "clinician", "coordinator": "coordinator", "clinic_admin": "admin"}
# Pages that must be among those that name Ann, or the walk has lost its way.
KNOWN = {
    "trajectory", "summary", "check_in_answers", "caseload", "alert_queue", "alert_detail", "care_team", "shared_plan",
    "read_safety_plan", "episode_context", "start_intervention", "stop_intervention", "change_intervention", "expect",
    "record_session", "add_life_event", "pause_episode", "episode_item", "patient_account", "people", "data_requests",
    "answer_request",
}  # fmt: skip


# What the stylesheets leave out on paper; a crumb that says whose page it is stays.
OFF_PAPER = {"no-print", "sidebar", "filter", "find", "pager", "crumb"}
WHOSE = "whose"


class Seen(HTMLParser):
    """The words of a page that are seen, without those for a screen reader alone, which repeat what stands beside."""

    def __init__(self, *, on_paper: bool = False) -> None:
        super().__init__()
        self.left_out = {"visually-hidden"} | (OFF_PAPER if on_paper else set())
        self.hidden: list[bool] = [False]
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY:
            classes = set((dict(attrs).get("class") or "").split())
            is_left_out = bool(classes & self.left_out) and WHOSE not in classes
            self.hidden.append(self.hidden[-1] or tag in UNSEEN or is_left_out)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden[-1]:
            self.words.append(data)


def seen_on(page: str, *, on_paper: bool = False) -> str:
    parser = Seen(on_paper=on_paper)
    parser.feed(page)
    return " ".join(" ".join(parser.words).split())


def pages(furnished: Furnished, who: str, part: str = "") -> Iterator[tuple[str, str]]:
    """Return the pages of ours that someone may open, those with a part in their address where one is given."""
    client = Client()
    client.force_login(furnished.people[who])
    for route in routes():
        rule = rule_of(view=route.view, route=route.name)
        if not route.is_ours or rule is None or LOOKERS[who] not in RULES.get(rule, ()):
            continue
        if part and part not in route.parts:
            continue
        values = {part: getattr(furnished.north, part, "1") for part in route.parts}
        answer = client.get(reverse(route.name, kwargs=values))
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            yield route.name, answer.content.decode()


def bare_names(words: str, name: str) -> list[str]:
    """Return the places of a name that have neither date of birth nor number beside them."""
    places = [found.span() for found in re.finditer(re.escape(name), words)]
    around = [words[max(start - BESIDE, 0) : end + BESIDE] for start, end in places]
    return [place for place in around if "3 Mar 1980" not in place or NUMBER not in place]


@pytest.fixture
def told_apart(world: World) -> Furnished:
    """Both clinics with something in every table; Ann and Pat have a date of birth and a number."""
    furnished = furnish(world)
    with clinic_context(clinic_id=furnished.world.clinic.pk):
        for patient, number in (
            (furnished.world.episode.patient, NUMBER),
            (Patient.objects.get(name="Pat Paper"), f"{NUMBER}P"),
        ):
            patient.birth_date, patient.external_id = BORN, number
            patient.save()
    return furnished


def test_on_every_page_of_staff_date_of_birth_and_number_stand_beside_a_name(told_apart: Furnished) -> None:
    named, bare = set(), []
    for who in LOOKERS:
        for route, page in pages(told_apart, who):
            words = seen_on(page)
            names = [name for name in ("Ann Archer", "Pat Paper") if name in words]
            named |= {route for name in names if name == "Ann Archer"}
            bare += [(who, route, place) for name in names for place in bare_names(words, name)]

    assert bare == []
    assert KNOWN - named == set()


def test_every_page_of_one_person_says_on_paper_whose_it_is(told_apart: Furnished) -> None:
    printed = {route: seen_on(page, on_paper=True) for route, page in pages(told_apart, "clinician", "episode_id")}

    assert len(printed) > 15
    assert [route for route, words in printed.items() if "3 Mar 1980" not in words or NUMBER not in words] == []


@pytest.mark.parametrize("query", ["", "?for=patient"])
def test_on_paper_date_of_birth_and_number_stand_beside_the_name(
    told_apart: Furnished, client: Client, tmp_path, query: str
) -> None:
    client.force_login(told_apart.world.chris)
    url = reverse("summary_pdf", args=[told_apart.north.episode_id])

    words = " ".join(text_of(client.get(url + query).content, tmp_path).split())

    assert "Ann Archer born 3 Mar 1980, number N-4711." in words.replace("\u200e", "")


def test_two_people_of_one_name_are_told_apart_in_every_list(told_apart: Furnished, client: Client) -> None:
    with clinic_context(clinic_id=told_apart.world.clinic.pk):
        other = told_apart.world.bens_episode.patient
        other.name, other.birth_date = "Ann Archer", date(1991, 8, 9)
        other.save()
    client.force_login(told_apart.world.cora)

    words = seen_on(client.get(reverse("caseload")).content.decode())

    assert "Ann Archer born 3 Mar 1980, number N-4711" in words
    assert "Ann Archer born 9 Aug 1991" in words
