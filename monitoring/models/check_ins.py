"""What people answered, as they answered it, and the scores that follow from it."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.engine.records import Direction, Domain
from monitoring.models.plans import CheckInSlot, OwnItem
from patients.models import Episode, Intervention, User
from patients.tenancy import ClinicManager, ClinicOwned

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RATING_MINIMUM = 0
RATING_MAXIMUM = 10


def _rating(label: "StrOrPromise") -> "models.PositiveSmallIntegerField[int | None, int | None]":
    """Return a column for one rating, 0 to 10; null means skipped."""
    return models.PositiveSmallIntegerField(label, null=True, blank=True)


class ContactWish(models.TextChoices):
    """What the patient would like to happen."""

    CONTACT_ME = "contact_me", _("Please contact me")
    CAN_WAIT = "can_wait", _("It can wait for my visit")
    JUST_RECORD = "just_record", _("Just record it")


class CheckInMode(models.TextChoices):
    """How the answers came to us."""

    WEB = "web", _("Online")
    PHONE = "phone", _("By phone")
    PAPER = "paper", _("On paper")


class CheckInDraft(ClinicOwned):
    """Answers of a check-in that is still being filled in; deleted at submit."""

    slot = models.OneToOneField(CheckInSlot, on_delete=models.PROTECT, related_name="draft")
    # Made when the form is opened: a double tap, a retry and the back button all carry the same key.
    client_key = models.UUIDField()
    is_short = models.BooleanField(default=False)
    answers = models.JSONField(default=dict)
    # What it asks, decided when it was begun (monitoring.check_ins.contents.Asked). Null: begun before that was kept.
    asked = models.JSONField(null=True, blank=True)
    # When each question was answered: question -> seconds since 1970 (monitoring.check_ins.drafts). Null: never said.
    answered_at = models.JSONField(null=True, blank=True)
    # Who asked on the telephone, if somebody did. Null: the patient alone has answered in it.
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"draft of {self.slot_id}"


class CheckInManager(ClinicManager["CheckIn"]):
    """The check-ins that count: corrected ones are kept, and left out here."""

    def get_queryset(self) -> "models.QuerySet[CheckIn]":
        """Return the rows that no correction has replaced."""
        return super().get_queryset().filter(superseded_at__isnull=True)


class CheckIn(ClinicOwned):
    """One submitted check-in: the row that must never be lost."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="check_ins")
    slot = models.ForeignKey(CheckInSlot, on_delete=models.PROTECT, null=True, blank=True, related_name="check_ins")
    # A correction is a row of its own; what it replaces stays, with the time from which it no longer counts.
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    client_key = models.UUIDField()
    # Digest of what was posted: the same key with other content is a conflict, not a repeat.
    body_digest = models.CharField(max_length=64)
    about_on = models.DateField()
    submitted_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    is_short = models.BooleanField(default=False)
    # 0 to 10 as answered, in natural direction: pain lower is better, all others higher is better.
    sleep = _rating(_("sleep"))
    mood = _rating(_("mood"))
    energy = _rating(_("energy"))
    pain = _rating(_("pain"))
    function = _rating(_("function"))
    # The patient's own question, and its answer.
    own_item = models.ForeignKey(OwnItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    own_rating = _rating(_("own question"))
    # Symptom code -> {"severity": 0..3, "frequency": 0..3, "interference": 0..3}; only symptoms that were asked.
    side_effects = models.JSONField(default=dict)
    # A side effect that stands on no list, in the patient's words. The team sees it whatever the note's switch says.
    other_symptom = models.CharField(max_length=120, blank=True, default="", db_default="")
    # Instrument code -> item code -> answer, as the instrument's version asked it.
    answers = models.JSONField(default=dict)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    note_is_shared = models.BooleanField(default=True)
    contact_wish = models.CharField(max_length=12, choices=ContactWish, default=ContactWish.JUST_RECORD)
    # Of the page on which it was sent: other words ask another question (docs/safety.md#h12). Empty: not noted.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    # A question that is heard is not quite the question that is read, so both are told (docs/decisions/0188).
    mode = models.CharField(max_length=8, choices=CheckInMode, default=CheckInMode.WEB, db_default=CheckInMode.WEB)
    # Who asked on the telephone or typed the paper. With an online check-in: some of it was asked on the telephone.
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar["CheckInManager"] = CheckInManager()
    versions: ClassVar[ClinicManager["CheckIn"]] = ClinicManager()

    class Meta:
        """The database decides that one key is one row, and that a rating is a rating."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="monitoring_check_in_clinic_key"),
            models.UniqueConstraint(fields=["clinic", "episode", "client_key"], name="monitoring_check_in_one_per_key"),
            models.UniqueConstraint(
                fields=["clinic", "slot"],
                condition=Q(slot__isnull=False, superseded_at__isnull=True),
                name="monitoring_check_in_one_per_week",
            ),
            models.CheckConstraint(
                condition=Q(mode=CheckInMode.WEB) | Q(interviewer__isnull=False),
                name="monitoring_check_in_mode_has_somebody",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{column}__isnull": True})
                    | Q(**{f"{column}__gte": RATING_MINIMUM, f"{column}__lte": RATING_MAXIMUM}),
                    name=f"monitoring_check_in_{name}_0_to_10",
                )
                for name, column in [*((domain, domain) for domain in Domain), ("own", "own_rating")]
            ),
        ]
        # Serves the chart and the history of the engine.
        indexes = [models.Index(fields=["episode", "about_on"], name="monitoring_check_in_by_episode")]

    def __str__(self) -> str:
        """Return an opaque name."""
        return f"check-in {self.pk}"

    @property
    def ratings(self) -> dict[Domain, int | None]:
        """Return the five ratings as answered, None where skipped."""
        return {domain: getattr(self, domain.value) for domain in Domain}


class DosesTaken(models.TextChoices):
    """How a medicine was taken in the week."""

    ALL = "all", _("Taken")
    SOME_MISSED = "some_missed", _("Some missed")
    STOPPED = "stopped", _("Stopped")


class WhyMissed(models.TextChoices):
    """The one-tap reason for missed doses."""

    FORGOT = "forgot", _("I forgot")
    SIDE_EFFECTS = "side_effects", _("Side effects")
    FELT_BETTER = "felt_better", _("I felt better")
    NOT_HELPING = "not_helping", _("It does not help")
    RAN_OUT = "ran_out", _("I ran out")
    OTHER = "other", _("Something else")


class MedicineReport(ClinicOwned):
    """What a patient says about one medicine in one check-in. Says what was taken, never what was prescribed."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="medicine_reports")
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="+")
    taken = models.CharField(max_length=12, choices=DosesTaken)
    reason = models.CharField(max_length=14, choices=WhyMissed, blank=True)

    class Meta:
        """One line a medicine."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "check_in", "intervention"], name="monitoring_medicine_report_once"
            )
        ]

    def __str__(self) -> str:
        """Return how it was taken."""
        return self.taken


class ScoreManager(ClinicManager["Score"]):
    """The scores that count: those of corrected check-ins are left out."""

    def get_queryset(self) -> "models.QuerySet[Score]":
        """Return the scores that no correction has replaced."""
        return super().get_queryset().filter(superseded_at__isnull=True)


class ClinicInstrument(ClinicOwned):
    """An instrument the clinic declares: an imported total, a laboratory value, a measure of a device."""

    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20, default="1")
    name = models.CharField(max_length=120)
    direction = models.CharField(max_length=20, choices=[(d.value, d.value) for d in Direction])
    minimum = models.FloatField()
    maximum = models.FloatField()
    # [{"value": 8, "label": "mild"}, ...]; empty where no bands are known.
    cut_offs = models.JSONField(default=list, blank=True)
    # Share of the start score that counts as response, and the total below which remission is counted; both with source.
    response_drop = models.FloatField(null=True, blank=True)
    remission_below = models.FloatField(null=True, blank=True)
    reliable_change = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=300)

    class Meta:
        """A version is never changed: old scores keep the scale they were given on."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "code", "version"], name="monitoring_instrument_one_per_version"),
            models.CheckConstraint(
                condition=Q(maximum__gt=models.F("minimum")), name="monitoring_instrument_range_not_empty"
            ),
        ]

    def __str__(self) -> str:
        """Return code and version."""
        return f"{self.code} v{self.version}"


