"""What skeleton pages need on every request, and small drawings inside tables."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.alerts import promises
from monitoring.alerts.closing import PlanReviewed
from monitoring.course.drawing import charts, drawings, sparklines, strokes
from monitoring.course.pictures import Course, Spark
from monitoring.messages import reminders
from monitoring.models import Heartbeat
from monitoring.operations import heartbeats, watch
from monitoring.worklists import caseloads
from patients.access.permissions import may, roles_of
from patients.access.requests import SignedInRequest
from patients.clinics import hours

register = template.Library()

# The product's own word in both languages, and a tag, in which it may stand in an address or a name.
CHECK_IN = re.compile(r"<[^>]*>|check-ins?", re.IGNORECASE)


@register.filter(is_safe=True)
def unbroken(markup: str) -> str:
    """Keep "check-in" in one line: a browser would break it after its hyphen, and in a heading that is misread."""
    return CHECK_IN.sub(_in_one_line, markup)


def _in_one_line(found: re.Match[str]) -> str:
    word = found.group()
    return word if word.startswith("<") else f'<span class="unbroken">{word}</span>'


@register.simple_tag
def demo_progress() -> Heartbeat | None:
    """Return how far the demo clinic of this machine has come while it is being filled; None for a clinic of its own."""
    if not settings.EMBEDDED:
        return None
    progress = heartbeats.find(heartbeats.DEMO)
    return progress if progress is not None and progress.items < progress.total else None


@dataclass(frozen=True)
class NavigationItem:
    """One link of the main navigation."""

    label: str | Promise
    url: str
    icon: str
    is_current: bool
    count: int | None = None


# route, rule, label, icon; only what the person may open is shown.
TEAM_PAGES = (
    ("caseload", "caseload.read", gettext_lazy("Caseload"), "list"),
    ("alert_queue", "alert.read", gettext_lazy("Alerts"), "bell"),
    ("clinic_outcomes", "outcomes.read", gettext_lazy("Outcomes"), "chart"),
    ("alert_quality", "outcomes.read", gettext_lazy("How alerts went"), "chart"),
    ("staff_away", "alert.read", gettext_lazy("Away"), "people"),
    ("accounts", "people.vouch", gettext_lazy("Accounts"), "user"),
    ("clinic_set_up", "clinic.manage", gettext_lazy("Set-up"), "list"),
    ("people", "people.manage", gettext_lazy("People"), "people"),
    ("clinic_safety", "clinic.manage", gettext_lazy("Hours and numbers"), "gear"),
    ("clinic_responders", "clinic.manage", gettext_lazy("Who is notified"), "bell"),
    ("interaction_list", "clinic.manage", gettext_lazy("Interactions"), "gear"),
    ("clinic_rules", "clinic.manage", gettext_lazy("Alert rules"), "chart"),
    ("data_requests", "clinic.manage", gettext_lazy("Requests"), "flag"),
)
PATIENT_PAGES = (
    ("home", gettext_lazy("Home"), "home"),
    ("my_chart", gettext_lazy("My chart"), "chart"),
    ("my_plan", gettext_lazy("My plan"), "leaf"),
    ("my_settings", gettext_lazy("Me"), "user"),
)
# A page that is reached from another one belongs to it in the navigation.
BELONGS_TO = {
    "trajectory": "caseload",
    "check_in_answers": "caseload",
    "add_patient": "caseload",
    "start_intervention": "caseload",
    "change_intervention": "caseload",
    "stop_intervention": "caseload",
    "add_life_event": "caseload",
    "episode_item": "caseload",
    "care_team": "caseload",
    "patient_account": "caseload",
    "undo_claim": "caseload",
    "confirm_colleague": "accounts",
    "record_session": "caseload",
    "expect": "caseload",
    "episode_context": "caseload",
    "summary": "caseload",
    "shared_plan": "caseload",
    "plan_review": "caseload",
    "agree_action": "caseload",
    "read_safety_plan": "caseload",
    "alert_detail": "alert_queue",
    "alert_step": "alert_queue",
    "hand_over_alerts": "alert_queue",
    "invite_staff": "people",
    "days_off": "clinic_safety",
    "hold_drill": "clinic_set_up",
    "keep_holidays": "clinic_safety",
    "plan_closure": "clinic_safety",
    "resend_invitation": "people",
    "invite_patient": "people",
    "end_role": "people",
    "answer_request": "data_requests",
    "add_own_event": "my_chart",
    "my_reminders": "my_settings",
    "pause_check_ins": "my_settings",
    "pause_episode": "caseload",
    "prepare_review": "my_plan",
    "safety_plan": "my_plan",
    "edit_safety_plan": "my_plan",
    "access_log": "my_settings",
    "my_requests": "my_settings",
    "my_download": "my_settings",
    "mfa_index": "my_settings",
    "mfa_list_webauthn": "my_settings",
    "mfa_add_webauthn": "my_settings",
    "decide_consent": "my_settings",
}


def _request(context: dict[str, Any]) -> SignedInRequest:
    return cast("SignedInRequest", context["request"])


def _current_route(request: SignedInRequest) -> str:
    route = request.resolver_match.view_name if request.resolver_match else ""
    return BELONGS_TO.get(route, route)


@register.inclusion_tag("components/team_navigation.html", takes_context=True)
def team_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """Show the pages this person may open, and how many alerts are open."""
    request = _request(context)
    current = _current_route(request)
    items = [
        NavigationItem(label, reverse(route), icon, is_current=route == current, count=_open_count(request, route))
        for route, rule, label, icon in TEAM_PAGES
        if may(roles=request.clinic_roles, rule=rule)
    ]
    return {"items": items}


def _open_count(request: SignedInRequest, route: str) -> int | None:
    if route != "alert_queue":
        return None
    return caseloads.open_alert_count(user=request.user, roles=request.clinic_roles)


@register.simple_tag(takes_context=True)
def patient_tabs(context: dict[str, Any]) -> list[NavigationItem]:
    """Return the tabs of the patient's pages; none for someone who is not signed in as a patient."""
    # A page of a failure is made without a request.
    if "request" not in context:
        return []
    request = _request(context)
    if not may(roles=getattr(request, "clinic_roles", frozenset()), rule="own.read"):
        return []
    current = _current_route(request)
    return [
        NavigationItem(label, reverse(route), icon, is_current=route == current) for route, label, icon in PATIENT_PAGES
    ]


