"""What the connection pool does after an outage of the database."""

from typing import Any

from psycopg_pool import ConnectionPool


def try_again(pool: ConnectionPool[Any]) -> None:
    """Go on connecting while requests wait; the pool by itself would wait for another request.

    The pool calls this when it has given up on a connection. To check a pool that has lost all of its connections is
    to begin a new one.
    """
    if pool.get_stats()["requests_waiting"]:
        pool.check()
