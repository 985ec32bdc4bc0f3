"""What each person of the team wants to be sent, and when. What presses is sent to everybody at once, whatever is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from monitoring.engine.records import Tier
from monitoring.models import Alert, MessageChoice
from monitoring.models.alerts import AlertKind
from monitoring.plans import plans
from patients import audit, zones
from patients.models import Clinic, User
from patients.models.audit import AuditAction

MONDAY = 0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What somebody chose.

    Attributes:
        wants_priority: whether messages about alerts of the tier "priority" are wanted.
        wants_review: the same of the tier "review".
        digest: whether a mail on Mondays says how much is open.
        quiet: between which times of day nothing is sent that can wait; None for no such time.
    """

    wants_priority: bool = True
    wants_review: bool = True
    digest: bool = True
    quiet: tuple[time, time] | None = None


def presses(alert: Alert) -> bool:
    """Say whether an alert can wait for nobody's quiet hours: a safety answer, a warning of the body, an urgent one."""
    return alert.kind in {AlertKind.RISK_ANSWER, AlertKind.BODY_WARNING} or alert.tier == Tier.URGENT


def of(user: User) -> MessageChoice:
    """Return what a person chose in the present clinic; the defaults where nothing was chosen."""
    return MessageChoice.objects.filter(user=user).first() or MessageChoice(user=user)


def of_all(people: Iterable[User]) -> dict[UUID, MessageChoice]:
    """Return the same for several people, by their ids."""
    people = list(people)
    chosen = {choice.user_id: choice for choice in MessageChoice.objects.filter(user__in=people)}
    return {person.pk: chosen.get(person.pk) or MessageChoice(user=person) for person in people}


@transaction.atomic
def choose(*, wishes: Wishes, by: User, at: datetime) -> MessageChoice:
    """Keep what a person wants to be sent."""
    quiet_from, quiet_until = wishes.quiet or (None, None)
    choice, _is_new = MessageChoice.objects.update_or_create(
        user=by,
        defaults={
            "wants_priority": wishes.wants_priority,
            "wants_review": wishes.wants_review,
            "digest": wishes.digest,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    audit.record(AuditAction.MESSAGES_CHOSEN, by=by, about=choice, at=at)
    return choice


def wants(choice: MessageChoice, alert: Alert) -> bool:
    """Say whether a person wants a message about an alert; what presses is always sent."""
    by_tier = {Tier.PRIORITY: choice.wants_priority, Tier.REVIEW: choice.wants_review}
    return presses(alert) or by_tier.get(Tier(alert.tier), True)


def not_before(choice: MessageChoice, alert: Alert, *, at: datetime) -> datetime:
    """Return when a message may go out: at once, or when the person's quiet hours end."""
    if presses(alert) or choice.quiet_from is None or choice.quiet_until is None:
        return at
    zone = alert.clinic.time_zone
    clock = zones.on_clock(at, zone)
    start, end, now = choice.quiet_from, choice.quiet_until, clock.time()
    is_quiet = start <= now < end if start < end else now >= start or now < end
    if not is_quiet or start == end:
        return at
    day = clock.date() if now < end else clock.date() + timedelta(days=1)
    return max(at, plans.local_instant(day, end, zone))


def next_digest(clinic: Clinic, *, at: datetime) -> datetime:
    """Return the coming Monday on which the clinic opens, or would open, after a moment."""
    today = zones.local_day(at, clinic.time_zone)
    monday = today + timedelta(days=(MONDAY - today.weekday()) % 7)
    opening = plans.local_instant(monday, clinic.staffed_from, clinic.time_zone)
    if opening > at:
        return opening
    return plans.local_instant(monday + timedelta(days=7), clinic.staffed_from, clinic.time_zone)
