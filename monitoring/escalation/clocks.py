"""When the next step of an alert is due, in the clinic's staffed time. Pure: reads rows that it is given, asks nothing.

The clock of an alert that nobody has tells more and more people. That of one that somebody has asks whether they are
still on it, and lets it go when they do not answer. Source of every number: docs/safety.md#escalation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from monitoring.engine.records import Tier
from monitoring.models.alerts import Alert, AlertKind, AlertState, StepKind
from monitoring.models.escalation import URGENT_MINUTES
from patients.clinics import hours
from patients.models import Clinic

# Staffed minutes to answer an urgent alert, and on the same staffed day at the latest: an hour that began on Friday
# afternoon must not end on Monday. Source: docs/safety.md#clocks-of-alerts.
ANSWER_MINUTES = 60
# Working days to answer the others: priority by the end of the next one, review by the end of the second.
ANSWER_DAYS = {Tier.PRIORITY: 1, Tier.REVIEW: 2}
# How long somebody may have an alert without a word: staffed minutes where it is urgent, else working days; longer
# once the work has begun. Then the owner is asked, and after as long as GRACE nobody has it.
QUIET_MINUTES, GRACE_MINUTES = 60, 30
QUIET_DAYS = {
    (Tier.URGENT, True): 1,
    (Tier.PRIORITY, False): 2,
    (Tier.PRIORITY, True): 5,
    (Tier.REVIEW, False): 5,
    (Tier.REVIEW, True): 10,
}
GRACE_DAYS = 1
# The lead hears again of an alert that nobody has: each working day of a priority one, each week of a review one.
AGAIN_DAYS = {Tier.PRIORITY: 1, Tier.REVIEW: 5}
# Whoever gives a safety answer is to hear from somebody within this time, by day or night.
ABSOLUTE = timedelta(hours=12)
INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, and when it is due."""

    kind: StepKind
    due_at: datetime


def answer_due(clinic: Clinic, tier: str, at: datetime) -> datetime | None:
    """Return by when the care team answers, in staffed time; None for a clinic without hours."""
    if tier == Tier.URGENT:
        ends = (hours.after_staffed_minutes(clinic, at, ANSWER_MINUTES), hours.end_of_staffed_day(clinic, at))
        return min((end for end in ends if end is not None), default=None)
    return hours.end_of_working_day(clinic, at, days=ANSWER_DAYS[Tier(tier)])


def steps(clinic: Clinic, alert: Alert) -> Iterator[Step]:
    """Return the steps of the present clock of an open alert, in their order; without an end where somebody must come.

    Args:
        clinic: whose hours count.
        alert: with its owner, its tier, and the beginning of its clock.
    """
    if alert.snoozed_until is not None:
        yield Step(kind=StepKind.WOKEN, due_at=alert.snoozed_until)
    elif alert.owner_id is not None:
        yield from _known(_of_owner(clinic, alert))
    else:
        yield from _known(_of_nobody(clinic, alert))


def absolute(alert: Alert, waiting_since: datetime | None) -> Step | None:
    """Return the line for a safety answer to which nobody has tried to respond, counted out of hours too.

    Args:
        alert: the alert.
        waiting_since: when the first answer came after which nobody tried; None where somebody has.
    """
    if alert.kind != AlertKind.RISK_ANSWER or waiting_since is None:
        return None
    return Step(kind=StepKind.TWELVE_HOURS, due_at=waiting_since + ABSOLUTE)


def _known(pairs: Iterator[tuple[StepKind, datetime | None]]) -> Iterator[Step]:
    """Return steps until one has no time: in a clinic without hours no clock runs."""
    for kind, due_at in pairs:
        if due_at is None:
            return
        yield Step(kind=kind, due_at=due_at)


def _of_nobody(clinic: Clinic, alert: Alert) -> Iterator[tuple[StepKind, datetime | None]]:
    """Tell more people of an alert that nobody has."""
    start = alert.clock_from or alert.raised_at
    tier = Tier(alert.tier)
    if tier == Tier.URGENT:
        minutes = alert.policy.urgent_minutes if alert.policy else URGENT_MINUTES
        for kind, wait in zip((StepKind.SECOND, StepKind.LEAD, StepKind.EVERYONE), minutes, strict=True):
            moment = hours.after_staffed_minutes(clinic, start, wait)
            yield kind, moment
        while moment is not None:
            # At the very minute of closing nobody is there any more: that day is the one before.
            closing = hours.end_of_staffed_day(clinic, moment - INSTANT)
            moment = hours.next_opening(clinic, closing) if closing else None
            yield StepKind.AGAIN, moment
        return
    first_days = ANSWER_DAYS[tier]
    if tier == Tier.PRIORITY:
        yield StepKind.LEAD, hours.midday_of_working_day(clinic, start, days=first_days)
    else:
        yield StepKind.LEAD, hours.end_of_working_day(clinic, start, days=first_days)
    for times in count(1):
        yield StepKind.AGAIN, hours.end_of_working_day(clinic, start, days=first_days + times * AGAIN_DAYS[tier])


def _of_owner(clinic: Clinic, alert: Alert) -> Iterator[tuple[StepKind, datetime | None]]:
    """Ask the owner, and let the alert go without an answer."""
    start = alert.clock_from or alert.raised_at
    tier, has_begun = Tier(alert.tier), alert.state == AlertState.IN_PROGRESS
    days = QUIET_DAYS.get((tier, has_begun))
    if days is None:
        yield StepKind.STILL_ON_IT, hours.after_staffed_minutes(clinic, start, QUIET_MINUTES)
        yield StepKind.LAPSED, hours.after_staffed_minutes(clinic, start, QUIET_MINUTES + GRACE_MINUTES)
        return
    yield StepKind.STILL_ON_IT, hours.end_of_working_day(clinic, start, days=days)
    yield StepKind.LAPSED, hours.end_of_working_day(clinic, start, days=days + GRACE_DAYS)
