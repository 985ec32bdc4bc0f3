"""What is refused unread, and how long a body may take."""

from http import HTTPStatus

import pytest

from config.web import limits

LARGEST = limits.LARGEST_BODY_BYTES


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, None),
        ({"content-length": "0"}, None),
        ({"content-length": str(LARGEST)}, None),
        ({"content-length": "5", "content-encoding": "identity"}, None),
        ({"content-length": str(LARGEST + 1)}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({"content-length": "9" * 15}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({"content-length": "9" * 5000}, HTTPStatus.BAD_REQUEST),
        ({"content-length": "-1"}, HTTPStatus.BAD_REQUEST),
        ({"content-length": "five"}, HTTPStatus.BAD_REQUEST),
        ({"content-length": "²"}, HTTPStatus.BAD_REQUEST),
        ({"transfer-encoding": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
        ({"content-length": "5", "transfer-encoding": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
        ({"content-length": "5", "content-encoding": "gzip"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_refused_unread(headers: dict[str, str], status: HTTPStatus | None) -> None:
    assert limits.refusal(headers) == status


def test_a_body_may_take_longer_the_larger_it_is_and_half_a_minute_at_most() -> None:
    assert limits.body_seconds(2_000) == pytest.approx(10, abs=0.1)
    assert limits.body_seconds(LARGEST // 2) == pytest.approx(20, abs=1)
    assert limits.body_seconds(LARGEST) <= 31
