"""Pages of those who read health data about accounts: whose were opened, whose wait, and the claim code to tell."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients import audit
from patients.access.confirmations import ask_again, confirmed_recently
from patients.access.permissions import access, find_or_404, get_episode_or_404, visible_episodes
from patients.access.requests import SignedInRequest
from patients.accounts import claim_codes, claims, invitations, notices, proposals
from patients.accounts.claims import NothingClaimed
from patients.accounts.invitations import InvitationClosed, OwnInvitation
from patients.accounts.proposals import NotTheSecondPerson, ProposalClosed
from patients.people import people

if TYPE_CHECKING:
    from patients.models import Episode

# How long the page keeps what became of an invitation.
SHOWN_FOR = timedelta(days=60)


@require_GET
@access("people.vouch")
def accounts_page(request: SignedInRequest) -> HttpResponse:
    """Show who is proposed as a colleague, what became of the accounts of one's patients, and who works here."""
    now = timezone.now()
    episodes = visible_episodes(user=request.user, roles=request.clinic_roles)
    of_patients = list(invitations.of_patients(episodes, since=now - SHOWN_FOR))
    audit.record_list(by=request.user, patients=len(of_patients), at=now)
    page = {
        "proposals": [
            (proposal, proposals.can_confirm(proposal, who=request.user, at=now))
            for proposal in proposals.waiting(at=now)
        ],
        "of_patients": of_patients,
        "staff": people.staff(),
        "now": now,
        "most_tries": invitations.MOST_WRONG_TRIES,
    }
    return TemplateResponse(request, "patients/accounts/accounts.html", page)


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
    return TemplateResponse(request, "patients/accounts/account.html", page)


@require_http_methods(["GET", "POST"])
@access("people.vouch")
@confirmed_recently
def undo_claim(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Part a record from an account that is not the patient's, after asking once."""
    episode = get_episode_or_404(request, episode_id)
    if request.method == "GET" and episode.patient.user_id is not None:
        page = {"episode": episode, "patient": episode.patient}
        return TemplateResponse(request, "patients/accounts/undo_claim.html", page)
    try:
        claims.undo(patient=episode.patient, by=request.user, at=timezone.now())
    except NothingClaimed:
        messages.error(request, _("The patient has no account."))
    else:
        notices.tell_care_team(episode.patient, but=request.user)
        messages.success(request, _("The account is disconnected from the record and signed out."))
    return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))


@require_http_methods(["GET", "POST"])
@access("people.vouch")
@confirmed_recently
def confirm_colleague(request: SignedInRequest, proposal_id: UUID) -> HttpResponse:
    """Show what a colleague is proposed for; a POST agrees as the second person."""
    proposal = find_or_404(proposals.waiting(at=timezone.now()), proposal_id)
    if request.method == "GET":
        may_decide = proposals.can_confirm(proposal, who=request.user, at=timezone.now())
        page = {"proposal": proposal, "may_decide": may_decide}
        return TemplateResponse(request, "patients/accounts/confirm_colleague.html", page)
    try:
        confirmed = proposals.confirm(invitation=proposal, by=request.user, at=timezone.now())
    except (NotTheSecondPerson, ProposalClosed) as problem:
        return _not_possible(request, problem)
    notices.tell_staff(but=request.user)
    joined = _("Confirmed. The role is active now.")
    waits = _("Confirmed. The role becomes active when the invitation is accepted.")
    messages.success(request, joined if confirmed.accepted_at else waits)
    return HttpResponseRedirect(reverse("accounts"))


@require_POST
@access("people.vouch")
def refuse_colleague(request: SignedInRequest, proposal_id: UUID) -> HttpResponse:
    """Refuse a proposal; no fresh sign-in is asked for what only takes power away."""
    proposal = find_or_404(proposals.waiting(at=timezone.now()), proposal_id)
    try:
        proposals.refuse(invitation=proposal, by=request.user, at=timezone.now())
    except (NotTheSecondPerson, ProposalClosed) as problem:
        return _not_possible(request, problem)
    notices.tell_staff(but=request.user)
    messages.success(request, _("Declined. The link in the invitation no longer works."))
    return HttpResponseRedirect(reverse("accounts"))


def _not_possible(request: SignedInRequest, problem: Exception) -> HttpResponse:
    """Say why a person cannot decide about a proposal."""
    if isinstance(problem, NotTheSecondPerson):
        messages.error(request, _("You proposed this, or it is about you. Someone else has to decide."))
    else:
        messages.error(request, _("This proposal can no longer be confirmed. A clinic admin has to propose it again."))
    return HttpResponseRedirect(reverse("accounts"))


def _new_code(request: SignedInRequest, episode: "Episode") -> HttpResponse:
    """Make a code and show it; or say that there is nothing to claim any more."""
    page = _page(episode)
    try:
        code = invitations.make_code(invitation=page["invitation"], by=request.user, at=timezone.now())
    except InvitationClosed:
        messages.error(request, _("There is no open invitation. A clinic admin can send one."))
        return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))
    except OwnInvitation:
        messages.error(request, _("This invitation goes to your own address. Someone else has to make the code."))
        return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))
    return TemplateResponse(request, "patients/accounts/account_code.html", page | {"code": claim_codes.grouped(code)})


def _page(episode: "Episode") -> dict[str, Any]:
    """Return what both pages show."""
    return {
        "episode": episode,
        "patient": episode.patient,
        "invitation": invitations.newest_of(episode.patient),
        "most_tries": invitations.MOST_WRONG_TRIES,
    }
