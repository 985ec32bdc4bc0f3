"""What patients hold themselves: their safety plan, and what they asked the clinic to do with their data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.models.people import Patient, User
from patients.tenancy import ClinicOwned


class SafetyPlan(ClinicOwned):
    """One version of a patient's safety plan, in the patient's own words. Added, never changed; the newest counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="safety_plans")
    warning_signs = models.TextField(_("What I notice first"), max_length=1000, blank=True)
    own_steps = models.TextField(_("What I can do by myself"), max_length=1000, blank=True)
    people_and_places = models.TextField(_("People and places that take my mind off it"), max_length=1000, blank=True)
    people_to_ask = models.TextField(_("People I can ask for help"), max_length=1000, blank=True)
    professionals = models.TextField(_("Professionals I can call"), max_length=1000, blank=True)
    safer_place = models.TextField(_("How I make my surroundings safer"), max_length=1000, blank=True)
    reasons = models.TextField(_("What is worth living for"), max_length=1000, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """Serves "the newest"."""

        indexes = [models.Index(fields=["patient", "-saved_at"], name="patients_safety_plan_newest")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"safety plan of {self.patient_id}"


class RequestKind(models.TextChoices):
    """What a patient can ask the clinic to do."""

    CORRECTION = "correction", _("Correct something")
    ERASURE = "erasure", _("Erase my data")


class RequestState(models.TextChoices):
    """Where a request stands."""

    OPEN = "open", _("With the clinic")
    GRANTED = "granted", _("Done")
    REFUSED = "refused", _("Declined, with the reason")


class DataRequest(ClinicOwned):
    """A patient's request about the own data; the clinic decides and says why (GDPR articles 16 and 17)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(max_length=12, choices=RequestKind)
    text = models.TextField(max_length=2000)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    answer = models.TextField(max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """An answered request has an answer, a time and a person."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=RequestState.OPEN, answered_at__isnull=True, answered_by__isnull=True)
                | (~models.Q(state=RequestState.OPEN) & models.Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="patients_request_answered_by_somebody",
            )
        ]

    def __str__(self) -> str:
        """Return kind and state."""
        return f"{self.kind} {self.state}"
