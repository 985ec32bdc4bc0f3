"""What the browser may send about details and wrong entries. Shapes only."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy

from patients.forms import EARLIEST_BIRTH_YEAR, DatedForm, PastDateField
from patients.mending.details import CareDetails, PersonDetails
from patients.models import Episode, Patient
from patients.models.voids import LONGEST_REASON
from patients.people import spellings


class DetailsForm(DatedForm):
    """Who a person is, how the person is reached, and what the care is for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    birth_date = PastDateField(label=gettext_lazy("Date of birth"), required=False, earliest_year=EARLIEST_BIRTH_YEAR)
    external_id = forms.CharField(label=gettext_lazy("Clinic number"), max_length=64, required=False)
    telephone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=32,
        required=False,
        validators=[RegexValidator(r"^\+?[\d ()/.-]{5,}$", gettext_lazy("Use digits, with + before a country code."))],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    contact = forms.CharField(
        label=gettext_lazy("How to reach the person"),
        help_text=gettext_lazy("For example when to call, or whom else to call."),
        max_length=200,
        required=False,
    )
    problems = forms.CharField(label=gettext_lazy("In treatment for"), max_length=200, required=False)
    goal = forms.CharField(
        label=gettext_lazy("Goal, in the patient's words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_name(self) -> str:
        """Return the name with one space between its words."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_external_id(self) -> str:
        """Return the number in one spelling, as an import would bring it."""
        return spellings.number_in_one_spelling(self.cleaned_data["external_id"])

    @property
    def person(self) -> PersonDetails:
        """Return the details of the person."""
        names = ("name", "birth_date", "external_id", "telephone", "contact")
        return PersonDetails(**{name: self.cleaned_data[name] for name in names})

    @property
    def care(self) -> CareDetails:
        """Return what the care is for."""
        return CareDetails(problems=self.cleaned_data["problems"], goal=self.cleaned_data["goal"])


def details_of(episode: Episode) -> dict[str, Any]:
    """Return the present details as a form begins with them."""
    patient: Patient = episode.patient
    about_person = {name: getattr(patient, name) for name in PersonDetails.__dataclass_fields__}
    return about_person | {"problems": episode.problems, "goal": episode.goal}


class VoidForm(forms.Form):
    """Why an entry is wrong."""

    reason = forms.CharField(label=gettext_lazy("Why is this entry wrong?"), max_length=LONGEST_REASON)
