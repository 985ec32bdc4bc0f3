"""What a page says of its own answers: touched there, or only shown. The windows themselves are in test_check_ins."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from monitoring.views import windows
from tests.factories import NOW


def request_with(fields: dict[str, str], **headers: str) -> Any:
    request: Any = RequestFactory().post("/checkin/1/", fields, headers=headers)
    request.arrived_at = NOW
    return request


@pytest.mark.parametrize(
    ("shown", "posted", "touched"),
    [
        ({"sleep": ""}, {"sleep": "3"}, {"sleep"}),
        ({"sleep": "3"}, {"sleep": "3"}, set()),
        ({"PHQ-9_1": "2", "PHQ-9_2": ""}, {"PHQ-9_1": "2", "PHQ-9_2": "0"}, {"PHQ-9_2"}),
        ({"has_nausea": "on"}, {}, {"has_nausea"}),
        ({"note": "one\ntwo"}, {"note": "one\r\ntwo"}, set()),
        ({}, {"slot": "1", "csrfmiddlewaretoken": "x", "client_key": "y", "corrects": "z", "is_short": "on"}, set()),
    ],
)
def test_what_is_as_it_was_shown_was_not_answered_there(
    shown: dict[str, str], posted: dict[str, str], touched: set[str]
) -> None:
    request = request_with(posted | {"shown": json.dumps(shown)})

    assert windows.said(request).changed == dict.fromkeys(touched, NOW)
    assert windows.touched(request) == {name: posted.get(name, "") for name in touched}


def test_a_field_that_was_touched_and_put_back_was_answered_when_it_was_touched() -> None:
    touched_at = NOW - timedelta(minutes=5)
    headers = {"X-Answered-At": json.dumps({"sleep": touched_at.timestamp()})}
    request = request_with({"sleep": "3", "shown": '{"sleep": "3"}'}, **headers)

    assert windows.said(request).changed == {"sleep": touched_at}


@pytest.mark.parametrize("fields", [{"sleep": "3"}, {"skip": "1", "shown": '{"sleep": "3"}'}])
def test_a_page_that_does_not_tell_and_a_skipped_one_say_everything_now(fields: dict[str, str]) -> None:
    said = windows.said(request_with(fields))

    assert (said.shown, said.sent_at, said.changed) == (None, NOW, {})


def test_without_a_draft_a_post_stands_by_itself() -> None:
    request = request_with({"sleep": "3", "client_key": "key", "shown": '{"sleep": "3"}'})

    assert windows.with_newer(request, None)["sleep"] == "3"
