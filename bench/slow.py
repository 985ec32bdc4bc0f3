"""Someone without an account who keeps slow connections open: forms, headers and questions that never get on.

A process of its own, so that it does not slow down whoever measures meanwhile. It is for our own server on this machine.
"""

import socket
import ssl
import sys
import time
from itertools import cycle, islice

# The pages look into the body of a form for the token that belongs to this cookie.
CSRF = "a" * 32
HEAD = f"Host: 127.0.0.1\r\nCookie: csrftoken={CSRF}\r\n"
FORM = f"POST /accounts/login/ HTTP/1.1\r\n{HEAD}Content-Type: application/x-www-form-urlencoded\r\n"
# How a slow connection begins, and what it sends each second.
KINDS = (
    (f"{FORM}Content-Length: 1000\r\n\r\n".encode(), b"a"),
    (f"GET / HTTP/1.1\r\n{HEAD}".encode(), b"X-A: b\r\n"),
    (f"GET /livez HTTP/1.1\r\n{HEAD}\r\n".encode(), b""),
)


def connect(port: int, *, source: str, begin: bytes, certificate: str) -> socket.socket | None:
    """Open a connection that has begun; nothing where it is refused."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), 5, source_address=(source, 0))
        if certificate:
            context = ssl.create_default_context(cafile=certificate)
            connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
        connection.sendall(begin)
    except OSError:
        return None
    return connection


def get_on(connection: socket.socket | None, drop: bytes) -> socket.socket | None:
    """Send a little more; nothing where the connection has been ended."""
    if connection is None:
        return None
    try:
        connection.settimeout(0)
        if drop:
            connection.sendall(drop)
        elif connection.recv(4096) == b"":
            return None
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return connection
    except OSError:
        return None
    return connection


def stay(port: int, count: int, addresses: int, certificate: str) -> None:
    """Keep so many connections open from so many addresses, for ever; what is ended is begun anew."""
    sources = list(islice(cycle(f"127.0.1.{number}" for number in range(1, addresses + 1)), count))
    kinds = list(islice(cycle(KINDS), count))
    opened: list[socket.socket | None] = [None] * count
    while True:
        for place, (source, (begin, drop)) in enumerate(zip(sources, kinds, strict=True)):
            opened[place] = get_on(opened[place], drop) or connect(
                port, source=source, begin=begin, certificate=certificate
            )
        sys.stdout.write(f"{sum(one is not None for one in opened)}\n")
        sys.stdout.flush()
        time.sleep(1)


if __name__ == "__main__":
    stay(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "")
