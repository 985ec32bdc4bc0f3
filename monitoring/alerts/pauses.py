"""Leave an alert alone for a while, or take a level as the new normal: agreed with the patient, for one series.

Never for a safety answer, and never for mood while one is open or the last PHQ-9 had any answer to item 9 but "not at
all". Source: docs/safety.md#pauses.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from monitoring.alerts import alerts
from monitoring.alerts.alerts import StepNotAllowed
from monitoring.attention import needs
from monitoring.engine.records import Direction, Domain, Finding, FindingKind
from monitoring.escalation import steps
from monitoring.models import Alert, AlertEvent, CheckIn, ExpectedLevel, Signal
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind
from patients import audit, zones
from patients.clinics import hours
from patients.models import Episode, User
from patients.models.audit import AuditAction

# Judgement, 2026-11-30: four weeks hold four check-ins; what is to be left alone for longer belongs into a review.
LONGEST_DAYS = 28
# The series that a safety answer speaks of too, and the item that asks.
MOOD, ITEM_9 = Domain.MOOD.value, ("PHQ-9", "9")
# Findings that say of a rating that it is lower or higher than it was.
ABOUT_A_LEVEL = frozenset({FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE})


class PauseNotAllowed(ValueError):
    """A safety answer, mood while safety is in question, or a time that is over or too far ahead."""


class LevelNotPossible(ValueError):
    """The alert is about no rating, or the level lies outside of its scale."""


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A level to expect of the rating that an alert is about, in points from 0 to 10."""

    level: float


def series_of(alert: Alert) -> str:
    """Return the one rating that an alert is about; empty where it is about none, or about several."""
    signal = alert.signal
    if alert.kind != AlertKind.DETERIORATION or signal is None or signal.kind not in ABOUT_A_LEVEL:
        return ""
    return signal.domain if len(signal.domains) == 1 else ""


def may_pause(alert: Alert) -> bool:
    """Say whether an alert may be left alone for a while."""
    if alert.kind == AlertKind.RISK_ANSWER or not alert.is_open:
        return False
    about_mood = alert.signal is None or not alert.signal.domains or MOOD in alert.signal.domains
    return not (about_mood and is_safety_in_question(alert.episode))


def is_safety_in_question(episode: Episode) -> bool:
    """Say whether a safety alert is open, or the last PHQ-9 had another answer to item 9 than "not at all"."""
    if Alert.objects.open().filter(episode=episode, kind=AlertKind.RISK_ANSWER).exists():
        return True
    instrument, item = ITEM_9
    forms = CheckIn.objects.filter(episode=episode, answers__has_key=instrument).order_by("-about_on", "-submitted_at")
    answers = forms.values_list("answers", flat=True).first()
    return bool(answers and answers[instrument].get(item))


@transaction.atomic
def pause(
    *, alert: Alert, by: User, version: int, until: datetime, agreed: Agreed | None = None, note: str, at: datetime
) -> Alert:
    """Leave an alert alone until a moment; what is louder, or worse than the agreed level, wakes it.

    Args:
        alert: which one.
        by: who agreed it with the patient.
        version: of the alert that was on the screen.
        until: when it comes back by itself.
        agreed: a level to expect of its rating meanwhile, where one was agreed.
        note: why.
        at: now.

    Raises:
        NoteMissing: no reason was given.
        PauseNotAllowed: see there.
        LevelNotPossible: see there.
        AlertConflict: someone else changed it first.
    """
    if not note.strip():
        raise alerts.NoteMissing
    current = alerts.locked(alert.pk, version)
    if not may_pause(current) or not at < until <= at + timedelta(days=LONGEST_DAYS):
        raise PauseNotAllowed
    if agreed is not None:
        last_on = zones.local_day(until, current.episode.clinic.time_zone)
        _agree(current, agreed, by=by, until=last_on, note=note, at=at)
    current.owner, current.snoozed_until = by, until
    current.version += 1
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.SNOOZED, at=at, by=by, note=note)
    audit.record(AuditAction.ALERT_SNOOZED, by=by, about=current, at=at)
    steps.restart(current, at=at)
    current.save(update_fields=["owner", "version", *steps.CLOCK_FIELDS])
    needs.update(episode_ids=[current.episode_id], at=at)
    return current


