"""What a patient agreed to, and when: rows are added, never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.models.people import Patient, User
from patients.tenancy import ClinicOwned


class ConsentPurpose(models.TextChoices):
    """What the agreement is for. Each can be given and withdrawn by itself."""

    CHECK_INS = "check_ins", _("My team uses my check-ins in my care")
    REMINDERS = "reminders", _("Reminders by e-mail")


class Consent(ClinicOwned):
    """One decision on one purpose, about one version of the text. The newest row counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20, choices=ConsentPurpose)
    text_version = models.CharField(max_length=20)
    is_given = models.BooleanField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """Serves "what counts now": newest row per purpose."""

        indexes = [models.Index(fields=["patient", "purpose", "-decided_at"], name="patients_consent_newest")]

    def __str__(self) -> str:
        """Return purpose and decision."""
        return f"{self.purpose} {'given' if self.is_given else 'withdrawn'}"
