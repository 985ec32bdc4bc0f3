"""The answers behind an alert, in words: what was answered, when, and what became of the form. Reads only.

Safety answers and warnings of the body alike.

They are kept with the alert as they were given. A form may be sent later, sent with another answer, sent with the
question skipped, or never sent: none of that takes an answer back, and all of it is told.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.alerts import closing, evidence, screening
from monitoring.engine.records import FindingKind
from monitoring.models import Alert, AlertEvent, CheckIn, CheckInDraft, CheckInSlot, Signal
from monitoring.plans import plans
from monitoring.words import wording
from monitoring.words.formats import moment_words

MOMENT = "D j M, H:i"


@dataclass(frozen=True, kw_only=True)
class SafetyAnswer:
    """One answer: as a finding that can be worded, and where it was given and what became of it there."""

    signal: Signal
    form: str

    @property
    def in_short(self) -> str:
        """Return the answer without its question, and whether it is higher than the answer before."""
        values = {name: self.signal.parts[name] for name in ("instrument", "item")}
        values["answer"] = _option(self.signal.parts, self.signal.parts["answer"])
        if self.signal.kind == FindingKind.BODY_WARNING or self.signal.parts.get("is_symptom"):
            values["question"] = wording.item_words(values["instrument"], values["item"])
            answer = _("%(question)s: “%(answer)s”") % values
        else:
            answer = _("%(instrument)s, question %(item)s: “%(answer)s”") % values
        return _("%(said)s, higher than before.") % {"said": answer} if self.signal.parts["rose"] else f"{answer}."

    @property
    def words(self) -> str:
        """Return question and answer in the reader's language, and whether it is higher than the answer before."""
        return wording.reason(self.signal)


@dataclass(frozen=True, kw_only=True)
class _Forms:
    """The forms in which safety answers were given, by week: as they were last sent, and as they are being filled in."""

    slots: Mapping[str, CheckInSlot]
    sent: Mapping[str, CheckIn]
    drafts: Mapping[str, CheckInDraft]


def load(shown: Iterable[Alert], *, at: dt.datetime) -> dict[UUID, tuple[SafetyAnswer, ...]]:
    """Return the answers behind alerts since each was last opened, the newest first, in a few queries for all."""
    of_safety = [alert for alert in shown if alert.kind in screening.AT_ONCE]
    if not of_safety:
        return {}
    events = closing.since_opened_of(of_safety)
    forms = _forms(events)
    return {alert.pk: tuple(_answers(alert, events[alert.pk], forms, at)) for alert in of_safety}


def _forms(events: Mapping[UUID, Sequence[AlertEvent]]) -> _Forms:
    """Return the forms that some events speak of."""
    weeks = {
        answer["slot"] for rows in events.values() for event in rows for answer in event.said or () if answer["slot"]
    }
    if not weeks:
        return _Forms(slots={}, sent={}, drafts={})
    return _Forms(
        slots={str(slot.pk): slot for slot in CheckInSlot.objects.filter(pk__in=weeks)},
        sent={str(row.slot_id): row for row in CheckIn.objects.filter(slot__in=weeks)},
        drafts={str(draft.slot_id): draft for draft in CheckInDraft.objects.filter(slot__in=weeks)},
    )


def _answers(alert: Alert, events: Sequence[AlertEvent], forms: _Forms, at: dt.datetime) -> Iterable[SafetyAnswer]:
    """Return the answers of one alert; of an alert from before they were kept, what can still be found."""
    pairs = [(event, answer) for event in reversed(events) for answer in event.said or ()]
    for event, answer in pairs:
        form = _form_in_words(event, answer, forms, at)
        yield from (SafetyAnswer(signal=signal, form=form) for signal in _signals(alert, answer))
    if not pairs:
        yield from (SafetyAnswer(signal=signal, form="") for signal in _of_old_alert(alert))


