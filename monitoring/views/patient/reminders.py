"""Getting to a check-in: the link of a message, "not now", when messages come, and pauses."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from monitoring.alerts import promises
from monitoring.check_ins import contents, open_forms, weeks
from monitoring.check_ins.pages import minutes_for, page_count
from monitoring.messages import reminders
from monitoring.messages.forms import NO_MESSAGES, PauseForm, ReminderForm
from monitoring.messages.reminders import Later, LinkAnswered, LinkClosed
from monitoring.plans import plans
from monitoring.plans.plans import LONGEST_PAUSE, PauseRefused
from monitoring.views.patient.check_ins import first_open_page
from monitoring.views.patient.crisis import remember_crisis_contacts
from patients.access import link_sessions
from patients.access.permissions import access, answering_episode_or_404, get_episode_or_404, own_episode_or_404
from patients.access.requests import Answering, SignedInRequest
from patients.clinics import crisis, hours
from patients.people import languages
from patients.tenancy import clinic_context

if TYPE_CHECKING:
    from monitoring.models import CheckInSlot, MonitoringPlan

# --- The link of a message ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@access("public")
def open_link(request: HttpRequest, link: str) -> HttpResponse:
    """Show the start card of a link; a POST starts. A GET changes nothing: mail scanners follow links."""
    now = timezone.now()
    try:
        with clinic_context(clinic_id=reminders.clinic_of_token(link)):
            if request.method == "POST":
                return _start(request, link, now)
            slot = reminders.find_link(token=link, at=now)
            languages.speak(request, languages.of_patient(slot.episode.patient))
            page = _card(slot, now) | {"start_url": request.path, "later_url": request.path}
    except LinkClosed as closed:
        return _closed(request, link, has_been_sent=isinstance(closed, LinkAnswered))
    card = TemplateResponse(request, "monitoring/patient/reminders_start.html", page)
    return remember_crisis_contacts(request, card, page["clinic"])


def _closed(request: HttpRequest, link: str, *, has_been_sent: bool) -> HttpResponse:
    """Say that a link opens nothing any more; the clinic's numbers stay within reach."""
    code = _code_in(link)
    page = {"link": link, "has_been_sent": has_been_sent, "help_code": code}
    clinic = crisis.find_clinic(code)
    answer = TemplateResponse(request, "monitoring/patient/reminders_closed.html", page, status=404)
    return remember_crisis_contacts(request, answer, clinic) if clinic else answer


def _start(request: HttpRequest, link: str, now: datetime) -> HttpResponse:
    """Put the week off, or open its form for this browser and go to the first question that is not answered."""
    if "later" in request.POST:
        return _put_off(request, reminders.find_link(token=link, at=now), now)
    slot, patient = reminders.open_link(token=link, at=now)
    languages.speak(request, patient.language)
    if request.user != patient:
        answering = Answering(clinic_id=slot.clinic_id, user=patient, slot_id=slot.pk, start_url=reverse("link_start"))
        link_sessions.begin(request, answering, at=now)
    form = open_forms.begin(episode=slot.episode, is_short=request.POST.get("form") == "short", slot=slot, at=now)
    return remember_crisis_contacts(request, first_open_page(form), slot.clinic)


def _card(slot: "CheckInSlot", now: datetime) -> dict[str, Any]:
    """Return what the start card shows: nothing that the message did not say."""
    zone = slot.episode.patient.time_zone
    return {
        "clinic": slot.clinic,
        "help_code": crisis.code_of(slot.clinic),
        "week_of": slot.week_of,
        "short_questions": len(contents.SHORT_FORM),
        "minutes": minutes_for(page_count(contents.content_of(slot, is_short=False, at=now))),
        "read_by": hours.read_by(slot.clinic, now, reader_zone=zone),
        "hours": hours.in_words(slot.clinic, now, reader_zone=zone),
        "opens": hours.opening_in_words(slot.clinic, now, reader_zone=zone),
        "later": [later.value for later in reminders.offered_later(slot, at=now)],
    }


