"""One person's course, and one check-in of it answer by answer. What is asked for stands in the address."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_htmx.http import push_url

from monitoring.attention import sightings
from monitoring.check_ins import drafts, open_forms
from monitoring.course import answers, courses, persons
from monitoring.course.answers import GivenCheckIn
from monitoring.course.drawing import charts
from monitoring.course.tables import course_tables
from monitoring.reviews import reviews
from monitoring.views.switches import WINDOW_LABELS, Choice
from monitoring.worklists.transfers import hand_overs
from patients.access.permissions import access, get_episode_or_404, may
from patients.access.requests import SignedInRequest

FORM_LABELS: dict[str, str | Promise] = {
    "chart": _("Chart"),
    "table": _("Table"),
    "both": _("Both"),
    "around": _("Before and after"),
}
REVIEW = "review"
# More than anyone can leave out; what is beyond is not read.
DEFAULT_WINDOW = "6m"
MOST_HIDDEN = 60


@dataclass(frozen=True, kw_only=True)
class TrajectoryQuery:
    """What the address asks for: ids and short codes, never a name."""

    window: str
    form: str
    zero: str
    compares: bool
    hidden: tuple[str, ...]
    # The check-in that is open beside the charts.
    check_in: str

    @property
    def query(self) -> str:
        """Return the address of the same page."""
        pairs = [("window", self.window), ("view", self.form), ("zero", self.zero)]
        pairs += [("compare", REVIEW)] if self.compares else []
        pairs += [("hide", key) for key in self.hidden]
        pairs += [("checkin", self.check_in)]
        return urlencode([(name, value) for name, value in pairs if value])


@require_GET
@access("episode.read")
def trajectory(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show one person's course: what changed, when, and what happened at that time."""
    now = timezone.now()
    episode = get_episode_or_404(request, episode_id)
    query = _query_of(_query(request))
    begun, beside = drafts.of_episode.asking(episode.pk), reviews.asking_shared(episode, at=now)
    view = courses.View(
        window=query.window,
        zero=query.zero,
        compares=query.compares,
        hidden=frozenset(query.hidden),
        # Who chose a shorter stretch gets it.
        holds_compared=query.window == DEFAULT_WINDOW,
    )
    person = persons.load_person(episode, view, around=query.form == "around", along=(begun, *beside), at=now)
    check_in_id = _check_in_id(query)
    check_in = answers.load_answers(episode, check_in_id) if check_in_id else None
    shared = reviews.shared(*beside)
    sightings.seen(episode=episode, by=request.user, sent_at=person.sent_at, at=now)
    query = _understood(query, person, check_in)
    page = {
        "check_in": check_in,
        "closed_url": _closed_url(episode_id, query),
        "trajectory": person,
        "may_write": may(roles=request.clinic_roles, rule="episode.write"),
        "hand_over": None if request.htmx else hand_overs.waiting_for(episode),
        "may_ask_by_phone": episode.ended_on is None and may(roles=request.clinic_roles, rule="care.organise"),
        "may_manage_team": may(roles=request.clinic_roles, rule="team.manage"),
        "shared": shared,
        "unsent": open_forms.unsent(begun.rows, at=now),
        "review_at": reviews.time_in_words(shared.review, reader_zone=None),
        "query": query,
        "course": _drawn(person) if query.form in {"chart", "both"} else None,
        "tables": course_tables(person.course) if query.form in {"table", "both"} else None,
        "windows": [_choice(key, label, replace(query, window=key), query) for key, label in WINDOW_LABELS.items()],
        "forms": [_choice(key, label, replace(query, form=key), query) for key, label in FORM_LABELS.items()],
    }
    if not request.htmx:
        return TemplateResponse(request, "monitoring/team/trajectory.html", page)
    part = TemplateResponse(request, "monitoring/team/trajectory.html#course", page)
    return push_url(part, f"{request.path}?{query.query}")


