"""Answers that call for someone at once, and the alerts about them in the transaction that stores the answers.

Self-harm is one matter and the body another: each has its own alert and its own page for the patient. What was answered
is kept with the alert, as it was given: a form that is changed, skipped or never sent takes nothing back.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from monitoring import engine
from monitoring.alerts import alerts, closing, evidence
from monitoring.engine.records import Finding, FlagReason
from monitoring.models import Alert, AlertEvent, CheckIn, CheckInSlot
from monitoring.models.alerts import BRINGS_EVIDENCE, AlertEventKind, AlertKind
from monitoring.plans import medicines, plans
from patients import audit
from patients.models import Episode, User
from patients.models.audit import AuditAction

# Symptom of a list -> severity, frequency, interference.
Symptoms = Mapping[str, Mapping[str, int | None]]
# What is told as it is given: the kinds of alert of a red flag with the patient's page about each, in their order.
AT_ONCE: Mapping[AlertKind, str] = {AlertKind.RISK_ANSWER: "help_now", AlertKind.BODY_WARNING: "body_warning"}


def red_flags(answers: Mapping[str, Any], earlier: Mapping[str, Any] | None = None) -> list[Finding]:
    """Return what calls for help in some answers.

    Args:
        answers: key of the page -> answer; only those of an instrument, item -> answer, are looked at.
        earlier: instrument -> what was last answered to each of its items before, for comparison.
    """
    findings: list[Finding] = []
    for code, items in answers.items():
        if code in engine.INSTRUMENTS and isinstance(items, Mapping):
            findings.extend(engine.screen_answers(code, items, (earlier or {}).get(code)))
    return findings


def screen(
    episode: Episode,
    answers: Mapping[str, object],
    slot: CheckInSlot | None,
    *,
    symptoms: Symptoms | None = None,
    at: datetime,
) -> list[Finding]:
    """Return the red flags of the answers of a week, each compared with the last answer on earlier forms of it.

    Args:
        episode: whose answers.
        answers: key of the page -> answer.
        slot: the week of the form.
        symptoms: what was answered to a list of symptoms, where it was asked.
        at: now.
    """
    codes = [code for code in answers if code in engine.INSTRUMENTS and engine.INSTRUMENTS[code].red_flags]
    found = red_flags(answers, {code: _last_answers(episode, code, slot) for code in codes})
    return [*found, *(_of_symptoms(episode, symptoms, slot, at) if symptoms else ())]


def _of_symptoms(episode: Episode, symptoms: Symptoms, slot: CheckInSlot | None, at: datetime) -> Iterable[Finding]:
    """Return the symptoms of a list that call for somebody, with what is taken now."""
    code = medicines.checklist_of(symptoms)
    if not engine.CHECKLISTS[code].red_flags:
        return ()
    others = CheckIn.objects.filter(episode=episode).exclude(slot=slot).exclude(side_effects={})
    last: dict[str, int | None] = {}
    for earlier in others.order_by("about_on", "submitted_at").values_list("side_effects", flat=True):
        last |= severities(earlier)
    today = plans.local_day(at, episode.patient.time_zone)
    taken = [row.name for row in medicines.taken_on(medicines.of_episode(episode), today)]
    return engine.screen_symptoms(code, severities(symptoms), last, taken)


def severities(symptoms: Symptoms) -> dict[str, int | None]:
    """Return how bad each symptom that was asked was; None for one that is there and not rated."""
    return {code: parts["severity"] for code, parts in symptoms.items()}


def changed_symptoms(symptoms: Symptoms, original: CheckIn | None) -> Symptoms:
    """Return the symptoms of a list if they say something else than the check-in they correct."""
    return symptoms if original is None or original.side_effects != symptoms else {}


def answer_in(answers: Mapping[str, Any], symptoms: Symptoms, form: str, item: str) -> tuple[bool, int | None]:
    """Return whether an item of a form was answered, and what was: a symptom that is there may have no number.

    Args:
        answers: instrument -> item -> answer.
        symptoms: what was answered to a list of symptoms.
        form: code of an instrument or of a list.
        item: code of one item of it.
    """
    if form in engine.CHECKLISTS:
        return item in symptoms, symptoms[item]["severity"] if item in symptoms else None
    value = (answers.get(form) or {}).get(item)
    return value is not None, None if value is None else int(value)


def answer_in_draft(answers: Mapping[str, Any], form: str, item: str) -> tuple[bool, int | None]:
    """Return the same of what a draft keeps."""
    return answer_in(answers, medicines.symptoms_in(answers.get(medicines.PAGE) or {}), form, item)


def _last_answers(episode: Episode, code: str, slot: CheckInSlot | None) -> dict[str, int | None]:
    """Return the last answer to each item of an instrument in other weeks; a week without the instrument is left out."""
    others = CheckIn.objects.filter(episode=episode, answers__has_key=code).exclude(slot=slot)
    forms = others.order_by("about_on", "submitted_at").values_list("answers", flat=True)
    return engine.last_answers(answers[code] for answers in forms)


def changed(answers: Mapping[str, object], original: CheckIn | None) -> dict[str, object]:
    """Return the questionnaires that say something else than the check-in they correct."""
    return {code: items for code, items in answers.items() if original is None or original.answers.get(code) != items}


def raise_alerts(
    *,
    episode: Episode,
    findings: list[Finding],
    slot: CheckInSlot | None,
    check_in: CheckIn | None = None,
    before: Mapping[str, Any] | None = None,
    by: User,
    at: datetime,
) -> None:
    """Alert on red flags, each kind by itself, in the transaction that stores the answers.

    An answer that was told while the form was filled in is no second event when the form is saved again or sent.

    Args:
        episode: whose answers.
        findings: what calls for help in them.
        slot: the week of the form.
        check_in: the answers, where they are sent.
        before: what the same form said until now.
        by: who answered.
        at: now.
    """
    for kind in kinds_of(findings):
        of_kind = [finding for finding in findings if evidence.ALERT_OF[finding.kind] == kind]
        kept = [_as_kept(finding, slot) for finding in of_kind]
        latest = alerts.latest(episode, kind)
        if latest is not None and not any(_is_news(answer, latest, before or {}) for answer in kept):
            evidence.attach(episode=episode, kind=kind, check_in=check_in)
            continue
        evidence.record_findings(
            episode=episode, findings=of_kind, check_in=check_in, safety_answers=kept, as_of=at, at=at
        )
        if kind == AlertKind.RISK_ANSWER:
            audit.record(AuditAction.RISK_ANSWERED, by=by, about=episode, at=at)


def kinds_of(findings: Collection[Finding]) -> list[AlertKind]:
    """Return the kinds of alert that red flags call for, in the order in which their pages are shown."""
    found = {evidence.ALERT_OF[finding.kind] for finding in findings}
    return [kind for kind in AT_ONCE if kind in found]


def _as_kept(finding: Finding, slot: CheckInSlot | None) -> dict[str, object]:
    """Return one safety answer as an alert keeps it: what was answered, and the week of the form."""
    kept = {name: finding.parts[name] for name in ("instrument", "item", "answer", "previous", "rose", "reason")}
    return {**kept, "slot": str(slot.pk) if slot else ""}


def _is_news(answer: Mapping[str, Any], alert: Alert, before: Mapping[str, Any]) -> bool:
    """Say whether an answer is news to an alert.

    It is news if the alert does not hold it yet. It is news again if the form said something else until now and a
    person has acted meanwhile: the alert was closed, or a contact was recorded.
    """
    events = [event for event in closing.since_opened(alert) if _answer(answer) in map(_answer, event.said or ())]
    if not events:
        return True
    if answer_in_draft(before, answer["instrument"], answer["item"]) == (True, answer["answer"]):
        return False
    return not alert.is_open or closing.has_contact(alert, since=events[-1].at)


def _answer(answer: Mapping[str, Any]) -> tuple[object, ...]:
    """Return which answer to which question of which form it is."""
    return answer["slot"], answer["instrument"], answer["item"], answer["answer"]


def _evidence(episode: Episode, slot: CheckInSlot | None, kind: AlertKind) -> QuerySet[AlertEvent]:
    """Return the events that brought an answer of an episode, or of one week's form, to an alert."""
    events = AlertEvent.objects.filter(alert__episode=episode, alert__kind=kind)
    if slot is not None:
        events = events.filter(said__contains=[{"slot": str(slot.pk)}])
    return events.filter(kind__in=BRINGS_EVIDENCE, said__isnull=False).order_by("-at", "-id")


