"""What the browser may send about a hand-over and about the end of care. Shapes only."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from patients.forms import DatedForm, PastDateField
from patients.models import User

NOTE_LIMIT, REASON_LIMIT = 2000, 500


class HandOverForm(forms.Form):
    """Who is asked, and what this person should know."""

    to = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Who shall become responsible?"), empty_label=None
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        label=_("What should this person know?"),
        help_text=_("What is agreed, what is open, what to look at first."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, receivers: QuerySet[User], **kwargs: Any) -> None:
        """Offer the clinicians who can be asked."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["to"]).queryset = receivers


class AnswerForm(forms.Form):
    """An answer, and the version that was on the screen."""

    version = forms.IntegerField(min_value=1)
    reason = forms.CharField(required=False, max_length=REASON_LIMIT, label=_("Reason, if you return it"))


class DischargeForm(DatedForm):
    """The last day, who takes over, what the patient reads, and what becomes of the account."""

    on = PastDateField(label=_("Last day of care"))
    takes_over = forms.CharField(
        max_length=200,
        label=_("Who looks after the person from then on?"),
        help_text=_("A practice, a service, a name. Where nobody does, say so. The patient reads this."),
        error_messages={"required": _("Say who takes over, or that nobody does")},
    )
    summary = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Summary for the patient"),
        help_text=_("What was tried, what helped, what to look out for, and how to come back."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    account = forms.ChoiceField(
        label=_("What becomes of the account?"),
        choices=[
            ("keep", _("It stays: the person can read the own record and take it along")),
            ("close", _("It closes: the person cannot sign in here any more")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, has_account: bool, **kwargs: Any) -> None:
        """Ask about the account where there is one."""
        super().__init__(*args, **kwargs)
        if not has_account:
            del self.fields["account"]

    @property
    def keeps_account(self) -> bool:
        """Say what becomes of the account, of a valid form."""
        return bool(self.cleaned_data.get("account") != "close")
