"""What a request may carry: the numbers, and the one rule by which a request is refused unread.

The front door asks it before it reads a body; the middleware asks it again, for whoever serves us some other way.
"""

from collections.abc import Mapping
from http import HTTPStatus

# A check-in is a few kB, the largest form with a file 200 kB. docker/haproxy.cfg holds the same number.
LARGEST_BODY_BYTES = 1024 * 1024
# A body has this long to arrive, and longer the larger it is: at the slowest pace that still counts as sending. What
# fits into one form takes a telephone with one bar of signal four seconds; the largest may take half a minute.
BODY_SECONDS = 10
SLOWEST_BYTES_A_SECOND = 50_000


def body_seconds(length: int) -> float:
    """Return how long a body of so many bytes may take to arrive."""
    return BODY_SECONDS + length / SLOWEST_BYTES_A_SECOND


def body_length(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes a request says it carries; nothing where it says nonsense."""
    length = headers.get("content-length") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None


def refusal(headers: Mapping[str, str]) -> HTTPStatus | None:
    """Return why a request is refused before its body is read, or nothing.

    A body without a length would have to be read to know whether it is too large, and a server that does not unpack
    it hands us an empty form, which is worse than none. Browsers send neither it nor compressed bodies.
    """
    if headers.get("transfer-encoding"):
        return HTTPStatus.LENGTH_REQUIRED
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    length = body_length(headers)
    if length is None:
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length > LARGEST_BODY_BYTES else None