@register.simple_tag(takes_context=True)
def entry_class(context: dict[str, Any]) -> str:
    """Return the frame of a page around the sign-in: the patient's own where a patient is signed in."""
    return "patient" if patient_tabs(context) else "entry"


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """Return where "Help now" leads: to the numbers of the clinic a page is about, and from there back to this page.

    An error page is no place to come back to, and must not differ with what was asked for; nor does the secret of an
    invitation belong into another address.
    """
    code, request = context.get("help_code"), context.get("request")
    page = reverse("help_of_clinic", args=[code]) if code else reverse("help_now")
    if request is None or request.method != "GET" or "exception" in context:
        return page
    if request.resolver_match is None or "token" in request.resolver_match.kwargs:
        return page
    return f"{page}?{urlencode({'back': request.get_full_path()})}"


@register.inclusion_tag("monitoring/patient/parts/reminders_not_now.html", takes_context=True)
def not_now(context: dict[str, Any], slot: Any) -> dict[str, Any]:
    """Offer to be asked later about the week that is open."""
    later = reminders.offered_later(slot, at=timezone.now())
    return {
        "later": [choice.value for choice in later],
        "url": reverse("ask_later"),
        "csrf_token": context["csrf_token"],
    }


@register.inclusion_tag("monitoring/patient/parts/check_in_progress.html")
def check_in_progress(number: int, total: int) -> dict[str, Any]:
    """Show on which page of a form someone is, and how many there are."""
    pieces = strokes.finished('<i class="reached"></i>' * number + "<i></i>" * (total - number))
    return {"number": number, "total": total, "pieces": pieces}


@register.simple_tag
def open_promises(episode: Any) -> list[str]:
    """Return who acts on what a patient sent, and by when, where a person has to act."""
    return promises.open_promises(episode, at=timezone.now())


@register.inclusion_tag("monitoring/team/parts/cover_note.html", takes_context=True)
def cover_note(context: dict[str, Any]) -> dict[str, Any]:
    """Say when the clinic is staffed, on every page of the team."""
    return {"hours": hours.in_words(_request(context).clinic, timezone.now(), reader_zone=None)}


@register.inclusion_tag("monitoring/team/parts/watch_banner.html", takes_context=True)
def watch_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Warn of what people must make up for by hand: the page itself finds out, no worker is needed."""
    is_admin = may(roles=roles_of(_request(context)), rule="people.manage")
    return {"trouble": watch.trouble(is_admin=is_admin, at=timezone.now())}


@register.simple_tag
def version_note() -> str:
    """Return which version answers, for whoever reports a fault."""
    return _("Tidemark, version %(version)s") % {"version": settings.VERSION}


@register.simple_tag
def querystring_of(**values: object) -> str:
    """Return the address of a filter; empty values are left out."""
    return urlencode({name: str(value) for name, value in values.items() if value})


@register.filter
def names_its_number(contact: Mapping[str, str]) -> bool:
    """Say whether the name of a contact holds the whole number already: "NHS 111, then press 2"."""
    return re.search(rf"(?<!\d){re.escape(contact['number'])}(?!\d)", contact["label"]) is not None


@register.filter
def counted(number: int) -> str:
    """Return a number of the navigation, "99+" beyond."""
    return f"{caseloads.MOST_COUNTED}+" if number > caseloads.MOST_COUNTED else str(number)


@register.filter
def assessed(stored: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """Return what was found at the end of a safety answer: what it is about, and the words."""
    if not stored:
        return []
    return [
        (_("Talked about:"), stored["explored"]),
        (_("Safety plan:"), str(PlanReviewed(stored["plan"]).label)),
        (_("Who else knows:"), stored["others"]),
    ]


@register.filter
def signed(value: float) -> str:
    """Return a number with two decimals and a real minus sign."""
    return f"{localize(round(value, 2), use_l10n=True)}".replace("-", "\u2212")


@register.filter
def as_percent(share: float | None) -> str:
    """Return a share as a whole percentage, a dash where there is none."""
    return _("%(percent)d%%") % {"percent": round(100 * share)} if share is not None else "\u2013"


@register.simple_tag
def spark_cells(sparks: Iterable[tuple[str, Spark]]) -> SafeString:
    """Draw the sparklines of one person as cells."""
    return sparklines.spark_cells(sparks)


@register.inclusion_tag("monitoring/patient/parts/own_course.html")
def own_course(course: Course) -> dict[str, Any]:
    """Draw a patient's own course."""
    return {"course": charts.draw(course, frame=drawings.PATIENT_FRAME)}


@register.inclusion_tag("monitoring/patient/parts/own_trend.html")
def own_trend(course: Course, sentence: str) -> dict[str, Any]:
    """Draw a patient's newest weeks, one chart at a time, with what they say in words."""
    span, answered = course.span, tuple(panel for panel in course.panels if panel.answers)
    return {
        "panels": charts.draw_panels(replace(course, panels=answered), frame=drawings.TREND_FRAME),
        "first_day": span.start + span.margin,
        "last_day": span.end - span.margin,
        "sentence": sentence,
    }