def _drawn(person: persons.Person) -> charts.DrawnCourse:
    """Return the charts, with the weeks that the sentences beside them compare."""
    told, _also = person.told_changes
    return charts.draw(person.course, compared=[change.weeks for change in told])


@require_GET
@access("episode.read")
def check_in_answers(request: SignedInRequest, episode_id: UUID, check_in_id: UUID) -> HttpResponse:
    """Show one check-in: every answer beside the time before and the first, the shared note, and who has seen it.

    Beside the charts it stands in their address, so that Back closes it and a reload shows it again.
    """
    episode = get_episode_or_404(request, episode_id)
    check_in = answers.load_answers(episode, check_in_id)
    if check_in is None:
        raise Http404
    sightings.seen(episode=episode, by=request.user, sent_at=check_in.sent_at, at=timezone.now())
    beside = _beside(request, episode_id)
    closed_url = _closed_url(episode_id, beside) if beside else reverse("trajectory", args=[episode_id])
    page = {"check_in": check_in, "closed_url": closed_url}
    if not request.htmx:
        return TemplateResponse(request, "monitoring/team/check_in_answers.html", page)
    part = TemplateResponse(request, "monitoring/team/check_in_answers.html#answers", page)
    if beside is None:
        return part
    opened = replace(beside, check_in=str(check_in.id))
    return push_url(part, f"{reverse('trajectory', args=[episode_id])}?{opened.query}")


def _query(request: SignedInRequest) -> QueryDict:
    """Return what the address asks for; within a page, the check-in that is open there now.

    A link drawn before a check-in was opened or closed beside it does not know.
    """
    query = request.GET.copy()
    if request.htmx:
        query["checkin"] = _present_query(request).get("checkin", "")
    return query


def _present_query(request: SignedInRequest) -> QueryDict:
    """Return the query of the page a part is asked from."""
    return QueryDict(urlsplit(request.htmx.current_url_abs_path or "").query)


def _beside(request: SignedInRequest, episode_id: UUID) -> TrajectoryQuery | None:
    """Return what the page shows that the check-in is opened beside; None where it stands alone."""
    path = urlsplit(request.htmx.current_url_abs_path or "").path if request.htmx else ""
    return _query_of(_present_query(request)) if path == reverse("trajectory", args=[episode_id]) else None


def _closed_url(episode_id: UUID, query: TrajectoryQuery) -> str:
    """Return the address of the same page without a check-in beside it."""
    return f"{reverse('trajectory', args=[episode_id])}?{replace(query, check_in='').query}"


def _check_in_id(query: TrajectoryQuery) -> UUID | None:
    """Return which check-in is open beside the charts."""
    try:
        return UUID(query.check_in)
    except ValueError:
        return None


def _query_of(query: QueryDict) -> TrajectoryQuery:
    """Return the query of an address; an unknown value gives the default."""
    window, form = query.get("window", DEFAULT_WINDOW), query.get("view", "chart")
    return TrajectoryQuery(
        window=window if window in WINDOW_LABELS else DEFAULT_WINDOW,
        form=form if form in FORM_LABELS else "chart",
        zero=query.get("zero", ""),
        compares=query.get("compare") == REVIEW,
        hidden=tuple(dict.fromkeys(query.getlist("hide")[:MOST_HIDDEN])),
        check_in=query.get("checkin", ""),
    )


def _understood(query: TrajectoryQuery, person: persons.Person, check_in: GivenCheckIn | None) -> TrajectoryQuery:
    """Return the query without parts that this person does not have, so that no link carries them on."""
    keys = {part.key for part in person.course.parts}
    return replace(
        query,
        zero=person.course.zero.code,
        compares=query.compares and person.reviewed_on is not None,
        hidden=tuple(key for key in query.hidden if key in keys),
        check_in=str(check_in.id) if check_in else "",
    )


def _choice(key: str, label: str | Promise, wanted: TrajectoryQuery, current: TrajectoryQuery) -> Choice:
    """Return a link of a switch; it keeps the rest of the page as it is."""
    return Choice(key=key, label=label, url=f"?{wanted.query}", is_current=wanted == current)
