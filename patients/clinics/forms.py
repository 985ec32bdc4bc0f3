"""What the browser may send about a clinic: its name, its hours, its numbers to call. Shapes only."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.clinics import days_off
from patients.clinics.days_off import PublicHoliday
from patients.forms import WEEKDAYS, ZoneField, date_input
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
        _check_order(self, cleaned, "staffed_from", "staffed_until")
        return cleaned


class OtherHoursForm(forms.Form):
    """The hours of weekdays on which they differ: both times of a day, or neither."""

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        """Offer two times for each weekday, with what is stored."""
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS:
            stored = clinic.other_hours.get(str(weekday), ("", ""))
            for end, label, value in zip(_ENDS, (_("%(day)s, from"), _("%(day)s, until")), stored, strict=True):
                self.fields[f"{end}_{weekday}"] = forms.TimeField(
                    label=label % {"day": name},
                    required=False,
                    initial=value,
                    widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                )

    def clean(self) -> dict[str, Any]:
        """Refuse half a pair, and a day that ends before it begins."""
        cleaned = super().clean() or {}
        for weekday, _name in WEEKDAYS:
            first, last = (f"{end}_{weekday}" for end in _ENDS)
            if (cleaned.get(first) is None) != (cleaned.get(last) is None) and not {first, last} & set(self.errors):
                self.add_error(last, _("Enter both times, or leave both empty."))
            _check_order(self, cleaned, first, last)
        return cleaned

    def hours(self) -> dict[str, list[str]]:
        """Return the hours of a valid form as a clinic keeps them."""
        times = {str(weekday): [self.cleaned_data[f"{end}_{weekday}"] for end in _ENDS] for weekday, _name in WEEKDAYS}
        return {day: [f"{one:%H:%M}" for one in pair] for day, pair in times.items() if pair[0] is not None}


_ENDS = ("from", "until")


def _check_order(form: forms.BaseForm, cleaned: dict[str, Any], first: str, last: str) -> None:
    """Refuse a time that is not after the one before it."""
    start, end = cleaned.get(first), cleaned.get(last)
    if start is not None and end is not None and start >= end:
        form.add_error(last, _("The end time must be after the start time."))


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


class HolidayPlaceForm(forms.Form):
    """Of which country and region the public holidays are."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        required=False,
        help_text=gettext_lazy("In many countries the holidays differ from region to region."),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """Offer the countries, and the regions of the one that is chosen."""
        super().__init__(*args, **kwargs)
        nowhere = ("", _("No public holidays"))
        cast("forms.ChoiceField", self.fields["country"]).choices = [nowhere, *days_off.countries()]
        regions = days_off.regions(country)
        if regions:
            cast("forms.ChoiceField", self.fields["region"]).choices = [("", _("The whole country")), *regions]
        else:
            del self.fields["region"]


class HolidaysForm(forms.Form):
    """On which of the public holidays nobody is there."""

    closed = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Closed on these days"),
        coerce=date.fromisoformat,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, proposed: Sequence[PublicHoliday], **kwargs: Any) -> None:
        """Offer the days, each with its weekday and name."""
        super().__init__(*args, **kwargs)
        cast("forms.TypedMultipleChoiceField", self.fields["closed"]).choices = [
            (one.day.isoformat(), f"{date_format(one.day, 'D j M Y')}: {one.name}") for one in proposed
        ]


class ClosureForm(forms.Form):
    """Days on which the clinic is closed beside the holidays."""

    first = forms.DateField(label=gettext_lazy("First day"), widget=date_input())
    last = forms.DateField(label=gettext_lazy("Last day"), widget=date_input())
    label = forms.CharField(label=gettext_lazy("What for"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first is not None and last is not None and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        return cleaned
