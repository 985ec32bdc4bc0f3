"""The caseload: who needs attention first, filtered by what stands in the address."""

from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import replace_url

from monitoring.engine import Domain
from monitoring.views.switches import allowed_value, choices_of
from monitoring.words.states import State
from monitoring.worklists import caseloads, silent_people
from monitoring.worklists.caseloads import Filters, TooManySearches
from monitoring.worklists.transfers import hand_overs
from patients.access.permissions import Whose, access, may
from patients.access.requests import SignedInRequest, too_many, typed

WHOSE_LABELS: dict[str, str | Promise] = {Whose.MINE: _("Mine"), Whose.TEAM: _("My teams")}
CLINIC_LABEL: dict[str, str | Promise] = {Whose.CLINIC: _("Whole clinic")}
NAME_LENGTH = 150
LONGEST_PAGE_NUMBER = 6
# Session key of the name that was looked for last: the address says only that there is one, so that Back finds it again.
SEARCH = "caseload_search"


@require_http_methods(["GET", "POST"])
@access("caseload.read")
def caseload(request: SignedInRequest) -> HttpResponse:
    """Show who needs attention first, with reasons. A name is looked for by POST: it must not stand in an address."""
    if request.method == "POST":
        request.session[SEARCH] = typed(request.POST.get("name", ""), most=NAME_LENGTH)
    filters = _filters(request)
    query = _query_of(filters)
    address = f"{reverse('caseload')}?{urlencode(query)}"
    if request.method == "POST" and not request.htmx:
        return HttpResponseRedirect(address)
    try:
        page = caseloads.load_caseload(
            user=request.user, roles=request.clinic_roles, filters=filters, at=timezone.now()
        )
    except TooManySearches:
        words = _("You have searched for very many names in this minute. Wait a minute, then try again.")
        return too_many(str(words), again_in=60)
    context = {
        "caseload": page,
        "hand_overs": {} if request.htmx else hand_overs.news_of(request.user, at=timezone.now()),
        "silent": {} if request.htmx else _silent_counts(request),
        "ratings": tuple(Domain),
        "may_write": may(roles=request.clinic_roles, rule="care.organise"),
        "query": query,
        "whose": choices_of(_whose(request), "people", {"people": filters.whose}),
    }
    template = "monitoring/team/caseload.html#list" if request.htmx else "monitoring/team/caseload.html"
    response = TemplateResponse(request, template, context)
    return replace_url(response, address) if request.method == "POST" else response


def _silent_counts(request: SignedInRequest) -> dict[str, int]:
    """Return how many have not been heard from."""
    return silent_people.counts(user=request.user, roles=request.clinic_roles, at=timezone.now())


def _query_of(filters: Filters) -> dict[str, str]:
    """Return what stands in the address: of a name only that one is looked for."""
    query = {
        "people": filters.whose,
        "state": filters.state or "",
        "changed": "1" if filters.changed else "",
        "found": "1" if filters.name else "",
    }
    return {name: value for name, value in query.items() if value}


def _whose(request: SignedInRequest) -> dict[str, str | Promise]:
    """Return whose people this person may ask for, the default first."""
    own = WHOSE_LABELS if "clinician" in request.clinic_roles else {}
    return own | (CLINIC_LABEL if "coordinator" in request.clinic_roles else {})


def _filters(request: SignedInRequest) -> Filters:
    """Return the filters of the address, or of the form with the name; an unknown value filters nothing."""
    allowed, query = _whose(request), request.POST or request.GET
    state, page = query.get("state", ""), query.get("page", "")
    has_name = request.method == "POST" or query.get("found") == "1"
    return Filters(
        whose=Whose(allowed_value(query, "people", allowed, default=next(iter(allowed)))),
        state=State(state) if state in set(State) else None,
        changed=query.get("changed") == "1",
        name=request.session.get(SEARCH, "") if has_name else "",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < LONGEST_PAGE_NUMBER else 1,
    )
