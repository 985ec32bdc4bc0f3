"""What is asked, when, and what work is due."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models import Episode
from patients.tenancy import ClinicOwned


class AssessmentCause(models.TextChoices):
    """What made an episode due for assessment."""

    CHECK_IN = "check_in", _("A check-in")
    CHANGE = "change", _("A change of treatment")
    MISSED = "missed", _("A missed check-in")
    IMPORT = "import", _("Imported values")
    PANEL = "panel", _("The nightly comparison")
    ENGINE_CHANGED = "engine_changed", _("New rules")
    MENDED = "mended", _("A wrong entry was taken out")


class PauseReason(models.TextChoices):
    """Why no check-ins come for a while."""

    HOLIDAY = "holiday", _("Holiday")
    HOSPITAL = "hospital", _("In hospital")
    BREAK = "break", _("A break")


class ReminderChannel(models.TextChoices):
    """How a message reaches a patient. One for now; a provider of another kind is a member here and a sender."""

    EMAIL = "email", _("By e-mail")


# Causes without new evidence: whatever comes with evidence takes their place while they wait.
QUIET_CAUSES = (AssessmentCause.PANEL, AssessmentCause.ENGINE_CHANGED, AssessmentCause.MENDED)
# Causes that show old answers in another light: what is found then pages no one.
ABOUT_THE_PAST = (AssessmentCause.ENGINE_CHANGED, AssessmentCause.MENDED)


class MonitoringPlan(ClinicOwned):
    """The agreed rhythm of check-ins of one episode, and the marks that say which work is due."""

    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="plan")
    # ISO weekday and wall-clock time in the patient's own zone; instants are computed from the calendar, never
    # by adding hours (docs/safety.md#weeks-and-clocks).
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    local_time = models.TimeField(_("time of day"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    cadence_weeks = models.PositiveSmallIntegerField(_("weeks between check-ins"), default=1)
    # Instrument code -> asked every so many weeks, for example {"PHQ-9": 4, "GAD-7": 4}.
    instruments = models.JSONField(default=dict, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    # First day on which check-ins open again; null while the pause has no end yet.
    paused_until = models.DateField(null=True, blank=True)
    pause_reason = models.CharField(max_length=120, blank=True)
    # Whether a message goes out when a check-in opens, and how. Empty: no message.
    remind_by = models.CharField(max_length=10, blank=True, default="email")
    # Work marks. The row says what is due; a queue only makes it quick.
    next_slot_at = models.DateTimeField(null=True, blank=True)
    assessment_due_at = models.DateTimeField(null=True, blank=True)
    due_cause = models.CharField(max_length=16, choices=AssessmentCause, default=AssessmentCause.CHECK_IN)
    assessed_at = models.DateTimeField(null=True, blank=True)
    # Engine version and start of the rule digest of the newest assessment: another one now means, assess again.
    assessed_with = models.CharField(max_length=40, blank=True)
    failed_assessments = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Weekday and cadence are what people agreed on, so nonsense is refused by the database."""

        constraints = [
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="monitoring_plan_weekday_iso"),
            models.CheckConstraint(
                condition=Q(cadence_weeks__gte=1, cadence_weeks__lte=12), name="monitoring_plan_cadence_1_to_12_weeks"
            ),
        ]
        indexes = [
            # Serves the sweep: whose assessment is due.
            models.Index(
                fields=["clinic", "assessment_due_at"],
                condition=Q(assessment_due_at__isnull=False),
                name="monitoring_plan_due",
            ),
            # Serves the sweep: whose next check-in opens.
            models.Index(
                fields=["clinic", "next_slot_at"],
                condition=Q(next_slot_at__isnull=False),
                name="monitoring_plan_next_slot",
            ),
        ]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"plan of {self.episode_id}"


class CheckInSlot(ClinicOwned):
    """One week in which a check-in is due; keyed by the Monday of the patient's local week."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="slots")
    week_of = models.DateField()
    due_on = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # The next message about this week, if one is owed; moved by "later today" and "tomorrow".
    remind_at = models.DateTimeField(null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    missed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One slot a week: a change of zone or plan can neither double nor drop a week."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_slot_clinic_key"),
            models.UniqueConstraint(fields=["clinic", "episode", "week_of"], name="monitoring_slot_one_a_week"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="monitoring_slot_closes_after_opening"
            ),
        ]
        indexes = [
            # Serves the sweep: which open weeks have run out.
            models.Index(
                fields=["clinic", "closes_at"],
                condition=Q(answered_at__isnull=True, missed_at__isnull=True),
                name="monitoring_slot_running_out",
            ),
            # Serves the sweep: about which weeks a message is owed.
            models.Index(
                fields=["clinic", "remind_at"],
                condition=Q(answered_at__isnull=True, remind_at__isnull=False),
                name="monitoring_slot_to_remind",
            ),
        ]

    def __str__(self) -> str:
        """Return the week."""
        return f"week of {self.week_of}"


class CheckInLink(ClinicOwned):
    """A link in a message that opens one week's form and nothing else. Only the hash of its secret is stored."""

    slot = models.ForeignKey(CheckInSlot, on_delete=models.PROTECT, related_name="links")
    secret_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The week was answered through it; it opens nothing any more.
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Found by its hash inside the clinic that the link names."""

        constraints = [models.UniqueConstraint(fields=["clinic", "secret_hash"], name="monitoring_link_one_per_secret")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"link to {self.slot_id}"


class OwnItem(ClinicOwned):
    """One question in the patient's own words, 0 to 10, asked with every check-in. New words are a new item."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="own_items")
    wording = models.CharField(_("in my own words"), max_length=120)
    low = models.CharField(_("meaning of 0"), max_length=40)
    high = models.CharField(_("meaning of 10"), max_length=40)
    higher_is_better = models.BooleanField(default=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        """One at a time: more questions cost answers."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_own_item_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "episode"], condition=Q(until_on__isnull=True), name="monitoring_own_item_one_asked"
            ),
        ]

    def __str__(self) -> str:
        """Return the wording."""
        return self.wording
