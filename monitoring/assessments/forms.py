"""What the browser may send about the budget of false alerts. Shapes only."""

from django import forms
from django.utils.translation import gettext_lazy

from monitoring.assessments.budgets import BUDGETS


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
