"""The outbox: owe a message in the transaction that makes it due, deliver it later, at least once.

A message says that something needs a look. It never says what, about whom, or why: mailboxes are shared and
lock screens are read by others. One that is refused is tried again for as long as its alert is open, and told to staff.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from monitoring.engine.records import Tier
from monitoring.messages import choices, mailing, pushes
from monitoring.models import Alert, MessageChoice, Notification, PushBrowser
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationChannel, NotificationState
from patients import zones
from patients.care import teams
from patients.models import Clinic, ClinicRole, User
from patients.models.people import Role
from patients.people import absences
from patients.tenancy import clinic_transaction

# A worker that dies between claim and send frees the message after this long.
CLAIM = timedelta(minutes=2)
# Back-off doubles from here.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
# So often refused, within about ten minutes, a message is told to staff. Source: docs/safety.md#refused-mail.
REFUSED_TRIES = 3


def recipients(alert: Alert, *, at: datetime) -> list[User]:
    """Return who gets a message about an alert: the care team; of an urgent one, the coordinators who triage as well.

    Without a care team it goes to the coordinators. Where nobody may see it, it goes to the clinic's admins: they
    cannot read it, but they can name someone who can. Who is away is told through whoever stands in; a message that
    would reach nobody goes to all, there or not.
    """
    if alert.kind == AlertKind.RISK_ANSWER or alert.tier == Tier.URGENT:
        people = list(teams.answerers(alert.episode))
    else:
        people = teams.care_team(alert.episode) or _holders(Role.COORDINATOR)
    there = absences.with_stand_ins(people, on=zones.local_day(at, alert.episode.clinic.time_zone))
    if there != people:
        may_see = set(teams.answerers(alert.episode))
        there = [person for person in there if person in may_see]
    return there or people or admins()


def admins() -> list[User]:
    """Return the admins of the present clinic."""
    return _holders(Role.ADMIN)


def queue(*, alert: Alert, to: Sequence[User] | None = None, step: int = 0, at: datetime) -> int:
    """Queue a message about an alert for its recipients, or for the people in `to`.

    Args:
        alert: what it is about.
        to: its readers; those of `recipients` when None.
        step: which step of the alert's clock tells them, counted from 1; 0 for its raising.
        at: now.

    Returns:
        How many people it goes to. Safe to repeat: one message per alert, occasion, step and person.

    Who has chosen to find such alerts on the pages alone is sent none when one is raised; a step of its clock is always
    sent, for nobody has answered. Whose address gives messages back is replaced by whoever is next.
    """
    asked = recipients(alert, at=at) if to is None else list(to)
    people = reachable(alert, asked)
    # Whoever has no mail that works may still have a browser.
    everybody = list(dict.fromkeys([*people, *asked]))
    chosen = choices.of_all(everybody)
    owed = [_owed(alert, person, chosen[person.pk], step=step, at=at) for person in people]
    owed += [
        _owed(alert, person, chosen[person.pk], channel=NotificationChannel.PUSH, step=step, at=at)
        for person in pushes.having_browsers(everybody)
        if step or choices.wants(chosen[person.pk], alert)
    ]
    Notification.objects.bulk_create(owed, ignore_conflicts=True)
    # Someone who had left and is back, or whose address works again, gets the message after all.
    silent = Notification.objects.filter(alert=alert, occasion=alert.version, step=step, recipient__in=people)
    is_back = Q(state=NotificationState.DROPPED) | Q(
        state=NotificationState.RETURNED, recipient__mail_returned_at__isnull=True
    )
    silent.filter(is_back).update(state=NotificationState.QUEUED, due_at=at, tries=0)
    return len({notification.recipient_id for notification in owed})


def _owed(
    alert: Alert,
    person: User,
    choice: MessageChoice,
    *,
    channel: NotificationChannel = NotificationChannel.EMAIL,
    step: int,
    at: datetime,
) -> Notification:
    """Return the message to one person, as the person wants it."""
    state = NotificationState.QUEUED if step or choices.wants(choice, alert) else NotificationState.KEPT
    due_at = choices.not_before(choice, alert, at=at)
    return Notification(
        clinic_id=alert.clinic_id,
        alert=alert,
        occasion=alert.version,
        step=step,
        recipient=person,
        channel=channel,
        state=state,
        queued_at=at,
        due_at=due_at,
    )


def reachable(alert: Alert, people: Sequence[User]) -> list[User]:
    """Return those whose address works; where none does, who is next: whoever can answer, then the clinic's admins.

    Where nobody's does, the people themselves: a message that may come back is better than none.
    """
    for group in (people, teams.answerers(alert.episode), _holders(Role.ADMIN)):
        working = [person for person in group if person.mail_returned_at is None]
        if working:
            return working
    return list(people)


def due(*, at: datetime, limit: int = 200) -> list[UUID]:
    """Return the messages of the present clinic that wait to be sent, mail before all others, oldest first."""
    waiting = Notification.objects.filter(state=NotificationState.QUEUED, due_at__lte=at)
    return list(waiting.order_by("channel", "due_at").values_list("pk", flat=True)[:limit])


def deliver(*, clinic_id: UUID, notification_id: UUID, at: datetime) -> bool:
    """Send one message, unless someone else has claimed it; return whether it went out.

    1. Claim it with a conditional update, and commit: two workers can never both send now.
    2. Send outside any transaction: a slow mail server must not hold rows.
    3. Mark it. A crash between 2 and 3 sends it again; we promise one alert, not one mail.
    """
    with clinic_transaction(clinic_id=clinic_id):
        waiting = Notification.objects.filter(pk=notification_id, state=NotificationState.QUEUED, due_at__lte=at)
        if waiting.update(due_at=at + CLAIM, tries=F("tries") + 1) != 1:
            return False
        messages = Notification.objects.select_related("recipient", "clinic", "alert__episode")
        message = messages.get(pk=notification_id)
        may_see = teams.answerers(message.alert.episode).filter(pk=message.recipient_id).exists()
        if not message.alert.is_open or not (may_see or message.recipient in _holders(Role.ADMIN)):
            messages.filter(pk=message.pk).update(state=NotificationState.DROPPED)
            return False
        note = TeamMessage(
            reader=message.recipient,
            clinic=message.clinic,
            may_see=may_see,
            is_urgent=choices.presses(message.alert),
            browsers=tuple(pushes.browsers_of(message.recipient)),
        )
    with translation.override(note.reader.language or settings.LANGUAGE_CODE):
        state = CHANNELS[NotificationChannel(message.channel)](note)
    with clinic_transaction(clinic_id=clinic_id):
        _mark(message, state, at=at)
    return state == NotificationState.SENT


@dataclass(frozen=True, kw_only=True)
class TeamMessage:
    """One message, ready to be handed to a channel: all that a channel may know.

    Attributes:
        reader: whom it is for.
        clinic: whose it is.
        may_see: whether the reader may open what it is about.
        is_urgent: whether it presses.
        browsers: where the reader allowed to be told.
    """

    reader: User
    clinic: Clinic
    may_see: bool
    is_urgent: bool
    browsers: tuple[PushBrowser, ...] = ()


def send_mail(note: TeamMessage) -> NotificationState:
    """Hand a message to the mail server; what it refuses waits."""
    words = wording if note.may_see else wording_for_admins
    subject, body = words(clinic=note.clinic, is_urgent=note.is_urgent)
    is_taken = mailing.hand_over(subject=subject, body=body, address=note.reader.email)
    return NotificationState.SENT if is_taken else NotificationState.QUEUED


def send_push(note: TeamMessage) -> NotificationState:
    """Hand a message to all of the reader's browsers; one that takes it is enough, one that is gone is forgotten."""
    answers = [(browser, pushes.send(browser, is_urgent=note.is_urgent)) for browser in note.browsers]
    gone = [browser for browser, status in answers if status in pushes.GONE]
    if gone:
        with clinic_transaction(clinic_id=note.clinic.pk):
            pushes.forget(gone)
    if any(HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES for _browser, status in answers):
        return NotificationState.SENT
    return NotificationState.DROPPED if len(gone) == len(answers) else NotificationState.QUEUED


