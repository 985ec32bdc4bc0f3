"""Setting up a clinic, step by step: what is done, what is missing, and a test of who would be told."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from monitoring.escalation import drills, policies
from monitoring.escalation.drills import DrillLine
from patients.access.permissions import access
from patients.access.requests import SignedInRequest
from patients.clinics import days_off
from patients.people import people


@dataclass(frozen=True, kw_only=True)
class SetUpStep:
    """One thing that a clinic needs before it begins, and whether it is there."""

    name: str | Promise
    why: str | Promise
    route: str
    is_done: bool

    @property
    def url(self) -> str:
        """Return where it is done."""
        return reverse(self.route)


@require_GET
@access("clinic.manage")
def clinic_set_up(request: SignedInRequest) -> HttpResponse:
    """Show what is done and what is missing."""
    return _page(request)


@require_POST
@access("clinic.manage")
def hold_drill(request: SignedInRequest) -> HttpResponse:
    """Send everybody of the chain a test message, and show what came of it."""
    return _page(request, drill=drills.hold(clinic=request.clinic, by=request.user, at=timezone.now()))


def _steps(request: SignedInRequest) -> list[SetUpStep]:
    clinic, now = request.clinic, timezone.now()
    policy = policies.present()
    return [
        SetUpStep(
            name=gettext_lazy("Names and staffed hours"),
            why=gettext_lazy("Every clock and every promise to patients runs in these hours."),
            route="clinic_safety",
            is_done=bool(clinic.staffed_weekdays and clinic.public_name),
        ),
        SetUpStep(
            name=gettext_lazy("Public holidays and closures"),
            why=gettext_lazy("Clocks stand still on days on which nobody is there."),
            route="days_off",
            is_done=not days_off.need_checking(clinic, at=now),
        ),
        SetUpStep(
            name=gettext_lazy("Numbers to call in a crisis"),
            why=gettext_lazy("Patients see them on every page of help."),
            route="clinic_safety",
            is_done=bool(clinic.crisis_contacts),
        ),
        SetUpStep(
            name=gettext_lazy("Two people who answer"),
            why=gettext_lazy("Clinicians or coordinators with an account of their own."),
            route="people",
            is_done=people.responders() >= people.MINIMUM_RESPONDERS,
        ),
        SetUpStep(
            name=gettext_lazy("Who is notified when nobody answers"),
            why=gettext_lazy("A second responder and a lead."),
            route="clinic_responders",
            is_done=policy is not None and policy.second is not None and policy.lead is not None,
        ),
        SetUpStep(
            name=gettext_lazy("Test alert"),
            why=gettext_lazy("Hold it once, and ask everybody whether the message came."),
            route="clinic_set_up",
            is_done=drills.last_held_at() is not None,
        ),
    ]


def _page(request: SignedInRequest, *, drill: list[DrillLine] | None = None) -> HttpResponse:
    steps = _steps(request)
    page = {
        "steps": steps,
        "missing": sum(not step.is_done for step in steps),
        "may_ask": people.can_take_risk_answers(request.clinic),
        "drill": drill,
        "last_held_at": drills.last_held_at(),
    }
    return TemplateResponse(request, "monitoring/clinic/set_up.html", page)
