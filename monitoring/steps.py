"""The pages of a check-in: what each one asks, how its answer is shown again, read back and sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.forms import Form
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from monitoring import check_ins, engine, wording
from monitoring.check_in_forms import InstrumentForm, MedicinesForm, RatingForm, follow_up_options, item_field
from monitoring.check_in_forms import options_of as item_options
from monitoring.check_ins import Asked
from monitoring.engine.records import Checklist, Domain, InstrumentSpec
from monitoring.medicines import PARTS
from monitoring.models import CheckInDraft, CheckInSlot
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.questions import QUESTIONS, Question, own_question
from patients.models import Intervention

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """An answer as it is read back: a number with its words, or words alone."""

    number: int | None
    words: str | Promise


class Ask(Protocol):
    """What one page asks."""

    kind: ClassVar[str]

    @property
    def key(self) -> str:
        """Return the name under which a draft keeps the answer."""
        ...

    @property
    def name(self) -> str:
        """Return what the page is about, in a word or two."""
        ...

    def form(self, data: Any, answers: Mapping[str, Any]) -> Form:
        """Return the form of the page; what was answered in this form before is shown, never last week's answer."""
        ...

    def page(self, form: Form) -> Json:
        """Return what the page shows."""
        ...

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return the answer as fields: the post of the whole check-in stands by itself."""
        ...

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return the answer as the last page reads it back."""
        ...


def _text(value: int | None) -> str:
    """Return a stored answer as the form's choices write it."""
    return "" if value is None else str(value)


def _chosen(form: Form, field: str) -> int | None:
    """Return the number that a form shows as chosen; none for one that cannot be read."""
    if form.is_bound:
        return form.cleaned_data.get(field) if form.is_valid() else None
    return int(form.initial[field]) if form.initial[field] else None


@dataclass(frozen=True, kw_only=True)
class ScaleAsk:
    """A rating of 0 to 10: one of the five, or the patient's own."""

    kind: ClassVar[str] = "scale"
    key: str
    field: str
    name: str
    question: Question
    own_item: UUID | None = None

    def form(self, data: Any, answers: Mapping[str, Any]) -> RatingForm:
        """Return one number to choose."""
        return RatingForm(data, name=self.field, key=self.key, initial=self.fields(answers))

    def page(self, form: Form) -> Json:
        """Return the question, its numbers, and the words for the chosen one."""
        value = _chosen(form, self.field)
        return {
            "question": self.question,
            "field": form[self.field],
            "labels": [(str(number), self._words(number)) for number in range(11)],
            "value": value,
            "value_words": self.question.words_for(value) if value is not None else "",
        }

    def _words(self, number: int) -> str | Promise:
        """Return the words beside a number in a list; an own question has them at both ends."""
        ends = {0: self.question.low, 10: self.question.high}
        return self.question.words_for(number) or ends.get(number, "")

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return the number, and for an own question which words it answers."""
        own = {"own_item": str(self.own_item)} if self.own_item else {}
        return {self.field: _text(answers.get(self.key)), **own}

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return the number with its words."""
        value = answers.get(self.key)
        if value is None:
            return ReadBack(number=None, words=_("Skipped"))
        return ReadBack(number=value, words=self.question.words_for(value))


@dataclass(frozen=True, kw_only=True)
class MedicinesAsk:
    """How medicines were taken, and what came with them: only where something is there."""

    kind: ClassVar[str] = "medicines"
    key: ClassVar[str] = check_ins.MEDICINES
    medicines: tuple[Intervention, ...]
    checklist: Checklist | None

    @property
    def name(self) -> str:
        """Return the name of the page."""
        return _("Medicines") if self.medicines else _("Symptoms")

    def form(self, data: Any, answers: Mapping[str, Any]) -> MedicinesForm:
        """Return one choice a medicine and one tick a symptom."""
        return MedicinesForm(data, medicines=[row.pk for row in self.medicines], initial=answers.get(self.key) or {})

    def page(self, form: Form) -> Json:
        """Return medicines and symptoms with what is chosen."""
        given = form.data if form.is_bound else form.initial
        return {
            "medicines": [_medicine(row, given) for row in self.medicines],
            "checklist": self.checklist,
            "symptoms": _symptoms(self.checklist, given) if self.checklist else [],
        }

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return what is kept, which is fields already."""
        return dict(answers.get(self.key) or {})

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return how medicines were taken, and which symptoms were ticked."""
        given = self.fields(answers)
        taken = [str(DosesTaken(value).label) for name, value in given.items() if name.startswith("taken_")]
        symptoms = self.checklist.symptoms if self.checklist else ()
        ticked = [symptom.text for symptom in symptoms if f"has_{symptom.code}" in given]
        return ReadBack(number=None, words=", ".join([*taken, *ticked]) or _("Nothing ticked"))


