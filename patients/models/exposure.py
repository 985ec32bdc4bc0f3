"""How much of something was really taken up, and what it should bring: sessions, homework, expectations."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models.care import Intervention, InterventionKind
from patients.models.people import User
from patients.models.voids import StandingManager, Voidable, says_why
from patients.tenancy import ClinicManager


class Kept(models.TextChoices):
    """How one occasion went."""

    KEPT = "kept", _("As agreed")
    PARTLY = "partly", _("In part")
    MISSED = "missed", _("Not followed")


class Homework(models.TextChoices):
    """What became of the task between two sessions."""

    DONE = "done", _("Done")
    PARTLY = "partly", _("Done in part")
    NOT_DONE = "not_done", _("Not done")


# The words of the buttons that record an occasion: someone comes to a session, and keeps to anything else.
KEPT_WORDS: dict[bool, dict[str, Promise]] = {
    True: {Kept.KEPT: _("Attended"), Kept.PARTLY: _("Attended in part"), Kept.MISSED: _("Missed")},
    False: {Kept.KEPT: _("As agreed"), Kept.PARTLY: _("In part"), Kept.MISSED: _("Not followed")},
}


class Session(Voidable):
    """One occasion of something that is tried: a therapy session, a week of a sleep plan, a day of training."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="sessions")
    on = models.DateField(_("day"))
    kept = models.CharField(max_length=8, choices=Kept)
    # Empty: none was set, or no one asked.
    homework = models.CharField(max_length=8, choices=Homework, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[StandingManager["Session"]] = StandingManager()
    versions: ClassVar[ClinicManager["Session"]] = ClinicManager()

    class Meta:
        """One a day; a second entry for a day replaces the first."""

        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "intervention", "on"],
                condition=Q(voided_at__isnull=True),
                name="patients_session_one_a_day",
            ),
            says_why("patients_session"),
        ]

    def __str__(self) -> str:
        """Return how it went."""
        return self.kept

    def get_kept_display(self) -> str:  # type: ignore[no-redef]  # Django makes none where the model has one
        """Return how it went in the words of the button that recorded it."""
        is_therapy = self.intervention.kind == InterventionKind.PSYCHOTHERAPY
        return str(KEPT_WORDS[is_therapy][self.kept])

    def in_words(self) -> str:
        """Return how it went and what became of the homework."""
        if not self.homework:
            return self.get_kept_display()
        words = {"kept": self.get_kept_display(), "homework": Homework(self.homework).label}
        return str(_("%(kept)s. Homework: %(homework)s") % words)


class Measure(models.TextChoices):
    """What can be expected to get better: the five ratings and the questionnaires that a plan can ask."""

    SLEEP = "sleep", _("Sleep")
    MOOD = "mood", _("Mood")
    ENERGY = "energy", _("Energy")
    PAIN = "pain", _("Pain")
    FUNCTION = "function", _("Function")
    PHQ_9 = "PHQ-9", "PHQ-9"
    GAD_7 = "GAD-7", "GAD-7"
    PEG = "PEG", "PEG"
    PHQ_15 = "PHQ-15", "PHQ-15"


class Expectation(Voidable):
    """What something that is tried should bring: which measure better, by how many points, by when."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="expectations")
    measure = models.CharField(_("what should get better"), max_length=20, choices=Measure)
    points = models.DecimalField(_("by how many points"), max_digits=4, decimal_places=1)
    by_on = models.DateField(_("by when"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[StandingManager["Expectation"]] = StandingManager()
    versions: ClassVar[ClinicManager["Expectation"]] = ClinicManager()

    class Meta:
        """One a measure; better is always more than nothing."""

        ordering = ["by_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "intervention", "measure"],
                condition=Q(voided_at__isnull=True),
                name="patients_expectation_one_a_measure",
            ),
            says_why("patients_expectation"),
            models.CheckConstraint(condition=Q(points__gt=0), name="patients_expectation_is_an_improvement"),
        ]

    def __str__(self) -> str:
        """Return what is expected."""
        return f"{self.measure} {self.points}"
