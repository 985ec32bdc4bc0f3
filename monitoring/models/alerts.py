"""What someone must look at, and everything that happened to it."""

from typing import ClassVar

from django.db import models
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from monitoring.engine.records import FindingKind, Tier
from monitoring.models.assessments import Signal
from monitoring.models.check_ins import CheckIn
from patients.models import Episode, User
from patients.tenancy import ClinicManager, ClinicOwned


class AlertState(models.TextChoices):
    """Where an alert stands. The allowed steps are in monitoring.alerts.alerts.TRANSITIONS."""

    NEW = "new", _("New")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    IN_PROGRESS = "in_progress", _("In progress")
    CLOSED = "closed", _("Closed")


class AlertKind(models.TextChoices):
    """What an alert is about: the kinds of finding that need a person, and the patient's own request."""

    RISK_ANSWER = FindingKind.RISK_ANSWER.value, _("Safety")
    BODY_WARNING = FindingKind.BODY_WARNING.value, _("Physical warning sign")
    CONTACT_WISH = "contact_wish", _("Asked for contact")
    EXTREME_RATING = FindingKind.EXTREME_RATING.value, _("Rating at the worst end")
    DETERIORATION = FindingKind.DETERIORATION.value, _("Getting worse")
    RELAPSE = FindingKind.RELAPSE.value, _("Worse again after getting better")
    SIDE_EFFECT = FindingKind.SIDE_EFFECT.value, _("Possible side effect")
    DISCONTINUATION = FindingKind.DISCONTINUATION.value, _("Medicine stopped")
    NOT_ON_TRACK = FindingKind.NOT_ON_TRACK.value, _("No response yet")
    MISSED_CHECK_INS = FindingKind.MISSED_CHECK_INS.value, _("Missed check-ins")
    NOT_ASSESSED = "not_assessed", _("Could not be assessed")


class ActionCode(models.TextChoices):
    """What was done about an alert. Closing without one is not possible."""

    TALKED = "talked", _("Talked with the patient")
    NO_ANSWER = "no_answer", _("Called, no answer")
    MESSAGE_LEFT = "message_left", _("Left a message")
    PLAN_CHANGED = "plan_changed", _("Changed the plan")
    MEDICINE_REVIEWED = "medicine_reviewed", _("Medicine reviewed")
    VISIT_ARRANGED = "visit_arranged", _("Visit arranged")
    HANDED_OVER = "handed_over", _("Handed over to another service")
    NOTHING_NEEDED = "nothing_needed", _("Nothing needed yet")
    # Only together with a level that was agreed (monitoring.alerts.pauses).
    NEW_NORMAL = "new_normal", _("Agreed as the new normal")
    # No one's deed: silence that ended before anyone had taken it up.
    CHECK_IN_CAME = "check_in_came", _("Check-in received")


# The order in which alerts are dealt with, wherever they are listed: a safety answer before everything else, then the
# louder tier, then what presses more within it, then what is due sooner.
PRESSING_FIRST = (
    Case(When(kind=AlertKind.RISK_ANSWER, then=Value(0)), default=Value(1), output_field=IntegerField()).asc(),
    Case(
        *(When(tier=tier.value, then=Value(tier.rank)) for tier in Tier), default=Value(0), output_field=IntegerField()
    ).desc(),
    F("comes_first").desc(),
    F("due_at").asc(nulls_last=True),
    F("raised_at").asc(),
    F("pk").asc(),
)


# What tries to reach a person: the line of twelve hours asks for one of these. Source: docs/safety.md#escalation.
CONTACT_ATTEMPTS = (ActionCode.TALKED, ActionCode.NO_ANSWER, ActionCode.MESSAGE_LEFT, ActionCode.HANDED_OVER)


class StepKind(models.TextChoices):
    """What the clock of an alert does when nobody, or its owner, moves it on. The order is that of `escalation.clocks`."""

    SECOND = "second", _("Told the second responder")
    LEAD = "lead", _("Told the lead")
    EVERYONE = "everyone", _("Told everyone")
    AGAIN = "again", _("Told again")
    STILL_ON_IT = "still_on_it", _("Asked the owner: still on it?")
    LAPSED = "lapsed", _("The owner did not answer: nobody has it")
    WOKEN = "woken", _("The pause is over")
    TWELVE_HOURS = "twelve_hours", _("Nobody has tried to reach the patient for 12 hours")


class NoStepReason(models.TextChoices):
    """Why an open alert has no next step. Empty: it has one."""

    NONE = "", ""
    NO_HOURS = "no_hours", _("The clinic has no staffed hours, so no clock runs.")


class AlertManager(ClinicManager["Alert"]):
    """Questions about alerts in words."""

    def open(self) -> "models.QuerySet[Alert]":
        """Return alerts that still need someone."""
        return self.get_queryset().exclude(state=AlertState.CLOSED)

    def waiting(self) -> "models.QuerySet[Alert]":
        """Return open alerts that are not left alone for a while."""
        return self.open().filter(snoozed_until__isnull=True)


