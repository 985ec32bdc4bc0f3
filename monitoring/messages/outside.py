"""Asks an address outside of the house, once and briefly, and goes nowhere else. Not for mail."""

import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

logger = logging.getLogger(__name__)
ANSWER_SECONDS = 5
NO_ANSWER = 0


class _StayThere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the address was checked, and the next one is not."""

    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing."""


def ask(address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int:
    """Return the status of the answer, `NO_ANSWER` where none came; with a body it is a POST.

    The caller vouches for the address. The log names neither it nor what was sent.
    """
    request = urllib.request.Request(address, data=body, headers={**(headers or {}), "User-Agent": "Tidemark"})  # noqa: S310
    try:
        with urllib.request.build_opener(_StayThere).open(request, timeout=ANSWER_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except (OSError, HTTPException):
        return NO_ANSWER
