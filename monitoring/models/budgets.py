"""How many false alerts a clinic is ready to bear, the cut that follows from its own past, and how it came about."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models import User
from patients.tenancy import ClinicOwned

# False alerts per stable patient-year. Source: docs/engine.md#site-budget; the range is the one the benchmark covers.
DEFAULT_BUDGET = 0.5
LEAST_BUDGET = 0.1
LARGEST_BUDGET = 2.0


class CutOrigin(models.TextChoices):
    """Where the present cut comes from."""

    SWITCHED_OFF = "switched_off", _("Default, because own adjustment is switched off")
    NOT_MEASURED = "not_measured", _("The benchmark's curve, because this clinic has not been measured yet")
    TOO_SHORT = "too_short", _("The benchmark's curve, because there are less than three months of check-ins")
    TOO_LITTLE = "too_little", _("The benchmark's curve, because there are too few stable patient-years")
    OWN_PAST = "own_past", _("This clinic's own past data")
    OWN_PAST_BOUNDED = "own_past_bounded", _("This clinic's own past data, at the furthest allowed")


def _budget() -> "models.FloatField[float, float]":
    """Return a column for a budget."""
    validators = [MinValueValidator(LEAST_BUDGET), MaxValueValidator(LARGEST_BUDGET)]
    return models.FloatField(_("false alerts per stable patient-year"), default=DEFAULT_BUDGET, validators=validators)


class ClinicBudget(ClinicOwned):
    """What a clinic has chosen, and the newest measurement of its own past; one row a clinic, none before the first."""

    budget = _budget()
    is_on = models.BooleanField(_("adjust the alert threshold to this clinic's own past data"), default=True)
    # How far all three cuts stand from the engine's own, log-odds; 0 is the default.
    shift = models.FloatField(default=0)
    origin = models.CharField(max_length=20, choices=CutOrigin, default=CutOrigin.NOT_MEASURED)
    measured_at = models.DateTimeField(null=True, blank=True)
    # monitoring.assessments.budgets.Measurement as JSON: what was counted, and one line for each budget one may choose.
    measurement = models.JSONField(default=dict, blank=True)

    class Meta:
        """One a clinic; the database holds the bounds too."""

        constraints = [
            models.UniqueConstraint(fields=["clinic"], name="monitoring_budget_one_a_clinic"),
            models.CheckConstraint(
                condition=Q(budget__gte=LEAST_BUDGET, budget__lte=LARGEST_BUDGET), name="monitoring_budget_in_range"
            ),
        ]

    def __str__(self) -> str:
        """Return the budget."""
        return f"{self.budget} a year"


class BudgetChange(ClinicOwned):
    """One change of budget, switch or cut; added only."""

    at = models.DateTimeField()
    # No one where the nightly measurement moved the cut.
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    budget = _budget()
    is_on = models.BooleanField()
    shift = models.FloatField()
    origin = models.CharField(max_length=20, choices=CutOrigin)
    rules_digest = models.CharField(max_length=64)

    class Meta:
        """Read newest first on the page of the rules."""

        indexes = [models.Index(fields=["clinic", "-at"], name="monitoring_budget_changes")]

    def __str__(self) -> str:
        """Return what it became."""
        return f"{self.budget} a year, {self.shift:+}"
