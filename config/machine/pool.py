"""What the connection pool does after an outage of the database."""

from typing import Any

from psycopg_pool import ConnectionPool


def try_again(pool: ConnectionPool[Any]) -> None:
    """Go on connecting while requests wait; the pool by itself would wait for another request.

    The pool calls this when it has given up on a connection. Its waiting clients have no public door.
    """
    with pool._lock:
        if pool._waiting:
            pool._maybe_grow_pool()
