"""What a request says about itself, and how far that is believed."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest

from patients.access.requests import sent_at
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
