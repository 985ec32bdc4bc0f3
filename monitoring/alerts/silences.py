"""What an alert about missed check-ins says today: its numbers were stored when it was raised, and silence goes on."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Max

from monitoring.engine.records import FindingKind
from monitoring.models import Alert, CheckIn, CheckInSlot, Signal
from monitoring.plans import plans

SILENT = (FindingKind.LOST_CONTACT, FindingKind.MISSED_CHECK_INS)


def bring_up_to_date(shown: Iterable[Alert], *, at: dt.datetime) -> None:
    """Let the findings of open alerts about silence speak of today, in two queries for all; nothing is stored."""
    silent = [alert for alert in shown if alert.is_open and alert.signal is not None and alert.signal.kind in SILENT]
    if not silent:
        return
    episodes = [alert.episode_id for alert in silent]
    last = dict(
        CheckIn.objects.filter(episode__in=episodes, submitted_at__lte=at)
        .values("episode")
        .annotate(last=Max("about_on"))
        .values_list("episode", "last")
    )
    missed = list(
        CheckInSlot.objects.filter(episode__in=episodes, missed_at__isnull=False).values_list("episode", "due_on")
    )
    for alert in silent:
        signal, last_on = alert.signal, last.get(alert.episode_id)
        if signal is not None:
            days = [due_on for episode_id, due_on in missed if episode_id == alert.episode_id]
            since = _later(last_on, signal)
            in_a_row = sum(since is None or due_on > since for due_on in days)
            today = plans.local_day(at, alert.episode.patient.time_zone)
            signal.parts = {**signal.parts, **_parts(since, in_a_row, today, signal)}


def _later(last_on: dt.date | None, signal: Signal) -> dt.date | None:
    """Return the last day with an answer: of a check-in, or of what was imported when the silence was found."""
    stored = signal.parts.get("last_on")
    days = [day for day in (last_on, dt.date.fromisoformat(stored) if stored else None) if day is not None]
    return max(days, default=None)


def _parts(since: dt.date | None, missed: int, today: dt.date, signal: Signal) -> dict[str, object]:
    """Return the numbers of a silence as of today."""
    began = since or signal.onset_on
    return {
        "last_on": since.isoformat() if since else None,
        "missed": missed,
        "silent_days": (today - began).days if began else signal.parts.get("silent_days"),
    }