class Alert(ClinicOwned):
    """Something a person must look at. One open alert per episode and kind: new evidence joins it."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=30, choices=AlertKind)
    tier = models.CharField(max_length=10, choices=[(t.value, t.value) for t in Tier])
    # Of two alerts of one tier this one is dealt with first. It orders, and says nothing about a person.
    comes_first = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=16, choices=AlertState, default=AlertState.NEW)
    # Newest evidence; a patient's own request or a risk answer has the check-in instead.
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField()
    # When an assessment first no longer found it, after closing: only then can the same signal "return".
    cleared_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_action = models.CharField(max_length=20, choices=ActionCode, blank=True)
    # ---- its clock: what comes next when nobody moves it on (monitoring.escalation) ----
    # When the present clock began: at raising, when somebody took it, said that they are still on it, or let it lapse.
    clock_from = models.DateTimeField(null=True, blank=True)
    # The policy in force when the clock of this raising began; a later one does not change it.
    policy = models.ForeignKey(
        "monitoring.ResponsePolicy", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    next_step = models.CharField(max_length=16, choices=StepKind, blank=True, default="", db_default="")
    next_step_at = models.DateTimeField(null=True, blank=True)
    standing = models.CharField(
        max_length=16, choices=NoStepReason, blank=True, default=NoStepReason.NONE, db_default=NoStepReason.NONE
    )
    # Of the clinic's calendar with which the next step was worked out.
    calendar_version = models.PositiveIntegerField(default=0, db_default=0)
    # Agreed to be left alone until then; never a safety answer.
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # Counts up at every change; a form that carries an older number meets a conflict, not an overwrite.
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[AlertManager] = AlertManager()

    class Meta:
        """The database, not the code, keeps one open alert per episode and kind."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_alert_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "episode", "kind"],
                condition=~Q(state=AlertState.CLOSED),
                name="monitoring_alert_one_open_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(state=AlertState.CLOSED, closed_at__isnull=False)
                & ~Q(closed_action="")
                & (
                    Q(closed_by__isnull=False)
                    | Q(kind=AlertKind.MISSED_CHECK_INS, closed_action=ActionCode.CHECK_IN_CAME)
                )
                | ~Q(state=AlertState.CLOSED) & Q(closed_at__isnull=True, closed_by__isnull=True, closed_action=""),
                name="monitoring_alert_closed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="monitoring_alert_state_known"),
            # A safety answer is never left alone. Source: docs/safety.md#closing.
            models.CheckConstraint(
                condition=~Q(kind=AlertKind.RISK_ANSWER) | Q(snoozed_until__isnull=True),
                name="monitoring_alert_safety_never_snoozed",
            ),
        ]
        indexes = [
            # Serves the queue: what is open, most urgent first.
            models.Index(fields=["clinic", "due_at"], condition=~Q(state="closed"), name="monitoring_alert_queue"),
            models.Index(fields=["episode", "kind", "-raised_at"], name="monitoring_alert_by_episode"),
            # Serves the sweep: whose next step is due.
            models.Index(
                fields=["clinic", "next_step_at"], condition=~Q(state="closed"), name="monitoring_alert_next_step"
            ),
        ]

    def __str__(self) -> str:
        """Return kind and state."""
        return f"{self.kind} {self.state}"

    @property
    def is_safety(self) -> bool:
        """Say whether it is about a safety answer, to which rules of its own apply."""
        return self.kind == AlertKind.RISK_ANSWER

    @property
    def is_open(self) -> bool:
        """Say whether someone still has to look at it."""
        return self.state != AlertState.CLOSED


class AlertEventKind(models.TextChoices):
    """What can happen to an alert."""

    RAISED = "raised", _("Raised")
    SEEN_AGAIN = "seen_again", _("Detected again")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    STARTED = "started", _("Work started")
    NOTED = "noted", _("Note added")
    GIVEN = "given", _("Assigned to a colleague")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
    HELP_SHOWN = "help_shown", _("Numbers to call were shown")
    CHECK_IN_CAME = "check_in_came", _("Check-in received")
    OWNER_LEFT = "owner_left", _("No longer has an owner")
    STILL_ON_IT = "still_on_it", _("Still on it")
    NOT_ME = "not_me", _("Passed on")
    ESCALATED = "escalated", _("The clock ran out")
    SNOOZED = "snoozed", _("Paused")
    WOKEN = "woken", _("The pause is over")


# What brings evidence to an alert: whoever closes it must have seen the newest of these.
BRINGS_EVIDENCE = (AlertEventKind.RAISED, AlertEventKind.SEEN_AGAIN, AlertEventKind.REOPENED)


class AlertEvent(ClinicOwned):
    """One thing that happened to an alert; added only."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=AlertEventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Who got the alert, where it was given to someone.
    receiver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=20, choices=ActionCode, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Safety answers as they were given: instrument, item, answer, the one before, and the week of the form. They stay
    # as they are, whatever becomes of the form. Null: none, or from before they were kept.
    said = models.JSONField(null=True, blank=True)
    # What the clock did, of an event that no person made.
    step = models.CharField(max_length=16, choices=StepKind, blank=True, default="", db_default="")
    # At the end of a safety answer, in the clinician's words: see monitoring.alerts.closing.
    assessment = models.JSONField(null=True, blank=True)

    class Meta:
        """Read as the history of one alert, oldest first."""

        indexes = [models.Index(fields=["alert", "at"], name="monitoring_alert_events")]

    def __str__(self) -> str:
        """Return what happened."""
        return self.kind
