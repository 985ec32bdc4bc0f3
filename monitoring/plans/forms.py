"""What the browser may send about a rhythm: when someone is asked, and with what. Shapes only."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.engine import INSTRUMENTS
from monitoring.plans.plans import Rhythm
from patients.forms import WEEKDAYS

# Questionnaires of a new plan are asked again after so many weeks.
INSTRUMENT_WEEKS = 4


class RhythmForm(forms.Form):
    """When a patient is asked, and with which questionnaires."""

    weekday = forms.TypedChoiceField(label=gettext_lazy("Day of the check-in"), choices=WEEKDAYS, coerce=int)
    local_time = forms.TimeField(
        label=gettext_lazy("From (the patient's local time)"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    cadence_weeks = forms.TypedChoiceField(
        label=gettext_lazy("How often"),
        coerce=int,
        choices=[
            (1, gettext_lazy("Every week")),
            (2, gettext_lazy("Every two weeks")),
            (4, gettext_lazy("Every four weeks")),
        ],
    )
    instruments = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Questionnaires, every four weeks"),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, may_ask_about_risk: bool, **kwargs: Any) -> None:
        """Offer only questionnaires that the clinic may use."""
        super().__init__(*args, **kwargs)
        offered = [spec for spec in INSTRUMENTS.values() if may_ask_about_risk or not spec.safety_flags]
        self.offered = {spec.code for spec in offered}
        choices = cast("forms.MultipleChoiceField", self.fields["instruments"])
        choices.choices = [(spec.code, f"{spec.code}: {spec.name}") for spec in offered]
        if not may_ask_about_risk:
            choices.help_text = _(
                "PHQ-9 asks about self-harm. It can be used once a clinic admin has set numbers to call, hours and two people who answer."
            )

    def instruments_after(self, present: Mapping[str, int]) -> dict[str, int]:
        """Return what is asked from now on: what was kept at its own distance, what is new, and what is not offered."""
        chosen = self.cleaned_data["instruments"]
        kept = {code: every for code, every in present.items() if code in chosen or code not in self.offered}
        return kept | {code: INSTRUMENT_WEEKS for code in chosen if code not in present}

    @property
    def rhythm(self) -> Rhythm:
        """Return the rhythm of a valid form."""
        data = self.cleaned_data
        return Rhythm(
            weekday=data["weekday"],
            local_time=data["local_time"],
            cadence_weeks=data["cadence_weeks"],
            instruments_every=dict.fromkeys(data["instruments"], INSTRUMENT_WEEKS),
        )
