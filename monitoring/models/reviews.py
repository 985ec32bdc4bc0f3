"""What was agreed with the patient, when it is looked at again, and what the patient wants to talk about."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, User
from patients.models.voids import StandingManager, Voidable, says_why
from patients.tenancy import ClinicManager, ClinicOwned

# More topics than that do not fit into one visit. Source: docs/design.md#reviews.
MOST_TOPICS = 3


class Review(ClinicOwned):
    """One shared-decision review of an episode: planned, prepared by the patient, held or missed.

    One whose time has passed is neither until somebody says so: nobody takes a plan for a talk.
    """

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="reviews")
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    held_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)
    # The patient's own choice, in the patient's order; at most MOST_TOPICS.
    topics = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    prepared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One review is coming, or waits for a word, at a time."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_review_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "episode"],
                condition=Q(held_at__isnull=True, missed_at__isnull=True),
                name="monitoring_review_one_open",
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(missed_at__isnull=True), name="monitoring_review_held_or_missed"
            ),
        ]

    def __str__(self) -> str:
        """Return the day."""
        return f"review {self.planned_at:%Y-%m-%d}"


class ActionOwner(models.TextChoices):
    """Who does it."""

    PATIENT = "patient", _("Me")
    TEAM = "team", _("My team")


class AgreedAction(Voidable):
    """One thing that was agreed: what, who, by when; done or let go."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="agreed_actions")
    text = models.CharField(_("what was agreed"), max_length=200)
    owner = models.CharField(max_length=8, choices=ActionOwner)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    agreed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[StandingManager["AgreedAction"]] = StandingManager()
    versions: ClassVar[ClinicManager["AgreedAction"]] = ClinicManager()

    class Meta:
        """Read with the plan, open ones first."""

        constraints = [says_why("monitoring_agreed_action")]
        indexes = [models.Index(fields=["episode", "done_at"], name="monitoring_agreed_by_episode")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"action of {self.episode_id}"
