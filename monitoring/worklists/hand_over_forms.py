"""What the browser may send about a hand-over. Shapes only."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

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
