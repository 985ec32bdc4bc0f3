"""Who is told when nobody answers: the policy in force, a new version, and the earlier ones."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.escalation import policies
from monitoring.escalation.forms import PolicyForm
from monitoring.escalation.policies import PolicyConflict, PolicyNotPossible
from patients.access.permissions import access
from patients.access.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
@access("clinic.manage")
def clinic_responders(request: SignedInRequest) -> HttpResponse:
    """Show the policy, and make a new version of it."""
    present = policies.present()
    minutes = present.urgent_minutes if present else policies.default_minutes()
    shown = {
        "number": present.number if present else 0,
        "second": present.second if present else None,
        "lead": present.lead if present else None,
        "on_call": present.on_call if present else None,
        **dict(zip(("second_after", "lead_after", "everyone_after"), minutes, strict=True)),
    }
    form = PolicyForm(request.POST or None, initial=shown, people=policies.eligible())
    status = 200
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            people = {name: data[name] for name in ("second", "lead", "on_call")}
            try:
                policies.change(
                    **people,
                    urgent_minutes=form.urgent_minutes,
                    number=data["number"],
                    by=request.user,
                    at=timezone.now(),
                )
            except PolicyConflict:
                form.add_error(None, _("Somebody else changed this meanwhile. Load the page again to see it."))
            except PolicyNotPossible:
                form.add_error(None, _("Choose coordinators of this clinic, and minutes that rise."))
            else:
                messages.success(request, _("Saved. Alerts that are open keep the rules they began with."))
                return HttpResponseRedirect(reverse("clinic_responders"))
        status = 422
    page = {"form": form, "versions": policies.versions()}
    return TemplateResponse(request, "monitoring/clinic/responders.html", page, status=status)
