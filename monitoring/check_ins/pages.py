"""The pages of a check-in: what each one asks, how its answer is shown again, read back and sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.forms import Form
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.check_ins.contents import MEDICINES, FormContent, own_key
from monitoring.check_ins.forms import (
    InstrumentForm,
    MedicinesForm,
    PageForm,
    RatingForm,
    follow_up_options,
    item_field,
)
from monitoring.check_ins.forms import options_of as item_options
from monitoring.engine.records import Checklist, Domain, InstrumentSpec, Item
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.plans.medicines import PARTS
from monitoring.words import wording
from monitoring.words.questions import QUESTIONS, Question, own_question
from patients.models import Intervention

Json = dict[str, Any]

# A page is read and answered in about so long: eleven numbers or a handful of ticks. Counted, not promised.
SECONDS_A_PAGE = 20
# What a questionnaire is about, in plain words. Without a line here it is called by its full name.
PLAIN_NAMES = {
    "PHQ-9": gettext_lazy("Mood, last 2 weeks"),
    "GAD-7": gettext_lazy("Worry, last 2 weeks"),
    "PHQ-4": gettext_lazy("Mood and worry, last 2 weeks"),
    "PHQ-15": gettext_lazy("Physical symptoms, last 4 weeks"),
    "PEG": gettext_lazy("Pain, last week"),
}


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

    @property
    def anchor(self) -> str:
        """Return the place on the page that can lead to help; empty where nothing can."""
        ...

    def form(self, data: Any, answers: Mapping[str, Any]) -> PageForm:
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
    anchor: ClassVar[str] = ""
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
            "value_words": self._words(value) if value is not None else "",
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
    anchor: ClassVar[str] = ""
    key: ClassVar[str] = MEDICINES
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
        data = form.data if form.is_bound else form.initial
        return {
            "medicines": [_medicine(row, data, form.errors) for row in self.medicines],
            "checklist": self.checklist,
            "symptoms": _symptoms(self.checklist, data) if self.checklist else [],
            "asked": " ".join(symptom.code for symptom in self.checklist.symptoms) if self.checklist else "",
            "asks_about_self_harm": any(one.code in self.checklist.about_self_harm for one in self.checklist.symptoms)
            if self.checklist
            else False,
            "no_symptoms": data.get("no_symptoms", ""),
            "other_symptom": data.get("other_symptom", ""),
        }

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return what is kept, which is fields already."""
        return dict(answers.get(self.key) or {})

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return how medicines were taken, and which symptoms were ticked."""
        fields = self.fields(answers)
        if not fields:
            return ReadBack(number=None, words=_("Skipped"))
        taken = [f"{row.name}: {words}" for row in self.medicines if (words := _taken(row, fields))]
        symptoms = self.checklist.symptoms if self.checklist else ()
        ticked = [self._rated(symptom, fields) for symptom in symptoms if f"has_{symptom.code}" in fields]
        other = [fields["other_symptom"]] if fields.get("other_symptom") else []
        none = [] if ticked or other or not fields.get("checklist") else [_("None of these")]
        return ReadBack(number=None, words="; ".join([*taken, *ticked, *other, *none]))

    def _rated(self, symptom: Item, fields: Mapping[str, Any]) -> str:
        """Return a symptom with how bad it was at its worst, if that was said."""
        options = self.checklist.severity if self.checklist else ()
        rated = fields.get(f"severity_{symptom.code}", "")
        words = next((option.text for option in options if str(option.value) == rated), "")
        return f"{symptom.text}: {words}" if words else symptom.text


def _taken(row: Intervention, fields: Mapping[str, Any]) -> str:
    """Return in words how a medicine was taken, with the reason if one was given; empty where nothing was said."""
    taken, why = fields.get(f"taken_{row.pk}"), fields.get(f"why_{row.pk}")
    if not taken:
        return ""
    words = str(DosesTaken(taken).label)
    return f"{words} ({WhyMissed(why).label})" if why else words


def _medicine(row: Intervention, fields: Mapping[str, Any], errors: Mapping[str, Any]) -> Json:
    """Return one medicine with its choices."""
    doses = [dose.label for dose in row.dose_steps]
    return {
        "label": f"{row.name} {doses[-1] if doses else ''}".strip(),
        "taken_name": f"taken_{row.pk}",
        "taken": fields.get(f"taken_{row.pk}", ""),
        "choices": DosesTaken.choices,
        "why_name": f"why_{row.pk}",
        "why": fields.get(f"why_{row.pk}", ""),
        "reasons": WhyMissed.choices,
        "errors": errors.get(f"taken_{row.pk}"),
    }


def _symptoms(checklist: Checklist, fields: Mapping[str, Any]) -> list[Json]:
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
            "is_ticked": f"has_{symptom.code}" in fields,
            "follow_ups": [
                {
                    "legend": legends[part],
                    "name": f"{part}_{symptom.code}",
                    "options": follow_up_options(checklist, part),
                    "value": fields.get(f"{part}_{symptom.code}", ""),
                }
                for part in PARTS
                if symptom.code not in checklist.unrated
            ],
            "leads_to_help": symptom.code in checklist.about_self_harm,
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
        """Return in plain words what the questionnaire is about."""
        return str(PLAIN_NAMES.get(self.instrument.code, self.instrument.name))

    @property
    def anchor(self) -> str:
        """Return the first item that can lead to a page of its own."""
        flags = self.instrument.red_flags
        return f"id_{item_field(self.instrument, flags[0].item)}" if flags else ""

    def form(self, data: Any, answers: Mapping[str, Any]) -> InstrumentForm:
        """Return one choice an item."""
        return InstrumentForm(data, instrument=self.instrument, initial=self.fields(answers))

    def page(self, form: Form) -> Json:
        """Return the items with their choices."""
        # What is asked about the body leads away only from its step on, so that nothing is announced before it.
        flagged = {flag.item for flag in self.instrument.safety_flags}
        items = [
            {
                "text": item.text,
                "leads_to_help": item.code in flagged,
                "harmless": item_options(self.instrument, item)[0][1],
                "field": form[item_field(self.instrument, item.code)],
                "options": item_options(self.instrument, item),
            }
            for item in self.instrument.items
        ]
        return {"instrument": self.instrument, "items": items}

    def fields(self, answers: Mapping[str, Any]) -> Json:
        """Return item field -> answer."""
        items = answers.get(self.key) or {}
        return {item_field(self.instrument, item.code): _text(items.get(item.code)) for item in self.instrument.items}

    def read_back(self, answers: Mapping[str, Any]) -> ReadBack:
        """Return how many items were answered."""
        answered = sum(value is not None for value in (answers.get(self.key) or {}).values())
        if not answered:
            return ReadBack(number=None, words=_("Not answered"))
        words = _("%(answered)d of %(all)d answered") % {"answered": answered, "all": len(self.instrument.items)}
        return ReadBack(number=None, words=words)


@dataclass(frozen=True, kw_only=True)
class Door:
    """The addresses of a form: the patient's own, or those of a person whom somebody of the team asks by phone.

    Attributes:
        episode_id: whom the team asks; None for the patient's own form.
    """

    episode_id: UUID | None = None

    @property
    def is_phone(self) -> bool:
        """Say whether somebody of the team reads the questions out."""
        return self.episode_id is not None

    @property
    def base(self) -> str:
        """Return the template that stands around the pages."""
        return "monitoring/team/base_by_phone.html" if self.is_phone else "base_patient.html"

    @property
    def leave(self) -> str:
        """Return where someone goes who stops for now."""
        return self._address("phone_check_in") if self.is_phone else reverse("home")

    @property
    def send(self) -> str:
        """Return the page that reads back and sends."""
        return self._address("phone_send") if self.is_phone else reverse("send_check_in")

    @property
    def words(self) -> str:
        """Return where note, wish and event are kept while they are written."""
        return self._address("phone_words") if self.is_phone else reverse("save_words")

    def page(self, number: int) -> str:
        """Return one question."""
        return self._address("phone_step", number) if self.is_phone else reverse("check_in_step", args=[number])

    def autosave(self, number: int) -> str:
        """Return where a tap is kept."""
        return self._address("phone_autosave", number) if self.is_phone else reverse("autosave", args=[number])

    def _address(self, name: str, *numbers: int) -> str:
        return reverse(name, args=[self.episode_id, *numbers])


OWN_DOOR = Door()


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """One page of the form and its place among the others; the page to read back is the last and counted too."""

    number: int
    total: int
    ask: Ask
    # A page that is changed leads back to the page that sends; the others lead on.
    is_change: bool
    # The person came here from the page that sends, before anything was sent.
    is_detour: bool = False
    door: Door = OWN_DOOR

    @property
    def key(self) -> str:
        """Return the name under which a draft keeps the answer."""
        return self.ask.key

    @property
    def query(self) -> str:
        """Return what the addresses of the page carry, so that it still leads back when it is shown again."""
        return "?change=1" if self.is_detour else ""

    @property
    def url(self) -> str:
        """Return the page itself."""
        return self.door.page(self.number) + self.query

    @property
    def return_url(self) -> str:
        """Return the page for who was taken away from it: at the item that led away, if there is one."""
        return f"{self.url}#{anchor}" if (anchor := self.ask.anchor) else self.url

    @property
    def autosave_url(self) -> str:
        """Return where a tap is kept."""
        return self.door.autosave(self.number) + self.query

    @property
    def next_url(self) -> str:
        """Return the page after this one: the next question, or the page to read back and send."""
        if self.is_change or self.is_detour or self.number + 1 >= self.total:
            return self.door.send
        return self.door.page(self.number + 1)

    @property
    def back_url(self) -> str:
        """Return the page before this one."""
        if self.is_change or self.is_detour:
            return self.door.send
        return self.door.page(self.number - 1) if self.number > 1 else self.door.leave


def pages_of(
    content: FormContent, *, until: date | None = None, is_change: bool = False, door: Door = OWN_DOOR
) -> list[FormPage]:
    """Return the pages of a form in their order.

    Args:
        content: what it asks.
        until: the last day of a week that is over; None for the present one.
        is_change: whether it corrects what was sent.
        door: by which addresses it is filled in.
    """
    asks = asks_of(content, until=until)
    return [
        FormPage(number=number, total=len(asks) + 1, ask=ask, is_change=is_change, door=door)
        for number, ask in enumerate(asks, start=1)
    ]


def was_skipped(page: FormPage, answers: Mapping[str, Any]) -> bool:
    """Say whether a page was seen and left without an answer."""
    answer = answers.get(page.key)
    is_open = all(value is None for value in answer.values()) if isinstance(answer, dict) else answer is None
    return page.key in answers and is_open


def page_count(content: FormContent) -> int:
    """Return how many pages a form has, the page to read back included."""
    return len(asks_of(content)) + 1


def minutes_for(pages: int) -> int:
    """Return about how many minutes a form of so many pages takes, one at least."""
    return max(1, round(pages * SECONDS_A_PAGE / 60))


def asks_of(content: FormContent, *, until: date | None = None) -> list[Ask]:
    """Return one page for each thing that is asked, in the order of every form; of a week that is over, by its day."""
    asks: list[Ask] = [_rating(domain, until) for domain in content.domains]
    if content.own_item is not None:
        item = content.own_item
        question = own_question(wording=item.wording, low=item.low, high=item.high)
        question = question.about_week_up_to(until) if until else question
        key = own_key(item.pk)
        asks.append(ScaleAsk(key=key, field="own", name=_("My question"), question=question, own_item=item.pk))
    if content.medicines or content.checklist:
        checklist = engine.checklist_in(content.checklist, get_language()) if content.checklist else None
        asks.append(MedicinesAsk(medicines=content.medicines, checklist=checklist))
    worded = (engine.instrument_in(instrument, get_language()) for instrument in content.instruments)
    return [*asks, *(InstrumentAsk(instrument=instrument) for instrument in worded)]


def _rating(domain: Domain, until: date | None) -> ScaleAsk:
    """Return the page of one of the five ratings."""
    question = QUESTIONS[domain]
    name = str(wording.DOMAIN_NAMES[domain])
    return ScaleAsk(
        key=domain.value,
        field=domain.value,
        name=name,
        question=question.about_week_up_to(until) if until else question,
    )
