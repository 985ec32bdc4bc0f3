"""Makes the steps of alerts' clocks: each once, by the sweep, and only the latest one after a time in which none ran.

A step tells people, and never moves an alert on: that somebody was sent a message does not mean that anybody knows.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from monitoring.engine.records import Tier
from monitoring.escalation import clocks, policies
from monitoring.escalation.clocks import Step
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent, EscalationStep
from monitoring.models.alerts import (
    BRINGS_EVIDENCE,
    CONTACT_ATTEMPTS,
    AlertEventKind,
    AlertKind,
    NoStepReason,
    StepKind,
)
from patients.care import teams
from patients.clinics import hours
from patients.models import User
from patients.people import absences

# What a clock is made of, for whoever saves an alert with update_fields.
CLOCK_FIELDS = ("clock_from", "policy", "next_step", "next_step_at", "standing", "calendar_version", "snoozed_until")
# The sweep runs each minute. A step that is later than this was not made. Source: docs/safety.md#watching-the-watchman.
LATE = timedelta(seconds=120)
BATCH = 500
# Who is told, by step. The others tell everyone who may see the alert.
OF_OWNER = frozenset({StepKind.STILL_ON_IT})
CHAIN = (StepKind.SECOND, StepKind.LEAD, StepKind.EVERYONE)


def begin(alert: Alert, *, at: datetime) -> None:
    """Let the clock of an alert begin that is raised, or opened again: with the policy that is in force now."""
    alert.policy = policies.present()
    restart(alert, at=at)


def restart(alert: Alert, *, at: datetime) -> None:
    """Let the clock of an alert begin anew, because somebody did something. The caller saves CLOCK_FIELDS."""
    alert.clock_from = at
    plan(alert, at=at)


def plan(alert: Alert, *, made: Collection[str] = (), at: datetime) -> None:
    """Work out the next step of an alert after a moment. The caller saves CLOCK_FIELDS.

    Args:
        alert: the alert.
        made: which kinds of step its present clock has made; none of a clock that begins.
        at: the moment.
    """
    alert.next_step, alert.next_step_at, alert.standing = "", None, NoStepReason.NONE
    clinic = alert.episode.clinic
    alert.calendar_version = clinic.calendar_version
    if not alert.is_open:
        alert.snoozed_until = None
        return
    coming = next((step for step in _remaining(alert, made) if step.due_at > at), None)
    line = _absolute(alert)
    steps = [step for step in (coming, line) if step is not None and step.due_at > at]
    if steps:
        following = min(steps, key=lambda step: step.due_at)
        alert.next_step, alert.next_step_at = following.kind, following.due_at
    else:
        alert.standing = NoStepReason.NO_HOURS


def tell_on_call(alert: Alert, *, at: datetime) -> None:
    """Tell who is on call of a safety answer that comes while nobody is at the clinic."""
    on_call = alert.policy.on_call if alert.policy else None
    if alert.kind == AlertKind.RISK_ANSWER and on_call and not hours.is_staffed(alert.episode.clinic, at):
        notifications.queue(alert=alert, to=[on_call], at=at)


def run(*, at: datetime) -> int:
    """Make every step of the present clinic that is due; return how many were made."""
    return sum(_run_one(alert_id, at=at) for alert_id in _waiting(at).values_list("pk", flat=True)[:BATCH])


def _waiting(at: datetime) -> QuerySet[Alert]:
    """Return open alerts with a step that is due, with none that was worked out, or of another calendar."""
    is_due = Q(next_step_at__lte=at)
    is_unplanned = Q(next_step_at__isnull=True, standing=NoStepReason.NONE)
    is_of_another_calendar = ~Q(calendar_version=F("episode__clinic__calendar_version"))
    return Alert.objects.open().filter(is_due | is_unplanned | is_of_another_calendar).order_by("next_step_at", "pk")


@transaction.atomic
def _run_one(alert_id: UUID, *, at: datetime) -> bool:
    """Make the latest step of an alert that is due; return whether one was made."""
    locked = Alert.objects.open().select_for_update(skip_locked=True, of=("self",))
    alert = (
        locked.select_related("episode__clinic", "owner", "policy__second", "policy__lead").filter(pk=alert_id).first()
    )
    if alert is None:
        return False
    if alert.clock_from is None:
        # From before there were clocks: nobody is told about the past.
        begin(alert, at=at)
        alert.save(update_fields=CLOCK_FIELDS)
        return False
    due = _due(alert, at)
    for step in due:
        _make(alert, step, at=at)
    plan(alert, made=_made_kinds(alert), at=at)
    alert.save(update_fields=[*CLOCK_FIELDS, "owner", "version", "due_at"])
    return bool(due)


def _due(alert: Alert, at: datetime) -> list[Step]:
    """Return what is due and was not made: the latest step of the clock, and the line that stands for itself."""
    made = set(EscalationStep.objects.filter(alert=alert).values_list("kind", "due_at"))
    begun = alert.clock_from or alert.raised_at
    of_this_clock = {pair for pair in made if pair[0] != StepKind.TWELVE_HOURS and pair[1] >= begun}
    latest = _last_until(_remaining(alert, {kind for kind, _due_at in of_this_clock}), at)
    # After an outage the latest only: what stands before one that was made is over.
    newest = max((due_at for _kind, due_at in of_this_clock), default=None)
    if latest is not None and newest is not None and latest.due_at <= newest:
        latest = None
    line = _absolute(alert)
    if line is not None and (line.due_at > at or (line.kind, line.due_at) in made):
        line = None
    return [step for step in (latest, line) if step is not None]


def _remaining(alert: Alert, made: Collection[str]) -> Iterator[Step]:
    """Return the steps of the present clock without those of the chain that were made: each is told once."""
    told = set(made) & set(CHAIN)
    return (step for step in clocks.steps(alert.episode.clinic, alert) if step.kind not in told)


def _make(alert: Alert, step: Step, *, at: datetime) -> None:
    """Make one step: the row, the people it tells, and what it changes of the alert."""
    number = EscalationStep.objects.filter(alert=alert).count() + 1
    people = _people(alert, step.kind, at)
    if step.kind == StepKind.LAPSED:
        alert.owner = None
        alert.version += 1
        alert.clock_from = at
    elif step.kind == StepKind.WOKEN:
        alert.snoozed_until = None
        alert.version += 1
        alert.clock_from = at
        alert.due_at = clocks.answer_due(alert.episode.clinic, alert.tier, at)
    told = notifications.queue(alert=alert, to=people, step=number, at=at)
    EscalationStep.objects.create(
        alert=alert, kind=step.kind, due_at=step.due_at, made_at=at, policy=alert.policy, told=told
    )
    kind = AlertEventKind.WOKEN if step.kind == StepKind.WOKEN else AlertEventKind.ESCALATED
    receiver = people[0] if len(people) == 1 else None
    AlertEvent.objects.create(alert=alert, kind=kind, at=at, step=step.kind, receiver=receiver)


def pass_on(alert: Alert, *, declined_by: User, at: datetime) -> None:
    """Tell the next of the chain at once, because somebody said "not me".

    The caller holds the alert locked, has freed it, and saves CLOCK_FIELDS. Who said so is not the one who is told.
    """
    made = _made_kinds(alert)
    for kind in [kind for kind in CHAIN if kind not in made] or [StepKind.EVERYONE]:
        if _people(alert, kind, at) != [declined_by]:
            _make(alert, Step(kind=kind, due_at=at), at=at)
            break
    plan(alert, made=_made_kinds(alert), at=at)


def _made_kinds(alert: Alert) -> set[str]:
    """Return which kinds of step the present clock of an alert has made."""
    begun = alert.clock_from or alert.raised_at
    return set(EscalationStep.objects.filter(alert=alert, due_at__gte=begun).values_list("kind", flat=True))


def _people(alert: Alert, kind: StepKind, at: datetime) -> list[User]:
    """Return who is told by a step: never nobody, as long as anybody may see the alert or can name somebody."""
    if kind in OF_OWNER or (kind == StepKind.WOKEN and alert.owner is not None):
        return [alert.owner] if alert.owner else []
    policy = alert.policy
    named: Iterable[User | None] = ()
    if policy is not None and kind == StepKind.SECOND:
        named = (policy.second, policy.lead)
    elif policy is not None and (kind == StepKind.LEAD or (kind == StepKind.AGAIN and alert.tier != Tier.URGENT)):
        named = (policy.lead,)
    there = _there(alert, [person for person in named if person is not None], at)
    if there:
        return there[:1]
    everyone = list(teams.answerers(alert.episode))
    if kind == StepKind.TWELVE_HOURS:
        return _unique([*everyone, *notifications.admins()])
    return _there(alert, everyone, at) or everyone or notifications.admins()


def _there(alert: Alert, people: Sequence[User], at: datetime) -> list[User]:
    """Return who of some people, or of those who stand in for them, is there today and may see the alert."""
    may_see = set(teams.answerers(alert.episode))
    there = absences.with_stand_ins(people, on=hours.local_day(alert.episode.clinic, at))
    return [person for person in there if person in may_see]


def _unique(people: Iterable[User]) -> list[User]:
    return list(dict.fromkeys(people))


def _absolute(alert: Alert) -> Step | None:
    """Return the line of twelve hours: from the first answer after which nobody tried to reach the person."""
    if alert.kind != AlertKind.RISK_ANSWER or alert.pk is None:
        return clocks.absolute(alert, alert.raised_at)
    events = AlertEvent.objects.filter(alert=alert, at__gte=alert.raised_at)
    tried = events.filter(action__in=CONTACT_ATTEMPTS).order_by("-at").values_list("at", flat=True).first()
    said = events.filter(kind__in=BRINGS_EVIDENCE)
    if tried is not None:
        return clocks.absolute(alert, said.filter(at__gt=tried).order_by("at").values_list("at", flat=True).first())
    return clocks.absolute(alert, alert.raised_at)


def _last_until(steps: Iterable[Step], at: datetime) -> Step | None:
    """Return the last step that was due by a moment."""
    last = None
    for step in steps:
        if step.due_at > at:
            break
        last = step
    return last


def unwatched(*, at: datetime) -> QuerySet[Alert]:
    """Return the open alerts of the present clinic that would be forgotten: no step ahead, and no reason stated."""
    has_next = Q(next_step_at__gt=at - LATE)
    return Alert.objects.open().exclude(has_next | ~Q(standing=NoStepReason.NONE))


def late_since(*, at: datetime) -> datetime | None:
    """Return since when the oldest step of the present clinic is due; None where none is."""
    waiting = Alert.objects.open().filter(next_step_at__lte=at)
    return waiting.order_by("next_step_at").values_list("next_step_at", flat=True).first()
