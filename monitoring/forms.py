"""What the browser may send: check-in pages and answers to alerts. Shapes only; rules live in the use cases."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.budgets import BUDGETS
from monitoring.check_ins import Answers
from monitoring.engine import INSTRUMENTS
from monitoring.engine.records import Domain, InstrumentSpec, Option
from monitoring.models.alerts import ActionCode
from monitoring.models.check_ins import RATING_MAXIMUM, RATING_MINIMUM, ContactWish
from monitoring.plans import Rhythm
from patients.forms import WEEKDAYS

NOTE_LIMIT = 2000
# Questionnaires of a new plan are asked again after so many weeks.
INSTRUMENT_WEEKS = 4
RATINGS = [(str(value), str(value)) for value in range(RATING_MINIMUM, RATING_MAXIMUM + 1)]


def _answered_number(value: str) -> int | None:
    """Return the chosen number; an empty choice is a skipped question."""
    return int(value) if value else None


class ChoiceOfNumber(forms.TypedChoiceField):
    """One number out of a list, compared as text: "1_0", "٣" and "3.0" are no answers."""

    def __init__(self, *, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Accept the listed numbers, or nothing."""
        super().__init__(choices=choices, coerce=_answered_number, empty_value=None, required=False, **kwargs)
        self.error_messages["invalid_choice"] = _("Choose one of the answers, or skip this one")


class SingleAnswerForm(forms.Form):
    """A form that refuses a question answered twice: it cannot know which answer is meant."""

    def clean(self) -> dict[str, Any]:
        """Check that no field came more than once."""
        cleaned = super().clean() or {}
        for name in self.fields:
            if hasattr(self.data, "getlist") and len(self.data.getlist(self.add_prefix(name))) > 1:
                self.add_error(name, _("This was answered twice. Choose one answer."))
        return cleaned


class RatingForm(SingleAnswerForm):
    """One rating, 0 to 10."""

    def __init__(self, *args: Any, domain: Domain, **kwargs: Any) -> None:
        """Ask for one domain."""
        super().__init__(*args, **kwargs)
        self.domain = domain
        self.fields[domain.value] = ChoiceOfNumber(choices=RATINGS)

    def answers(self) -> dict[str, object]:
        """Return the answer under its name, as a draft keeps it."""
        return {self.domain.value: self.cleaned_data[self.domain.value]}


def item_field(instrument: InstrumentSpec, item: str) -> str:
    """Return the form name of one item of a questionnaire."""
    return f"{instrument.code}_{item}"


def options_of(instrument: InstrumentSpec, item_options: Sequence[Option]) -> list[tuple[str, str]]:
    """Return the choices of an item as the form needs them."""
    return [(str(option.value), option.text) for option in (item_options or instrument.options)]


class InstrumentForm(SingleAnswerForm):
    """All items of one questionnaire."""

    def __init__(self, *args: Any, instrument: InstrumentSpec, **kwargs: Any) -> None:
        """Ask for one instrument."""
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        for item in instrument.items:
            choices = options_of(instrument, item.options)
            self.fields[item_field(instrument, item.code)] = ChoiceOfNumber(choices=choices, label=item.text)

    def answers(self) -> dict[str, object]:
        """Return item -> answer under the instrument's code, as a draft keeps it."""
        return {self.instrument.code: self.items()}

    def items(self) -> dict[str, int | None]:
        """Return item -> answer."""
        return {item.code: self.cleaned_data[item_field(self.instrument, item.code)] for item in self.instrument.items}


