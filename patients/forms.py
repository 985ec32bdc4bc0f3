"""What the browser may send about clinics and what is tried. Shapes only; rules live in the use cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.care import Dose
from patients.doses import amount_in, amount_words
from patients.models import Clinic, User
from patients.models.care import InterventionKind
from patients.models.rights import RequestKind, SafetyPlan
from patients.rights import SECTIONS

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
# An intervention older than this is a slip of the year.
EARLIEST_CARE_YEAR = 1950
CONTACT_ROWS = 4


def _date_input() -> forms.DateInput:
    """Return the browser's own date field, which always sends ISO dates."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@cache
def zones() -> list[tuple[str, str]]:
    """Return the time zones of the world as choices: the places, not the aliases."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class PastDateField(forms.DateField):
    """A day that has come: today or earlier, and not a slip of the century."""

    def __init__(self, *, earliest_year: int = EARLIEST_CARE_YEAR, **kwargs: Any) -> None:
        """Keep the earliest year that makes sense."""
        super().__init__(widget=_date_input(), **kwargs)
        self.earliest_year = earliest_year
        self.today: date | None = None

    def clean(self, value: Any) -> date | None:
        """Return the day, or say in words what is wrong with it."""
        day: date | None = super().clean(value)
        if day is None:
            return None
        if self.today is not None and day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Enter today or an earlier day."))
        if day.year < self.earliest_year:
            raise forms.ValidationError(_("This is too long ago. Check the year."))
        return day


class DatedForm(forms.Form):
    """A form about days that have come; it is told what today is, so that it need not read the clock."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Tell the day fields what today is."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PastDateField):
                field.today = today
                field.widget.attrs["max"] = today.isoformat()


# --- Clinic ---------------------------------------------------------------------------------------------------------


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Name, hours and zone of the clinic."""

    staffed_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days on which somebody reads check-ins and alerts"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone of the clinic"), choices=zones)

    class Meta:
        model = Clinic
        fields = ["public_name", "time_zone", "staffed_weekdays", "staffed_from", "staffed_until"]
        labels = {
            "public_name": gettext_lazy("Name on pages and in mails"),
            "staffed_from": gettext_lazy("From"),
            "staffed_until": gettext_lazy("Until"),
        }
        help_texts = {"public_name": gettext_lazy("It should not tell what people are treated for.")}
        widgets = {
            "staffed_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "staffed_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def clean_public_name(self) -> str:
        """Keep the name on one line: it stands in the subject of mails."""
        return " ".join(str(self.cleaned_data["public_name"]).split())

    def clean(self) -> dict[str, Any]:
        """Refuse a day that ends before it begins."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("staffed_from"), cleaned.get("staffed_until")
        if start is not None and end is not None and start >= end:
            self.add_error("staffed_until", _("The day must end after it begins."))
        return cleaned


