"""What the browser may send: rhythms and answers to alerts. Shapes only; rules live in the use cases."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.budgets import BUDGETS
from monitoring.engine import INSTRUMENTS
from monitoring.models.alerts import ActionCode
from monitoring.plans import Rhythm
from patients.forms import WEEKDAYS
from patients.models import User

NOTE_LIMIT = 2000
# Questionnaires of a new plan are asked again after so many weeks.
INSTRUMENT_WEEKS = 4


class RhythmForm(forms.Form):
    """When a patient is asked, and with which questionnaires."""

    weekday = forms.TypedChoiceField(label=gettext_lazy("Day of the check-in"), choices=WEEKDAYS, coerce=int)
    local_time = forms.TimeField(
        label=gettext_lazy("From (the patient's own time)"),
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
        offered = [spec for spec in INSTRUMENTS.values() if may_ask_about_risk or not spec.red_flags]
        choices = cast("forms.MultipleChoiceField", self.fields["instruments"])
        choices.choices = [(spec.code, f"{spec.code}: {spec.name}") for spec in offered]
        if not may_ask_about_risk:
            choices.help_text = _(
                "PHQ-9 asks about self-harm. It opens when an admin has set numbers, hours and two people who answer."
            )

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


class AlertStepForm(forms.Form):
    """What somebody did about an alert, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1)
    # The newest evidence that was on the screen.
    shown = forms.UUIDField(required=False)
    action = forms.ChoiceField(
        choices=[(code.value, code.label) for code in ActionCode if code is not ActionCode.CHECK_IN_CAME],
        required=False,
        label=gettext_lazy("What did you do?"),
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        label=gettext_lazy("Note for the team"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @property
    def action_given(self) -> ActionCode:
        """Return what was done, of a valid form."""
        return ActionCode(self.cleaned_data["action"])


class AlertCloseForm(AlertStepForm):
    """Closing needs an action and a note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Require both, in words."""
        super().__init__(*args, **kwargs)
        for name, message in (
            ("action", _("Choose what was done, or that nothing was needed")),
            ("note", _("Write one sentence: what was done, or why nothing was needed")),
        ):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = message


class AlertReopenForm(forms.Form):
    """Why a closed alert is opened again, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    note = forms.CharField(
        max_length=NOTE_LIMIT,
        label=gettext_lazy("Why?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write one sentence: why it is opened again")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep its fields apart from those of the other forms of the page."""
        super().__init__(*args, **{"auto_id": "id_reopen_%s", **kwargs})


class AlertGiveForm(forms.Form):
    """To whom an alert is given, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    to = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("To whom?"), empty_label=None)
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        label=gettext_lazy("What they should know"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, receivers: QuerySet[User], **kwargs: Any) -> None:
        """Offer who can answer the alert."""
        super().__init__(*args, **{"auto_id": "id_give_%s", **kwargs})
        field = cast("forms.ModelChoiceField[User]", self.fields["to"])
        field.queryset = receivers
        field.error_messages["invalid_choice"] = _("Choose a clinician of the care team or a coordinator")


class BudgetForm(forms.Form):
    """How many false alerts a clinic is ready to bear."""

    budget = forms.TypedChoiceField(
        label=gettext_lazy("False alerts per stable patient and year"),
        help_text=gettext_lazy(
            "More means that worsening is seen sooner, and that more alerts turn out to be nothing."
        ),
        choices=[(f"{budget:g}", f"{budget:g}") for budget in BUDGETS],
        coerce=float,
    )
    is_on = forms.BooleanField(
        label=gettext_lazy("Tune the cut to this clinic's own past"),
        help_text=gettext_lazy("Off: the cut of the benchmark applies, as for a new clinic."),
        required=False,
    )
