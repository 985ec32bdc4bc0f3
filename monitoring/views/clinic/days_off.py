"""On which days nobody is there: public holidays that the clinic checks, and closures that it plans."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from monitoring.worklists import fallen_into
from patients import zones
from patients.access.permissions import access
from patients.access.requests import SignedInRequest
from patients.clinics import days_off
from patients.clinics.days_off import Closure, ClosureNotPossible
from patients.clinics.forms import ClosureForm, HolidayPlaceForm, HolidaysForm

TEMPLATE = "monitoring/clinic/days_off.html"


@require_GET
@access("clinic.manage")
def clinic_days_off(request: SignedInRequest) -> HttpResponse:
    """Show the public holidays of the chosen place, to be checked, and the closures that are planned."""
    return _page(request)


@require_POST
@access("clinic.manage")
def keep_holidays(request: SignedInRequest) -> HttpResponse:
    """Keep on which of the shown holidays nobody is there."""
    country, region = _place(request)
    form = HolidaysForm(request.POST, proposed=_proposed(request, country, region))
    if not form.is_valid():
        return _page(request, holidays=form, status=422)
    now = timezone.now()
    days_off.keep_holidays(
        clinic=request.clinic,
        country=country,
        region=region,
        closed=form.cleaned_data["closed"],
        until=date(_years(request)[-1], 12, 31),
        by=request.user,
        at=now,
    )
    messages.success(request, _("Saved. The clocks of alerts stand still on these days."))
    return HttpResponseRedirect(reverse("days_off"))


@require_POST
@access("clinic.manage")
def plan_closure(request: SignedInRequest) -> HttpResponse:
    """Plan days on which the clinic is closed."""
    form = ClosureForm(request.POST)
    if form.is_valid():
        now, closure = timezone.now(), Closure(**form.cleaned_data)
        try:
            days_off.plan_closure(clinic=request.clinic, closure=closure, by=request.user, at=now)
        except ClosureNotPossible:
            form.add_error("last", _("Choose days that are not over, three months at most."))
        else:
            messages.success(request, _("Saved. The clinic opens again by itself."))
            return HttpResponseRedirect(reverse("days_off"))
    return _page(request, closure_form=form, status=422)


@require_POST
@access("clinic.manage")
def remove_closure(request: SignedInRequest) -> HttpResponse:
    """Take out a closure that was planned."""
    try:
        day = date.fromisoformat(request.POST.get("first", ""))
    except ValueError:
        return _page(request, status=422)
    days_off.remove_closure(clinic=request.clinic, first=day, by=request.user, at=timezone.now())
    messages.success(request, _("Removed. The clinic is staffed as usual on these days."))
    return HttpResponseRedirect(reverse("days_off"))


def _place(request: SignedInRequest) -> tuple[str, str]:
    """Return the country and region that were asked for; the stored ones where none was."""
    sent = request.POST if request.method == "POST" else request.GET
    if "country" in sent:
        return sent["country"], sent.get("region", "")
    return request.clinic.holiday_country, request.clinic.holiday_region


def _years(request: SignedInRequest) -> tuple[int, int]:
    """Return the years whose holidays are shown: this one and the next."""
    year = zones.local_day(timezone.now(), request.clinic.time_zone).year
    return year, year + 1


def _proposed(request: SignedInRequest, country: str, region: str) -> list[days_off.PublicHoliday]:
    """Return the holidays of a place that are not over."""
    today = zones.local_day(timezone.now(), request.clinic.time_zone)
    found = days_off.public_holidays(country, region, years=_years(request))
    return [one for one in found if one.day >= today]


def _page(
    request: SignedInRequest,
    *,
    holidays: HolidaysForm | None = None,
    closure_form: ClosureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now, clinic = timezone.now(), request.clinic
    country, region = _place(request)
    proposed = _proposed(request, country, region)
    # A place that was not kept yet: every day is proposed as closed. One that was: as the clinic checked it, and what
    # came after the checked days as proposed.
    is_kept = (country, region) == (clinic.holiday_country, clinic.holiday_region)
    checked_until = clinic.holidays_until if is_kept else None
    closed = [
        one.day.isoformat()
        for one in proposed
        if checked_until is None or one.day > checked_until or one.day in clinic.closed_days
    ]
    place = HolidayPlaceForm(initial={"country": country, "region": region}, country=country)
    planned = days_off.closures(clinic, at=now)
    context = {
        "place": place,
        "holidays": holidays or HolidaysForm(initial={"closed": closed}, proposed=proposed),
        "proposed": proposed,
        "country": country,
        "region": region,
        "place_state": urlencode({"country": country, "region": region}),
        "closures": [(one, fallen_into.count(clinic, one.first, one.last)) for one in planned],
        "closure_form": closure_form or ClosureForm(),
        "need_checking": days_off.need_checking(clinic, at=now),
        "checked_until": clinic.holidays_until,
    }
    return TemplateResponse(request, TEMPLATE, context, status=status)
