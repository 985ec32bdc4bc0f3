"""What the browser may send about the budget of false alerts. Shapes only."""

from django import forms
from django.utils.translation import gettext_lazy

from monitoring.assessments.budgets import BUDGETS


class BudgetForm(forms.Form):
    """How many false alerts a clinic is ready to bear."""

    budget = forms.TypedChoiceField(
        label=gettext_lazy("False alerts per stable patient and year"),
        help_text=gettext_lazy("A higher number shows worsening sooner, but more alerts turn out to be false."),
        choices=[(f"{budget:g}", f"{budget:g}") for budget in BUDGETS],
        coerce=float,
    )
    is_on = forms.BooleanField(
        label=gettext_lazy("Adjust the alert threshold to this clinic's own past data"),
        help_text=gettext_lazy("Off: the default threshold from the benchmark applies, as for a new clinic."),
        required=False,
    )
