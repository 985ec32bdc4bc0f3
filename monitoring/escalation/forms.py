"""What the browser may send about who is told when nobody answers. Shapes only."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.escalation.policies import LONGEST_MINUTES
from patients.models import User


class PolicyForm(forms.Form):
    """The people and the minutes, and the version that was on the screen."""

    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    second = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=gettext_lazy("Second responder"),
        help_text=gettext_lazy("Notified first when nobody takes an urgent alert."),
    )
    lead = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=gettext_lazy("Lead"),
        help_text=gettext_lazy("Notified next, and of every other alert that nobody takes in its time."),
    )
    on_call = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=gettext_lazy("On call outside staffed hours"),
        help_text=gettext_lazy("Notified at once of a safety answer that comes while nobody is there."),
    )
    second_after = forms.IntegerField(
        min_value=5, max_value=LONGEST_MINUTES, label=gettext_lazy("Second responder after, in staffed minutes")
    )
    lead_after = forms.IntegerField(
        min_value=5, max_value=LONGEST_MINUTES, label=gettext_lazy("Lead after, in staffed minutes")
    )
    everyone_after = forms.IntegerField(
        min_value=5, max_value=LONGEST_MINUTES, label=gettext_lazy("Everyone after, in staffed minutes")
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        """Offer who may see every patient."""
        super().__init__(*args, **kwargs)
        for name in ("second", "lead", "on_call"):
            field = cast("forms.ModelChoiceField[User]", self.fields[name])
            field.queryset, field.empty_label = people, _("Nobody")

    def clean(self) -> dict[str, Any]:
        """Refuse minutes that do not rise."""
        cleaned = super().clean() or {}
        minutes = [cleaned.get(name) for name in ("second_after", "lead_after", "everyone_after")]
        if None not in minutes and minutes != sorted(set(cast("list[int]", minutes))):
            self.add_error("everyone_after", _("Each step must come later than the one before."))
        return cleaned

    @property
    def urgent_minutes(self) -> list[int]:
        """Return the three waits of a valid form."""
        return [self.cleaned_data[name] for name in ("second_after", "lead_after", "everyone_after")]
