"""What the browser may send about messages and pauses. Shapes only; rules live in the use cases."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from monitoring.models.plans import PauseReason, ReminderChannel
from patients.forms import WEEKDAYS, ZoneField

# An empty choice would read as "nothing chosen".
NO_MESSAGES = "none"


class ReminderForm(forms.Form):
    """When a patient is asked, and whether a message says so."""

    weekday = forms.TypedChoiceField(label=gettext_lazy("Day of my check-in"), choices=WEEKDAYS, coerce=int)
    local_time = forms.TimeField(
        label=gettext_lazy("From what time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = ZoneField(
        label=gettext_lazy("My time zone"),
        help_text=gettext_lazy("All times on your pages and in your messages use this time zone."),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Remind me when it opens"),
        help_text=gettext_lazy(
            "One message, and one more after two days if you have not answered. It names no details."
        ),
        choices=[*ReminderChannel.choices, (NO_MESSAGES, gettext_lazy("Send no messages"))],
        widget=forms.RadioSelect,
    )

    @property
    def channel_given(self) -> str:
        """Return the channel of a valid form; empty for none."""
        channel: str = self.cleaned_data["channel"]
        return "" if channel == NO_MESSAGES else channel


class PauseForm(forms.Form):
    """Why no check-ins come, and until when, if that is known."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=PauseReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a reason"), "invalid_choice": gettext_lazy("Choose a reason")},
    )
    until = forms.DateField(
        label=gettext_lazy("Day on which check-ins start again"),
        help_text=gettext_lazy(
            "Leave it empty if this is not known yet. Check-ins then wait for you, three months at most."
        ),
        required=False,
        error_messages={"invalid": gettext_lazy("Choose a day, or leave it empty")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        """Offer the days on which a pause can end."""
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    @property
    def reason_given(self) -> PauseReason:
        """Return the reason of a valid form."""
        return PauseReason(self.cleaned_data["reason"])
