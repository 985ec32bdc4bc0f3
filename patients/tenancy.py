"""Which clinic the present work belongs to: the first wall in Python, the second in PostgreSQL.

Every query on a clinic's table needs a clinic context. The context lives in one transaction: the scoped
managers read it from a context variable, the row-level-security policies read it from settings that are
local to the transaction. Without it both refuse; neither ever answers "nothing found".

This is a private door (docs/private-doors.md): how Django keeps its connection and its transaction is its own matter.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models, transaction
from psycopg.pq import TransactionStatus

from patients import walls


class NoClinicContext(RuntimeError):
    """A clinic's table was asked outside a clinic context."""


@dataclass(frozen=True)
class Scope:
    """The clinic whose rows may be touched, and the person for whom."""

    clinic_id: UUID | None
    user_id: UUID | None


_scope: ContextVar[Scope | None] = ContextVar("tidemark_scope", default=None)
_role_is_checked = False


def uuid7() -> UUID:
    """Return a time-ordered UUID (RFC 9562, version 7): neighbours in time are neighbours in the index."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def current_clinic_id() -> UUID:
    """Return the clinic of the present context.

    Raises:
        NoClinicContext: there is none.
    """
    scope = _scope.get()
    if scope is None or scope.clinic_id is None:
        raise NoClinicContext("no clinic context: wrap the work in patients.tenancy.clinic_context")
    return scope.clinic_id


@contextmanager
def clinic_context(*, clinic_id: UUID | None, user_id: UUID | None = None) -> Iterator[None]:
    """Let the open transaction see one clinic's rows, for one person or (None) for a job.

    With clinic_id None only a person's own roles can be read: that is how sign-in finds the clinic.

    Raises:
        NoClinicContext: no transaction is open; the setting would leak to the next user of the connection.
    """
    if not connection.in_atomic_block:
        raise NoClinicContext("clinic_context needs an open transaction")
    _check_role_once()
    previous = _scope.get()
    scope = Scope(clinic_id=clinic_id, user_id=user_id)
    token = _scope.set(scope)
    try:
        _tell_database(scope)
        yield
    finally:
        _scope.reset(token)
        if _can_still_speak():
            _tell_database(previous or Scope(None, None))


@contextmanager
def clinic_transaction(*, clinic_id: UUID, user_id: UUID | None = None) -> Iterator[None]:
    """Open a transaction with a clinic context: the door for jobs and commands."""
    with transaction.atomic(), clinic_context(clinic_id=clinic_id, user_id=user_id):
        yield


def _check_role_once() -> None:
    """Ask with a process's first work whether the policies hold for its role at all."""
    global _role_is_checked  # noqa: PLW0603  # a fact about the process, as its connections all sign in alike
    if not _role_is_checked:
        with connection.wrap_database_errors:
            walls.check_role(connection.connection)
        _role_is_checked = True


def _tell_database(scope: Scope) -> None:
    """Hand the scope to the policies; `true` keeps it inside this transaction, so a pooled connection forgets it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('tidemark.clinic_id', %s, true), set_config('tidemark.user_id', %s, true)",
            [str(scope.clinic_id or ""), str(scope.user_id or "")],
        )


def _can_still_speak() -> bool:
    """Say whether the transaction still takes statements; a failed one is rolled back and forgets by itself."""
    raw = connection.connection
    return (
        connection.in_atomic_block
        and not connection.needs_rollback
        and raw is not None
        and raw.info.transaction_status == TransactionStatus.INTRANS
    )


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class ClinicManager(models.Manager[_Row]):
    """Answers only inside a clinic context, and only with that clinic's rows."""

    def get_queryset(self) -> models.QuerySet[_Row]:
        """Return the clinic's rows.

        Raises:
            NoClinicContext: outside a clinic context.
        """
        return super().get_queryset().filter(clinic_id=current_clinic_id())


class ClinicOwned(models.Model):
    """A row that belongs to one clinic and is invisible to all others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey("patients.Clinic", on_delete=models.PROTECT, related_name="+")

    objects = ClinicManager()

    class Meta:
        """Abstract: each table brings its own constraints."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save into the clinic of the context; a row is never written into another one."""
        if getattr(self, "clinic_id", None) is None:
            self.clinic_id = current_clinic_id()
        super().save(*args, **kwargs)
