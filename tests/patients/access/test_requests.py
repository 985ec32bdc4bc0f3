"""What a request says about itself, and how far that is believed."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from patients.access import requests
from patients.access.requests import answered_at, sent_at
from patients.models import Clinic, User
from tests.factories import NOW


@pytest.mark.parametrize(
    ("said", "seconds"), [("-5", -5), ("60", 0), ("", 0), ("nonsense", 0), ("nan", 0), ("inf", 0), ("-1e300", 0)]
)
def test_when_a_request_was_sent_is_believed_of_the_past_only(said: str, seconds: int) -> None:
    request: Any = HttpRequest()
    request.arrived_at = NOW
    is_number = said.lstrip("-").isdigit()
    request.META["HTTP_X_SENT_AT"] = str(NOW.timestamp() + int(said)) if is_number else said

    assert sent_at(request) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("said", "times"),
    [
        ('{"sleep": -5, "mood": 60}', {"sleep": -5, "mood": 0}),
        ('{"sleep": "x", "mood": null, "pain": []}', {}),
        ("[1]", {}),
        ("nonsense", {}),
        ("[" * 3000, {}),
        ("", {}),
    ],
)
def test_when_a_field_was_answered_is_believed_of_the_past_only(said: str, times: dict[str, int]) -> None:
    request: Any = HttpRequest()
    request.arrived_at = NOW
    for number in ("-5", "60"):
        said = said.replace(f": {number}", f": {NOW.timestamp() + int(number)}")
    request.META["HTTP_X_ANSWERED_AT"] = said

    assert answered_at(request) == {name: NOW + timedelta(seconds=seconds) for name, seconds in times.items()}


@pytest.mark.parametrize(
    ("given", "kept"), [("  brook ", "brook"), ("br\x00ook", "brook"), ("x" * 90, "x" * 80), ("", ""), (" \x00 ", "")]
)
def test_words_typed_outside_of_a_form_are_cut_and_hold_no_nul(given: str, kept: str) -> None:
    assert requests.typed(given, most=80) == kept


def test_enough_for_now_is_told_in_plain_words_with_when_to_come_back() -> None:
    answer = requests.too_many("Please wait a <minute>.", again_in=60)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.content == b"Please wait a <minute>."


def test_who_is_signed_in_without_a_clinic_is_nobody_here() -> None:
    request: Any = HttpRequest()
    request.user = User(email="ann@north.example")
    assert requests.signed_in_or_none(request) is None

    request.clinic = Clinic(name="Northgate")
    assert requests.signed_in_or_none(request) is request.user

    request.user = AnonymousUser()
    assert requests.signed_in_or_none(request) is None


def test_a_view_takes_a_file_only_where_it_says_so() -> None:
    def view(request: HttpRequest) -> None:
        """Any page."""

    assert not hasattr(view, "takes_a_file")

    marked: Any = requests.takes_a_file(view)

    assert marked is view
    assert vars(marked)["takes_a_file"] is True
