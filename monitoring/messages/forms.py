"""What the browser may send about messages and pauses. Shapes only; rules live in the use cases."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from monitoring.messages.choices import Wishes
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


class MessageChoiceForm(forms.Form):
    """What a person of the team wants to be sent."""

    wants_priority = forms.BooleanField(label=gettext_lazy("Tell me about priority alerts"), required=False)
    wants_review = forms.BooleanField(label=gettext_lazy("Tell me about alerts for review"), required=False)
    digest = forms.BooleanField(
        label=gettext_lazy("On Mondays, a mail with numbers only: how much is open and overdue"), required=False
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        help_text=gettext_lazy("What can wait is sent when the quiet hours end. Leave both empty to have none."),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        """Take quiet hours with a beginning and an end, or none."""
        given: dict[str, Any] = super().clean() or {}
        start, end = given.get("quiet_from"), given.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, gettext_lazy("Enter both times, or leave both empty"))
        elif start is not None and start == end:
            self.add_error("quiet_until", gettext_lazy("Enter another time: these hours would have no length"))
        return given

    @property
    def wishes_given(self) -> Wishes:
        """Return what a valid form asks for."""
        given = self.cleaned_data
        quiet = (given["quiet_from"], given["quiet_until"]) if given["quiet_from"] is not None else None
        return Wishes(
            wants_priority=given["wants_priority"],
            wants_review=given["wants_review"],
            digest=given["digest"],
            quiet=quiet,
        )


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
