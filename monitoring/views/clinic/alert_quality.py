"""Are alerts any use in this clinic; no one is named but the staff, and small groups are hidden."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from monitoring.outcomes import alert_quality as quality
from patients.access.permissions import access
from patients.access.requests import SignedInRequest


@require_GET
@access("outcomes.read")
def alert_quality(request: SignedInRequest) -> HttpResponse:
    """Show how many alerts came, how soon somebody answered, and how often anything was done."""
    now = timezone.now()
    page = {
        "quality": quality.load(clinic=request.clinic, at=now),
        "people": quality.staff_load(at=now),
        "most_a_day": quality.MOST_A_DAY,
    }
    return TemplateResponse(request, "monitoring/clinic/alert_quality.html", page)
