"""What every page needs: the navigation, the way to the numbers to call, and numbers as people read them."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import translation

from monitoring.templatetags import monitoring_tags as tags
from patients.access.permissions import RULES
from tests.furnished import routes


def context(path: str, *roles: str, method: str = "get") -> dict[str, Any]:
    request: Any = getattr(RequestFactory(), method)(path)
    request.resolver_match = resolve(request.path)
    request.clinic_roles = frozenset(roles)
    return {"request": request}


def current(path: str) -> list[str]:
    return [item.url for item in tags.patient_tabs(context(path, "patient")) if item.is_current]


def test_every_page_of_the_navigation_is_there_and_has_a_rule() -> None:
    known = {route.name for route in routes()}
    named = [route for route, *_rest in (*tags.TEAM_PAGES, *tags.PATIENT_PAGES)]

    assert set(named) <= known
    assert {rule for _route, rule, *_rest in tags.TEAM_PAGES} <= set(RULES)


def test_what_belongs_to_a_page_exists_and_that_page_is_in_the_navigation() -> None:
    known = {route.name for route in routes()}
    shown = {route for route, *_rest in (*tags.TEAM_PAGES, *tags.PATIENT_PAGES)}

    assert set(tags.BELONGS_TO) <= known
    assert set(tags.BELONGS_TO.values()) <= shown
    assert not set(tags.BELONGS_TO) & shown


def test_the_tab_of_the_page_is_marked_and_of_a_page_behind_it_too() -> None:
    assert current(reverse("my_chart")) == [reverse("my_chart")]
    assert current(reverse("my_download")) == [reverse("my_settings")]


def test_who_is_no_patient_has_no_tabs_and_the_frame_of_a_stranger() -> None:
    assert tags.patient_tabs(context(reverse("home"), "clinician")) == []
    assert tags.patient_tabs({}) == []
    assert tags.entry_class(context(reverse("home"))) == "entry"
    assert tags.entry_class(context(reverse("home"), "patient")) == "patient"


def test_help_leads_back_to_the_page_one_came_from() -> None:
    assert tags.help_address(context("/me/?a=1")) == f"{reverse('help_now')}?back=%2Fme%2F%3Fa%3D1"


def test_help_knows_no_way_back_to_an_error_a_form_or_a_secret() -> None:
    plain = reverse("help_now")

    assert tags.help_address({}) == plain
    assert tags.help_address(context("/me/", method="post")) == plain
    assert tags.help_address(context("/me/") | {"exception": "404"}) == plain
    secret = reverse("join", args=["zqx-canary"])
    assert tags.help_address(context(secret)) == plain


def test_help_of_a_clinic_is_that_clinics() -> None:
    assert tags.help_address({"help_code": "00ff"}) == reverse("help_of_clinic", args=["00ff"])


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (99, "99"), (100, "99+"), (4000, "99+")])
def test_the_navigation_counts_no_further_than_people_read(number: int, words: str) -> None:
    assert tags.counted(number) == words


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [("en", -0.125, "\u22120.12"), ("en", 0.5, "0.5"), ("de", -1.5, "\u22121,5"), ("en", -0.0, "\u22120.0")],
)
def test_a_number_has_a_real_minus_and_the_readers_decimals(language: str, value: float, words: str) -> None:
    with translation.override(language):
        assert tags.signed(value) == words


@pytest.mark.parametrize(
    ("language", "share", "words"),
    [("en", 0.127, "13%"), ("en", 0.0, "0%"), ("en", 1.0, "100%"), ("en", None, "\u2013"), ("de", 0.5, "50%")],
)
def test_a_share_is_a_whole_percentage_and_none_is_a_dash(language: str, share: float | None, words: str) -> None:
    with translation.override(language):
        assert tags.as_percent(share) == words


def test_the_address_of_a_filter_leaves_out_what_is_empty() -> None:

    assert tags.querystring_of(which="mine", name="", page=None, weeks=12) == "which=mine&weeks=12"
    assert tags.querystring_of(name="Müller & Co") == "name=M%C3%BCller+%26+Co"
