"""How much each person needs someone: worked out once when something happens, so that a long list reads one page."""

from django.db import models

from monitoring.models.assessments import Assessment
from patients.models import Episode
from patients.tenancy import ClinicOwned


class Need(ClinicOwned):
    """Where one episode stands in the caseload. Derived: monitoring.attention.needs can work it out again from the rest."""

    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="need")
    # Ranks of monitoring.words.states.State, 0 the most pressing: of everything, and of the newest assessment alone.
    rank = models.PositiveSmallIntegerField()
    found = models.PositiveSmallIntegerField(null=True, blank=True)
    found_since = models.DateTimeField(null=True, blank=True)
    # When it last became another matter: newer than someone's last look means "new since I looked".
    moved_at = models.DateTimeField(null=True, blank=True)
    assessment = models.ForeignKey(Assessment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    open_alerts = models.PositiveSmallIntegerField(default=0)
    # Onset of the newest worsening that the newest assessment found.
    worse_since = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # When the answers stop being the present, unless another one comes; empty where they already have.
    silent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One row an episode."""

        indexes = [models.Index(fields=["clinic", "rank"], name="monitoring_need_by_rank")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"need of {self.episode_id}"
