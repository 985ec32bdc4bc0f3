"""The plan that team and patient share, as the team writes it: the next review, and what was agreed."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from monitoring.reviews import reviews
from monitoring.reviews.forms import AgreedActionForm, ReviewForm
from patients import zones
from patients.access.permissions import access, find_or_404, get_episode_or_404
from patients.access.requests import SignedInRequest
from patients.care import episodes
from patients.views.mending import take_out

if TYPE_CHECKING:
    from monitoring.models import Review
    from patients.models import Episode

# What can be said of a review whose time has passed; a third is to move it.
WORDS = (HELD, MISSED) = ("held", "missed")
# Two forms stand on one page; their fields need ids of their own.
REVIEW_ID, ACTION_ID = "review_%s", "action_%s"


@require_GET
@access("episode.write")
def shared_plan(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show the plan of one person, with the forms that change it."""
    return _page(request, get_episode_or_404(request, episode_id))


@require_POST
@access("episode.write")
def plan_review(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Agree on the day of the next review, or move it."""
    episode = get_episode_or_404(request, episode_id)
    form = ReviewForm(request.POST, clinic=request.clinic, at=timezone.now(), auto_id=REVIEW_ID)
    if not form.is_valid():
        return _page(request, episode, review_form=form)
    reviews.plan(episode=episode, planned_at=form.cleaned_data["planned_at"], by=request.user, at=timezone.now())
    messages.success(request, _("Planned. The patient sees it and can prepare for it."))
    return HttpResponseRedirect(reverse("shared_plan", args=[episode.pk]))


@require_POST
@access("episode.write")
def settle_review(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Say of the review whose time has passed that it was held, or missed."""
    episode, now = get_episode_or_404(request, episode_id), timezone.now()
    review = reviews.waiting_for_word(episode, at=now)
    word = request.POST.get("word", "")
    if review is not None and word in WORDS:
        reviews.settle(review=review, was_held=word == HELD, by=request.user, at=now)
        messages.success(request, _("Recorded."))
    return HttpResponseRedirect(reverse("shared_plan", args=[episode.pk]))


@require_POST
@access("episode.write")
def agree_action(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Write down one thing that was agreed."""
    episode = get_episode_or_404(request, episode_id)
    form = _action_form(episode, request.POST)
    if not form.is_valid():
        return _page(request, episode, action_form=form)
    reviews.agree(
        episode=episode,
        text=form.cleaned_data["text"],
        owner=form.owner_given,
        due_on=form.cleaned_data["due_on"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Saved. The patient sees it under My plan."))
    return HttpResponseRedirect(reverse("shared_plan", args=[episode.pk]))


@require_POST
@access("episode.write")
def finish_action(request: SignedInRequest, episode_id: UUID, action_id: UUID) -> HttpResponse:
    """Mark something agreed as done."""
    episode = get_episode_or_404(request, episode_id)
    action = find_or_404(reviews.actions(episode), action_id)
    reviews.finish(action=action, by=request.user, at=timezone.now())
    messages.success(request, _("Marked as done."))
    return HttpResponseRedirect(reverse("shared_plan", args=[episode.pk]))


@require_http_methods(["GET", "POST"])
@access("episode.write")
def void_action(request: SignedInRequest, episode_id: UUID, action_id: UUID) -> HttpResponse:
    """Take out something that was agreed in error, with a reason."""
    episode = get_episode_or_404(request, episode_id)
    action = find_or_404(reviews.actions(episode), action_id)
    return take_out(request, episode, action, words=action.text, back=reverse("shared_plan", args=[episode.pk]))


def _page(
    request: SignedInRequest,
    episode: "Episode",
    review_form: ReviewForm | None = None,
    action_form: AgreedActionForm | None = None,
) -> HttpResponse:
    """Show the plan; a form that came back with problems stands where it was sent from."""
    now = timezone.now()
    waiting = reviews.waiting_for_word(episode, at=now)
    review = waiting or reviews.coming(episode, at=now)
    page = {
        "episode": episode,
        "review": review,
        "is_held_or_not": waiting is not None,
        "review_at": reviews.time_in_words(review, reader_zone=None),
        "topics": reviews.topics_of(review) if review else [],
        "actions": reviews.actions(episode),
        "voided_actions": reviews.voided_actions(episode),
        "review_form": review_form or _review_form(request, review),
        "action_form": action_form or _action_form(episode),
    }
    return TemplateResponse(
        request, "monitoring/team/shared_plan.html", page, status=422 if review_form or action_form else 200
    )


def _action_form(episode: "Episode", sent: QueryDict | None = None) -> AgreedActionForm:
    """Return the form for one thing that is agreed."""
    return AgreedActionForm(sent, today=episodes.today(episode, at=timezone.now()), auto_id=ACTION_ID)


def _review_form(request: SignedInRequest, review: "Review | None") -> ReviewForm:
    """Return the form for a new review, or for moving the one that is planned."""
    planned = zones.on_clock(review.planned_at, request.clinic.time_zone) if review else None
    first = {"day": planned.date(), "time": planned.time()} if planned else {}
    return ReviewForm(clinic=request.clinic, at=timezone.now(), initial=first, auto_id=REVIEW_ID)
