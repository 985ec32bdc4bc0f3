"""The pool goes on connecting while somebody waits, however long the database was away."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.conf import settings
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from config.machine.pool import try_again

# The pool gives up on a connection after this long, and a request waits several times as long.
GIVES_UP_SECONDS = 0.3
AWAY_SECONDS = 1.5
PATIENCE_SECONDS = 10


class Server:
    """The address of the tests' database; nobody listens there until it is said to be back."""

    def __init__(self) -> None:
        self.is_there = False

    def address(self) -> str:
        database = settings.DATABASES["default"]
        port = database["PORT"] or 5432
        login = {"user": database["USER"], "password": database["PASSWORD"]}
        return make_conninfo(
            host=database["HOST"], port=port if self.is_there else 1, dbname="postgres", connect_timeout=1, **login
        )


@contextmanager
def pool_of(server: Server, when_given_up: Callable[[ConnectionPool[Connection]], None]) -> Iterator[ConnectionPool]:
    options = {"reconnect_timeout": GIVES_UP_SECONDS, "reconnect_failed": when_given_up}
    with ConnectionPool(server.address, min_size=1, max_size=2, open=True, **options) as pool:
        yield pool


def wait_through_an_outage(server: Server, pool: ConnectionPool, *, patience: float) -> Connection:
    """Ask for a connection while the server is away, and let it return before the patience is at its end."""
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.getconn, patience)
        time.sleep(AWAY_SECONDS)
        server.is_there = True
        return asked.result()


def test_a_request_that_waits_is_served_when_the_database_is_back() -> None:
    server = Server()
    with pool_of(server, try_again) as pool:
        found = wait_through_an_outage(server, pool, patience=PATIENCE_SECONDS)

        assert found.execute("SELECT 1").fetchall() == [(1,)]
        pool.putconn(found)


def test_without_this_it_would_wait_in_vain() -> None:
    """The pool by itself waits for another request; when it no longer does, this module can go."""
    server = Server()
    with pool_of(server, lambda _pool: None) as pool, pytest.raises(PoolTimeout):
        wait_through_an_outage(server, pool, patience=2 * AWAY_SECONDS)
