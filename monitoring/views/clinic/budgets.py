"""How loud the signal is in the clinic: the budget, the cut that follows, and what it would have done."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.assessments import budgets
from monitoring.assessments.forms import BudgetForm
from patients.access.permissions import access
from patients.access.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
@access("clinic.manage")
def clinic_rules(request: SignedInRequest) -> HttpResponse:
    """Show the present cut, where it comes from and what it does; take another budget."""
    rules = budgets.load_page()
    chosen = {"budget": f"{rules.present.budget:g}", "is_on": rules.present.is_on}
    form = BudgetForm(request.POST or None, initial=chosen)
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            budgets.choose(budget=data["budget"], is_on=data["is_on"], by=request.user, at=timezone.now())
            expected = number_format(budgets.load_page().false_alerts_a_month, 1)
            messages.success(
                request,
                _(
                    "Saved. If everyone in care is stable, about %(count)s false alerts a month are to be expected. All "
                    "patients are assessed again in the background. Nobody is notified about it."
                )
                % {"count": expected},
            )
            return HttpResponseRedirect(reverse("clinic_rules"))
        return TemplateResponse(
            request, "monitoring/clinic/clinic_rules.html", {"form": form, "rules": rules}, status=422
        )
    return TemplateResponse(request, "monitoring/clinic/clinic_rules.html", {"form": form, "rules": rules})
