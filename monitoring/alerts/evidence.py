"""What the computer brings to an alert: raise it, add to it, open it again, note that it cleared.

One open alert per episode and kind: new evidence joins the open one. A closed alert is reopened when the same
signal returns; it does not return while it simply goes on (refractory time).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from monitoring.alerts import alerts, closing, pauses
from monitoring.engine.records import Finding, FindingKind, Tier
from monitoring.escalation import clocks, steps
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent, Assessment, CheckIn, Signal
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, AlertState
from patients import audit
from patients.models import Episode
from patients.models.audit import AuditAction

# The kind of alert a kind of finding can raise: its namesake, or one that is the same matter to whoever must act (one
# alert, with the loudest finding as its reason). A kind that is missing here raises no alert.
ALERT_OF: Mapping[str, AlertKind] = {
    **{kind.value: kind for kind in AlertKind if kind.value in set(FindingKind)},
    FindingKind.SUDDEN_CHANGE: AlertKind.DETERIORATION,
    FindingKind.RELIABLE_WORSENING: AlertKind.DETERIORATION,
    FindingKind.LOST_CONTACT: AlertKind.MISSED_CHECK_INS,
}
# Quietest tier that pages someone. Source: docs/engine.md#cuts-and-tiers.
PAGING_TIER = Tier.REVIEW
# While a signal goes on after closing, it is raised again only after this long. Source: docs/engine.md#cuts-and-tiers.
REFRACTORY = timedelta(weeks=8)
# Evidence about days longer ago than this is stored but pages no one. Source: docs/engine.md#series-and-periods.
OLD_NEWS = timedelta(days=14)


@transaction.atomic
def record_findings(
    *,
    episode: Episode,
    findings: Sequence[Finding],
    assessment: Assessment | None = None,
    check_in: CheckIn | None = None,
    quiet: Collection[str] = (),
    safety_answers: Sequence[Mapping[str, object]] = (),
    as_of: datetime,
    at: datetime,
) -> list[Alert]:
    """Store findings as signals, and raise or update the alerts that they call for.

    Args:
        episode: whom they are about.
        findings: ranked, most important first.
        assessment: the run that found them; None for the screening of answers at submit.
        check_in: the answers that were screened, if any.
        quiet: kinds of finding that are stored and page no one this time.
        safety_answers: the safety answers among what was screened, as they are kept with the alert.
        as_of: the moment the findings are about. News older than OLD_NEWS pages no one.
        at: now.

    Returns:
        The alerts raised, reopened or updated.
    """
    signals = [_store(episode, assessment, finding) for finding in findings] if assessment else []
    by_kind: dict[str, tuple[Finding, Signal | None]] = {}
    is_about_a_level = any(finding.kind in pauses.ABOUT_A_LEVEL for finding in findings)
    agreed = pauses.expected(episode, at=at) if is_about_a_level else pauses.AgreedLevels(levels={})
    for index, finding in enumerate(findings):
        kind = ALERT_OF.get(finding.kind)
        is_loud = finding.tier >= PAGING_TIER and finding.kind not in quiet and not agreed.covers(finding)
        if kind is not None and is_loud:
            evidence = (finding, signals[index] if signals else None)
            by_kind[kind] = max(
                by_kind.get(kind, evidence),
                evidence,
                key=lambda candidate: loudness(candidate[0].tier, candidate[0].parts),
            )
    if assessment is not None and (episode.ended_on is not None or at - as_of > OLD_NEWS):
        return []
    return [
        raise_alert(
            episode=episode,
            kind=AlertKind(kind),
            tier=finding.tier,
            comes_first=bool(finding.parts.get("comes_first")),
            signal=signal,
            check_in=check_in,
            safety_answers=safety_answers,
            at=at,
        )
        for kind, (finding, signal) in by_kind.items()
        if assessment is None or kind != AlertKind.RISK_ANSWER or not _was_told(episode, finding)
    ]


def _was_told(episode: Episode, finding: Finding) -> bool:
    """Say whether a safety answer that a run finds was told when it was given; the run is there for one that was not."""
    forms = CheckIn.objects.filter(episode=episode, answers__has_key=finding.instrument)
    form = forms.order_by("-about_on", "-submitted_at").first()
    if form is None:
        return False
    answer = {name: finding.parts[name] for name in ("instrument", "item", "answer")} | {"slot": str(form.slot_id)}
    of_episode = AlertEvent.objects.filter(alert__episode=episode, alert__kind=AlertKind.RISK_ANSWER)
    seen = Alert.objects.filter(episode=episode, kind=AlertKind.RISK_ANSWER, last_seen_at__gte=form.submitted_at)
    return of_episode.filter(said__contains=[answer]).exists() or seen.exists()


def loudness(tier: str, parts: Mapping[str, Any]) -> tuple[int, bool]:
    """Return by what the reason of an alert is chosen: the tier, and what comes first within it."""
    return Tier(tier).rank, bool(parts.get("comes_first"))


def _store(episode: Episode, assessment: Assessment, finding: Finding) -> Signal:
    """Write one finding as a signal."""
    signal = signal_of(episode, assessment, finding)
    signal.save()
    return signal


def signal_of(episode: Episode, assessment: Assessment | None, finding: Finding) -> Signal:
    """Return a finding as a signal that is not stored: so are the answers of a form worded that no one assessed yet."""
    return Signal(
        assessment=assessment,
        episode=episode,
        kind=finding.kind,
        tier=finding.tier,
        domain=finding.domain or "",
        instrument=finding.instrument or "",
        item=finding.item or "",
        direction=finding.direction or "",
        chance=finding.chance,
        onset_on=finding.onset_on,
        contrast=finding.contrast,
        statistic=finding.statistic,
        threshold=finding.threshold,
        weeks=finding.weeks,
        parts=dict(finding.parts),
        clears=dict(finding.clears),
    )


@transaction.atomic
def raise_alert(
    *,
    episode: Episode,
    kind: AlertKind,
    tier: Tier,
    comes_first: bool = False,
    signal: Signal | None = None,
    check_in: CheckIn | None = None,
    safety_answers: Sequence[Mapping[str, object]] = (),
    at: datetime,
) -> Alert:
    """Open an alert, or add the evidence to the one that is open, or reopen the one that was closed.

    What the person says now, in a form that is sent or not yet, always reopens; what a run finds may be old news.

    Args:
        episode: whom it is about.
        kind: the matter; there is one open alert for each.
        tier: how soon someone answers.
        comes_first: whether it is dealt with before others of its tier.
        signal: the finding behind it, where a run found it.
        check_in: the answers behind it, where they were sent.
        safety_answers: as they are kept with the alert.
        at: now.

    The unique constraint decides between two workers, not this code: who loses adds to the winner's alert.
    """
    latest = alerts.latest(episode, kind, is_locked=True)
    news = News(
        tier=tier,
        comes_first=comes_first,
        signal=signal,
        check_in=check_in,
        safety_answers=list(safety_answers),
        at=at,
    )
    if latest is None:
        return _open(episode, kind, news)
    if latest.is_open:
        return _add_evidence(latest, news)
    if check_in is not None or safety_answers:
        return _reopen(latest, news)
    if _has_returned(latest, at):
        # The earlier evidence was dealt with. It counts again because the same was found again.
        return _reopen(latest, replace(news, signal=signal or latest.signal, check_in=latest.check_in))
    return latest


@dataclass(frozen=True, kw_only=True)
class News:
    """What is said or found about a matter now."""

    tier: Tier
    comes_first: bool = False
    signal: Signal | None = None
    check_in: CheckIn | None = None
    safety_answers: list[Mapping[str, object]] = field(default_factory=list)
    at: datetime


def _open(episode: Episode, kind: AlertKind, news: News) -> Alert:
    """Open a new alert and tell those who see it."""
    try:
        with transaction.atomic():
            alert = Alert(
                episode=episode,
                kind=kind,
                tier=news.tier,
                comes_first=news.comes_first,
                signal=news.signal,
                check_in=news.check_in,
                raised_at=news.at,
                due_at=clocks.answer_due(episode.clinic, news.tier, news.at),
                last_seen_at=news.at,
            )
            steps.begin(alert, at=news.at)
            alert.save(force_insert=True)
    except IntegrityError:
        winner = Alert.objects.open().select_for_update(of=("self",)).select_related("episode__clinic", "policy")
        return _add_evidence(winner.get(episode=episode, kind=kind), news)
    _record(alert, AlertEventKind.RAISED, news)
    audit.record(AuditAction.ALERT_RAISED, by=None, about=alert, at=news.at)
    notifications.queue(alert=alert, at=news.at)
    steps.tell_on_call(alert, at=news.at)
    return alert


def _add_evidence(alert: Alert, news: News) -> Alert:
    """Add what was seen again; louder news shortens the clock and is told again, quieter news never lengthens it.

    A safety answer of another form is told again too: whoever has the alert has heard of the first only. A clock that
    is over begins anew for it.
    """
    is_louder = (news.tier.rank, news.comes_first) > (Tier(alert.tier).rank, alert.comes_first)
    is_another_form = _is_another_form(alert, news)
    alert.signal = news.signal or alert.signal
    alert.check_in = news.check_in or alert.check_in
    alert.last_seen_at = news.at
    wakes = is_louder or is_another_form or _is_worse_than_agreed(alert, news)
    if wakes:
        if is_louder:
            alert.tier, alert.comes_first = news.tier, news.comes_first
        is_over = is_another_form and alert.due_at is not None and alert.due_at < news.at
        due = [None if is_over else alert.due_at, clocks.answer_due(alert.episode.clinic, alert.tier, news.at)]
        alert.due_at = min((due_at for due_at in due if due_at is not None), default=None)
        # Louder than what was agreed to be expected: it is no longer left alone.
        alert.snoozed_until = None
    alert.version += 1
    _record(alert, AlertEventKind.SEEN_AGAIN, news)
    if wakes:
        steps.restart(alert, at=news.at)
    changed = ["signal", "check_in", "last_seen_at", "tier", "comes_first", "due_at", "version"]
    alert.save(update_fields=[*changed, *steps.CLOCK_FIELDS])
    if wakes:
        notifications.queue(alert=alert, at=news.at)
        steps.tell_on_call(alert, at=news.at)
    return alert


def _is_worse_than_agreed(alert: Alert, news: News) -> bool:
    """Say whether the rating of an alert that is left alone is worse than what was agreed to be expected."""
    if alert.snoozed_until is None or news.signal is None:
        return False
    return pauses.expected(alert.episode, at=news.at).is_worse(news.signal)


def _is_another_form(alert: Alert, news: News) -> bool:
    """Say whether a safety answer comes from a form that the alert has not heard of since it was opened."""
    if not news.safety_answers:
        return False
    heard = {answer["slot"] for event in closing.since_opened(alert) for answer in event.said or ()}
    return any(answer["slot"] not in heard for answer in news.safety_answers)


def _record(alert: Alert, kind: AlertEventKind, news: News) -> None:
    """Write what was said or found into the history."""
    AlertEvent.objects.create(alert=alert, kind=kind, at=news.at, signal=news.signal, said=news.safety_answers or None)


def _has_returned(alert: Alert, at: datetime) -> bool:
    """Say whether the signal of a closed alert is back: after it had cleared, or late."""
    return alert.closed_at is None or alert.cleared_at is not None or at - alert.closed_at >= REFRACTORY


def _reopen(alert: Alert, news: News) -> Alert:
    """Open a closed alert again, with its history, and tell those who see it."""
    alert.tier, alert.comes_first = news.tier, news.comes_first
    alert.signal, alert.check_in = news.signal, news.check_in
    alert.last_seen_at = news.at
    alerts.open_again(alert, at=news.at)
    _record(alert, AlertEventKind.REOPENED, news)
    audit.record(AuditAction.ALERT_REOPENED, by=None, about=alert, at=news.at)
    notifications.queue(alert=alert, at=news.at)
    steps.tell_on_call(alert, at=news.at)
    return alert


def attach(*, episode: Episode, kind: AlertKind, check_in: CheckIn | None) -> None:
    """Let the open alert of a matter know the check-in in which something was sent that it was told of before."""
    if check_in is not None:
        Alert.objects.open().filter(episode=episode, kind=kind).update(check_in=check_in)


def end_silence(*, episode: Episode, at: datetime) -> None:
    """Note at an alert about missed check-ins that one came: it closes by itself, unless someone has taken it up.

    Who took it up may be on the telephone: they read that a check-in came, and close it. The caller has begun the
    transaction in which the check-in is stored.
    """
    silence = Alert.objects.open().select_for_update().filter(episode=episode, kind=AlertKind.MISSED_CHECK_INS)
    alert = silence.order_by("pk").first()
    if alert is None:
        return
    alert.episode = episode
    alert.version += 1
    kind, action = AlertEventKind.CHECK_IN_CAME, ""
    if alert.owner_id is None:
        alert.state, alert.closed_at, alert.closed_action = AlertState.CLOSED, at, ActionCode.CHECK_IN_CAME
        # A silence that goes on all the same, after a week entered late, is told again by the next run.
        alert.cleared_at = at
        kind, action = AlertEventKind.CLOSED, ActionCode.CHECK_IN_CAME
        audit.record(AuditAction.ALERT_CLOSED, by=None, about=alert, at=at)
    alert.save()
    AlertEvent.objects.create(alert=alert, kind=kind, at=at, action=action)


def mark_cleared(*, episode: Episode, kinds: Iterable[FindingKind], at: datetime) -> None:
    """Note which closed alerts an assessment no longer finds, so that they can return."""
    gone = Alert.objects.filter(episode=episode, state=AlertState.CLOSED, cleared_at__isnull=True)
    gone.exclude(kind__in=[kind for kind in map(ALERT_OF.get, kinds) if kind]).update(cleared_at=at)
