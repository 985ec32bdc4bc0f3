"""Typing what somebody filled in on paper: the day and its parts, the answers, and reading them back."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.check_ins.check_ins import NothingSaid
from monitoring.check_ins.paper import papers
from monitoring.check_ins.paper.paper_forms import FIVE, PaperForm, PaperStartForm
from monitoring.check_ins.paper.papers import FormBegun
from monitoring.operations import tasks
from monitoring.plans import plans
from patients.access.permissions import access, get_episode_or_404
from patients.access.requests import SignedInRequest
from patients.people import languages
from patients.rights import consent

if TYPE_CHECKING:
    from patients.models import Episode

# Which button was pressed: to the answers, to reading them back, back to change them, to record them.
FILL, READ, CHANGE, RECORD = "fill", "read", "change", "record"


@require_http_methods(["GET", "POST"])
@access("care.organise")
def enter_paper(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Ask for the day and the parts, then for the answers; read them back; record them."""
    episode, now = get_episode_or_404(request, episode_id), timezone.now()
    if episode.ended_on is not None:
        raise Http404
    start = _start_form(request, episode)
    step = request.POST.get("step", "")
    if request.method == "GET" or not start.is_valid():
        return _show(request, episode, "start", start, status=422 if start.is_bound else 200)
    if "agrees" in start.fields:
        consent.agree_by_phone(patient=episode.patient, by=request.user, at=now)
    parts, language = start.cleaned_data["parts"], start.cleaned_data["language"]
    if step not in {READ, CHANGE, RECORD}:
        form = PaperForm(None, parts=parts, language=language, initial={"client_key": uuid4()})
        return _show(request, episode, FILL, start, form)
    form = PaperForm(request.POST, parts=parts, language=language)
    if not form.is_valid() or step == CHANGE:
        return _show(request, episode, FILL, start, form, status=200 if form.is_valid() else 422)
    if form.answers().says_nothing:
        form.add_error(None, _("Nothing is entered yet. Choose at least one answer."))
        return _show(request, episode, FILL, start, form, status=422)
    return _record(request, episode, start, form) if step == RECORD else _show(request, episode, READ, start, form)


def _start_form(request: SignedInRequest, episode: "Episode") -> PaperStartForm:
    """Return the day and the parts, as they were chosen or to be chosen."""
    today = plans.local_day(timezone.now(), episode.patient.time_zone)
    return PaperStartForm(
        request.POST or None,
        today=today,
        started_on=episode.started_on,
        has_agreed=consent.has_check_in_consent(episode.patient),
        initial={"on": today, "parts": [FIVE], "language": languages.of_patient(episode.patient)},
    )


def _record(request: SignedInRequest, episode: "Episode", start: PaperStartForm, form: PaperForm) -> HttpResponse:
    """Store it, and show the check-in; first what to do where an answer calls for somebody."""
    now = timezone.now()
    try:
        receipt = papers.enter(
            episode=episode,
            on=start.cleaned_data["on"],
            client_key=form.key,
            answers=form.answers(),
            by=request.user,
            at=now,
        )
    except FormBegun:
        form.add_error(
            None,
            _(
                "The patient has begun this week's form and not sent it. Ask for it to be sent, or go on in it by phone."
            ),
        )
        return _show(request, episode, READ, start, form, status=409)
    except NothingSaid as problem:  # the page has checked that
        raise Http404 from problem
    tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    if receipt.owed:
        messages.warning(
            request,
            _("An answer on this paper calls for somebody. The alert is raised: ring the person up now."),
        )
    else:
        messages.success(request, _("Recorded, with the day on the paper and your name."))
    return HttpResponseRedirect(reverse("check_in_answers", args=[episode.pk, receipt.check_in.pk]))


def _show(
    request: SignedInRequest,
    episode: "Episode",
    step: str,
    start: PaperStartForm,
    form: PaperForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a step; what was chosen before travels along."""
    page: dict[str, Any] = {"episode": episode, "step": step, "start": start, "form": form}
    if form is not None:
        on = start.cleaned_data["on"]
        page |= {"on": on, "of_week": papers.of_week(episode, on), "language": start.cleaned_data["language"]}
        page["parts"] = start.cleaned_data["parts"]
    if step == READ and form is not None:
        page["rows"] = form.rows()
        page["hidden"] = [(name, request.POST.get(name, "")) for name in form.fields]
    return TemplateResponse(request, "monitoring/team/enter_paper.html", page, status=status)
