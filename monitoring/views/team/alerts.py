"""The care team's queue of alerts, and what is done about one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from monitoring.alerts import alerts, pauses
from monitoring.alerts.alerts import (
    AlertConflict,
    AlreadyOpen,
    NoteMissing,
    QueueFilter,
    ReceiverNotAllowed,
    StepNotAllowed,
)
from monitoring.alerts.closing import AssessmentMissing, ClinicianMissing, ContactMissing, EvidenceNotShown
from monitoring.alerts.forms import (
    AlertCloseForm,
    AlertGiveForm,
    AlertPauseForm,
    AlertReopenForm,
    AlertsHandOverForm,
    AlertStepForm,
    SafetyCloseFields,
    VersionForm,
)
from monitoring.alerts.pauses import LevelNotPossible, PauseNotAllowed
from monitoring.course.drawing import charts
from monitoring.worklists import alert_details, queues
from patients import audit
from patients.access.permissions import access, find_or_404, visible_episodes
from patients.access.requests import SignedInRequest
from patients.people.identities import isolated

if TYPE_CHECKING:
    from monitoring.models import Alert

TEMPLATE = "monitoring/team/alerts.html"
# Exception -> the field it is about, and what to do.
PROBLEMS: dict[type[ValueError], tuple[str, Promise]] = {
    NoteMissing: ("note", gettext_lazy("Choose what you did, or write one sentence")),
    ContactMissing: (
        "action",
        gettext_lazy("A safety answer can be closed only after a contact: talked with the patient, or handed over"),
    ),
    EvidenceNotShown: (
        "action",
        gettext_lazy("First read the answer: it is on this page now. Then close the alert"),
    ),
    ClinicianMissing: (
        "action",
        gettext_lazy("Only a clinician can close a safety answer. Record what you did and keep the alert open"),
    ),
}


@require_GET
@access("alert.read")
def alert_queue(request: SignedInRequest) -> HttpResponse:
    """Show who needs an answer, the most urgent first."""
    return _respond(request, _queue(request))


@require_GET
@access("alert.read")
def alert_detail(request: SignedInRequest, alert_id: UUID) -> HttpResponse:
    """Show why an alert was raised and what happened to it; that it was read is recorded."""
    alert = _find(request, alert_id)
    return _respond(request, _queue(request) | _detail(request, alert))


@require_http_methods(["GET", "POST"])
@access("alert.act")
def alert_step(request: SignedInRequest, alert_id: UUID) -> HttpResponse:
    """Take an alert, record what was done, or close it; who comes back to this address sees the alert."""
    alert = _find(request, alert_id)
    if request.method == "GET":
        return HttpResponseRedirect(reverse("alert_detail", args=[alert.pk]) + _state(request))
    step = STEPS.get(request.POST.get("step", ""), _record)
    try:
        return step(request, alert)
    except AlertConflict as conflict:
        return _show_conflict(request, conflict.alert)
    except StepNotAllowed:
        return _show_conflict(request, alert)


@require_http_methods(["GET", "POST"])
@access("alert.act")
def hand_over_alerts(request: SignedInRequest) -> HttpResponse:
    """Give one's open alerts to a colleague, with one note."""
    mine = queues.load_mine(
        episodes=visible_episodes(user=request.user, roles=request.clinic_roles), user=request.user, at=timezone.now()
    )
    choices = [(str(row.id), f"{isolated(row.who)}, {row.identity}: {row.kind}. {row.clock.words}") for row in mine]
    form = AlertsHandOverForm(request.POST or None, colleagues=alerts.colleagues(request.user), mine=choices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = [UUID(pk) for pk in data["chosen"]]
        kept = alerts.hand_over(chosen=chosen, to=data["to"], by=request.user, note=data["note"], at=timezone.now())
        if kept:
            messages.warning(
                request,
                ngettext(
                    "%(n)s alert stays yours: %(name)s is not on that care team.",
                    "%(n)s alerts stay yours: %(name)s is not on those care teams.",
                    len(kept),
                )
                % {"n": len(kept), "name": data["to"]},
            )
        if len(kept) < len(chosen):
            messages.success(request, _("Handed over to %(name)s, with your note.") % {"name": data["to"]})
        return HttpResponseRedirect(reverse("alert_queue"))
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(
        request, "monitoring/team/hand_over_alerts.html", {"form": form, "mine": mine}, status=status
    )


def _record(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Take an alert, record what was done so far, or close it."""
    step = request.POST.get("step", "")
    form = AlertCloseForm(request.POST) if step == "close" else AlertStepForm(request.POST)
    is_end_of_safety = step == "close" and alert.is_safety
    # What was typed to close it is kept when it is only recorded, and asked for when it is closed.
    found = SafetyCloseFields(request.POST if is_end_of_safety else None, initial=request.POST.dict())
    if not form.is_valid():
        return _show_again(request, alert, status=422, form=form, found=found)
    try:
        done = _take_step(request, alert, step, form, found)
    except AssessmentMissing:
        # Its own fields say what is missing.
        return _show_again(request, alert, status=422, form=form, found=found)
    except (NoteMissing, EvidenceNotShown, ContactMissing, ClinicianMissing) as problem:
        field, words = PROBLEMS[type(problem)]
        form.add_error(field, str(words))
        return _show_again(request, alert, status=422, form=form, found=found)
    return HttpResponseRedirect(_after(request, done))


def _take_step(
    request: SignedInRequest, alert: "Alert", step: str, form: AlertStepForm, found: SafetyCloseFields
) -> "Alert":
    """Do what was asked for; anything but taking and closing is recorded and keeps the alert open."""
    now, data = timezone.now(), form.cleaned_data
    if step == "acknowledge":
        return alerts.acknowledge(alert=alert, by=request.user, version=data["version"], at=now)
    if step == "close":
        return alerts.close(
            alert=alert,
            by=request.user,
            version=data["version"],
            action=form.action_given,
            note=data["note"],
            shown=data["shown"],
            assessment=found.assessment if alert.is_safety and found.is_valid() else None,
            at=now,
        )
    return alerts.start_work(
        alert=alert, by=request.user, version=data["version"], note=data["note"], action=data["action"], at=now
    )


def _keep(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Record that the owner is still on it."""
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _show_conflict(request, alert)
    kept = alerts.keep(alert=alert, by=request.user, version=form.cleaned_data["version"], at=timezone.now())
    messages.success(request, _("Recorded: you are still on it."))
    return HttpResponseRedirect(reverse("alert_detail", args=[kept.pk]) + _state(request))


def _pass_on(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Record "not me"; the next one is told at once."""
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _show_conflict(request, alert)
    version, now = form.cleaned_data["version"], timezone.now()
    passed = alerts.pass_on(alert=alert, by=request.user, version=version, at=now)
    messages.success(request, _("Passed on. The next person has been notified."))
    return HttpResponseRedirect(reverse("alert_detail", args=[passed.pk]) + _state(request))


def _pause(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Leave the alert alone for a while, or close it because its level is the new normal."""
    now = timezone.now()
    form = AlertPauseForm(request.POST, alert=alert, at=now)
    if not form.is_valid():
        return _show_again(request, alert, status=422, pause_form=form)
    data = form.cleaned_data
    given = {"alert": alert, "by": request.user, "version": data["version"], "note": data["note"], "at": now}
    try:
        if form.is_new_normal:
            done = pauses.accept(agreed=form.agreed_level, **given)
        else:
            done = pauses.pause(until=data["until_at"], agreed=form.agreed, **given)
    except PauseNotAllowed:
        form.add_error(None, _("This alert cannot be paused until this time. Choose a time within four weeks."))
        return _show_again(request, alert, status=422, pause_form=form)
    except LevelNotPossible:
        form.add_error("level", _("Choose a level from 0 to 10."))
        return _show_again(request, alert, status=422, pause_form=form)
    if not done.is_open:
        return HttpResponseRedirect(_after(request, done))
    messages.success(request, _("Paused. It comes back by itself."))
    return HttpResponseRedirect(reverse("alert_queue") + _state(request))


def _give(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Give the alert to a named colleague."""
    form = AlertGiveForm(request.POST, receivers=alerts.receivers(alert))
    if not form.is_valid():
        return _show_again(request, alert, status=422, give_form=form)
    to, data = form.cleaned_data["to"], form.cleaned_data
    now = timezone.now()
    try:
        updated_alert = alerts.give(
            alert=alert, to=to, by=request.user, version=data["version"], note=data["note"], at=now
        )
    except ReceiverNotAllowed:
        return _show_conflict(request, alert)
    messages.success(request, _("Assigned to %(name)s.") % {"name": to})
    return HttpResponseRedirect(reverse("alert_detail", args=[updated_alert.pk]) + _state(request))


def _reopen(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Open a closed alert again, with the reason."""
    form = AlertReopenForm(request.POST)
    if not form.is_valid():
        return _show_again(request, alert, status=422, reopen_form=form)
    data, now = form.cleaned_data, timezone.now()
    try:
        opened = alerts.reopen(alert=alert, by=request.user, version=data["version"], note=data["note"], at=now)
    except AlreadyOpen as other:
        return _show_again(request, alert, status=409, reopen_form=form, also_open=other.alert)
    messages.success(request, _("Reopened. It has no owner yet."))
    return HttpResponseRedirect(reverse("alert_detail", args=[opened.pk]))


STEPS: dict[str, Callable[[SignedInRequest, "Alert"], HttpResponse]] = {
    "give": _give,
    "reopen": _reopen,
    "keep": _keep,
    "not_me": _pass_on,
    "pause": _pause,
}


def _find(request: SignedInRequest, alert_id: UUID) -> "Alert":
    """Return an alert of an episode that the person may see."""
    episodes = visible_episodes(user=request.user, roles=request.clinic_roles)
    return find_or_404(alerts.seen_alerts(episodes=episodes), alert_id)


def _which(request: SignedInRequest) -> QueueFilter:
    """Return the list that the address names; the open alerts where the name is unknown."""
    value = request.GET.get("show", "")
    return QueueFilter(value) if value in set(QueueFilter) else QueueFilter.OPEN


def _queue(request: SignedInRequest) -> dict[str, Any]:
    """Return what the list shows, and record that its names were read."""
    queue = queues.load_queue(
        episodes=visible_episodes(user=request.user, roles=request.clinic_roles),
        which=_which(request),
        page_number=request.GET.get("page", "1"),
        user=request.user,
        at=timezone.now(),
    )
    audit.record_list(by=request.user, patients=len(queue.rows), at=timezone.now())
    return {"queue": queue, "state": _state(request)}


def _state(request: SignedInRequest) -> str:
    """Return the address part that keeps the list as it is."""
    which = _which(request)
    return "" if which is QueueFilter.OPEN else f"?{urlencode({'show': which.value})}"


def _detail(request: SignedInRequest, alert: "Alert", **shown: forms.Form) -> dict[str, Any]:
    """Return what the alert shows, and record that it was read.

    No sighting: an alert shows one answer and its note. The patient is told who has looked at the check-in itself.

    Args:
        request: the request.
        alert: which one.
        shown: forms that were filled in, in place of the empty ones.
    """
    now = timezone.now()
    alerts.record_reading(alert, by=request.user, at=now)
    detail = alert_details.load_detail(alert, at=now)
    empty: dict[str, Any] = {
        "form": AlertStepForm(initial={"version": alert.version}),
        "found": SafetyCloseFields(),
        "give_form": AlertGiveForm(receivers=alerts.receivers(alert)),
        "reopen_form": AlertReopenForm(initial={"version": alert.version}),
        "pause_form": AlertPauseForm(alert=alert, at=now) if detail.may_pause else None,
    }
    return {
        **empty,
        **shown,
        "detail": detail,
        "course": charts.draw(detail.course) if detail.course else None,
        "is_mine": alert.owner == request.user,
    }


def _show_again(
    request: SignedInRequest, alert: "Alert", *, status: int, also_open: "Alert | None" = None, **shown: forms.Form
) -> HttpResponse:
    """Show the alert with what was typed and what is wrong with it."""
    page = _queue(request) | _detail(request, alert, **shown) | {"also_open": also_open}
    return _refuse(request, page, status=status)


def _show_conflict(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Show what someone else did meanwhile; what was typed stays, and can be sent about the alert as it is now."""
    current = _find(request, alert.pk)
    typed = request.POST.copy()
    typed["version"] = str(current.version)
    page = _queue(request) | _detail(
        request, current, form=AlertStepForm(typed), found=SafetyCloseFields(initial=typed.dict())
    )
    page |= {"conflict": page["detail"].events[0], "typed_note": typed.get("note", "")}
    return _refuse(request, page, status=409)


def _after(request: SignedInRequest, done: "Alert") -> str:
    """Say that it is recorded, and return where to go: on with the next alert after closing, else stay."""
    if done.is_open:
        messages.success(request, _("Recorded. The alert stays open."))
        return reverse("alert_detail", args=[done.pk]) + _state(request)
    messages.success(request, _("Closed, with your note."))
    following = _queue(request)["queue"].rows
    if _which(request) is QueueFilter.CLOSED or not following:
        return reverse("alert_queue") + _state(request)
    return reverse("alert_detail", args=[following[0].id]) + _state(request)


def _refuse(request: SignedInRequest, page: dict[str, Any], *, status: int) -> HttpResponse:
    """Answer that nothing was recorded; the address stays, because a step has no page of its own."""
    answer = _respond(request, page | {"has_problem": True})
    answer.status_code = status
    answer["HX-Push-Url"] = "false"
    return answer


def _respond(request: SignedInRequest, page: dict[str, Any]) -> HttpResponse:
    """Answer with the page, or with the inbox, the count beside it and what was just done where a script asks."""
    template = f"{TEMPLATE}#inbox" if request.htmx else TEMPLATE
    return TemplateResponse(request, template, page | {"is_part": bool(request.htmx)})
