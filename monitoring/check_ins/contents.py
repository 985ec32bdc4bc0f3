"""What the form of a week asks, and under which keys a draft keeps the answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from monitoring import engine
from monitoring.engine.records import Checklist, Domain, InstrumentSpec
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot, MonitoringPlan, OwnItem
from monitoring.plans import medicines, own_items, plans, turns
from patients.models import Intervention

# A bad day asks these three; it counts the same. Source: docs/design.md#check-in; choice of the three:
# docs/decisions/0040.
SHORT_FORM = (Domain.SLEEP, Domain.MOOD, Domain.FUNCTION)
# A form that was begun in its week is finished within a day of its end, or what is still open in it is left out: a
# questionnaire is about the days before it is answered. docs/decisions/0165.
FINISHED_WITHIN = timedelta(days=1)
# Under this key a draft keeps what was said about medicines, as the fields of the form.
MEDICINES = medicines.PAGE
# And under this one note, wish and event, as the fields of the form.
WORDS = "words"
WORD_FIELDS = ("note", "keep_private", "contact_wish", "event_title", "event_on")
# So begin the keys of own questions.
OWN = "own:"


# Fields about one thing are one question: what follows a tick or a choice goes with it, and a day with its event.
FOLLOWS = {"why": "taken", "severity": "has", "frequency": "has", "interference": "has"}


@dataclass(frozen=True, kw_only=True)
class FormContent:
    """What one form asks, in the order of its pages."""

    domains: tuple[Domain, ...]
    own_item: OwnItem | None = None
    medicines: tuple[Intervention, ...] = ()
    checklist: Checklist | None = None
    instruments: tuple[InstrumentSpec, ...] = ()


def own_key(item_id: UUID) -> str:
    """Return the key of an own question in a draft: an answer never passes to other words."""
    return f"{OWN}{item_id}"


def field_of(key: str, part: str = "") -> str:
    """Return the field of a form for an answer of a draft, and for a part of one that has several."""
    if key.startswith(OWN):
        return "own"
    if key in {MEDICINES, WORDS}:
        return part
    return f"{key}_{part}" if part else key


def question_of(name: str) -> str:
    """Return the field that stands for the whole question to which a field belongs."""
    head, _, rest = name.partition("_")
    if head == "event":
        return "event_title"
    return f"{FOLLOWS[head]}_{rest}" if head in FOLLOWS else name


def fields_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers of a draft as fields: how the whole form is sent."""
    fields: dict[str, str] = {}
    for key, answer in answers.items():
        parts = answer if isinstance(answer, dict) else {"": answer}
        fields |= {field_of(key, part): "" if value is None else str(value) for part, value in parts.items()}
        if key.startswith(OWN):
            fields["own_item"] = key.removeprefix(OWN)
    return fields


def domains_asked(*, is_short: bool) -> tuple[Domain, ...]:
    """Return the ratings of the form, in the order of every page."""
    return SHORT_FORM if is_short else tuple(Domain)


def instruments_asked(slot: CheckInSlot, *, is_short: bool) -> list[InstrumentSpec]:
    """Return the questionnaires that this week asks for; none on a bad day."""
    if is_short:
        return []
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    return [engine.INSTRUMENTS[code] for code in turns.instruments_due(slot, plan)]


def instruments_answered(slot: CheckInSlot, draft: CheckInDraft | None, *, is_short: bool) -> list[InstrumentSpec]:
    """Return the questionnaires that the form of a week can bring: those of the plan, and those of its beginning.

    Whose turn it is may change while a form is open; what was on it is read all the same.
    """
    if is_short:
        return []
    planned = MonitoringPlan.objects.get(episode_id=slot.episode_id).instruments
    asked = asked_by(draft)
    codes = dict.fromkeys([*planned, *(asked.instruments if asked else ())])
    return [engine.INSTRUMENTS[code] for code in codes if code in engine.INSTRUMENTS]


def is_late(slot: CheckInSlot, original: CheckIn | None, *, at: datetime) -> bool:
    """Say whether a form is about a week that is over: a late entry, or the correction of one."""
    return original.is_late if original else slot.closes_at <= at


