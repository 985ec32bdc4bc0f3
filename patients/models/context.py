"""What surrounds a treatment: facts about the person's life with their history, and the clinic's own list of pairs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models.care import Episode
from patients.models.people import User
from patients.tenancy import ClinicOwned


class ContextKind(models.TextChoices):
    """What a fact is about."""

    STRESS = "stress", _("Stress load")
    SUPPORT = "support", _("Social support")
    HORMONAL = "hormonal", _("Hormonal status, pregnancy included")
    COMORBID = "comorbid", _("Other conditions")
    EARLIER = "earlier", _("Earlier treatments")


class ContextNote(ClinicOwned):
    """One fact from a day on. Added, never changed: the newest day counts, the others are the history."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="context_notes")
    kind = models.CharField(_("topic"), max_length=10, choices=ContextKind)
    text = models.CharField(_("what is known"), max_length=300)
    from_on = models.DateField(_("since"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        """Read by episode, the newest first."""

        indexes = [models.Index(fields=["episode", "kind", "-from_on"], name="patients_context_by_episode")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"context of {self.episode_id}"


class InteractionPair(ClinicOwned):
    """Two things that the clinic wants to be warned about when both are active. The product brings no list of its own.

    Names are kept as entered and compared without case; a removed pair stays with who removed it.
    """

    first = models.CharField(_("first treatment"), max_length=120)
    second = models.CharField(_("second treatment"), max_length=120)
    note = models.CharField(_("what to know"), max_length=300)
    source = models.CharField(_("source"), max_length=200)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Each pair once; removed by someone or not at all."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "first", "second"],
                condition=Q(removed_at__isnull=True),
                name="patients_interaction_pair_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="patients_interaction_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Return the pair."""
        return f"{self.first} + {self.second}"
