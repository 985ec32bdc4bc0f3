"""What the browser may send of a check-in: one page, the whole, and the patient's own question. Shapes only."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from monitoring.check_ins.answers import CheckInAnswers, Pin
from monitoring.check_ins.contents import MEDICINES, WORDS
from monitoring.engine import CHECKLISTS
from monitoring.engine.records import NOT_APPLICABLE, Checklist, Domain, InstrumentSpec, Item, Option
from monitoring.models.check_ins import RATING_MAXIMUM, RATING_MINIMUM, ContactWish, DosesTaken, WhyMissed
from monitoring.plans.medicines import ABSENT, ASKED, PARTS, Intake, MedicineAnswers, as_fields, asked_in
from patients.forms import DatedForm, PastDateField

NOTE_LIMIT = 2000
# From here on the page counts along.
NOTE_NEAR_LIMIT = 1800
EVENT_LIMIT, OTHER_LIMIT = 80, 120
PRIVATE, SHARED = "on", "no"
RATINGS = [(str(value), str(value)) for value in range(RATING_MINIMUM, RATING_MAXIMUM + 1)]


def _answered_number(value: str) -> int | None:
    """Return the chosen number; an empty choice is a skipped question."""
    return int(value) if value else None


def note_length(note: str) -> int:
    """Return how many characters a person has written; a browser sends each new line as two."""
    return len(note.replace("\r\n", "\n"))


class NoteField(forms.CharField):
    """The patient's own words, as written. Too many are refused in words, never cut."""

    def __init__(self) -> None:
        """Accept nothing too; the space around the words is part of them."""
        super().__init__(required=False, strip=False)

    def validate(self, value: Any) -> None:
        """Count what was written."""
        super().validate(value)
        if (count := note_length(value)) > NOTE_LIMIT:
            numbers = {name: number_format(number, force_grouping=True) for name, number in
                       (("limit", NOTE_LIMIT), ("count", count))}  # fmt: skip
            raise forms.ValidationError(
                _("You can write up to %(limit)s characters; %(count)s are too many. Nothing was removed.") % numbers
            )


