"""The second wall holds only for who stands before it: no work as a role that PostgreSQL lets past row-level security.

Not the policies themselves: those are made by migrations, and read their clinic from tenancy.py.
"""

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

# Of whoever signed in, whatever role was taken since: that can be laid down again. To be a member is enough, because
# a member may become the other role at any time.
_POWERS = """
SELECT
    EXISTS (SELECT FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(session_user, oid, 'MEMBER')),
    EXISTS (SELECT FROM pg_class WHERE relrowsecurity AND pg_has_role(session_user, relowner, 'MEMBER'))
"""


class RoleTooPowerful(ImproperlyConfigured):
    """The application signed in as a role for which row-level security does not hold."""


def check_role(connection: psycopg.Connection[tuple[bool, bool]]) -> None:
    """Refuse a connection whose role passes row-level security.

    Raises:
        RoleTooPowerful: as a superuser, by BYPASSRLS, or as the owner of the tables, directly or through another role.
    """
    row = connection.execute(_POWERS).fetchone()
    if row is None or not any(row):
        return
    how = "passes row-level security" if row[0] else "owns the tables"
    raise RoleTooPowerful(
        f"DATABASE_URL signs in as a role that {how}, so one clinic could see another: "
        "use a role such as tidemark_app, which owns nothing and has no rights of its own."
    )


def check_at_start() -> None:
    """Refuse to start as such a role; a database that does not answer yet is asked again with the first work."""
    # A connection of its own: the pool belongs to the processes that come of this one.
    alone = connections["default"].copy()
    alone.settings_dict["OPTIONS"].pop("pool", None)
    try:
        alone.ensure_connection()
    except OperationalError:
        return
    try:
        check_role(alone.connection)
    finally:
        alone.close()
