"""What the engine said about an episode, with the version that said it."""

import datetime as dt

from django.db import models

from monitoring.engine.records import Direction, FindingKind, Tier
from monitoring.models.plans import AssessmentCause
from patients.models import Episode
from patients.tenancy import ClinicOwned


class Assessment(ClinicOwned):
    """One run of the engine over one episode, as of one moment."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="assessments")
    as_of = models.DateTimeField()
    engine_version = models.CharField(max_length=20)
    rules_digest = models.CharField(max_length=64)
    assessed_at = models.DateTimeField()
    cause = models.CharField(max_length=16, choices=AssessmentCause, default=AssessmentCause.CHECK_IN)
    # How many check-ins it knew, replaced ones too: more than these are there when one came in while it ran.
    check_ins_known = models.PositiveIntegerField(null=True, blank=True)
    # What the kernel said about the ratings together: log-odds, calibrated chance, likeliest onset of a worsening.
    # Empty before there were enough check-ins.
    score = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    onset_on = models.DateField(null=True, blank=True)

    class Meta:
        """One answer per moment: a second worker finds the work done."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_assessment_clinic_key"),
            models.UniqueConstraint(fields=["clinic", "episode", "as_of"], name="monitoring_assessment_one_per_moment"),
        ]
        indexes = [models.Index(fields=["episode", "-as_of"], name="monitoring_assessment_newest")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"assessment {self.pk}"


class Signal(ClinicOwned):
    """A finding that was stored: what changed, by how much, since when, and what would clear it."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="signals")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="signals")
    kind = models.CharField(max_length=30, choices=[(k.value, k.value) for k in FindingKind])
    tier = models.CharField(max_length=10, choices=[(t.value, t.value) for t in Tier])
    # The rating or instrument it is about; empty where it is about the person as a whole.
    domain = models.CharField(max_length=20, blank=True)
    instrument = models.CharField(max_length=40, blank=True)
    item = models.CharField(max_length=80, blank=True)
    direction = models.CharField(max_length=20, blank=True, choices=[(d.value, d.value) for d in Direction])
    chance = models.FloatField(null=True, blank=True)
    onset_on = models.DateField(null=True, blank=True)
    contrast = models.FloatField(null=True, blank=True)
    statistic = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    weeks = models.FloatField(null=True, blank=True)
    # Numbers and dates of the sentence and of what would clear it, as the engine gave them.
    parts = models.JSONField(default=dict)
    clears = models.JSONField(default=dict)

    class Meta:
        """Read with their assessment, and as the history of an episode."""

        constraints = [models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_signal_clinic_key")]
        indexes = [models.Index(fields=["episode", "kind"], name="monitoring_signal_by_episode")]

    def __str__(self) -> str:
        """Return what it is."""
        return f"{self.kind} {self.domain or self.instrument}".strip()

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the ratings it is about: the one that moved most first, then those that moved with it."""
        return (self.domain, *self.parts.get("also", ())) if self.domain else ()

    @property
    def compared_from(self) -> dt.date | None:
        """Return the earliest day that its sentence compares with; None where it compares nothing."""
        day = self.parts.get("from_on") or self.parts.get("baseline_on")
        return dt.date.fromisoformat(day) if day else None

    @property
    def compared_weeks(self) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]] | None:
        """Return the first and last day of the two stretches its sentence compares; None where it compares nothing."""
        names = ("from_on", "onset_on", "last_on", "baseline_on", "now_on")
        first, onset, last, baseline, now = (
            dt.date.fromisoformat(self.parts[name]) if self.parts.get(name) else None for name in names
        )
        if first and onset and last:
            return (first, onset - dt.timedelta(days=1)), (onset, last)
        return ((baseline, baseline), (now, now)) if baseline and now else None

    def mean_before(self, key: str) -> float | None:
        """Return the average before the change of one series, in points; None where it is not about averages."""
        if key in {self.domain, self.instrument}:
            mean: float | None = self.parts.get("before_mean")
            return mean
        also = dict(zip(self.parts.get("also", ()), self.parts.get("also_means", ()), strict=False))
        return also[key][0] if key in also else None


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
