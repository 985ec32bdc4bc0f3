"""What the browser may send about care teams, interventions and events. Shapes only; rules live in the use cases."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.care.doses import amount_in, amount_words
from patients.care.treatments import Dose
from patients.forms import DatedForm, PastDateField
from patients.models import User
from patients.models.care import InterventionKind


class TeamForm(forms.Form):
    """A clinician who joins the care team."""

    member = forms.ModelChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Who joins the care team?"), empty_label=None
    )
    is_responsible = forms.BooleanField(
        required=False, label=gettext_lazy("This person becomes the responsible clinician")
    )

    def __init__(self, *args: Any, candidates: QuerySet[User], **kwargs: Any) -> None:
        """Offer the clinicians who are not on the team yet."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["member"]).queryset = candidates


class ResponsibleForm(forms.Form):
    """Who becomes responsible for somebody whom a coordinator registers."""

    responsible = forms.ModelChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Responsible clinician"), empty_label=None
    )

    def __init__(self, *args: Any, clinicians: QuerySet[User], **kwargs: Any) -> None:
        """Offer the clinicians of the clinic."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["responsible"]).queryset = clinicians


@dataclass(frozen=True, kw_only=True)
class FieldGroup:
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
        label=gettext_lazy("Daily amount"),
        help_text=gettext_lazy("It shows whether a dose went up or down. For example 50."),
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
            self.add_error("amount", _("The text says %(words)s, the number says %(number)s.") % words)
        return cleaned

    @property
    def words(self) -> FieldGroup:
        """Return everything that is asked in words."""
        return FieldGroup(form=self, names=tuple(name for name in self.fields if name not in self.numbers))

    @property
    def as_number(self) -> FieldGroup:
        """Return what is asked as a number."""
        return FieldGroup(form=self, names=self.numbers)

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
            return _("The chart shows it as %(amount)s a day.") % {"amount": amount_words(dose.amount, dose.unit)}
        if dose is not None and any(sign.isdigit() for sign in dose.label):
            return _("No daily amount was found in the text, so the chart shows only the text.")
        return ""


class InterventionForm(DoseForm):
    """Something that is tried from a day on."""

    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=InterventionKind.choices)
    name = forms.CharField(max_length=120, label=gettext_lazy("Treatment"))
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
