"""What the browser may send about reviews: topics, the next one, what was agreed. Shapes only; rules live in the use cases."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.models.reviews import MOST_TOPICS, ActionOwner
from monitoring.reviews import reviews
from patients import zones
from patients.clinics import hours
from patients.forms import date_input
from patients.models import Clinic

TOPIC_LIMIT = 120
# A review further away than that is a slip of the year.
FURTHEST_REVIEW_YEARS = 2


class TopicsForm(forms.Form):
    """Up to three things to talk about: ticked ones, and one in the patient's own words."""

    own = forms.CharField(
        required=False,
        max_length=TOPIC_LIMIT,
        label=gettext_lazy("In your own words"),
        help_text=gettext_lazy("What would make the review worth it?"),
    )
    picked = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Or pick from these"),
        choices=list(reviews.TOPICS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse more than fits into one visit."""
        cleaned = super().clean() or {}
        if len(_chosen(cleaned)) > MOST_TOPICS:
            self.add_error("picked", _("Choose up to three. Fewer leave more time for each. Please remove some ticks."))
        return cleaned

    def topics(self) -> list[str]:
        """Return the topics of a valid form, the own words first."""
        return _chosen(self.cleaned_data)

    @staticmethod
    def initial_of(topics: Sequence[str]) -> dict[str, Any]:
        """Return the form's first values for topics that were chosen before."""
        own = [topic for topic in topics if topic not in reviews.TOPICS]
        return {"own": "".join(own[:1]), "picked": [topic for topic in topics if topic in reviews.TOPICS]}


def _chosen(cleaned: dict[str, Any]) -> list[str]:
    """Return what was written and ticked."""
    return [topic for topic in (cleaned.get("own", ""), *cleaned.get("picked", [])) if topic]


class ReviewForm(forms.Form):
    """The day and the time of the next review, on the clinic's clock."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        # An empty day looks filled on some phones: what is missing is said in words.
        error_messages={"required": gettext_lazy("Choose a day within the next two years.")},
        widget=date_input(),
    )
    time = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    # Asked for only where it is needed: see clean.
    outside_hours = forms.BooleanField(
        required=False,
        label=gettext_lazy("Plan it outside the clinic's hours"),
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, clinic: Clinic, at: datetime, **kwargs: Any) -> None:
        """Keep the clinic, and what now is."""
        super().__init__(*args, **kwargs)
        self.clinic, self.at = clinic, at
        self.fields["time"].help_text = _("On the clock in %(place)s.") % {"place": zones.place(clinic.time_zone)}

    def clean(self) -> dict[str, Any]:
        """Refuse what has passed and years that are slips of the hand; ask again where nobody is there at that time."""
        cleaned = super().clean() or {}
        day, time = cleaned.get("day"), cleaned.get("time")
        if day is None or time is None:
            return cleaned
        if not self.at.year - 1 <= day.year <= self.at.year + FURTHEST_REVIEW_YEARS:
            self.add_error("day", _("Choose a day within the next two years."))
            return cleaned
        planned_at = cleaned["planned_at"] = zones.local_instant(day, time, self.clinic.time_zone)
        if planned_at <= self.at:
            self.add_error("day", _("This time has passed. Choose a later one."))
        elif self.clinic.staffed_weekdays and not hours.is_staffed(self.clinic, planned_at):
            self.fields["outside_hours"].widget = forms.CheckboxInput()
            if not cleaned.get("outside_hours"):
                words = hours.in_words(self.clinic, planned_at, reader_zone=None)
                problem = _("The clinic is closed then: it is staffed %(hours)s. Tick here if you mean it.")
                self.add_error("outside_hours", problem % {"hours": words})
        return cleaned


class AgreedActionForm(forms.Form):
    """One thing that was agreed."""

    text = forms.CharField(max_length=200, label=gettext_lazy("What was agreed"))
    owner = forms.ChoiceField(
        label=gettext_lazy("Who will do it?"),
        choices=[(ActionOwner.PATIENT, gettext_lazy("The patient")), (ActionOwner.TEAM, gettext_lazy("The team"))],
        widget=forms.RadioSelect,
    )
    due_on = forms.DateField(required=False, label=gettext_lazy("By when"), widget=date_input())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Keep what today is."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_due_on(self) -> date | None:
        """Refuse a day that is over, and years that are slips of the hand."""
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and (day < self.today or day.year > self.today.year + FURTHEST_REVIEW_YEARS):
            raise forms.ValidationError(_("Choose a day within the next two years."))
        return day

    @property
    def owner_given(self) -> ActionOwner:
        """Return who does it, of a valid form."""
        return ActionOwner(self.cleaned_data["owner"])