def _medicine(row: Intervention, given: Mapping[str, Any]) -> Json:
    """Return one medicine with its choices."""
    doses = [dose.label for dose in row.doses.all()]
    return {
        "label": f"{row.name} {doses[-1] if doses else ''}".strip(),
        "taken_name": f"taken_{row.pk}",
        "taken": given.get(f"taken_{row.pk}", ""),
        "choices": DosesTaken.choices,
        "why_name": f"why_{row.pk}",
        "why": given.get(f"why_{row.pk}", ""),
        "reasons": WhyMissed.choices,
    }


def _symptoms(checklist: Checklist, given: Mapping[str, Any]) -> list[Json]:
    """Return every symptom of a list with its follow-up, which shows while it is ticked."""
    legends = {
        "severity": _("At its worst, how bad was it?"),
        "frequency": _("How often?"),
        "interference": _("How much did it get in your way?"),
    }
    return [
        {
            "name": f"has_{symptom.code}",
            "text": symptom.text,
            "is_ticked": f"has_{symptom.code}" in given,
            "follow_ups": [
                {
                    "legend": legends[part],
                    "name": f"{part}_{symptom.code}",
                    "options": follow_up_options(checklist, part),
                    "value": given.get(f"{part}_{symptom.code}", ""),
                }
                for part in PARTS
            ],
        }
        for symptom in checklist.symptoms
    ]


@dataclass(frozen=True, kw_only=True)
class InstrumentAsk:
    """All items of one questionnaire."""

    kind: ClassVar[str] = "items"
    instrument: InstrumentSpec

    @property
    def key(self) -> str:
        """Return the code of the questionnaire."""
        return self.instrument.code

    @property
    def name(self) -> str:
        """Return the code of the questionnaire."""
        return self.instrument.code

    def form(self, data: Any, answers: Mapping[str, Any]) -> InstrumentForm:
        """Return one choice an item."""
        return InstrumentForm(data, instrument=self.instrument, initial=self.fields(answers))

    def page(self, form: Form) -> Json:
        """Return the items with their choices."""
        items = [
            {
                "text": item.text,
                "field": form[item_field(self.instrument, item.code)],
                "options": item_options(self.instrument, item.options),
            }
            for item in self.instrument.items
        ]
        return {"instrument": self.instrument, "items": items}

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return item field -> answer."""
        given = answers.get(self.key) or {}
        return {item_field(self.instrument, item.code): _text(given.get(item.code)) for item in self.instrument.items}

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return how many items were answered."""
        answered = sum(value is not None for value in (answers.get(self.key) or {}).values())
        words = _("%(answered)d of %(all)d answered") % {"answered": answered, "all": len(self.instrument.items)}
        return ReadBack(number=None, words=words)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One page of the form and its place among the others; the page to read back is the last and counted too."""

    number: int
    total: int
    ask: Ask
    # A page that is changed leads back to the page that sends; the others lead on.
    is_change: bool

    @property
    def key(self) -> str:
        """Return the name under which a draft keeps the answer."""
        return self.ask.key

    @property
    def next_url(self) -> str:
        """Return the page after this one: the next question, or the page to read back and send."""
        if self.is_change or self.number + 1 >= self.total:
            return reverse("send_check_in")
        return reverse("check_in_step", args=[self.number + 1])

    @property
    def back_url(self) -> str:
        """Return the page before this one."""
        if self.is_change:
            return reverse("send_check_in")
        return reverse("check_in_step", args=[self.number - 1]) if self.number > 1 else reverse("home")


def steps_of(draft: CheckInDraft, *, at: datetime) -> list[Step]:
    """Return the pages of a form that was begun."""
    asks = asks_of(check_ins.what_is_asked(draft.slot, is_short=draft.is_short, at=at))
    is_change = draft.slot.answered_at is not None
    return [
        Step(number=number, total=len(asks) + 1, ask=ask, is_change=is_change)
        for number, ask in enumerate(asks, start=1)
    ]


def page_count(slot: CheckInSlot, *, at: datetime) -> int:
    """Return how many pages the whole form of a week has, the page to read back included."""
    return len(asks_of(check_ins.what_is_asked(slot, is_short=False, at=at))) + 1


def asks_of(asked: Asked) -> list[Ask]:
    """Return one page for each thing that is asked, in the order of every form."""
    asks: list[Ask] = [_rating(domain) for domain in asked.domains]
    if asked.own_item is not None:
        item = asked.own_item
        question = own_question(wording=item.wording, low=item.low, high=item.high)
        key = check_ins.own_key(item.pk)
        asks.append(ScaleAsk(key=key, field="own", name=_("My question"), question=question, own_item=item.pk))
    if asked.medicines or asked.checklist:
        checklist = engine.checklist_in(asked.checklist, get_language()) if asked.checklist else None
        asks.append(MedicinesAsk(medicines=asked.medicines, checklist=checklist))
    worded = (engine.instrument_in(instrument, get_language()) for instrument in asked.instruments)
    return [*asks, *(InstrumentAsk(instrument=instrument) for instrument in worded)]


def _rating(domain: Domain) -> ScaleAsk:
    """Return the page of one of the five ratings."""
    name = str(wording.DOMAIN_NAMES[domain])
    return ScaleAsk(key=domain.value, field=domain.value, name=name, question=QUESTIONS[domain])
