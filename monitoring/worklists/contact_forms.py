"""What the browser may send about a try to reach somebody. Shapes only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from monitoring.models.care import ContactOutcome

NOTE_LIMIT = 500


class ContactForm(forms.Form):
    """What came of it, and a word about it."""

    result = forms.ChoiceField(
        choices=ContactOutcome.choices,
        label=_("What came of it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of it")},
    )
    note = forms.CharField(required=False, max_length=NOTE_LIMIT, label=_("Note for the team"))

    @property
    def outcome(self) -> ContactOutcome:
        """Return what came of it, of a valid form."""
        return ContactOutcome(self.cleaned_data["result"])
