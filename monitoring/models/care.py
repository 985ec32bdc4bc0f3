"""What the team does around a person: tries to reach somebody, asks who becomes responsible, and ends care."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, User
from patients.tenancy import ClinicOwned


class ContactOutcome(models.TextChoices):
    """What came of trying to reach somebody."""

    SPOKEN = "spoken", _("Talked with the patient")
    NO_ANSWER = "no_answer", _("Called, no answer")
    MESSAGE_LEFT = "message_left", _("Left a message")


class Contact(ClinicOwned):
    """One try to reach a person; added only."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="contacts")
    outcome = models.CharField(max_length=12, choices=ContactOutcome)
    note = models.CharField(_("note"), max_length=500, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Serves "when was this person reached last"."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=ContactOutcome.values), name="monitoring_contact_outcome_known"
            )
        ]
        indexes = [models.Index(fields=["episode", "-made_at"], name="monitoring_contact_by_episode")]

    def __str__(self) -> str:
        """Return what came of it."""
        return self.outcome


class HandOverState(models.TextChoices):
    """Where a hand-over stands. The allowed steps are in monitoring.worklists.transfers.hand_overs.TRANSITIONS."""

    WAITING = "waiting", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Not answered in time")


class HandOver(ClinicOwned):
    """One request to a named clinician. Until it is accepted nothing changes: the one before stays responsible."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="hand_overs")
    # Who was responsible when it was asked. Null: nobody was.
    before = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("note"), max_length=2000, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # From then on the sweep takes it back.
    lapses_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=HandOverState, default=HandOverState.WAITING)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Why it was returned.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # Counts up at every change; a form that carries an older number meets a conflict.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """One question at a time; an answer has its person and its time."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_hand_over_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "episode"],
                condition=Q(state=HandOverState.WAITING),
                name="monitoring_hand_over_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[HandOverState.WAITING, HandOverState.LAPSED])
                & Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(state__in=[HandOverState.ACCEPTED, HandOverState.RETURNED, HandOverState.WITHDRAWN])
                & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="monitoring_hand_over_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=HandOverState.RETURNED) | ~Q(reason=""), name="monitoring_hand_over_return_says_why"
            ),
        ]
        indexes = [
            # Serves the sweep: what nobody has answered.
            models.Index(
                fields=["clinic", "lapses_at"], condition=Q(state="waiting"), name="monitoring_hand_over_lapsing"
            ),
            models.Index(fields=["to", "-asked_at"], name="monitoring_hand_over_by_to"),
        ]

    def __str__(self) -> str:
        """Return where it stands."""
        return self.state

    @property
    def is_open(self) -> bool:
        """Say whether it waits for an answer."""
        return self.state == HandOverState.WAITING


class HandOverLetter(ClinicOwned):
    """One message owed to one person about a hand-over. It says that something waits, never what."""

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="letters")
    # Version of the hand-over it is about: asked, and answered.
    occasion = models.PositiveIntegerField()
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField()
    # Not before: back-off after a refused try.
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One message per hand-over, occasion and person."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "hand_over", "occasion", "recipient"], name="monitoring_hand_over_letter_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["clinic", "due_at"], condition=Q(sent_at__isnull=True), name="monitoring_handover_letter_due"
            )
        ]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"letter about {self.hand_over_id}"


class Discharge(ClinicOwned):
    """How a period of care ended: who looks after the person from then on, and what became of the account."""

    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="discharge")
    # The patient reads this.
    takes_over = models.CharField(_("who takes over"), max_length=200)
    # The patient reads this.
    summary = models.TextField(_("summary for the patient"), max_length=2000, blank=True)
    keeps_account = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Nobody is discharged to nobody: the field says so in words where it is so."""

        constraints = [
            models.CheckConstraint(condition=~Q(takes_over=""), name="monitoring_discharge_says_who_takes_over")
        ]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"discharge of {self.episode_id}"
