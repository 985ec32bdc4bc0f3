"""Entries that can be voided: kept and shown struck through, and counted nowhere."""

from typing import TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from patients.models.people import User
from patients.tenancy import ClinicManager, ClinicOwned

LONGEST_REASON = 200

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class StandingManager(ClinicManager[_Row]):
    """Answers with what was not voided: nothing that judges or draws ever asks for more."""

    def get_queryset(self) -> QuerySet[_Row]:
        """Return the clinic's rows that still stand."""
        return super().get_queryset().filter(voided_at__isnull=True)


class Voidable(ClinicOwned):
    """An entry that someone may have made in error.

    Each table names two managers: `objects` answers with what stands, `versions` with everything.
    """

    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    void_reason = models.CharField(
        _("why this entry is wrong"), max_length=LONGEST_REASON, blank=True, default="", db_default=""
    )

    class Meta:
        """Abstract: each table brings its own constraints."""

        abstract = True


def says_why(table: str) -> models.CheckConstraint:
    """Return the constraint that nothing is voided without a person and a reason."""
    stands = Q(voided_at__isnull=True, voided_by__isnull=True)
    is_void = Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")
    return models.CheckConstraint(condition=stands | is_void, name=f"{table}_void_says_why")