class ChoiceOfNumber(forms.TypedChoiceField):
    """One number out of a list, compared as text: "1_0", "٣" and "3.0" are no answers."""

    def __init__(self, *, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Accept the listed numbers, or nothing."""
        super().__init__(choices=choices, coerce=_answered_number, empty_value=None, required=False, **kwargs)
        # Lazy: one of these fields stands in a class, and is made before anyone has a language.
        self.error_messages["invalid_choice"] = gettext_lazy("Choose one answer, or skip this question")


class SingleAnswerForm(forms.Form):
    """A form that refuses a question answered twice: it cannot know which answer is meant."""

    def clean(self) -> dict[str, Any]:
        """Check that no field came more than once."""
        cleaned = super().clean() or {}
        for name in self.fields:
            if hasattr(self.data, "getlist") and len(self.data.getlist(self.add_prefix(name))) > 1:
                self.add_error(name, _("This was answered twice. Choose one answer."))
        return cleaned


class PageForm(SingleAnswerForm):
    """One page of the form, which is answered, or skipped with a button of its own."""

    def answers(self) -> dict[str, object]:
        """Return what was said, as a draft keeps it."""
        raise NotImplementedError

    def first_open(self) -> tuple[str, str]:
        """Return the field to begin with and what to say at it, if a valid form says nothing; else two empty words."""
        raise NotImplementedError

    def is_answered(self) -> bool:
        """Say whether the form can be read and says something; where it says nothing, ask again in words."""
        if not self.is_valid():
            return False
        name, problem = self.first_open()
        if problem:
            self.add_error(name, problem)
        return not problem


class RatingForm(PageForm):
    """One rating, 0 to 10: one of the five, or the patient's own."""

    def __init__(self, *args: Any, name: str, key: str, **kwargs: Any) -> None:
        """Ask for one number; a draft keeps it under the key."""
        super().__init__(*args, **kwargs)
        self.name, self.key = name, key
        self.fields[name] = ChoiceOfNumber(choices=RATINGS)

    def answers(self) -> dict[str, object]:
        """Return the answer under its key, as a draft keeps it."""
        return {self.key: self.cleaned_data[self.name]}

    def first_open(self) -> tuple[str, str]:
        """Ask for a number."""
        if self.cleaned_data[self.name] is not None:
            return "", ""
        return self.name, _("Choose a number from 0 to 10, or skip this question")


def item_field(instrument: InstrumentSpec, item: str) -> str:
    """Return the form name of one item of a questionnaire."""
    return f"{instrument.code}_{item}"


def options_of(instrument: InstrumentSpec, item: Item) -> list[tuple[str, str]]:
    """Return the choices of an item as the form needs them; "does not apply" is our word and not the published form's."""
    choices = [(str(option.value), option.text) for option in (item.options or instrument.options)]
    return [*choices, (str(NOT_APPLICABLE), _("Does not apply to me"))] if item.may_not_apply else choices


class InstrumentForm(PageForm):
    """All items of one questionnaire."""

    def __init__(self, *args: Any, instrument: InstrumentSpec, **kwargs: Any) -> None:
        """Ask for one instrument."""
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        for item in instrument.items:
            choices = options_of(instrument, item)
            self.fields[item_field(instrument, item.code)] = ChoiceOfNumber(choices=choices, label=item.text)

    def answers(self) -> dict[str, object]:
        """Return item -> answer under the instrument's code, as a draft keeps it."""
        return {self.instrument.code: self.items()}

    def first_open(self) -> tuple[str, str]:
        """Ask for one answer at least."""
        if any(value is not None for value in self.items().values()):
            return "", ""
        return item_field(self.instrument, self.instrument.items[0].code), _("Choose an answer, or skip this page")

    def items(self) -> dict[str, int | None]:
        """Return item -> answer."""
        return {item.code: self.cleaned_data[item_field(self.instrument, item.code)] for item in self.instrument.items}


def follow_up_options(checklist: Checklist, part: str) -> list[tuple[str, str]]:
    """Return the choices for a ticked symptom: "none" and "never" are what leaving the tick means."""
    options: Sequence[Option] = getattr(checklist, part)
    lowest = 0 if part == "interference" else 1
    return [(str(option.value), option.text) for option in options if option.value >= lowest]


class AboutMedicinesForm(SingleAnswerForm):
    """How each medicine was taken, and which symptoms of a checklist were there.

    The checklist travels with the answers: what was not ticked is "asked and absent" only if it was on the page.
    """

    def __init__(self, *args: Any, medicines: Sequence[UUID], **kwargs: Any) -> None:
        """Ask about the given medicines, and about the symptoms of whichever checklist was on the page."""
        super().__init__(*args, **kwargs)
        self.medicines = medicines
        for pk in medicines:
            self.fields[f"taken_{pk}"] = forms.ChoiceField(choices=DosesTaken.choices, required=False)
            self.fields[f"why_{pk}"] = forms.ChoiceField(choices=WhyMissed.choices, required=False)
        self.fields["checklist"] = forms.ChoiceField(choices=[(code, code) for code in CHECKLISTS], required=False)
        self.fields["no_symptoms"] = forms.BooleanField(required=False)
        self.fields["other_symptom"] = forms.CharField(required=False, max_length=OTHER_LIMIT)
        self.fields[ASKED] = forms.CharField(required=False)
        self.checklist = asked_in(self.data) if self.is_bound else None
        for symptom in self.checklist.symptoms if self.checklist else ():
            self._ask_about(symptom)

    def _ask_about(self, symptom: Item) -> None:
        """Add the tick of one symptom and what follows it."""
        self.fields[f"has_{symptom.code}"] = forms.BooleanField(required=False)
        for part in PARTS:
            choices = [(str(option.value), option.text) for option in getattr(self.checklist, part)]
            self.fields[f"{part}_{symptom.code}"] = ChoiceOfNumber(choices=choices)

    def clean(self) -> dict[str, Any]:
        """Refuse "none" together with a symptom: it cannot be known which is meant."""
        cleaned = super().clean()
        if cleaned.get("no_symptoms") and any(value is True for name, value in cleaned.items() if name[:4] == "has_"):
            self.add_error("no_symptoms", _("Choose “None of these” or the symptoms you had, not both."))
        return cleaned

    def medicine_answers(self) -> MedicineAnswers:
        """Return what a valid form says."""
        intakes = {pk: intake for pk in self.medicines if (intake := self._intake(pk)) is not None}
        symptoms = self.checklist.symptoms if self.checklist else ()
        return MedicineAnswers(
            intakes=intakes,
            symptoms={symptom.code: self._symptom(symptom.code) for symptom in symptoms},
            other=self.cleaned_data["other_symptom"],
        )

    def _intake(self, pk: UUID) -> Intake | None:
        """Return how one medicine was taken; None where nothing was chosen. Who took it all has no reason to give."""
        taken, reason = self.cleaned_data[f"taken_{pk}"], self.cleaned_data[f"why_{pk}"]
        if not taken:
            return None
        has_reason = reason and taken != DosesTaken.ALL
        return Intake(taken=DosesTaken(taken), reason=WhyMissed(reason) if has_reason else None)

    def _symptom(self, code: str) -> dict[str, int | None]:
        """Return one symptom: absent, or as rated; a part that was not chosen stays open."""
        if not self.cleaned_data[f"has_{code}"]:
            return dict(ABSENT)
        return {part: self.cleaned_data[f"{part}_{code}"] for part in PARTS}


class MedicinesForm(AboutMedicinesForm, PageForm):
    """The page about medicines."""

    def answers(self) -> dict[str, object]:
        """Return what was said as fields, as a draft keeps it."""
        none = {"no_symptoms": "on"} if self.cleaned_data["no_symptoms"] else {}
        return {MEDICINES: as_fields(self.medicine_answers()) | none}

    def first_open(self) -> tuple[str, str]:
        """Ask for one choice at least: a page that no one touched does not say that there were no symptoms."""
        answers = self.medicine_answers()
        is_there = any(parts != ABSENT for parts in answers.symptoms.values())
        if answers.intakes or is_there or self.cleaned_data["no_symptoms"] or answers.other:
            return "", ""
        name = f"taken_{self.medicines[0]}" if self.medicines else "no_symptoms"
        return name, _("Choose an answer, or skip this page")


class PinForm(DatedForm):
    """One thing that happened, with its day. Both or neither."""

    event_title = forms.CharField(required=False, max_length=EVENT_LIMIT, label=gettext_lazy("What happened?"))
    event_on = PastDateField(required=False, label=gettext_lazy("When?"))

    def clean(self) -> dict[str, Any]:
        """Ask for what is missing of the two."""
        cleaned = super().clean() or {}
        if cleaned.get("event_title") and "event_on" in cleaned and not cleaned["event_on"]:
            self.add_error("event_on", _("Choose the day it happened"))
        return cleaned

    def pin(self) -> Pin | None:
        """Return what a valid form pins, if anything."""
        title, day = self.cleaned_data["event_title"], self.cleaned_data["event_on"]
        return Pin(title=title, happened_on=day) if title else None


class WordsForm(DatedForm):
    """What goes with the answers, as it stands while it is written: an event may still lack its day."""

    note = NoteField()
    keep_private = forms.ChoiceField(choices=[(SHARED, SHARED), (PRIVATE, PRIVATE)], required=False)
    contact_wish = forms.ChoiceField(choices=ContactWish.choices, required=False)
    event_title = forms.CharField(required=False, max_length=EVENT_LIMIT)
    event_on = PastDateField(required=False)

    def answers(self, before: Mapping[str, str]) -> dict[str, object]:
        """Return what could be read as fields, as a draft keeps it; what could not stays as it was before."""
        self.full_clean()
        kept = {name: before[name] for name in self.errors if name in before}
        given = {name: value for name, value in self.cleaned_data.items() if value}
        # Today stands there by itself: without an event nobody chose it, and tomorrow it is another day.
        if "event_title" not in given and given.get("event_on") == self.today:
            del given["event_on"]
        return {WORDS: kept | {name: str(value) for name, value in given.items()}}


class CheckInForm(AboutMedicinesForm):
    """The whole check-in as it is sent: every answer, the note, the wish and the key that makes a retry harmless."""

    client_key = forms.UUIDField()
    slot = forms.UUIDField()
    # The check-in that this one corrects, if it is a correction.
    corrects = forms.UUIDField(required=False)
    is_short = forms.BooleanField(required=False)
    own_item = forms.ChoiceField(required=False)
    own = ChoiceOfNumber(choices=RATINGS)
    note = NoteField()
    keep_private = forms.ChoiceField(choices=[(SHARED, SHARED), (PRIVATE, PRIVATE)], required=False)
    contact_wish = forms.ChoiceField(choices=ContactWish.choices, required=False)

    def __init__(
        self,
        *args: Any,
        domains: Sequence[Domain],
        instruments: Sequence[InstrumentSpec],
        own_items: Sequence[UUID],
        **kwargs: Any,
    ) -> None:
        """Ask for the given ratings, medicines and questionnaires; one that is not in the post was not on the form."""
        super().__init__(*args, **kwargs)
        self.domains = domains
        self.instruments = [instrument for instrument in instruments if self._has_any(instrument)]
        cast("forms.ChoiceField", self.fields["own_item"]).choices = [(str(pk), str(pk)) for pk in own_items]
        for domain in domains:
            self.fields[domain.value] = ChoiceOfNumber(choices=RATINGS)
        for instrument in self.instruments:
            for item in instrument.items:
                name = item_field(instrument, item.code)
                self.fields[name] = ChoiceOfNumber(choices=options_of(instrument, item))

    def _has_any(self, instrument: InstrumentSpec) -> bool:
        """Say whether a questionnaire is in the post."""
        return any(item_field(instrument, item.code) in self.data for item in instrument.items)

    @property
    def client_key_value(self) -> UUID:
        """Return the key of a valid form."""
        key: UUID = self.cleaned_data["client_key"]
        return key

    def answers(self, *, pin: Pin | None = None) -> CheckInAnswers:
        """Return what the patient said."""
        data = self.cleaned_data
        own_item = UUID(data["own_item"]) if data["own_item"] else None
        return CheckInAnswers(
            ratings={domain: data[domain.value] for domain in self.domains},
            own_item=own_item,
            own_rating=data["own"] if own_item else None,
            medicines=self.medicine_answers(),
            pin=pin,
            items={
                instrument.code: {item.code: data[item_field(instrument, item.code)] for item in instrument.items}
                for instrument in self.instruments
            },
            note=data["note"],
            note_is_shared=data["keep_private"] != PRIVATE,
            contact_wish=ContactWish(data["contact_wish"] or ContactWish.JUST_RECORD),
            is_short=data["is_short"],
            language=get_language() or "",
        )


class CallForm(forms.Form):
    """With which form a check-in by phone begins, in which language, and what the patient has said yes to."""

    FORMS = ("full", "short", "late", "change")

    form = forms.ChoiceField(choices=[(name, name) for name in FORMS])
    language = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Language of the questions"),
        help_text=gettext_lazy("Read the questions in the language in which they stand there. Do not translate them."),
    )
    agrees = forms.BooleanField(
        label=gettext_lazy("I have read this text out, and the patient agrees"),
        error_messages={"required": gettext_lazy("Without the agreement nothing can be asked")},
    )
    may_be_seen = forms.BooleanField(
        label=gettext_lazy("The patient agrees that I see what is answered in it so far"),
        error_messages={"required": gettext_lazy("First ask whether you may see these answers")},
    )

    def __init__(self, *args: Any, has_agreed: bool, shows_own: bool, **kwargs: Any) -> None:
        """Ask for the agreement and for the yes to what was begun only where they are needed.

        Args:
            args: as of every form.
            has_agreed: whether the patient has agreed to check-ins.
            shows_own: whether answers would be shown that the patient has not sent.
            kwargs: as of every form.
        """
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["language"]).choices = settings.LANGUAGES
        self.fields["agrees"].required, self.fields["may_be_seen"].required = not has_agreed, shows_own


class OwnItemForm(forms.Form):
    """A question in the patient's own words, with words at both ends."""

    wording = forms.CharField(
        max_length=120,
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("For example: how far could I walk?"),
    )
    low = forms.CharField(
        max_length=40, label=gettext_lazy("What does 0 mean?"), help_text=gettext_lazy("For example: not at all")
    )
    high = forms.CharField(
        max_length=40, label=gettext_lazy("What does 10 mean?"), help_text=gettext_lazy("For example: as far as I like")
    )
    better = forms.ChoiceField(
        choices=[
            ("high", gettext_lazy("A higher number is better")),
            ("low", gettext_lazy("A lower number is better")),
        ],
        label=gettext_lazy("Which way is better?"),
        widget=forms.RadioSelect,
    )

    def question(self) -> dict[str, Any]:
        """Return what a valid form says, as the use case takes it."""
        data = self.cleaned_data
        return {name: data[name] for name in ("wording", "low", "high")} | {
            "higher_is_better": data["better"] == "high"
        }
