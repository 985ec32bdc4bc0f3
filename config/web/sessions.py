"""Sessions in the database that say so when the database is away.

This is a private door (docs/private-doors.md): that the lost connection stands behind the ended session is Django's own
matter.
"""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """Django's store, but a lost connection is not taken for a session that someone ended.

    Django answers 400 then. The person should read "not saved" with the numbers to call, as anywhere else.
    """

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        """Save the session.

        Raises:
            OperationalError, InterfaceError: the database is away.
            UpdateError: the session was ended meanwhile.
        """
        try:
            super().save(must_create=must_create)
        except UpdateError as problem:
            if isinstance(problem.__context__, (OperationalError, InterfaceError)):
                raise problem.__context__ from None
            raise
