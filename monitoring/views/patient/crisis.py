"""Help now, for everyone and at any time: whom to call, and what happens with a risk answer."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from django.core import signing
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from monitoring.alerts import promises, screening
from monitoring.check_ins import weeks
from patients import zones
from patients.access.permissions import (
    access,
    answerer,
    answering_episode_or_404,
    is_in_care,
    may,
    own_patient_or_none,
    roles_of,
)
from patients.access.requests import SignedInRequest
from patients.clinics import crisis, hours
from patients.rights import safety_plans

if TYPE_CHECKING:
    from monitoring.models import CheckInSlot
    from patients.models import Clinic, Episode

logger = logging.getLogger(__name__)

# Keeps the clinic's numbers on the person's own device, so that help can be shown when the database is away.
CRISIS_COOKIE = "crisis"
CRISIS_COOKIE_SECONDS = 90 * 24 * 60 * 60
CRISIS_SALT = "tidemark.crisis"
CLOCK = "D j M, H:i"
# Where someone goes on who was shown help because of an answer.
AFTER_AN_ANSWER = frozenset({"check_in_step", "send_check_in", "check_in_done", "link_receipt"})
# Pages about one answer, after which another may come.
BETWEEN = frozenset({"help_now", "body_warning"})
AFTER_SENDING = frozenset({"check_in_done", "link_receipt"})


@require_GET
@access("public")
def help_now(request: HttpRequest) -> HttpResponse:
    """Show whom to call now; after a risk answer, what happens with it. Works for everyone, signed in or not."""
    return _help(request, cast("SignedInRequest", request).clinic or crisis.only_clinic())


@require_GET
@access("public")
def help_of_clinic(request: HttpRequest, code: str) -> HttpResponse:
    """Show the numbers of the clinic that a mail came from; who is signed in sees those of the own clinic.

    A code that is no one's gets the page that everyone gets: it tells nothing.
    """
    own = cast("SignedInRequest", request).clinic
    clinic = own or crisis.find_clinic(code) or crisis.only_clinic()
    page = _help(request, clinic)
    return remember_crisis_contacts(request, page, clinic) if clinic and not own else page


def _help(request: HttpRequest, clinic: "Clinic | None") -> HttpResponse:
    """Return the page with the numbers of a clinic, or with those that are on the device."""
    now = timezone.now()
    carry_on, back = own_address(request, "next"), own_address(request, "back")
    # Between this page and the form another one may come, about another answer of it.
    after = route_of(last_address(carry_on))
    patient = own_patient_or_none(request)
    has_ended = patient is not None and not is_in_care(cast("SignedInRequest", request))
    zone = patient.time_zone if patient else _zone_of_link(request)
    page = {
        "contacts": clinic.crisis_contacts if clinic else crisis_contacts(request),
        "next": carry_on if after in AFTER_AN_ANSWER else "",
        "answered": after in AFTER_AN_ANSWER,
        "is_sent": after in AFTER_SENDING,
        "promises": _promises(request, now) if after in AFTER_AN_ANSWER else [],
        "back": way_back(request, carry_on or back),
        "now": _clock(clinic, now, zone),
        "clinic_is_known": clinic is not None,
        "has_ended": has_ended,
        # Nobody's hours are those of someone whose care has ended.
        **_cover(None if has_ended else clinic, now, zone),
    }
    if after in AFTER_AN_ANSWER:
        _note_shown(request, now)
    if patient is not None:
        numbers = [contact["number"] for contact in page["contacts"]]
        page |= {
            "own_people": safety_plans.people_to_call(patient, besides=numbers),
            "has_safety_plan": safety_plans.has_safety_plan(patient),
        }
    return TemplateResponse(request, "monitoring/patient/help_now.html", page)


def _note_shown(request: HttpRequest, now: datetime) -> None:
    """Note that help was shown after an answer. Help is shown whether that can be noted or not."""
    signed_in = cast("SignedInRequest", request)
    if not may(roles=roles_of(request), rule="check_in.answer"):
        return
    try:
        episode, slot = answered_form(signed_in)
        screening.record_help_shown(episode=episode, slot=slot, by=answerer(signed_in), at=now)
    except Http404:
        return  # care has ended meanwhile
    except DatabaseError:
        logger.exception("it could not be noted that help was shown")


def _zone_of_link(request: HttpRequest) -> str | None:
    """Return the zone of whoever came by the link of a message; None where it is not known who reads."""
    answering = cast("SignedInRequest", request).answering
    if answering is None:
        return None
    try:
        return str(answering_episode_or_404(cast("SignedInRequest", request)).patient.time_zone)
    except Http404:
        return None  # care has ended meanwhile


def _clock(clinic: "Clinic | None", now: datetime, zone: str | None) -> str:
    """Return what the reader's clock shows; the clinic's, with its place, where it is not known who reads."""
    if zone is not None or clinic is None:
        return date_format(zones.on_clock(now, zone or zones.NO_ZONE), CLOCK)
    return hours.moment_in_words(clinic, now, reader_zone=None, form=CLOCK)


def _cover(clinic: "Clinic | None", now: datetime, zone: str | None) -> dict[str, Any]:
    """Return when someone reads what is sent; nothing is known of no clinic."""
    if clinic is None:
        return {"hours": "", "is_staffed": False, "opens": ""}
    return {
        "hours": hours.in_words(clinic, now, reader_zone=zone),
        "is_staffed": hours.is_staffed(clinic, now),
        "opens": hours.opening_in_words(clinic, now, reader_zone=zone),
    }


def _promises(request: HttpRequest, now: datetime) -> list[str]:
    """Return who acts on the answer that led here, and by when; nothing to a stranger."""
    signed_in = cast("SignedInRequest", request)
    if not may(roles=roles_of(request), rule="check_in.answer"):
        return []
    try:
        episode, slot = answered_form(signed_in)
    except Http404:
        return []  # care has ended meanwhile: the numbers are shown all the same
    return promises.open_promises(episode, slot=slot, kinds=promises.ABOUT_SAFETY, at=now)


def answered_form(request: SignedInRequest) -> tuple["Episode", "CheckInSlot | None"]:
    """Return whose form it is, and the one week that a link is for.

    Raises:
        Http404: nobody who is in care answers here.
    """
    episode = answering_episode_or_404(request)
    return episode, weeks.find_slot(episode, str(request.answering.slot_id)) if request.answering else None


def own_address(request: HttpRequest, name: str) -> str:
    """Return an address of ours that the address of this page carries; empty for anything else."""
    address = request.GET.get(name, "")
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) and route_of(address) else ""


def route_of(address: str) -> str:
    """Return the name of the page of an address; empty where there is none."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def last_address(address: str) -> str:
    """Return where a row of pages about answers ends: each carries the address of the next."""
    while route_of(address) in BETWEEN and (onward := parse_qs(urlsplit(address).query).get("next")):
        address = onward[0]
    return address


def way_back(request: HttpRequest, came_from: str) -> str:
    """Return where "Back" leads: to where the person came from, never to a sign-in that no one asked for."""
    if came_from:
        return came_from
    is_known = request.user.is_authenticated or cast("SignedInRequest", request).answering is not None
    return reverse("home") if is_known else ""


def crisis_contacts(request: HttpRequest) -> list[dict[str, str]]:
    """Return the clinic's numbers from the person's own device; none where no page of a clinic was ever opened."""
    try:
        contacts = signing.loads(
            request.COOKIES.get(CRISIS_COOKIE, ""), salt=CRISIS_SALT, max_age=CRISIS_COOKIE_SECONDS
        )
    except signing.BadSignature:
        return []
    return cast("list[dict[str, str]]", contacts)


def remember_crisis_contacts(request: HttpRequest, response: HttpResponse, clinic: "Clinic") -> HttpResponse:
    """Leave the clinic's numbers on the device. They are public; the clinic's name stays out."""
    response.set_cookie(
        CRISIS_COOKIE,
        signing.dumps(clinic.crisis_contacts, salt=CRISIS_SALT, compress=True),
        max_age=CRISIS_COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response