class CheckInForm(SingleAnswerForm):
    """The whole check-in as it is sent: every answer, the note, the wish and the key that makes a retry harmless."""

    client_key = forms.UUIDField()
    slot = forms.UUIDField()
    is_short = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=NOTE_LIMIT, strip=False)
    keep_private = forms.BooleanField(required=False)
    contact_wish = forms.ChoiceField(choices=ContactWish.choices, required=False)

    def __init__(
        self, *args: Any, domains: Sequence[Domain], instruments: Sequence[InstrumentSpec], **kwargs: Any
    ) -> None:
        """Ask for the given ratings and questionnaires."""
        super().__init__(*args, **kwargs)
        self.domains, self.instruments = domains, instruments
        for domain in domains:
            self.fields[domain.value] = ChoiceOfNumber(choices=RATINGS)
        for instrument in instruments:
            for item in instrument.items:
                name = item_field(instrument, item.code)
                self.fields[name] = ChoiceOfNumber(choices=options_of(instrument, item.options))

    @property
    def client_key_value(self) -> UUID:
        """Return the key of a valid form."""
        key: UUID = self.cleaned_data["client_key"]
        return key

    def answers(self) -> Answers:
        """Return what the patient said."""
        data = self.cleaned_data
        return Answers(
            ratings={domain: data[domain.value] for domain in self.domains},
            items={
                instrument.code: {item.code: data[item_field(instrument, item.code)] for item in instrument.items}
                for instrument in self.instruments
            },
            note=data["note"],
            note_is_shared=not data["keep_private"],
            contact_wish=ContactWish(data["contact_wish"] or ContactWish.JUST_RECORD),
            is_short=data["is_short"],
        )


class RhythmForm(forms.Form):
    """When a patient is asked, and with which questionnaires."""

    weekday = forms.TypedChoiceField(label=gettext_lazy("Day of the check-in"), choices=WEEKDAYS, coerce=int)
    local_time = forms.TimeField(
        label=gettext_lazy("From (the patient's own time)"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    cadence_weeks = forms.TypedChoiceField(
        label=gettext_lazy("How often"),
        coerce=int,
        choices=[
            (1, gettext_lazy("Every week")),
            (2, gettext_lazy("Every two weeks")),
            (4, gettext_lazy("Every four weeks")),
        ],
    )
    instruments = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Questionnaires, every four weeks"),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, may_ask_about_risk: bool, **kwargs: Any) -> None:
        """Offer only questionnaires that the clinic may use."""
        super().__init__(*args, **kwargs)
        offered = [spec for spec in INSTRUMENTS.values() if may_ask_about_risk or not spec.red_flags]
        choices = cast("forms.MultipleChoiceField", self.fields["instruments"])
        choices.choices = [(spec.code, f"{spec.code}: {spec.name}") for spec in offered]
        if not may_ask_about_risk:
            choices.help_text = _(
                "PHQ-9 asks about self-harm. It opens when an admin has set numbers, hours and two people who answer."
            )

    @property
    def rhythm(self) -> Rhythm:
        """Return the rhythm of a valid form."""
        data = self.cleaned_data
        return Rhythm(
            weekday=data["weekday"],
            local_time=data["local_time"],
            cadence_weeks=data["cadence_weeks"],
            instruments_every=dict.fromkeys(data["instruments"], INSTRUMENT_WEEKS),
        )


class AlertStepForm(forms.Form):
    """What somebody did about an alert, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1)
    action = forms.ChoiceField(
        choices=ActionCode.choices, required=False, label=gettext_lazy("What did you do?"), widget=forms.RadioSelect
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        label=gettext_lazy("Note for the team"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @property
    def action_given(self) -> ActionCode:
        """Return what was done, of a valid form."""
        return ActionCode(self.cleaned_data["action"])


class AlertCloseForm(AlertStepForm):
    """Closing needs an action and a note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Require both, in words."""
        super().__init__(*args, **kwargs)
        for name, message in (
            ("action", _("Choose what was done, or that nothing was needed")),
            ("note", _("Write one sentence: what was done, or why nothing was needed")),
        ):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = message


class BudgetForm(forms.Form):
    """How many false alerts a clinic is ready to bear."""

    budget = forms.TypedChoiceField(
        label=gettext_lazy("False alerts per stable patient and year"),
        help_text=gettext_lazy(
            "More means that worsening is seen sooner, and that more alerts turn out to be nothing."
        ),
        choices=[(f"{budget:g}", f"{budget:g}") for budget in BUDGETS],
        coerce=float,
    )
    is_on = forms.BooleanField(
        label=gettext_lazy("Tune the cut to this clinic's own past"),
        help_text=gettext_lazy("Off: the cut of the benchmark applies, as for a new clinic."),
        required=False,
    )
