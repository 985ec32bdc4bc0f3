"""When the team tried to reach somebody, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, User
from patients.tenancy import ClinicOwned


class ContactOutcome(models.TextChoices):
    """What came of trying to reach somebody."""

    SPOKEN = "spoken", _("Talked with the patient")
    NO_ANSWER = "no_answer", _("Rang, no answer")
    MESSAGE_LEFT = "message_left", _("Left a message")


class Contact(ClinicOwned):
    """One try to reach a person; added only."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="contacts")
    outcome = models.CharField(max_length=12, choices=ContactOutcome)
    note = models.CharField(_("note"), max_length=500, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Serves "when was this person reached last"."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=ContactOutcome.values), name="monitoring_contact_outcome_known"
            )
        ]
        indexes = [models.Index(fields=["episode", "-made_at"], name="monitoring_contact_by_episode")]

    def __str__(self) -> str:
        """Return what came of it."""
        return self.outcome