def next_staffed_hour(alert: Alert, *, at: datetime) -> datetime | None:
    """Return when somebody is there again: an hour from now while the clinic is staffed, else its opening."""
    clinic = alert.episode.clinic
    return (
        hours.after_staffed_minutes(clinic, at, 60) if hours.is_staffed(clinic, at) else hours.next_opening(clinic, at)
    )


@transaction.atomic
def accept(*, alert: Alert, by: User, version: int, agreed: Agreed, note: str, at: datetime) -> Alert:
    """Close an alert because team and patient take the level as the new normal: nobody is paged while it holds.

    Raises:
        NoteMissing: no reason was given.
        PauseNotAllowed: see there.
        LevelNotPossible: see there.
        AlertConflict: someone else changed it first.
    """
    current = alerts.locked(alert.pk, version)
    if not may_pause(current):
        raise PauseNotAllowed
    _agree(current, agreed, by=by, until=None, note=note, at=at)
    return alerts.close(alert=current, by=by, version=version, action=ActionCode.NEW_NORMAL, note=note, at=at)


def _agree(alert: Alert, agreed: Agreed, *, by: User, until: date | None, note: str, at: datetime) -> None:
    """Keep a level for the rating of an alert, in place of one that was agreed before."""
    series = series_of(alert)
    if not series or not 0 <= agreed.level <= 10:
        raise LevelNotPossible
    standing(alert.episode).filter(series=series).update(ended_at=at, ended_by=by)
    level = ExpectedLevel.objects.create(
        episode=alert.episode, series=series, level=agreed.level, until=until, made_at=at, by=by, note=note
    )
    audit.record(AuditAction.LEVEL_AGREED, by=by, about=level, at=at)


def standing(episode: Episode) -> QuerySet[ExpectedLevel]:
    """Return the levels that are agreed for an episode and were not ended."""
    return ExpectedLevel.objects.filter(episode=episode, ended_at__isnull=True).select_related("by").order_by("series")


@transaction.atomic
def end_level(*, level: ExpectedLevel, by: User, at: datetime) -> None:
    """End an agreed level: from the next assessment on the rating is judged as before."""
    if level.ended_at is not None:
        raise StepNotAllowed("it was ended before")
    level.ended_at, level.ended_by = at, by
    level.save(update_fields=["ended_at", "ended_by"])
    audit.record(AuditAction.LEVEL_ENDED, by=by, about=level, at=at)


@dataclass(frozen=True, kw_only=True)
class AgreedLevels:
    """What is agreed for the ratings of an episode on a day: series -> level."""

    levels: dict[str, float]

    def covers(self, finding: Finding | Signal) -> bool:
        """Say whether a finding tells nothing but what was agreed to be expected."""
        return bool(finding.domains) and self._is_about_agreed(finding) and not self.is_worse(finding)

    def _is_about_agreed(self, finding: Finding | Signal) -> bool:
        return finding.kind in ABOUT_A_LEVEL and set(finding.domains) <= set(self.levels)

    def is_worse(self, finding: Finding | Signal) -> bool:
        """Say whether the rating that a finding names is worse than what was agreed for it."""
        level, now = self.levels.get(str(finding.domain)), finding.parts.get("after_mean")
        if finding.kind not in ABOUT_A_LEVEL or level is None or now is None:
            return False
        is_lower = float(str(now)) < level
        return is_lower if finding.direction == Direction.HIGHER_IS_BETTER else float(str(now)) > level


def expected(episode: Episode, *, at: datetime) -> AgreedLevels:
    """Return the levels that are agreed for an episode and not over."""
    today = zones.local_day(at, episode.clinic.time_zone)
    rows = standing(episode).values_list("series", "level", "until")
    return AgreedLevels(levels={series: level for series, level, until in rows if until is None or until >= today})
