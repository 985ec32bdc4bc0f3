"""Pages of those who read health data about accounts: whose were opened, whose wait, and the claim code to tell."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients import audit, claim_codes, invitations
from patients.access import access, get_episode_or_404, visible_episodes
from patients.confirmations import ask_again
from patients.http import SignedInRequest
from patients.invitations import InvitationClosed, OwnInvitation

# How long the page keeps what became of an invitation.
SHOWN_FOR = timedelta(days=60)


@require_GET
@access("people.vouch")
def accounts_page(request: SignedInRequest) -> HttpResponse:
    """Show what became of the accounts of one's patients."""
    now = timezone.now()
    episodes = visible_episodes(user=request.user, roles=request.clinic_roles)
    of_patients = list(invitations.of_patients(episodes, since=now - SHOWN_FOR))
    audit.record_list(by=request.user, patients=len(of_patients), at=now)
    page = {"of_patients": of_patients, "now": now, "most_tries": invitations.MOST_WRONG_TRIES}
    return TemplateResponse(request, "patients/accounts.html", page)


@require_http_methods(["GET", "POST"])
@access("people.vouch")
def patient_account(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show a patient's account, or what it waits for; a POST makes a claim code and shows it this once.

    The answer to the POST is the page itself. A redirect would need a place to keep the code in the meantime, and
    there must be none: to see a code again is to make a new one.
    """
    episode = get_episode_or_404(request, episode_id)
    if request.method == "POST":
        return ask_again(request) or _new_code(request, episode)
    now = timezone.now()
    page = _page(episode) | {"now": now}
    return TemplateResponse(request, "patients/account.html", page)


def _new_code(request: SignedInRequest, episode: Any) -> HttpResponse:
    """Make a code and show it; or say that there is nothing to claim any more."""
    page = _page(episode)
    try:
        code = invitations.make_code(invitation=page["invitation"], by=request.user, at=timezone.now())
    except InvitationClosed:
        messages.error(request, _("There is no open invitation. A clinic admin can send one."))
        return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))
    except OwnInvitation:
        messages.error(request, _("This invitation goes to your own address. Somebody else has to make the code."))
        return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))
    return TemplateResponse(request, "patients/account_code.html", page | {"code": claim_codes.grouped(code)})


def _page(episode: Any) -> dict[str, Any]:
    """Return what both pages show."""
    return {
        "episode": episode,
        "patient": episode.patient,
        "invitation": invitations.newest_of(episode.patient),
        "most_tries": invitations.MOST_WRONG_TRIES,
    }
