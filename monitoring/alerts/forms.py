"""What the browser may send about an alert: a step, its end, a new owner. Shapes only; rules live in the use cases."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.models.alerts import ActionCode
from patients.models import User

NOTE_LIMIT = 2000


class AlertStepForm(forms.Form):
    """What someone did about an alert, and the version of the alert that was on the screen."""

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
