"""Requests about one's own data: asked, answered once, with a reason."""

import pytest

from patients.models.rights import RequestKind, RequestState
from patients.rights import data_requests
from patients.rights.data_requests import RequestClosed
from tests.conftest import World
from tests.factories import NOW


def test_a_request_is_answered_once(north: World) -> None:
    asked = data_requests.ask(patient=north.episode.patient, kind=RequestKind.ERASURE, text="All", by=north.ann, at=NOW)
    data_requests.answer(data_request=asked, is_granted=False, words="The law keeps it.", by=north.sam, at=NOW)

    with pytest.raises(RequestClosed):
        data_requests.answer(data_request=asked, is_granted=True, words="Done.", by=north.sam, at=NOW)

    asked.refresh_from_db()
    assert (asked.state, asked.answer) == (RequestState.REFUSED, "The law keeps it.")
