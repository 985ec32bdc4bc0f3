"""Clinics, the people who sign in, and the people who are cared for."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from patients.tenancy import ClinicOwned, uuid7

# Monday to Friday, ISO weekday numbers.
WORKING_WEEK = [1, 2, 3, 4, 5]


def working_week() -> list[int]:
    """Return Monday to Friday as ISO weekday numbers."""
    return list(WORKING_WEEK)


class Clinic(models.Model):
    """A tenant: its name, its hours, the days on which it is closed, and whom to call when no one is there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    # Mail shows this one: "Depression Centre" in a subject line would already tell a diagnosis.
    public_name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    staffed_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=working_week)
    staffed_from = models.TimeField(default=time(9))
    staffed_until = models.TimeField(default=time(17))
    # ISO weekday -> ["HH:MM", "HH:MM"]: a staffed day with hours of its own.
    other_hours = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    # Public holidays as the clinic checked them, and the last day for which it did.
    closed_days = ArrayField(models.DateField(), default=list, blank=True, db_default=[])
    holidays_until = models.DateField(null=True, blank=True)
    holiday_country = models.CharField(max_length=2, blank=True, default="", db_default="")
    holiday_region = models.CharField(max_length=10, blank=True, default="", db_default="")
    # Counts up when hours or days change: every clock is then worked out again.
    calendar_version = models.PositiveIntegerField(default=1, db_default=1)
    # [{"first": "2026-12-24", "last": "2027-01-01", "label": "..."}]: days on which nobody is there; they end by themselves.
    closures = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    # [{"label": "...", "number": "...", "note": "..."}], first one first; shown on every crisis page.
    crisis_contacts = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the name used inside the clinic."""
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts; an e-mail address is the name one signs in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account; without a password only a code or passkey opens it."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account of one person: staff or patient. What it may do is in ClinicRole, per clinic."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Stored in small letters, so that one address is one account.
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    # Of the pages and mails of this account. Empty: the person has not said, and the browser is asked.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    # When a person first accepted an invitation: from then on no invitation can set the password or the name.
    claimed_at = models.DateTimeField(null=True, blank=True)
    # Since when the mail provider reports that messages to the address come back; none while they arrive.
    mail_returned_at = models.DateTimeField(null=True, blank=True)
    # Counts up at "sign out everywhere": sessions signed with an older number end with their next request.
    session_generation = models.PositiveIntegerField(default=0)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One account per address, whatever its capitals."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="patients_user_email_in_small_letters"
            )
        ]

    def __str__(self) -> str:
        """Return the person's name, or the address while no name is known."""
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """Return what ties a session to this account: the password and the generation of its sessions."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Return the same under each earlier key, so that a new key signs nobody out."""
        return map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str) -> str:
        bound = f"{self.password}:{self.session_generation}"
        return salted_hmac("tidemark.session", bound, secret=secret, algorithm="sha256").hexdigest()

    @property
    def initials(self) -> str:
        """Return up to two capitals for the avatar."""
        return "".join(word[0] for word in self.name.split() if word[0].isalpha())[-2:].upper()


class Role(models.TextChoices):
    """What a person is in a clinic. One person may be several."""

    PATIENT = "patient", _("Patient")
    CLINICIAN = "clinician", _("Clinician")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMIN = "admin", _("Clinic admin")


STAFF_ROLES = frozenset({Role.CLINICIAN, Role.COORDINATOR, Role.ADMIN})


class ClinicRole(ClinicOwned):
    """One person's role in one clinic. Readable by the clinic, and by the person before a clinic is chosen."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="clinic_roles")
    role = models.CharField(max_length=16, choices=Role)
    title = models.CharField(_("profession"), max_length=80, blank=True)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A role is held once; ending it keeps the row for the record."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="patients_role_held_once",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="patients_role_known"),
        ]
        # Serves the look-up at every request: which roles has this person here.
        indexes = [models.Index(fields=["user", "clinic"], name="patients_role_by_user")]

    def __str__(self) -> str:
        """Return person and role."""
        return f"{self.user_id} {self.role}"


class Absence(ClinicOwned):
    """Days on which somebody of the staff is away, and who stands in."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    first = models.DateField()
    last = models.DateField()
    stand_in = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    # Came back earlier, or a slip: kept for the record.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The days are in order, and nobody stands in for oneself."""

        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="patients_absence_in_order"),
            models.CheckConstraint(
                condition=models.Q(stand_in__isnull=True) | ~models.Q(stand_in=models.F("user")),
                name="patients_absence_somebody_else",
            ),
        ]
        # Serves every message: who is away today.
        indexes = [models.Index(fields=["clinic", "last"], name="patients_absence_by_day")]

    def __str__(self) -> str:
        """Return the days."""
        return f"{self.first} to {self.last}"


