"""What the browser may send about an alert: a step, its end, a new owner. Shapes only; rules live in the use cases."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.alerts import pauses
from monitoring.alerts.closing import PlanReviewed, SafetyAssessment
from monitoring.alerts.pauses import Agreed
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode
from monitoring.words import wording
from patients import zones
from patients.clinics import hours
from patients.forms import date_input
from patients.models import User

NOTE_LIMIT = 2000


# Recorded by other means: nobody's deed, and the end that needs a level.
OF_NO_FORM = frozenset({ActionCode.CHECK_IN_CAME, ActionCode.NEW_NORMAL})


class VersionForm(forms.Form):
    """The version of the alert that was on the screen, and nothing else."""

    version = forms.IntegerField(min_value=1)


class AlertStepForm(forms.Form):
    """What someone did about an alert, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1)
    # The newest evidence that was on the screen.
    shown = forms.UUIDField(required=False)
    action = forms.ChoiceField(
        choices=[(code.value, code.label) for code in ActionCode if code not in OF_NO_FORM],
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


class SafetyCloseFields(forms.Form):
    """What a clinician found, of a safety answer: in words, never as a level. Needed to close it, and only then."""

    use_required_attribute = False

    explored = forms.CharField(
        max_length=NOTE_LIMIT,
        label=gettext_lazy("What did you talk about?"),
        help_text=gettext_lazy("What the patient told you, in a few words: thoughts, what holds, what has changed."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what you talked about. Then close the alert")},
    )
    plan = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose")), *PlanReviewed.choices],
        label=gettext_lazy("The safety plan"),
        error_messages={"required": gettext_lazy("Choose what became of the safety plan. Then close the alert")},
    )
    others = forms.CharField(
        max_length=200,
        label=gettext_lazy("Who else knows?"),
        help_text=gettext_lazy("For example family, the family doctor, or nobody."),
        error_messages={"required": gettext_lazy("Write who else knows, or that nobody does. Then close the alert")},
    )

    @property
    def assessment(self) -> SafetyAssessment:
        """Return what was found, of a valid form."""
        data = self.cleaned_data
        return SafetyAssessment(explored=data["explored"], plan=PlanReviewed(data["plan"]), others=data["others"])


class AlertCloseForm(AlertStepForm):
    """Closing needs an action and a note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Require both, in words."""
        super().__init__(*args, **kwargs)
        for name, message in (
            ("action", _("Choose what you did, or that nothing was needed")),
            ("note", _("Write one sentence: what you did, or why nothing was needed")),
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
        error_messages={"required": gettext_lazy("Write one sentence: why you are reopening it")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep its fields apart from those of the other forms of the page."""
        super().__init__(*args, **{"auto_id": "id_reopen_%s", **kwargs})


class AlertsHandOverForm(forms.Form):
    """Which of one's alerts go to whom, with one note for all of them."""

    to = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("To"), empty_label=None)
    chosen = forms.MultipleChoiceField(label=gettext_lazy("Alerts"), widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(
        max_length=NOTE_LIMIT,
        label=gettext_lazy("What they should know"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write one sentence: how things stand")},
    )

    def __init__(self, *args: Any, colleagues: QuerySet[User], mine: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer one's colleagues, and one's own alerts, all of them chosen."""
        super().__init__(*args, **{"initial": {"chosen": [pk for pk, _words in mine]}, **kwargs})
        cast("forms.ModelChoiceField[User]", self.fields["to"]).queryset = colleagues
        cast("forms.MultipleChoiceField", self.fields["chosen"]).choices = mine


class AlertPauseForm(forms.Form):
    """Until when an alert is left alone, which level is expected meanwhile, and the version that was on the screen."""

    NEXT_HOUR, DAY, NEW_NORMAL = "next_hour", "day", "new_normal"

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    how = forms.ChoiceField(label=gettext_lazy("For how long?"), widget=forms.RadioSelect)
    until = forms.DateField(required=False, label=gettext_lazy("Until the morning of"), widget=date_input())
    level = forms.DecimalField(required=False, min_value=0, max_value=10, max_digits=3, decimal_places=1)
    note = forms.CharField(
        max_length=NOTE_LIMIT,
        label=gettext_lazy("What did you agree, and why?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write one sentence: what you agreed, and why")},
    )

    def __init__(self, *args: Any, alert: Alert, at: datetime, **kwargs: Any) -> None:
        """Offer what is possible for the alert: a level only for one that is about a single rating."""
        initial = {"version": alert.version, "how": self.NEXT_HOUR} | kwargs.pop("initial", {})
        super().__init__(*args, **{"auto_id": "id_pause_%s", "initial": initial, **kwargs})
        self.alert, self.at = alert, at
        ways = [
            (self.NEXT_HOUR, _("Until the next staffed hour")),
            (self.DAY, _("Until a day, four weeks ahead at most")),
        ]
        series = pauses.series_of(alert)
        if series:
            ways.append((self.NEW_NORMAL, _("For good: this level is the new normal. The alert is closed")))
            self.fields["level"].label = _("Level of %(rating)s that you expect meanwhile") % {
                "rating": wording.DOMAIN_NAMES[series]
            }
            self.fields["level"].help_text = _("From 0 to 10. As long as it is no worse, nobody is notified about it.")
        else:
            del self.fields["level"]
        cast("forms.ChoiceField", self.fields["how"]).choices = ways

    def clean(self) -> dict[str, Any]:
        """Work out the moment at which the alert comes back; a new normal needs its level."""
        cleaned = super().clean() or {}
        how = cleaned.get("how")
        if how == self.DAY and cleaned.get("until") is None and "until" not in self.errors:
            self.add_error("until", _("Choose a day."))
        elif how == self.DAY and cleaned.get("until") is not None:
            clinic = self.alert.episode.clinic
            morning = zones.local_instant(cleaned["until"], time(0), clinic.time_zone)
            cleaned["until_at"] = hours.next_opening(clinic, morning) or morning
        elif how == self.NEXT_HOUR:
            cleaned["until_at"] = pauses.next_staffed_hour(self.alert, at=self.at)
            if cleaned["until_at"] is None:
                self.add_error("how", _("The clinic has no staffed hours. Choose a day."))
        elif how == self.NEW_NORMAL and cleaned.get("level") is None and "level" not in self.errors:
            self.add_error("level", _("Enter the level that you agreed."))
        return cleaned

    @property
    def is_new_normal(self) -> bool:
        """Say whether the level is taken for good."""
        return bool(self.cleaned_data["how"] == self.NEW_NORMAL)

    @property
    def agreed(self) -> Agreed | None:
        """Return the level of a valid form, if one was given."""
        level = self.cleaned_data.get("level")
        return None if level is None else Agreed(level=float(level))

    @property
    def agreed_level(self) -> Agreed:
        """Return the level of a valid form that takes it for good."""
        return Agreed(level=float(self.cleaned_data["level"]))


class AlertGiveForm(forms.Form):
    """To whom an alert is given, and the version of the alert that was on the screen."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    to = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("Assign to"), empty_label=None)
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
        field.error_messages["invalid_choice"] = _("Choose a clinician from the care team or a coordinator")
