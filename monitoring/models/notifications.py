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


class NotificationChannel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email"


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