def _signals(alert: Alert, answer: Mapping[str, Any]) -> Iterable[Signal]:
    """Return a safety answer that was kept as a finding; none where its instrument no longer asks that."""
    finding = engine.flagged_answer(answer["instrument"], answer["item"], answer["answer"], answer["previous"])
    if finding is not None:
        yield evidence.signal_of(alert.episode, None, finding)


def _of_old_alert(alert: Alert) -> Iterable[Signal]:
    """Return what the check-in or the finding behind an alert says."""
    if alert.check_in is not None:
        for finding in screening.red_flags(alert.check_in.answers):
            yield evidence.signal_of(alert.episode, None, finding)
    elif alert.signal is not None:
        yield alert.signal


def _form_in_words(event: AlertEvent, answer: Mapping[str, Any], forms: _Forms, at: dt.datetime) -> str:
    """Say when an answer was given, in which form, and what became of that form."""
    week, when = answer["slot"], moment_words(event.at, MOMENT)
    sent, draft = forms.sent.get(week), forms.drafts.get(week)
    parts = [_sent_in_words(when, sent, answer) if sent else _unsent_in_words(when, forms.slots.get(week), at)]
    if draft is not None and _in_draft(draft, answer) != (True, answer["answer"]):
        parts.append(_open_in_words(draft, answer))
    return " ".join(filter(None, parts))


def _sent_in_words(when: str, sent: CheckIn, answer: Mapping[str, Any]) -> str:
    """Say what the form says about the question as it was last sent."""
    values = {"when": when, "sent": moment_words(sent.submitted_at, MOMENT)}
    is_answered, now = screening.answer_in(sent.answers, sent.side_effects, answer["instrument"], answer["item"])
    if not is_answered:
        return _("Answered on %(when)s. In the version last sent, on %(sent)s, this question is skipped.") % values
    if now != answer["answer"]:
        values["answer"] = _option(answer, now)
        return _("Answered on %(when)s. In the version last sent, on %(sent)s, the answer is “%(answer)s”.") % values
    if values["when"] == values["sent"]:
        return _("The check-in was sent on %(sent)s.") % values
    return _("Answered on %(when)s. The check-in was sent on %(sent)s.") % values


def _unsent_in_words(when: str, slot: CheckInSlot | None, at: dt.datetime) -> str:
    """Say that a form was not sent, and until when it can be."""
    if slot is None:
        return _("Answered on %(when)s.") % {"when": when}
    closes_at, late_until = slot.closes_at, slot.closes_at + plans.LATE_WINDOW
    if at < closes_at:
        values = {"when": when, "until": moment_words(closes_at, MOMENT)}
        return _("Answered on %(when)s in a check-in that is not sent yet. It can be sent until %(until)s.") % values
    if at < late_until:
        values = {"when": when, "until": moment_words(late_until, MOMENT)}
        return _("Answered on %(when)s in a check-in that was not sent. It can still be sent until %(until)s.") % values
    return _("Answered on %(when)s in a check-in that was never sent.") % {"when": when}


def _open_in_words(draft: CheckInDraft, answer: Mapping[str, Any]) -> str:
    """Say what the form says about the question as it is being filled in."""
    (is_answered, now), values = _in_draft(draft, answer), {"when": moment_words(draft.updated_at, MOMENT)}
    if not is_answered:
        return _("In the check-in as it is being filled in now, this question is skipped (%(when)s).") % values
    values["answer"] = _option(answer, now)
    return _("In the check-in as it is being filled in now, the answer is “%(answer)s” (%(when)s).") % values


def _in_draft(draft: CheckInDraft, answer: Mapping[str, Any]) -> tuple[bool, int | None]:
    """Return whether a form that is being filled in says something about the question of an answer, and what."""
    return screening.answer_in_draft(draft.answers, answer["instrument"], answer["item"])


def _option(answer: Mapping[str, Any], value: int | None) -> str:
    """Return an answer in the reader's language."""
    return wording.option_words(answer["instrument"], answer["item"], value)
