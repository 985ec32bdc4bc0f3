"""What the browser may send about days on which somebody is away. Shapes only."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms import date_input
from patients.models import User


class AbsenceForm(forms.Form):
    """Who is away, from when until when, and who stands in."""

    user = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("Who is away?"), empty_label=None)
    first = forms.DateField(label=gettext_lazy("First day away"), widget=date_input())
    last = forms.DateField(label=gettext_lazy("Last day away"), widget=date_input())
    stand_in = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("Who stands in?"),
        required=False,
        empty_label=gettext_lazy("Nobody: the others are notified"),
        help_text=gettext_lazy("They get the notifications about patients whose alerts they may answer."),
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        """Offer the staff of the clinic."""
        super().__init__(*args, **kwargs)
        for name in ("user", "stand_in"):
            cast("forms.ModelChoiceField[User]", self.fields[name]).queryset = people

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and somebody standing in for oneself."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first is not None and last is not None and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        if cleaned.get("stand_in") is not None and cleaned.get("stand_in") == cleaned.get("user"):
            self.add_error("stand_in", _("Choose somebody else."))
        return cleaned