def _code_in(link: str) -> str:
    """Return what a link says of its clinic, whether there is one or not: all closed links look the same."""
    return link.partition(".")[0].partition("/")[0] or "0"


@require_POST
@access("public")
def new_link(request: HttpRequest) -> HttpResponse:
    """Promise a new link, whatever the old one was; one is sent only where a week is open."""
    link = request.POST.get("link", "")
    try:
        with clinic_context(clinic_id=reminders.clinic_of_token(link)):
            reminders.renew_link(token=link, at=timezone.now())
    except LinkClosed:
        pass  # the answer is the same
    page = {"help_code": _code_in(link)}
    return TemplateResponse(request, "monitoring/patient/reminders_renewed.html", page)


@require_GET
@access("check_in.answer")
def link_start(request: SignedInRequest) -> HttpResponse:
    """Show the start card to whoever came by a link: what the home page is to those who signed in."""
    if request.answering is None:
        return HttpResponseRedirect(reverse("home"))
    now = timezone.now()
    slot = weeks.find_slot(answering_episode_or_404(request), str(request.answering.slot_id))
    if slot is None or not weeks.is_to_be_answered(slot, at=now):
        return HttpResponseRedirect(reverse("link_receipt"))
    page = _card(slot, now) | {"start_url": reverse("start_check_in"), "later_url": reverse("ask_later")}
    return TemplateResponse(request, "monitoring/patient/reminders_start.html", page)


@require_GET
@access("check_in.answer")
def link_receipt(request: SignedInRequest) -> HttpResponse:
    """Say that it is with the team; the record stays behind the sign-in."""
    if request.answering is None:
        return HttpResponseRedirect(reverse("check_in_done"))
    episode, now = answering_episode_or_404(request), timezone.now()
    slot = weeks.find_slot(episode, str(request.answering.slot_id))
    answered_at, zone = slot.answered_at if slot else None, episode.patient.time_zone
    page = {
        "answered_at": answered_at,
        "read_by": hours.read_by(request.clinic, answered_at, reader_zone=zone) if answered_at else None,
        "promises": promises.open_promises(episode, slot=slot, at=now) if slot else [],
        "next_due": plans.next_due(episode, at=now),
    }
    return TemplateResponse(request, "monitoring/patient/reminders_receipt.html", page)


# --- Not now --------------------------------------------------------------------------------------------------------


@require_POST
@access("check_in.answer")
def ask_later(request: SignedInRequest) -> HttpResponse:
    """Write again this evening or tomorrow."""
    now = timezone.now()
    slot = plans.open_slot(answering_episode_or_404(request), at=now)
    if slot is None or (request.answering is not None and request.answering.slot_id != slot.pk):
        return HttpResponseRedirect(reverse("home"))
    return _put_off(request, slot, now)


def _put_off(request: HttpRequest, slot: "CheckInSlot", now: datetime) -> HttpResponse:
    """Move the next message and say when it comes."""
    chosen = request.POST.get("later", "")
    instant = reminders.postpone(slot=slot, later=Later(chosen), at=now) if chosen in set(Later) else None
    page = {
        "asked_at": reminders.on_own_clock(slot, instant) if instant else None,
        "clinic": slot.clinic,
        "help_code": crisis.code_of(slot.clinic),
    }
    return TemplateResponse(request, "monitoring/patient/reminders_later.html", page)


# --- When messages come ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@access("own.write")
def my_reminders(request: SignedInRequest) -> HttpResponse:
    """Show and change the day, the hour, the place and the way of messages."""
    plan = plans.of_episode(own_episode_or_404(request))
    if plan is None:
        return TemplateResponse(request, "monitoring/patient/reminders.html", {"plan": None})
    form = ReminderForm(request.POST if request.method == "POST" else None, initial=_chosen(plan))
    if request.method == "GET" or not form.is_valid():
        return _preferences(request, plan, form, _pause_form(plan), status=200 if request.method == "GET" else 422)
    now, data = timezone.now(), form.cleaned_data
    plans.change_rhythm(
        plan=plan,
        weekday=data["weekday"],
        local_time=data["local_time"],
        time_zone=data["time_zone"],
        by=request.user,
        at=now,
    )
    reminders.choose(plan=plan, channel=form.channel_given, by=request.user, at=now)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("my_reminders"))


