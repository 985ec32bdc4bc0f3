"""What the browser may send about safety plans and requests about data. Shapes only."""

from typing import Any, cast

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy

from patients.models.rights import RequestKind, SafetyPlan
from patients.rights.safety_plans import SECTIONS


class SafetyPlanForm(forms.Form):
    """A safety plan in the patient's own words; every part may stay empty."""

    warning_signs = forms.CharField(help_text=gettext_lazy("Thoughts, feelings or days that tell you it is starting."))
    own_steps = forms.CharField(help_text=gettext_lazy("For example: a walk, a shower, music, breathing slowly."))
    people_and_places = forms.CharField()
    people_to_ask = forms.CharField(
        help_text=gettext_lazy("One person on each line, with the number. You can then call with one tap.")
    )
    professionals = forms.CharField(help_text=gettext_lazy("One on each line, with the number."))
    safer_place = forms.CharField(help_text=gettext_lazy("For example: who keeps your tablets for you."))
    reasons = forms.CharField()
    # The version that the words were begun with; nothing where there was none.
    begun_with = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take names and limits from the table, so that both always agree."""
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            column = cast("models.TextField[str, str]", SafetyPlan._meta.get_field(name))
            field = cast("forms.CharField", self.fields[name])
            field.label, field.required, field.max_length = column.verbose_name, False, column.max_length
            # No maxlength: a browser cuts what is pasted without a word. The server says what is too long.
            field.widget = forms.Textarea(attrs={"rows": 3})
            field.validators.append(MaxLengthValidator(column.max_length or 0))

    def words(self) -> dict[str, str]:
        """Return part -> words of a valid form, with the line ends of the database."""
        return {name: self.cleaned_data[name].replace("\r\n", "\n") for name in SECTIONS}


class DataRequestForm(forms.Form):
    """What the clinic is to correct or erase."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What would you like?"), choices=RequestKind.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        max_length=2000,
        label=gettext_lazy("In your own words"),
        help_text=gettext_lazy("For a correction: what is wrong, and what is right."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @property
    def kind_given(self) -> RequestKind:
        """Return what is asked for, of a valid form."""
        return RequestKind(self.cleaned_data["kind"])


class RequestAnswerForm(forms.Form):
    """What the clinic decided, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What was decided?"),
        choices=[("granted", gettext_lazy("It was done")), ("refused", gettext_lazy("It was declined"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        max_length=2000,
        label=gettext_lazy("What was done, or why not"),
        help_text=gettext_lazy("The patient reads this."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @property
    def is_granted(self) -> bool:
        """Say what was decided, of a valid form."""
        return bool(self.cleaned_data["decision"] == "granted")
