"""The end of care: what stands in the way, who takes over, and what becomes of the account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.plans import plans
from monitoring.worklists.transfers import discharges
from monitoring.worklists.transfers.discharges import AlreadyEnded, DayNotPossible, HandOverOpen, SafetyAlertOpen
from monitoring.worklists.transfers.hand_over_forms import DischargeForm
from patients.access.permissions import access, get_episode_or_404
from patients.access.requests import SignedInRequest
from patients.care import episodes, teams


@require_http_methods(["GET", "POST"])
@access("episode.write")
def end_care(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show what stands in the way of the end of care; end it with who takes over."""
    episode, now = get_episode_or_404(request, episode_id), timezone.now()
    standing, today = discharges.standing(episode), episodes.today(episode, at=now)
    form = DischargeForm(
        request.POST or None,
        today=today,
        has_account=standing.has_account,
        initial={"on": today, "account": "keep"},
    )
    status = 200 if request.method == "GET" else 422
    if request.method == "POST" and form.is_valid():
        try:
            discharges.discharge(
                episode=episode,
                on=form.cleaned_data["on"],
                takes_over=form.cleaned_data["takes_over"],
                summary=form.cleaned_data["summary"],
                keeps_account=form.keeps_account,
                by=request.user,
                at=now,
            )
        except DayNotPossible:
            form.add_error("on", _("This day lies before the period of care."))
        except (AlreadyEnded, SafetyAlertOpen, HandOverOpen):
            # The page says which.
            status = 409
        else:
            messages.success(request, _("Care has ended. The team can still read the record."))
            return HttpResponseRedirect(reverse("end_care", args=[episode.pk]))
    page: dict[str, Any] = {
        "episode": episode,
        "form": form,
        "standing": discharges.standing(episode) if status == 409 else standing,
        "discharge": discharges.of_episode(episode),
        "responsible": teams.responsible_clinician(episode),
        "plan": plans.of_episode(episode),
    }
    return TemplateResponse(request, "monitoring/team/end_care.html", page, status=status)
