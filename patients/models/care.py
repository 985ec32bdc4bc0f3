"""An episode of care: who is responsible, what is tried, and what happened meanwhile."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from patients.models.people import Patient, User
from patients.models.voids import StandingManager, Voidable, says_why
from patients.tenancy import ClinicManager, ClinicOwned

if TYPE_CHECKING:
    from patients.models.exposure import Session


class Episode(ClinicOwned):
    """One stretch of treatment of one patient, from intake to discharge."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    problems = models.CharField(_("in treatment for"), max_length=200, blank=True)
    goal = models.TextField(_("goal, in the patient's words"), max_length=500, blank=True)
    started_on = models.DateField(_("start of care"))
    ended_on = models.DateField(null=True, blank=True)
    # Stamped when an intervention or life event changes, so that the next sweep assesses again.
    changed_at = models.DateTimeField()
    # Stamped with `changed_at` when something wrong was taken out: then nothing of the past pages anyone.
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One open episode a patient: every signal needs to know which one it is about."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="patients_episode_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "patient"], condition=Q(ended_on__isnull=True), name="patients_episode_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="patients_episode_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        """Return an opaque name; the patient's name is not for logs."""
        return f"episode {self.pk}"


class Profession(models.TextChoices):
    """The part a member plays in the care team."""

    PSYCHIATRIST = "psychiatrist", _("Psychiatrist")
    PSYCHOLOGIST = "psychologist", _("Psychologist")
    PHYSICIAN = "physician", _("Physician")
    NURSE = "nurse", _("Nurse")
    PHYSIOTHERAPIST = "physiotherapist", _("Physiotherapist")
    NUTRITIONIST = "nutritionist", _("Nutritionist")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    CARE_COORDINATOR = "care_coordinator", _("Care coordinator")
    OTHER = "other", _("Other")


class CareTeamMembership(ClinicOwned):
    """One member of staff in the care team of one episode."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="care_team")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    profession = models.CharField(max_length=20, choices=Profession)
    is_responsible = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """At most one responsible clinician; no one twice."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "episode", "user"],
                condition=Q(left_at__isnull=True),
                name="patients_care_team_member_once",
            ),
            models.UniqueConstraint(
                fields=["clinic", "episode"],
                condition=Q(is_responsible=True, left_at__isnull=True),
                name="patients_care_team_one_responsible",
            ),
        ]
        # Serves "whose episodes may this clinician see".
        indexes = [models.Index(fields=["user", "episode"], name="patients_care_team_by_user")]

    def __str__(self) -> str:
        """Return member and profession."""
        return f"{self.user_id} {self.profession}"


class InterventionKind(models.TextChoices):
    """What is tried. The order is the order of the lanes under the chart."""

    MEDICATION = "medication", _("Medicine")
    PSYCHOTHERAPY = "psychotherapy", _("Therapy")
    ACTIVITY = "activity", _("Activity")
    SLEEP = "sleep", _("Sleep plan")
    NUTRITION = "nutrition", _("Nutrition")
    SELF_MANAGEMENT = "self_management", _("Self-management")
    ENVIRONMENT = "environment", _("Environment")
    OTHER = "other", _("Other")


class Intervention(Voidable):
    """Something tried in an episode, with its start and its end."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="interventions")
    kind = models.CharField(_("type"), max_length=20, choices=InterventionKind)
    name = models.CharField(_("name"), max_length=120)
    started_on = models.DateField(_("start"))
    stopped_on = models.DateField(_("stop"), null=True, blank=True)
    stop_reason = models.CharField(_("reason for stopping"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[StandingManager["Intervention"]] = StandingManager()
    versions: ClassVar[ClinicManager["Intervention"]] = ClinicManager()

    class Meta:
        """A stop cannot come before its start."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="patients_intervention_clinic_key"),
            models.CheckConstraint(
                condition=Q(stopped_on__isnull=True) | Q(stopped_on__gte=F("started_on")),
                name="patients_intervention_stops_after_start",
            ),
            says_why("patients_intervention"),
        ]
        indexes = [models.Index(fields=["episode", "started_on"], name="patients_interv_by_episode")]

    def __str__(self) -> str:
        """Return what is tried."""
        return self.name

    @cached_property
    def dose_steps(self) -> list["InterventionDose"]:
        """Return its doses, oldest first, as they were when first asked for: a page asks many times."""
        return list(self.doses.all())

    @cached_property
    def recorded_sessions(self) -> "list[Session]":
        """Return its sessions, oldest first, as they were when first asked for."""
        return list(self.sessions.all())


class InterventionDose(Voidable):
    """Dose or frequency of an intervention from a day on; the first row is the start."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="doses")
    from_on = models.DateField(_("from"))
    # Amount per day where it is a number, so that "more" and "less" can be told; the label is what people read.
    amount = models.DecimalField(_("daily amount"), max_digits=9, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    label = models.CharField(_("dose or frequency"), max_length=80)

    objects: ClassVar[StandingManager["InterventionDose"]] = StandingManager()
    versions: ClassVar[ClinicManager["InterventionDose"]] = ClinicManager()

    class Meta:
        """One dose a day."""

        ordering = ["from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "intervention", "from_on"],
                condition=Q(voided_at__isnull=True),
                name="patients_dose_one_a_day",
            ),
            says_why("patients_dose"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="patients_dose_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Return the dose as people read it."""
        return self.label


class LifeEvent(Voidable):
    """Something that happened in the person's life, pinned to a day."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="life_events")
    title = models.CharField(_("what happened"), max_length=80)
    happened_on = models.DateField(_("when"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[StandingManager["LifeEvent"]] = StandingManager()
    versions: ClassVar[ClinicManager["LifeEvent"]] = ClinicManager()

    class Meta:
        """Read with the chart of one episode."""

        constraints = [says_why("patients_life_event")]
        indexes = [models.Index(fields=["episode", "happened_on"], name="patients_life_event_by_episode")]

    def __str__(self) -> str:
        """Return the title."""
        return self.title