class Score(ClinicOwned):
    """One score of one instrument on one day, in its published direction."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="scores")
    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, null=True, blank=True, related_name="scores")
    instrument = models.CharField(max_length=40)
    instrument_version = models.CharField(max_length=20)
    about_on = models.DateField()
    entered_at = models.DateTimeField()
    # Null when too many items were missing: no score is not a score of zero.
    value = models.FloatField(null=True, blank=True)
    answered_items = models.PositiveSmallIntegerField(null=True, blank=True)
    is_prorated = models.BooleanField(default=False)
    # Of the questionnaire itself, which stays English where no other wording of it is known. Empty: not noted.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    # Set together with its check-in's: from then on it no longer counts.
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ScoreManager] = ScoreManager()
    versions: ClassVar[ClinicManager["Score"]] = ClinicManager()

    class Meta:
        """One score a day and instrument from outside; one per check-in from inside."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "episode", "instrument", "about_on"],
                condition=Q(check_in__isnull=True),
                name="monitoring_score_one_import_a_day",
            ),
            models.UniqueConstraint(
                fields=["clinic", "check_in", "instrument"],
                condition=Q(check_in__isnull=False),
                name="monitoring_score_one_per_check_in",
            ),
        ]
        indexes = [models.Index(fields=["episode", "instrument", "about_on"], name="monitoring_score_by_episode")]

    def __str__(self) -> str:
        """Return instrument and day."""
        return f"{self.instrument} {self.about_on}"


class Sighting(ClinicOwned):
    """When a member of the team last looked at an episode: "seen by" for the patient, "new" for the team."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="sightings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    # The first look of this person since the newest check-in came: what the patient is told. Null: before it was kept.
    first_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The newest look of each person."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "episode", "user"], name="monitoring_sighting_one_per_person")
        ]

    def __str__(self) -> str:
        """Return who looked."""
        return f"{self.user_id} looked at {self.episode_id}"
