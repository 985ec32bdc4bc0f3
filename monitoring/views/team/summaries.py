"""One page about one person, on paper or as a PDF: for the visit, for the GP, and in plain words for the person."""

from uuid import UUID

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from monitoring.course.drawing import charts
from monitoring.reviews import summaries, summary_sheet
from monitoring.reviews.summaries import Audience, Summary, TooMany
from patients.access.permissions import access, get_episode_or_404
from patients.access.requests import SignedInRequest, too_many


@require_GET
@access("episode.read")
def summary(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show the page as it prints."""
    sheet = _load(request, episode_id)
    if sheet is None:
        return _too_many()
    course = charts.draw(sheet.course, frame=summary_sheet.browser_frame(sheet.course))
    page = {"summary": sheet, "course": course, "episode_id": episode_id}
    return TemplateResponse(request, "monitoring/team/summary.html", page)


@require_GET
@access("episode.read")
def summary_pdf(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Return the page as a PDF; no name in the name of the file."""
    sheet = _load(request, episode_id)
    if sheet is None:
        return _too_many()
    headers = {"Content-Disposition": 'inline; filename="summary.pdf"'}
    return HttpResponse(summary_sheet.summary_pdf(sheet), content_type="application/pdf", headers=headers)


def _load(request: SignedInRequest, episode_id: UUID) -> Summary | None:
    """Return the summary that the address asks for; None when too many were asked for."""
    episode = get_episode_or_404(request, episode_id)
    audience = Audience.PATIENT if request.GET.get("for") == Audience.PATIENT else Audience.STAFF
    try:
        return summaries.load_summary(
            episode=episode, clinic=request.clinic, audience=audience, by=request.user, at=timezone.now()
        )
    except TooMany:
        return None


def _too_many() -> HttpResponse:
    """Say that it is enough for this hour."""
    return too_many(_("You have opened very many summaries in this hour. Try again later."), again_in=3600)
