"""The care team's queue of alerts, and what is done about one."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from monitoring.alerts import alerts
from monitoring.alerts.alerts import (
    AlertConflict,
    AlreadyOpen,
    ClinicianMissing,
    ContactMissing,
    EvidenceNotShown,
    NoteMissing,
    QueueFilter,
    ReceiverNotAllowed,
    StepNotAllowed,
)
from monitoring.alerts.forms import AlertCloseForm, AlertGiveForm, AlertReopenForm, AlertStepForm
from monitoring.course.drawing import charts
from monitoring.worklists import queues
from patients import audit
from patients.access.permissions import access, find_or_404, visible_episodes
from patients.access.requests import SignedInRequest

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
    step = request.POST.get("step", "")
    other_ways = {"give": _give, "reopen": _reopen}
    if step in other_ways:
        return other_ways[step](request, alert)
    form = AlertCloseForm(request.POST) if step == "close" else AlertStepForm(request.POST)
    if not form.is_valid():
        return _show_again(request, alert, form, status=422)
    try:
        done = _take_step(request, alert, step, form)
    except AlertConflict as conflict:
        return _show_conflict(request, conflict.alert)
    except StepNotAllowed:
        return _show_conflict(request, alert)
    except (NoteMissing, EvidenceNotShown, ContactMissing, ClinicianMissing) as problem:
        field, words = PROBLEMS[type(problem)]
        form.add_error(field, str(words))
        return _show_again(request, alert, form, status=422)
    return HttpResponseRedirect(_after(request, done))


def _take_step(request: SignedInRequest, alert: "Alert", step: str, form: AlertStepForm) -> "Alert":
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
            at=now,
        )
    return alerts.start_work(
        alert=alert, by=request.user, version=data["version"], note=data["note"], action=data["action"], at=now
    )


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
    except AlertConflict as conflict:
        return _show_conflict(request, conflict.alert)
    except (StepNotAllowed, ReceiverNotAllowed):
        return _show_conflict(request, alert)
    messages.success(request, _("Assigned to %(name)s.") % {"name": to})
    return HttpResponseRedirect(reverse("alert_detail", args=[updated_alert.pk]) + _state(request))


def _reopen(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Open a closed alert again, with the reason."""
    form = AlertReopenForm(request.POST)
    if not form.is_valid():
        return _refuse(request, _queue(request) | _detail(request, alert) | {"reopen_form": form}, status=422)
    data, now = form.cleaned_data, timezone.now()
    try:
        opened = alerts.reopen(alert=alert, by=request.user, version=data["version"], note=data["note"], at=now)
    except AlreadyOpen as other:
        page = _queue(request) | _detail(request, alert) | {"reopen_form": form, "also_open": other.alert}
        return _refuse(request, page, status=409)
    except AlertConflict as conflict:
        return _show_conflict(request, conflict.alert)
    except StepNotAllowed:
        return _show_conflict(request, alert)
    messages.success(request, _("Reopened. It has no owner yet."))
    return HttpResponseRedirect(reverse("alert_detail", args=[opened.pk]))


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


def _detail(
    request: SignedInRequest, alert: "Alert", form: AlertStepForm | None = None, give_form: AlertGiveForm | None = None
) -> dict[str, Any]:
    """Return what the alert shows, and record that it was read.

    No sighting: an alert shows one answer and its note. The patient is told who has looked at the check-in itself.
    """
    alerts.record_reading(alert, by=request.user, at=timezone.now())
    detail = queues.load_detail(alert, at=timezone.now())
    return {
        "detail": detail,
        "form": form or AlertStepForm(initial={"version": alert.version}),
        "give_form": give_form or AlertGiveForm(receivers=alerts.receivers(alert)),
        "reopen_form": AlertReopenForm(initial={"version": alert.version}),
        "course": charts.draw(detail.course) if detail.course else None,
        "is_mine": alert.owner == request.user,
    }


def _show_again(
    request: SignedInRequest,
    alert: "Alert",
    form: AlertStepForm | None = None,
    *,
    status: int,
    give_form: AlertGiveForm | None = None,
) -> HttpResponse:
    """Show the alert with what was typed and what is wrong with it."""
    return _refuse(request, _queue(request) | _detail(request, alert, form, give_form), status=status)


def _show_conflict(request: SignedInRequest, alert: "Alert") -> HttpResponse:
    """Show what someone else did meanwhile; what was typed stays, and can be sent about the alert as it is now."""
    current = _find(request, alert.pk)
    typed = request.POST.copy()
    typed["version"] = str(current.version)
    page = _queue(request) | _detail(request, current, AlertStepForm(typed))
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
