"""What became of the clinic's people, counted; no one is named and small groups are hidden."""

from typing import Any

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from monitoring.outcomes import outcome_figures, results
from patients.access.permissions import access
from patients.access.requests import SignedInRequest, typed

LONGEST_CODE = 60


@require_GET
@access("outcomes.read")
def clinic_outcomes(request: SignedInRequest) -> HttpResponse:
    """Show the outcomes on one form; where that takes long, the page comes first and says that it is working."""
    forms = results.shown_forms()
    instrument = typed(request.GET.get("instrument", ""), most=LONGEST_CODE)
    version = typed(request.GET.get("version", ""), most=LONGEST_CODE)
    chosen = next((one for one in forms if instrument in {"", one.code} and version in {"", one.version}), None)
    if chosen is None and (instrument or version):
        raise Http404
    page: dict[str, Any] = {"forms": forms, "chosen": chosen, "results": None, "is_working": False}
    if chosen and not request.htmx and "now" not in request.GET and not results.is_quick(chosen.form):
        page["is_working"] = True
    elif chosen:
        code, version = chosen.form
        loaded = results.load_results(instrument=code, version=version, by=request.user, at=timezone.now())
        page |= {"results": loaded, "figures": outcome_figures.figures_of(loaded)}
    template = "monitoring/clinic/outcomes.html#results" if request.htmx else "monitoring/clinic/outcomes.html"
    return TemplateResponse(request, template, page)
