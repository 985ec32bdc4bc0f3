"""Starts, changes and stops around a day: which of them cannot be told apart, and their words for a sentence."""

import datetime as dt
from collections.abc import Iterable, Sequence

from monitoring.engine.records import InterventionCategory, InterventionRecord, JsonValue
from monitoring.engine.rules import RuleSet


def medicines_first(events: Iterable[InterventionRecord]) -> list[InterventionRecord]:
    """Return events with medicines before the rest, the newest first."""
    return sorted(events, key=lambda event: (event.kind is not InterventionCategory.MEDICATION, -event.on.toordinal()))


def events_before(
    interventions: Sequence[InterventionRecord], onset: dt.date, rules: RuleSet
) -> list[InterventionRecord]:
    """Return what was started, changed or stopped in the watch period before a day and cannot be told apart.

    The newest event and all that lie too close to it: to name one of two
    changes of the same day would be to name a cause.

    Args:
        interventions: in any order.
        onset: the day on which something began.
        rules: `event_window_days`, `same_time_days`.
    """
    near = [event for event in interventions if 0 <= (onset - event.on).days <= rules.event_window_days]
    newest = max((event.on for event in near), default=onset)
    return medicines_first(event for event in near if (newest - event.on).days <= rules.same_time_days)


def events_beside(
    interventions: Sequence[InterventionRecord], event: InterventionRecord, until: dt.date, rules: RuleSet
) -> list[InterventionRecord]:
    """Return what happened so close to an event, on either side, that it cannot be told apart from it."""
    others = (other for other in interventions if other is not event and other.on <= until)
    return medicines_first(other for other in others if abs((other.on - event.on).days) <= rules.same_time_days)


def event_words(
    event: InterventionRecord, others: Sequence[InterventionRecord], *, since: dt.date | None
) -> dict[str, JsonValue]:
    """Return an event for a sentence, JSON-able, with those that cannot be separated from it.

    Args:
        event: the one that leads the sentence.
        others: what lies within `same_time_days` of it.
        since: the day on which something began, at or after the event; None = no such day is known.
    """
    days = {} if since is None else {"event_days": (since - event.on).days}
    return _words(event) | days | {"together": [_words(other) for other in others]}


def _words(event: InterventionRecord) -> dict[str, JsonValue]:
    return {"event": event.label, "event_change": str(event.change), "event_on": event.on.isoformat()}
