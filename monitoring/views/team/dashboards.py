"""The reading pages: caseload, one person's trajectory, and the patient's own chart."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from monitoring.alerts import sightings
from monitoring.check_ins import weeks
from monitoring.course import persons
from monitoring.course.tables import course_tables
from monitoring.engine import Domain
from monitoring.words.states import State
from monitoring.worklists import caseloads
from monitoring.worklists.caseloads import Filters, TooManySearches
from patients.access.requests import SignedInRequest, too_many, typed
from patients.access.rules import Whose, access, may, own_episode_or_404

WINDOW_LABELS: dict[str, str | Promise] = {"6w": _("6 w"), "12w": _("12 w"), "6m": _("6 m"), "all": _("All")}
WHOSE_LABELS: dict[str, str | Promise] = {Whose.MINE: _("Mine"), Whose.TEAM: _("My teams")}
CLINIC_LABEL: dict[str, str | Promise] = {Whose.CLINIC: _("Whole clinic")}
NAME_LENGTH = 150
LONGEST_PAGE_NUMBER = 6
FORM_LABELS: dict[str, str | Promise] = {"chart": _("Chart"), "table": _("Table")}


@dataclass(frozen=True)
class Choice:
    """One link of a switch; the key names it on its page."""

    key: str
    label: str | Promise
    url: str
    is_current: bool


@require_http_methods(["GET", "POST"])
@access("caseload.read")
def caseload(request: SignedInRequest) -> HttpResponse:
    """Show who needs attention first, with reasons. A name is looked for by POST: it must not stand in an address."""
    filters = _filters(request)
    try:
        page = caseloads.load_caseload(
            user=request.user, roles=request.clinic_roles, filters=filters, at=timezone.now()
        )
    except TooManySearches:
        words = _("You have searched for very many names in this minute. Wait a minute, then try again.")
        return too_many(str(words), again_in=60)
    query = {"people": filters.whose, "state": filters.state or "", "changed": "1" if filters.changed else ""}
    context = {
        "caseload": page,
        "ratings": tuple(Domain),
        "may_write": may(roles=request.clinic_roles, rule="episode.write"),
        "query": {name: value for name, value in query.items() if value},
        "whose": _choices(_whose(request), "people", {"people": filters.whose}),
    }
    template = "monitoring/team/caseload.html#list" if request.htmx else "monitoring/team/caseload.html"
    return TemplateResponse(request, template, context)


def _whose(request: SignedInRequest) -> dict[str, str | Promise]:
    """Return whose people this person may ask for, the default first."""
    own = WHOSE_LABELS if "clinician" in request.clinic_roles else {}
    return own | (CLINIC_LABEL if "coordinator" in request.clinic_roles else {})


def _filters(request: SignedInRequest) -> Filters:
    """Return the filters of the address, or of the form with the name; an unknown value filters nothing."""
    allowed, query = _whose(request), request.POST or request.GET
    state, page = query.get("state", ""), query.get("page", "")
    return Filters(
        whose=Whose(_choice(query, "people", allowed, default=next(iter(allowed)))),
        state=State(state) if state in set(State) else None,
        changed=query.get("changed") == "1",
        name=typed(request.POST.get("name", ""), most=NAME_LENGTH),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < LONGEST_PAGE_NUMBER else 1,
    )


@require_GET
@access("own.read")
def my_chart(request: SignedInRequest) -> HttpResponse:
    """Show patients their own course in plain words."""
    now = timezone.now()
    episode = own_episode_or_404(request)
    window = _choice(request.GET, "window", WINDOW_LABELS, default="12w")
    form = _choice(request.GET, "view", FORM_LABELS, default="chart")
    course = persons.load_own_course(episode, window=window, at=now)
    page = {
        "course": course,
        "tables": course_tables(course) if form == "table" else None,
        "is_learning": persons.is_still_learning(course),
        "last": weeks.last_check_in(episode),
        "sightings": sightings.of_episode(episode),
        "events": persons.load_events(episode),
        "windows": _choices(WINDOW_LABELS, "window", {"window": window, "view": form}),
        "forms": _choices(FORM_LABELS, "view", {"window": window, "view": form}),
    }
    return TemplateResponse(request, "monitoring/patient/my_chart.html", page)


def _choice(query: QueryDict, name: str, allowed: Iterable[str], *, default: str) -> str:
    """Return a value of the query, or the default where the value is not allowed."""
    value = query.get(name, default)
    return value if value in set(allowed) else default


def _choices(labels: dict[str, str | Promise], name: str, state: dict[str, str]) -> list[Choice]:
    """Return the links of a switch; each keeps the rest of the page as it is."""
    return [
        Choice(key=value, label=label, url=f"?{urlencode(state | {name: value})}", is_current=state[name] == value)
        for value, label in labels.items()
    ]