class Patient(ClinicOwned):
    """A person in care. May have no account: imported, or on paper."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=150)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    # The clinic's own number, or the subject id of an import.
    external_id = models.CharField(max_length=64, blank=True)
    telephone = models.CharField(_("telephone"), max_length=32, blank=True, default="", db_default="")
    # In the clinic's words: whom else to call, when to ring, where to write to.
    contact = models.CharField(_("how to reach the person"), max_length=200, blank=True, default="", db_default="")
    # As the clinic noted it; what the person then chooses is kept here too (patients/people/languages.py).
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()

    class Meta:
        """Unique only inside the clinic: a global constraint would tell that another clinic has the number."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="patients_patient_clinic_key"),
            models.UniqueConstraint(
                fields=["clinic", "external_id"],
                condition=~models.Q(external_id=""),
                name="patients_patient_one_per_external_id",
            ),
            models.UniqueConstraint(
                fields=["clinic", "user"],
                condition=models.Q(user__isnull=False),
                name="patients_patient_one_per_user",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def first_name(self) -> str:
        """Return the first word of the name, for a greeting."""
        return self.name.split()[0] if self.name else ""


class Invitation(ClinicOwned):
    """An invitation to an account, bound to one address. Only the hash of its secret is stored."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    title = models.CharField(max_length=80, blank=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations")
    name = models.CharField(max_length=150)
    # Of the mail and of the page behind its link. Empty: not asked for, when invitations had none.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    secret_hash = models.CharField(max_length=64, unique=False)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Someone pressed "This is not me"; it is revoked too.
    declined_at = models.DateTimeField(null=True, blank=True)
    # A patient's: the hash of the code that is told in person. Empty: no one has made one yet.
    code_hash = models.CharField(max_length=128, blank=True, default="", db_default="")
    code_made_at = models.DateTimeField(null=True, blank=True)
    code_made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Since the present code was made.
    wrong_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Of staff: the second person, a colleague or whoever runs the installation. Nothing is given without.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_confirmed_by_operator = models.BooleanField(default=False, db_default=False)
    # Accepted, and nothing given yet. Rows from before there was a second person are not in this state.
    awaits_confirmation = models.BooleanField(default=False, db_default=False)

    class Meta:
        """Found by its hash inside the clinic that the link names."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "secret_hash"], name="patients_invitation_one_per_secret"),
            models.CheckConstraint(
                condition=models.Q(role=Role.PATIENT, patient__isnull=False)
                | (~models.Q(role=Role.PATIENT) & models.Q(patient__isnull=True)),
                name="patients_invitation_patient_matches_role",
            ),
            models.CheckConstraint(
                condition=models.Q(code_hash="", code_made_at__isnull=True, code_made_by__isnull=True)
                | (~models.Q(code_hash="") & models.Q(code_made_at__isnull=False, code_made_by__isnull=False)),
                name="patients_invitation_code_has_its_maker",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by__isnull=True, is_confirmed_by_operator=False)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False, is_confirmed_by_operator=False)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=True, is_confirmed_by_operator=True),
                name="patients_invitation_confirmed_by_one",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("invited_by")),
                name="patients_invitation_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(awaits_confirmation=False)
                | models.Q(accepted_at__isnull=False, confirmed_at__isnull=True),
                name="patients_invitation_awaits_after_accepting",
            ),
        ]

    def __str__(self) -> str:
        """Return the role offered; the address stays out of logs."""
        return f"invitation as {self.role}"

    @property
    def is_for_patient(self) -> bool:
        """Say whether it opens a patient's account."""
        return self.role == Role.PATIENT

    @property
    def is_in_force(self) -> bool:
        """Say whether it is the one by which the patient's present account came."""
        account = self.patient.user if self.patient else None
        return self.accepted_at is not None and account is not None and account.email == self.email

    @property
    def is_confirmed(self) -> bool:
        """Say whether a second person has agreed."""
        return self.confirmed_at is not None

    @property
    def has_code(self) -> bool:
        """Say whether someone has made its claim code."""
        return bool(self.code_hash)

    def is_open(self, *, at: datetime) -> bool:
        """Say whether it can still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at
