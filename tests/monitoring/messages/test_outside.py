"""An address outside is asked once, briefly, and nowhere else is gone."""

import socket
import threading
import time

import pytest

from monitoring.messages import outside


def answered(reply: bytes, *, wait: float = 0) -> tuple[int, bytes]:
    """Ask a server that says one thing; return what came of it, and what was asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _address = server.accept()
            with connection:
                heard.append(connection.recv(65536))
                time.sleep(wait)
                connection.sendall(reply)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        status = outside.ask(f"http://127.0.0.1:{server.getsockname()[1]}/x")
        thread.join(10)
    return status, heard[0]


@pytest.mark.parametrize("status", [200, 201, 301, 302, 307, 404, 410, 500, 599])
def test_the_status_is_returned_and_no_redirect_followed(status: int) -> None:
    reply = f"HTTP/1.1 {status} Any\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n".encode()

    found, heard = answered(reply)

    assert found == status
    assert heard.startswith(b"GET /x HTTP/1.1\r\n")
    assert b"User-Agent: Tidemark\r\n" in heard


@pytest.mark.parametrize(
    "reply", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_what_is_no_answer_is_none(reply: bytes) -> None:
    assert answered(reply)[0] == outside.NO_ANSWER


def test_nobody_waits_for_an_answer_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "ANSWER_SECONDS", 0.2)
    began = time.monotonic()

    assert answered(b"", wait=1)[0] == outside.NO_ANSWER

    assert time.monotonic() - began < 5


def test_a_host_that_is_away_is_no_answer() -> None:
    assert outside.ask("http://127.0.0.1:1/x") == outside.NO_ANSWER
