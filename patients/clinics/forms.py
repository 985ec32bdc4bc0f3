"""What the browser may send about a clinic: its name, its hours, its numbers to call. Shapes only."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms import WEEKDAYS, ZoneField
from patients.models import Clinic

CONTACT_ROWS = 4


class ClinicForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Name, hours and zone of the clinic."""

    staffed_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days on which someone reads check-ins and alerts"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    time_zone = ZoneField(label=gettext_lazy("Time zone of the clinic"))

    class Meta:
        model = Clinic
        fields = ["public_name", "time_zone", "staffed_weekdays", "staffed_from", "staffed_until"]
        labels = {
            "public_name": gettext_lazy("Name on pages and in e-mails"),
            "staffed_from": gettext_lazy("From"),
            "staffed_until": gettext_lazy("Until"),
        }
        help_texts = {"public_name": gettext_lazy("It should not reveal what people are treated for.")}
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
            self.add_error("staffed_until", _("The end time must be after the start time."))
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
