"""Every form that changes something carries the token against forged requests, on every page and in every part."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from patients.access.permissions import RULES, rule_of
from tests.conftest import World
from tests.furnished import Furnished, furnish, routes

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
INCLUDE = re.compile(r'{% include "([^"]+)"([^%]*)\bonly %}')
# Who looks at the pages of a rule: the first of these who may.
LOOKERS = {"patient": "patient", "clinician": "clinician", "admin": "clinic_admin"}


class Forms(HTMLParser):
    """Counts the forms of a page that post, and those among them that carry a token."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: list[str] = []
        self.with_token: list[str] = []
        self._action: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._action = (given.get("action") or "") if (given.get("method") or "").lower() == "post" else None
            self.actions += [] if self._action is None else [self._action]
        elif tag == "input" and given.get("name") == "csrfmiddlewaretoken" and given.get("value"):
            self.with_token += [] if self._action is None else [self._action]


def forms_of(html: str) -> Forms:
    forms = Forms()
    forms.feed(html)
    return forms


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def client_for(furnished: Furnished, rule: str) -> Client:
    client = Client()
    looker = next((LOOKERS[role] for role in LOOKERS if role in RULES[rule]), None)
    account = furnished.people[looker] if looker else None
    if account is not None:
        client.force_login(account)
    return client


def pages(furnished: Furnished) -> Iterator[tuple[str, str]]:
    """Return every page of the product by the name of its route, as someone sees it who may."""
    for route in routes():
        rule = rule_of(view=route.view, route=route.name)
        if rule is None or {"key", "pk"} & set(route.parts):
            continue
        values = {part: getattr(furnished.north, part, "1") for part in route.parts}
        page = client_for(furnished, rule).get(reverse(route.name, kwargs=values))
        if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
            yield route.name, page.content.decode()


def test_every_form_on_every_page_carries_its_token(furnished: Furnished) -> None:
    seen: set[str] = set()
    for name, page in pages(furnished):
        forms = forms_of(page)
        assert sorted(forms.actions) == sorted(forms.with_token), name
        seen.update([name] if forms.actions else [])

    assert {"home", "open_link", "my_settings", "my_reminders", "account_login", "alert_detail"} <= seen


def test_a_day_that_has_come_begins_with_today(furnished: Furnished) -> None:
    """An empty day looks filled on some phones, and was refused. Nobody is born today, and what lies ahead is chosen."""
    begun: set[tuple[str, str]] = set()
    empty: set[tuple[str, str]] = set()
    for route, page in pages(furnished):
        for tag in re.findall(r'<input\b[^>]*type="date"[^>]*>', page):
            name = (re.findall(r'name="(\w+)"', tag)[0], route)
            (begun if re.search(r'value="\d{4}-\d\d-\d\d"', tag) else empty).add(name)

    assert {name for name, _route in empty} == {"birth_date", "by_on", "due_on", "first", "last", "until"}
    assert len(begun) > 6


def test_a_part_with_a_form_is_given_the_token_wherever_it_is_cut_off_from_its_page() -> None:
    """`include ... only` hands on nothing that is not named."""
    with_forms = {
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html") if "csrf_token" in path.read_text()
    }
    forgotten = [
        f"{path.name}: {name}"
        for path in TEMPLATES.rglob("*.html")
        for name, given in INCLUDE.findall(path.read_text())
        if name in with_forms and "csrf_token=csrf_token" not in given
    ]

    assert forgotten == []