# ---------- what one form asks, from its beginning to its end ----------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a form asks, decided when it is begun and kept with its draft.

    Midnight, the end of the week, a new medicine and another plan change no form under the fingers, and drop no answer.

    Attributes:
        on: the day of the person on which it was begun.
        is_late: whether its week was over then.
        own_item: the patient's own question.
        medicines: those it asks about.
        checklist: code of the list of symptoms; empty for none.
        symptoms: those of the list that it asks about.
        instruments: codes of the questionnaires.
    """

    on: date
    is_late: bool
    own_item: UUID | None = None
    medicines: tuple[UUID, ...] = ()
    checklist: str = ""
    symptoms: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        return {
            "on": self.on.isoformat(),
            "is_late": self.is_late,
            "own_item": str(self.own_item) if self.own_item else None,
            "medicines": [str(pk) for pk in self.medicines],
            "checklist": self.checklist,
            "symptoms": list(self.symptoms),
            "instruments": list(self.instruments),
        }


def asked_by(draft: CheckInDraft | None) -> Asked | None:
    """Return what a draft was begun with; None for no draft, and for one of a version that did not keep it."""
    if draft is None or draft.asked is None:
        return None
    kept = draft.asked
    return Asked(
        on=date.fromisoformat(kept["on"]),
        is_late=kept["is_late"],
        own_item=UUID(kept["own_item"]) if kept["own_item"] else None,
        medicines=tuple(UUID(pk) for pk in kept["medicines"]),
        checklist=kept["checklist"],
        # A form that was begun before a list had versions asks those of the first.
        symptoms=tuple(kept["symptoms"]) if "symptoms" in kept else _first_version(kept["checklist"]),
        instruments=tuple(kept["instruments"]),
    )


def _first_version(code: str) -> tuple[str, ...]:
    checklist = engine.CHECKLISTS.get(code)
    return tuple(symptom.code for symptom in checklist.of_version("1").symptoms) if checklist else ()


def decide(slot: CheckInSlot, *, original: CheckIn | None = None, at: datetime) -> Asked:
    """Return what the form of a week asks: a correction asks what was asked, a late entry the ratings alone.

    Questionnaires and medicines are about the days before they are answered, so that they cannot be entered late. What
    was answered in a form that was begun in time is kept all the same, and can be corrected.

    Args:
        slot: the week.
        original: the check-in that is corrected; None for a first answer.
        at: now.
    """
    today = plans.local_day(at, slot.episode.patient.time_zone)
    own_item = original.own_item if original else own_items.own_item(slot.episode)
    own = own_item.pk if own_item else None
    answered = tuple(code for code in (original.answers if original else ()) if code in engine.INSTRUMENTS)
    late = is_late(slot, original, at=at)
    if late and (original is None or not (answered or original.side_effects)):
        return Asked(on=today, is_late=True, own_item=own)
    every, day = medicines.of_episode(slot.episode), original.about_on if original else today
    checklist = medicines.checklist_on(every, day)
    due = () if late else tuple(instrument.code for instrument in instruments_asked(slot, is_short=False))
    asks_safety = any(engine.INSTRUMENTS[code].safety_flags for code in (*due, *answered))
    may_ask = not asks_safety and medicines.begun_recently(every, day) and plans.may_ask_about_risk()
    asked_before = original.side_effects if original else {}
    left_out = frozenset() if may_ask or checklist is None else checklist.about_self_harm
    if not medicines.asks_about_stopping(every, day):
        left_out |= medicines.ONLY_STOPPING
    return Asked(
        on=today,
        is_late=late,
        own_item=own,
        medicines=tuple(row.pk for row in medicines.taken_on(every, day)),
        checklist=checklist.code if checklist else "",
        symptoms=_symptoms_asked(checklist, asked_before, left_out) if checklist else (),
        instruments=tuple(dict.fromkeys([*due, *answered])),
    )


def _symptoms_asked(checklist: Checklist, asked_before: Collection[str], left_out: Collection[str]) -> tuple[str, ...]:
    """Return the symptoms that a form asks about: those of a form that is corrected, else all that may be asked now.

    Thoughts of self-harm are asked about after a start, where somebody can answer, and once in a form.
    """
    every = [symptom.code for symptom in checklist.symptoms]
    return tuple(code for code in every if (code in asked_before if asked_before else code not in left_out))


def content_of(
    slot: CheckInSlot,
    *,
    asked: Asked | None = None,
    is_short: bool,
    answered: Collection[str] | None = None,
    at: datetime,
) -> FormContent:
    """Return what the form of a week asks.

    Args:
        slot: the week.
        asked: with which it was begun; decided now where it is not begun.
        is_short: whether it is the form of a bad day.
        answered: the keys under which it holds answers, of a form that is begun.
        at: now.
    """
    domains = domains_asked(is_short=is_short)
    if is_short:
        return FormContent(domains=domains)
    asked = asked or decide(slot, at=at)
    kept = answered if answered is not None and is_overdue(slot, asked, at=at) else None
    asks_medicines = kept is None or MEDICINES in kept
    return FormContent(
        domains=domains,
        own_item=OwnItem.objects.filter(pk=asked.own_item).first() if asked.own_item else None,
        medicines=tuple(_medicines(slot, asked)) if asks_medicines else (),
        checklist=_checklist(asked) if asks_medicines else None,
        instruments=tuple(
            engine.INSTRUMENTS[code]
            for code in asked.instruments
            if code in engine.INSTRUMENTS and (kept is None or code in kept)
        ),
    )


def _checklist(asked: Asked) -> Checklist | None:
    """Return the list of symptoms that a form asks about, with those that it asks about."""
    checklist = engine.CHECKLISTS.get(asked.checklist)
    return checklist.only(asked.symptoms) if checklist else None


def _medicines(slot: CheckInSlot, asked: Asked) -> list[Intervention]:
    """Return the medicines that a form asks about."""
    rows = medicines.of_episode(slot.episode) if asked.medicines else []
    return [row for row in rows if row.pk in asked.medicines]


def is_overdue(slot: CheckInSlot, asked: Asked, *, at: datetime) -> bool:
    """Say whether a form that was begun in time lies unsent so long that only what it holds is still of its week."""
    return not asked.is_late and at >= slot.closes_at + FINISHED_WITHIN


def about_on(slot: CheckInSlot, draft: CheckInDraft | None, *, at: datetime) -> date:
    """Return the day that a form is about: today; of a week that is over the day it was begun, or was due.

    Args:
        slot: the week.
        draft: what was begun of its form.
        at: now.
    """
    if slot.closes_at > at:
        return plans.local_day(at, slot.episode.patient.time_zone)
    asked = asked_by(draft)
    return slot.due_on if asked is None or asked.is_late else asked.on
