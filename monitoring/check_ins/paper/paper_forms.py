"""What the browser may send of a paper: its day and its parts, then what stands on it. Shapes only."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring import engine
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.forms import RATINGS, ChoiceOfNumber, SingleAnswerForm, item_field, options_of
from monitoring.engine.records import Domain, InstrumentSpec
from monitoring.words import wording
from patients.forms import DatedForm, PastDateField

# The part of a paper that holds the five ratings; the others are codes of questionnaires.
FIVE = "ratings"


def part_choices() -> list[tuple[str, str]]:
    """Return everything that can be typed from paper."""
    forms_of = [(code, f"{code}: {spec.name}" if spec.name != code else code) for code, spec in _asked().items()]
    return [(FIVE, _("The five ratings, 0 to 10")), *forms_of]


def _asked() -> Mapping[str, InstrumentSpec]:
    return {code: spec for code, spec in engine.INSTRUMENTS.items() if spec.items}


class PaperStartForm(DatedForm):
    """The day on the paper, and what it holds."""

    on = PastDateField(label=gettext_lazy("Day on the paper"))
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What does it hold?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the paper"))
    agrees = forms.BooleanField(
        label=gettext_lazy("I have read this text out, and the patient agrees"),
        error_messages={"required": gettext_lazy("Without the agreement nothing can be entered")},
    )

    def __init__(self, *args: Any, started_on: date, has_agreed: bool, **kwargs: Any) -> None:
        """Take days of the period of care, and ask for the agreement only where it is missing."""
        super().__init__(*args, **kwargs)
        self.started_on = started_on
        cast("forms.MultipleChoiceField", self.fields["parts"]).choices = part_choices()
        cast("forms.ChoiceField", self.fields["language"]).choices = settings.LANGUAGES
        if has_agreed:
            del self.fields["agrees"]

    def clean_on(self) -> date:
        """Refuse a day before the period of care."""
        on: date = self.cleaned_data["on"]
        if on < self.started_on:
            raise forms.ValidationError(_("This day lies before the period of care."))
        return on


class PaperForm(SingleAnswerForm):
    """What stands on a paper, question by question in the order of the paper."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, parts: list[str], language: str, **kwargs: Any) -> None:
        """Ask for the given parts in the language of the paper."""
        super().__init__(*args, **kwargs)
        self.language = language
        # Field -> answer -> its words, for reading back.
        self.words: dict[str, dict[str, str]] = {}
        self.domains = tuple(Domain) if FIVE in parts else ()
        self.instruments = [engine.instrument_in(spec, language) for code, spec in _asked().items() if code in parts]
        for domain in self.domains:
            self._ask(domain.value, str(wording.DOMAIN_NAMES[domain]), RATINGS)
        for spec in self.instruments:
            for number, item in enumerate(spec.items, start=1):
                options = [(value, f"{value}: {text}") for value, text in options_of(spec, item)]
                self._ask(item_field(spec, item.code), f"{spec.code} {number}. {item.text}", options)

    def _ask(self, name: str, label: str, options: Sequence[tuple[str, str]]) -> None:
        choices = [("", _("not answered")), *options]
        self.words[name] = dict(choices)
        self.fields[name] = ChoiceOfNumber(choices=choices, label=label)

    @property
    def key(self) -> UUID:
        """Return the key of a valid form."""
        key: UUID = self.cleaned_data["client_key"]
        return key

    def answers(self) -> CheckInAnswers:
        """Return what a valid form says."""
        data = self.cleaned_data
        return CheckInAnswers(
            ratings={domain: data[domain.value] for domain in self.domains},
            items={
                spec.code: {item.code: data[item_field(spec, item.code)] for item in spec.items}
                for spec in self.instruments
            },
            language=self.language,
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return question and answer of a valid form, as they are read back."""
        chosen = {name: self.cleaned_data[name] for name in self.words}
        return [
            (str(self.fields[name].label), self.words[name]["" if value is None else str(value)])
            for name, value in chosen.items()
        ]
