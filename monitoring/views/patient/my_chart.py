"""The patient's own chart, in plain words."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from monitoring.attention import sightings
from monitoring.check_ins import weeks
from monitoring.course import persons
from monitoring.course.tables import course_tables
from monitoring.views.switches import WINDOW_LABELS, allowed_value, choices_of
from patients.access.permissions import access, own_record_or_404
from patients.access.requests import SignedInRequest

FORM_LABELS: dict[str, str | Promise] = {"chart": _("Chart"), "table": _("Table")}


@require_GET
@access("own.read")
def my_chart(request: SignedInRequest) -> HttpResponse:
    """Show patients their own course in plain words."""
    now = timezone.now()
    episode = own_record_or_404(request)
    window = allowed_value(request.GET, "window", WINDOW_LABELS, default="12w")
    form = allowed_value(request.GET, "view", FORM_LABELS, default="chart")
    course = persons.load_own_course(episode, window=window, at=now)
    page = {
        "course": course,
        "tables": course_tables(course) if form == "table" else None,
        "is_learning": persons.is_still_learning(course),
        "last": weeks.last_check_in(episode),
        "has_ended": episode.ended_on is not None,
        "sightings": sightings.of_episode(episode),
        "events": persons.load_events(episode),
        "windows": choices_of(WINDOW_LABELS, "window", {"window": window, "view": form}),
        "forms": choices_of(FORM_LABELS, "view", {"window": window, "view": form}),
    }
    return TemplateResponse(request, "monitoring/patient/my_chart.html", page)