def pages_owed(findings: Collection[Finding], episode: Episode, *, slot: CheckInSlot | None) -> tuple[AlertKind, ...]:
    """Return the matters of some findings of a week's form whose page has to be shown first, in their order."""
    return tuple(kind for kind in kinds_of(findings) if is_help_owed(episode, slot=slot, kind=kind))


def is_help_owed(episode: Episode, *, slot: CheckInSlot | None, kind: AlertKind = AlertKind.RISK_ANSWER) -> bool:
    """Say whether an answer was given in a week's form and the page about it, with whom to call, not shown since."""
    newest = _evidence(episode, slot, kind).first()
    return newest is not None and not _was_shown(newest)


def body_reasons(episode: Episode, *, slot: CheckInSlot | None = None) -> list[FlagReason]:
    """Return what the warnings of the body were about that were not shown yet, or the newest, in a fixed order.

    Args:
        episode: whose answers.
        slot: the one week that whoever asks may know of; the newest one with a warning when None.
    """
    brought = _evidence(episode, slot, AlertKind.BODY_WARNING)
    newest = brought.first()
    if newest is None:
        return []
    shown = AlertEvent.objects.filter(alert=newest.alert_id, kind=AlertEventKind.HELP_SHOWN).order_by("-at").first()
    news = [event for event in brought.filter(alert=newest.alert_id) if shown is None or event.at > shown.at]
    told = {answer["reason"] for event in news or [newest] for answer in event.said or ()}
    return [reason for reason in FlagReason if reason in told]


def _was_shown(evidence: AlertEvent) -> bool:
    shown = AlertEvent.objects.filter(alert=evidence.alert_id, kind=AlertEventKind.HELP_SHOWN, at__gte=evidence.at)
    return shown.exists()


@transaction.atomic
def record_help_shown(
    *,
    episode: Episode,
    slot: CheckInSlot | None = None,
    is_about_body: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Note that the numbers to call were shown after an answer: once for one answer, and the team can read when.

    Args:
        episode: whose answer.
        slot: the one week that whoever asks may know of; all of them when None.
        is_about_body: whether it was the page about a warning of the body.
        by: who was shown them.
        at: now.
    """
    kind = AlertKind.BODY_WARNING if is_about_body else AlertKind.RISK_ANSWER
    newest = _evidence(episode, slot, kind).first()
    if newest is not None and not _was_shown(newest):
        AlertEvent.objects.create(alert_id=newest.alert_id, kind=AlertEventKind.HELP_SHOWN, at=at, by=by)
