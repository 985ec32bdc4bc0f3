"""The digest on Mondays: how much is open, in numbers alone. It names no one, and says nothing that the pages do not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.messages import choices, mailing
from monitoring.models import Alert, MessageChoice
from patients import zones
from patients.models import CareTeamMembership, Clinic, ClinicRole, User
from patients.models.people import Role
from patients.tenancy import clinic_transaction

WEEK = timedelta(days=7)
# A server that refuses is asked again, on the same day.
RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class DigestNumbers:
    """What one person may see of the clinic's alerts, in numbers."""

    open: int
    overdue: int
    raised: int
    closed: int


def due(*, at: datetime) -> list[UUID]:
    """Return whose digest is due in the present clinic; who was never asked gets the first one on the next Monday."""
    readers = _readers()
    asked = MessageChoice.objects.filter(digest_due_at__isnull=False)
    for user in readers.exclude(pk__in=asked.values("user")):
        choice, _is_new = MessageChoice.objects.get_or_create(user=user)
        choice.digest_due_at = choices.next_digest(choice.clinic, at=at)
        choice.save(update_fields=["digest_due_at"])
    waiting = MessageChoice.objects.filter(digest_due_at__lte=at, user__in=readers)
    return list(waiting.order_by("digest_due_at").values_list("pk", flat=True))


def deliver(*, clinic_id: UUID, choice_id: UUID, at: datetime) -> bool:
    """Send one digest, unless someone else has claimed it; return whether it went out.

    The claim is the date of the next one, so a crash loses a digest and never doubles it.
    """
    with clinic_transaction(clinic_id=clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        waiting = MessageChoice.objects.filter(pk=choice_id, digest_due_at__lte=at)
        if waiting.update(digest_due_at=choices.next_digest(clinic, at=at)) != 1:
            return False
        choice = MessageChoice.objects.select_related("user").get(pk=choice_id)
        is_monday = zones.local_day(at, clinic.time_zone).weekday() == choices.MONDAY
        if not choice.digest or not is_monday or choice.user.mail_returned_at is not None:
            return False
        counts = counts_for(choice.user, at=at)
    with translation.override(choice.user.language or settings.LANGUAGE_CODE):
        subject, body = wording(counts, clinic=clinic)
    is_sent = mailing.hand_over(subject=subject, body=body, address=choice.user.email)
    if not is_sent:
        with clinic_transaction(clinic_id=clinic_id):
            MessageChoice.objects.filter(pk=choice_id).update(digest_due_at=at + RETRY)
    return is_sent


def _readers() -> QuerySet[User]:
    """Return who answers alerts in the present clinic."""
    held = ClinicRole.objects.filter(ended_at__isnull=True, role__in=[Role.CLINICIAN, Role.COORDINATOR])
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def counts_for(user: User, *, at: datetime) -> DigestNumbers:
    """Return the numbers of the alerts that a person may see: a coordinator all, a clinician those of the own people."""
    held = ClinicRole.objects.filter(user=user, ended_at__isnull=True)
    alerts = Alert.objects.all()
    if not held.filter(role=Role.COORDINATOR).exists():
        own = CareTeamMembership.objects.filter(episode=OuterRef("episode"), left_at__isnull=True, user=user)
        alerts = alerts.filter(Exists(own))
    is_open = Q(closed_at__isnull=True)
    counted = alerts.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_at__lt=at)),
        raised=Count("pk", filter=Q(raised_at__gt=at - WEEK)),
        closed=Count("pk", filter=Q(closed_at__gt=at - WEEK)),
    )
    return DigestNumbers(**counted)


def wording(counts: DigestNumbers, *, clinic: Clinic) -> tuple[str, str]:
    """Return subject and text; both hold numbers and the clinic's outward name, and no more."""
    lines = [
        ngettext("%(n)d alert is open", "%(n)d alerts are open", counts.open) % {"n": counts.open},
        ngettext("%(n)d of them is overdue", "%(n)d of them are overdue", counts.overdue) % {"n": counts.overdue},
        ngettext("%(n)d was raised in the last seven days", "%(n)d were raised in the last seven days", counts.raised)
        % {"n": counts.raised},
        ngettext("%(n)d was closed in the last seven days", "%(n)d were closed in the last seven days", counts.closed)
        % {"n": counts.closed},
    ]
    intro = _("This is how much %(name)s asks of you today:") % {"name": clinic.public_name}
    rest = _("You can choose what is sent to you on the page Messages. Nobody watches round the clock.")
    return _("Your week in numbers"), "\n".join([intro, "", *lines, "", rest])
