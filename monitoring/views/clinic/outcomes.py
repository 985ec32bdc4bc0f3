"""What became of the clinic's people, counted; no one is named and small groups are hidden."""

from typing import Any

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from monitoring.outcomes import outcome_figures, results
from monitoring.outcomes.score_courses import NoScoresOfInstrument
from patients.access.permissions import access
from patients.access.requests import SignedInRequest, typed

LONGEST_CODE = 60


@require_GET
@access("outcomes.read")
def clinic_outcomes(request: SignedInRequest) -> HttpResponse:
    """Show the outcomes in one instrument; where that takes long, the page comes first and says that it is working."""
    instruments = results.instruments()
    instrument = typed(request.GET.get("instrument", ""), most=LONGEST_CODE) or (instruments[0] if instruments else "")
    page: dict[str, Any] = {"instruments": instruments, "instrument": instrument, "results": None, "is_working": False}
    if instrument and not request.htmx and "now" not in request.GET and not results.is_quick(instrument):
        page["is_working"] = True
    elif instrument:
        try:
            loaded = results.load_results(instrument=instrument, by=request.user, at=timezone.now())
            page |= {"results": loaded, "figures": outcome_figures.figures_of(loaded)}
        except NoScoresOfInstrument as problem:
            raise Http404 from problem
    template = "monitoring/clinic/outcomes.html#results" if request.htmx else "monitoring/clinic/outcomes.html"
    return TemplateResponse(request, template, page)
