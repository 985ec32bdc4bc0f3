"""Safety answers: what calls for somebody at once, and the alert about it in the transaction that stores the answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitoring import alerts, engine
from monitoring.engine.records import Finding
from monitoring.models import CheckIn, CheckInSlot
from patients import audit
from patients.models import Episode, User
from patients.models.audit import AuditAction


def red_flags(answers: Mapping[str, Any], earlier: Mapping[str, Any] | None = None) -> list[Finding]:
    """Return what calls for help in some answers.

    Args:
        answers: key of the page -> answer; only those of an instrument, item -> answer, are looked at.
        earlier: the answers of another week before, for comparison.
    """
    found: list[Finding] = []
    for code, items in answers.items():
        if code in engine.INSTRUMENTS and isinstance(items, Mapping):
            found.extend(engine.screen_answers(code, items, (earlier or {}).get(code)))
    return found


def screen(episode: Episode, answers: Mapping[str, object], slot: CheckInSlot | None) -> list[Finding]:
    """Return the red flags of the answers of a week, compared with the answers of another week before."""
    if not answers.keys() & engine.INSTRUMENTS.keys():
        return []
    others = CheckIn.objects.filter(episode=episode).exclude(answers={}).exclude(slot=slot)
    before = others.order_by("-submitted_at").first()
    return red_flags(answers, before.answers if before else None)


def changed(answers: Mapping[str, object], original: CheckIn | None) -> dict[str, object]:
    """Return the questionnaires that say something else than the check-in they correct."""
    return {code: given for code, given in answers.items() if original is None or original.answers.get(code) != given}


def is_news(found: Iterable[Finding], before: Mapping[str, object]) -> bool:
    """Say whether one of some red flags is about an answer that the same form did not give before."""
    known = {_said(one) for one in red_flags(before)}
    return any(_said(one) not in known for one in found)


def _said(finding: Finding) -> tuple[object, ...]:
    """Return which answer a red flag is about."""
    return finding.instrument, finding.item, finding.parts.get("answer")


def raise_risk(episode: Episode, found: list[Finding], check_in: CheckIn | None, *, by: User, at: datetime) -> None:
    """Alert on red flags, in the transaction that stores the answers."""
    alerts.record_findings(episode=episode, findings=found, check_in=check_in, as_of=at, at=at)
    audit.record(AuditAction.RISK_ANSWERED, by=by, about=episode, at=at)