# How each channel sends. A sender says what becomes of the message: sent, queued for another try, or dropped.
CHANNELS: Mapping[NotificationChannel, Callable[[TeamMessage], NotificationState]] = {
    NotificationChannel.EMAIL: send_mail,
    NotificationChannel.PUSH: send_push,
}


def wording_for_admins(*, clinic: Clinic, is_urgent: bool = False) -> tuple[str, str]:
    """Return subject and text to those who cannot read an alert that no one else sees either."""
    subject = _("Something needs attention, and nobody can open it")
    if is_urgent:
        subject = _("Urgent: something needs attention, and nobody can open it")
    body = _(
        "Something in %(name)s needs attention, and nobody there may open it. Please sign in and name a "
        "coordinator.\n\nThis message contains no details on purpose. It is not watched round the clock."
    ) % {"name": clinic.public_name}
    return subject, body


def wording(*, clinic: Clinic, is_urgent: bool = False) -> tuple[str, str]:
    """Return subject and text; both are the same for every patient, and tell of an alert only whether it presses."""
    subject = _("Urgent: something needs attention") if is_urgent else _("Something needs attention")
    body = _(
        "Something in %(name)s needs attention. Please sign in and open Alerts.\n\nThis message contains no details "
        "on purpose. It is not watched round the clock."
    ) % {"name": clinic.public_name}
    return subject, body


def _mark(message: Notification, state: NotificationState, *, at: datetime) -> None:
    """Record what became of a message. Mail is tried for as long as its alert is open, a browser three times."""
    row = Notification.objects.filter(pk=message.pk)
    if state == NotificationState.SENT:
        row.update(state=state, sent_at=at)
    elif state == NotificationState.DROPPED or _is_given_up(message):
        row.update(state=NotificationState.DROPPED)
    else:
        again = at + min(FIRST_RETRY * 2 ** min(message.tries, 10), LONGEST_RETRY)
        choice = choices.of(message.recipient)
        row.update(due_at=choices.not_before(choice, message.alert, at=again))


def _is_given_up(message: Notification) -> bool:
    return message.channel != NotificationChannel.EMAIL and message.tries >= REFUSED_TRIES


def _holders(role: Role) -> list[User]:
    """Return who holds a role in the clinic: nothing is sent to no one."""
    roles = ClinicRole.objects.filter(role=role, ended_at__isnull=True, user__is_active=True)
    return [role.user for role in roles.select_related("user")]


def waiting() -> tuple[int, datetime | None]:
    """Return how many messages of the present clinic are not sent yet, and since when the oldest waits."""
    queued = _mails_that_wait()
    counted = queued.aggregate(count=Count("pk"), since=Min("queued_at"))
    return counted["count"], counted["since"]


def refused() -> tuple[int, datetime | None]:
    """Return how many messages of the present clinic are refused again and again, and since when."""
    stuck = _mails_that_wait().filter(tries__gte=REFUSED_TRIES)
    counted = stuck.aggregate(count=Count("pk"), since=Min("queued_at"))
    return counted["count"], counted["since"]


def _mails_that_wait() -> QuerySet[Notification]:
    return Notification.objects.filter(state=NotificationState.QUEUED, channel=NotificationChannel.EMAIL)
