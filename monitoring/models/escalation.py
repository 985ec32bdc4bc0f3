"""Who is told when nobody answers: the clinic's policy, each version kept, and the steps that were made."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from monitoring.models.alerts import Alert, StepKind
from patients.models import Episode, User
from patients.tenancy import ClinicOwned

# Staffed minutes after which an urgent alert that nobody took goes to the second responder, the lead, everyone.
# Source of them: docs/safety.md#escalation.
URGENT_MINUTES = (60, 240, 480)


class ResponsePolicy(ClinicOwned):
    """One version of who is told when nobody answers; the newest is in force, an alert keeps the one it began with.

    The people hold a role with which they may see every patient of the clinic (coordinators).
    """

    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    second = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Told of a safety answer at any hour, where a clinic has somebody for the night.
    on_call = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    urgent_minutes = ArrayField(models.PositiveIntegerField(), size=3)

    class Meta:
        """Versions count up in each clinic."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_response_policy_clinic_key"),
            models.UniqueConstraint(fields=["clinic", "number"], name="monitoring_response_policy_number"),
        ]

    def __str__(self) -> str:
        """Return which version it is."""
        return f"policy {self.number}"


class EscalationStep(ClinicOwned):
    """One step that the clock of an alert made; added only. What was due earlier and was not made has no row."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=StepKind)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    policy = models.ForeignKey(ResponsePolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # How many people got a message. That it was sent does not mean that anybody knows.
    told = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """The database, not the code, makes each step once."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "alert", "kind", "due_at"], name="monitoring_escalation_step_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="monitoring_escalation_step_known"),
        ]

    def __str__(self) -> str:
        """Return what was done."""
        return self.kind


class ExpectedLevel(ClinicOwned):
    """A level that team and patient agreed to expect of one series: while it is no worse, nobody is paged about it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="expected_levels")
    # A rating's or an instrument's code.
    series = models.CharField(max_length=40)
    # In points of the series.
    level = models.FloatField()
    # The last day; none where it is taken as the new normal.
    until = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(max_length=2000)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """One level is agreed for a series at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "episode", "series"],
                condition=Q(ended_at__isnull=True),
                name="monitoring_expected_level_one",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="monitoring_expected_level_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Return what is expected of which series."""
        return f"{self.series} {self.level}"