class CrisisContactForm(forms.Form):
    """One number to call."""

    label = forms.CharField(required=False, max_length=60, label=gettext_lazy("Who"))
    number = forms.RegexField(
        r"^[+0-9][0-9 ()/-]{1,29}$",
        required=False,
        label=gettext_lazy("Number"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        error_messages={"invalid": gettext_lazy("Use digits, spaces and a plus sign in front.")},
    )
    note = forms.CharField(required=False, max_length=120, label=gettext_lazy("When and for what"))

    def clean(self) -> dict[str, Any]:
        """Ask for both name and number, or for neither."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("label")) != bool(cleaned.get("number")) and not self.errors:
            raise forms.ValidationError(_("Enter who it is and the number, or leave both empty."))
        return cleaned


CrisisContactFormSet = forms.formset_factory(
    CrisisContactForm, extra=CONTACT_ROWS, max_num=CONTACT_ROWS, absolute_max=CONTACT_ROWS, validate_max=True
)


def crisis_contacts(forms_of_contacts: Iterable[forms.Form]) -> list[dict[str, str]]:
    """Return the contacts of valid forms, the empty ones left out, in their order."""
    cleaned = [form.cleaned_data for form in forms_of_contacts]
    return [{key: row.get(key, "") for key in ("label", "number", "note")} for row in cleaned if row.get("number")]


class TeamForm(forms.Form):
    """A clinician who joins the care team."""

    member = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("Who joins?"), empty_label=None)
    is_responsible = forms.BooleanField(
        required=False, label=gettext_lazy("This person becomes the responsible clinician")
    )

    def __init__(self, *args: Any, candidates: QuerySet[User], **kwargs: Any) -> None:
        """Offer the clinicians who are not on the team yet."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["member"]).queryset = candidates


# --- What is tried --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some fields of a form, as the template of fields wants a form."""

    form: forms.Form
    names: tuple[str, ...]

    @property
    def visible_fields(self) -> list[forms.BoundField]:
        """Return the fields in the order of the form."""
        return [field for field in self.form.visible_fields() if field.name in self.names]

    @property
    def errors(self) -> bool:
        """Say whether one of them has a problem."""
        return any(field.errors for field in self.visible_fields)


class DoseForm(DatedForm):
    """How much or how often, as people say it; the number for the chart is read from the words, or given beside them."""

    numbers = ("amount", "unit")

    label = forms.CharField(
        required=False,
        max_length=80,
        label=gettext_lazy("Dose or frequency"),
        help_text=gettext_lazy("As you would say it: 50 mg in the morning, once a week, 20 minutes a day."),
    )
    amount = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=3,
        label=gettext_lazy("Amount a day"),
        help_text=gettext_lazy("Tells a rise from a cut. For example 50."),
    )
    unit = forms.CharField(
        required=False, max_length=20, label=gettext_lazy("Unit"), help_text=gettext_lazy("For example mg.")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a number that the words contradict: the chart would show another dose than people read."""
        cleaned = super().clean() or {}
        read, amount = amount_in(cleaned.get("label") or ""), cleaned.get("amount")
        if read is not None and amount is not None and read[0] != amount:
            words = {"words": cleaned["label"], "number": number_format(amount.normalize())}
            self.add_error("amount", _("The words say %(words)s, the number says %(number)s.") % words)
        return cleaned

    @property
    def words(self) -> Part:
        """Return everything that is asked in words."""
        return Part(form=self, names=tuple(name for name in self.fields if name not in self.numbers))

    @property
    def as_number(self) -> Part:
        """Return what is asked as a number."""
        return Part(form=self, names=self.numbers)

    @property
    def is_number_open(self) -> bool:
        """Say whether the numbers are shown: where something was entered there."""
        return any(self[name].value() for name in self.numbers)

    @property
    def dose(self) -> Dose | None:
        """Return the dose of a valid form, None where none was given."""
        label, amount, unit = (self.cleaned_data[name] for name in ("label", *self.numbers))
        if not label and amount is None:
            return None
        if amount is None:
            amount, unit = amount_in(label) or (None, unit)
        return Dose(label=label or amount_words(amount, unit), amount=amount, unit=unit)

    @property
    def understood(self) -> str:
        """Say which number the chart draws, of a valid form; nothing where there is no number in the words."""
        dose = self.dose
        if dose is not None and dose.amount is not None:
            return _("The chart reads it as %(amount)s a day.") % {"amount": amount_words(dose.amount, dose.unit)}
        if dose is not None and any(sign.isdigit() for sign in dose.label):
            return _("No amount a day was read from the words: the chart shows the words alone.")
        return ""


class InterventionForm(DoseForm):
    """Something that is tried from a day on."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=InterventionKind.choices)
    name = forms.CharField(max_length=120, label=gettext_lazy("What is tried"))
    started_on = PastDateField(label=gettext_lazy("Since"))

    field_order = ["kind", "name", "started_on", "label", "amount", "unit"]

    @property
    def kind_given(self) -> InterventionKind:
        """Return the kind of a valid form."""
        return InterventionKind(self.cleaned_data["kind"])


class DoseChangeForm(DoseForm):
    """A new dose or frequency from a day on."""

    from_on = PastDateField(label=gettext_lazy("From"))

    field_order = ["from_on", "label", "amount", "unit"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the new dose: without one there is no change."""
        super().__init__(*args, **kwargs)
        label = self.fields["label"]
        label.required, label.label = True, _("New dose or frequency")
        label.error_messages["required"] = _("Write the new dose or frequency.")


class LifeEventForm(DatedForm):
    """Something that happened in the person's life."""

    title = forms.CharField(max_length=80, label=gettext_lazy("What happened"))
    happened_on = PastDateField(label=gettext_lazy("When"))


# --- Rights ---------------------------------------------------------------------------------------------------------


class SafetyPlanForm(forms.Form):
    """A safety plan in the patient's own words; every part may stay empty."""

    warning_signs = forms.CharField(help_text=gettext_lazy("Thoughts, feelings or days that tell you it is starting."))
    own_steps = forms.CharField(help_text=gettext_lazy("For example: a walk, a shower, music, breathing slowly."))
    people_and_places = forms.CharField()
    people_to_ask = forms.CharField(
        help_text=gettext_lazy("One person in a line, with the number. You can then call with one tap.")
    )
    professionals = forms.CharField(help_text=gettext_lazy("One in a line, with the number."))
    safer_place = forms.CharField(help_text=gettext_lazy("For example: who keeps your tablets for you."))
    reasons = forms.CharField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take names and limits from the table, so that both always agree."""
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            column = cast("models.TextField[str, str]", SafetyPlan._meta.get_field(name))
            field = cast("forms.CharField", self.fields[name])
            field.label, field.required, field.max_length = column.verbose_name, False, column.max_length
            field.widget = forms.Textarea(attrs={"rows": 3, "maxlength": column.max_length})
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
        choices=[("granted", gettext_lazy("It has been done")), ("refused", gettext_lazy("It is not done"))],
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
