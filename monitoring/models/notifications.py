"""The outbox: messages that are owed, with what became of them."""

from django.db import models
from django.db.models import Q

from monitoring.models.alerts import Alert
from patients.models import User
from patients.tenancy import ClinicOwned


class NotificationState(models.TextChoices):
    """What became of a message."""

    QUEUED = "queued"
    SENT = "sent"
    # Its alert was closed before it went out, or its reader has left.
    DROPPED = "dropped"
    # Its reader has chosen to find such alerts on the pages.
    KEPT = "kept"
    # The mail provider gave it back, or it was not sent to an address that gives everything back.
    RETURNED = "returned"


# A message in one of these states has told no one anything.
TOLD_NOBODY = frozenset({NotificationState.DROPPED, NotificationState.RETURNED})


class NotificationChannel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email"
    # To the browsers that the person has allowed; beside mail, never in its place.
    PUSH = "push"


class Notification(ClinicOwned):
    """One message owed to one person. It says that something needs a look, never what."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="notifications")
    # Which raising of the alert it is about: a reopened alert may be told again.
    occasion = models.PositiveIntegerField()
    # Which step of the alert's clock, counted from 1; 0 is its raising.
    step = models.PositiveSmallIntegerField(default=0, db_default=0)
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=NotificationChannel, default=NotificationChannel.EMAIL)
    state = models.CharField(max_length=10, choices=NotificationState, default=NotificationState.QUEUED)
    queued_at = models.DateTimeField()
    # Not before: back-off after a failed try, and a guard after a restore.
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One message per alert, occasion, step, person and channel."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "alert", "occasion", "step", "recipient", "channel"],
                name="monitoring_notification_once",
            )
        ]
        # Serves the sweep: what is still to be sent.
        indexes = [
            models.Index(fields=["clinic", "due_at"], condition=Q(state="queued"), name="monitoring_notification_due")
        ]

    def __str__(self) -> str:
        """Return channel and state."""
        return f"{self.channel} {self.state}"


class MessageChoice(ClinicOwned):
    """What one person of the team wants to be sent. Pressing alerts are none of these choices: they always are."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    wants_priority = models.BooleanField(default=True, db_default=True)
    wants_review = models.BooleanField(default=True, db_default=True)
    # On Mondays, how much is open: counts alone.
    digest = models.BooleanField(default=True, db_default=True)
    digest_due_at = models.DateTimeField(null=True, blank=True)
    # On the clinic's clock; both or none. May go over midnight.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        """One choice for each person."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "user"], name="monitoring_message_choice_once"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="monitoring_message_choice_whole_quiet",
            ),
        ]

    def __str__(self) -> str:
        """Return whose choice it is."""
        return f"messages of {self.user_id}"


class PushBrowser(ClinicOwned):
    """A browser in which somebody of the team wants to be told that something needs a look."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Where its maker's push service takes messages for it, and the keys for which they are encrypted.
    address = models.CharField(max_length=1000)
    key = models.CharField(max_length=100)
    secret = models.CharField(max_length=40)
    added_at = models.DateTimeField()

    class Meta:
        """One row for each browser of a person."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "user", "address"], name="monitoring_push_browser_once")
        ]

    def __str__(self) -> str:
        """Return whose it is."""
        return f"browser of {self.user_id}"