def _chosen(plan: "MonitoringPlan") -> dict[str, Any]:
    """Return what is agreed now, as the form writes it."""
    return {
        "weekday": plan.weekday,
        "local_time": plan.local_time,
        "time_zone": plan.time_zone,
        "channel": reminders.channel_of(plan) or NO_MESSAGES,
    }


def _preferences(
    request: SignedInRequest, plan: "MonitoringPlan", form: ReminderForm, pause_form: PauseForm, *, status: int
) -> HttpResponse:
    """Return the page with both forms."""
    page = {"plan": plan, "form": form, "pause_form": pause_form, "pause": plans.pause_of(plan)}
    return TemplateResponse(request, "monitoring/patient/reminders.html", page, status=status)


# --- Pauses ---------------------------------------------------------------------------------------------------------


@require_POST
@access("own.write")
def pause_check_ins(request: SignedInRequest) -> HttpResponse:
    """Pause the own check-ins, until a day or until further notice."""
    plan = plans.of_episode(own_episode_or_404(request))
    if plan is None:
        return HttpResponseRedirect(reverse("my_reminders"))
    form = _pause_form(plan, request.POST)
    if not _pause(request, plan, form):
        return _preferences(request, plan, ReminderForm(initial=_chosen(plan)), form, status=422)
    return HttpResponseRedirect(reverse("my_reminders"))


@require_POST
@access("own.write")
def resume_check_ins(request: SignedInRequest) -> HttpResponse:
    """Go on with the own check-ins."""
    plan = plans.of_episode(own_episode_or_404(request))
    if plan is not None:
        plans.resume(plan=plan, by=request.user, at=timezone.now())
        messages.success(request, _("Check-ins have started again."))
    return HttpResponseRedirect(reverse("my_reminders"))


@require_http_methods(["GET", "POST"])
@access("care.organise")
def pause_episode(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Pause a patient's check-ins, or go on with them."""
    episode = get_episode_or_404(request, episode_id)
    plan = plans.of_episode(episode)
    form = _pause_form(plan, request.POST if request.method == "POST" else None) if plan else None
    page = {"episode": episode, "form": form, "pause": plans.pause_of(plan) if plan else None}
    if plan is None or form is None or request.method == "GET":
        return TemplateResponse(request, "monitoring/patient/reminders_pause.html", page)
    if request.POST.get("step") == "resume":
        plans.resume(plan=plan, by=request.user, at=timezone.now())
    elif not _pause(request, plan, form):
        return TemplateResponse(request, "monitoring/patient/reminders_pause.html", page, status=422)
    return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))


def _pause_form(plan: "MonitoringPlan", data: QueryDict | None = None) -> PauseForm:
    """Return the form with the days on which a pause can end."""
    today = plans.local_day(timezone.now(), plan.time_zone)
    return PauseForm(data, first=today + timedelta(days=1), last=today + LONGEST_PAUSE)


def _pause(request: SignedInRequest, plan: "MonitoringPlan", form: PauseForm) -> bool:
    """Pause as a valid form says; say in words what is wrong with it, and return whether nothing was."""
    if not form.is_valid():
        return False
    try:
        plans.pause(
            plan=plan,
            reason=form.reason_given,
            until=form.cleaned_data["until"],
            by=request.user,
            at=timezone.now(),
        )
    except PauseRefused:
        form.add_error("until", _("Choose a day after today and within three months, or leave it empty"))
        return False
    messages.success(request, _("Check-ins are paused."))
    return True
