"""Days on which nobody is there: public holidays that the clinic checked, and closures that it planned.

The package proposes, the clinic decides: it alone knows whether it is open on Easter Monday.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
from babel import Locale
from django.db import transaction
from django.utils.translation import get_language, to_locale

from patients import audit, zones
from patients.models import Clinic, User
from patients.models.audit import AuditAction

# The package's names where it has none in the reader's language.
COMMON_LANGUAGES = ("en_US", "en_GB")
# So long before the checked days run out the clinic is asked to check the next ones. Judgement, 2026-11-30: planners
# for the coming year are made in November.
CHECK_AGAIN_BEFORE = timedelta(days=45)
MOST_CLOSURES = 20
LONGEST_CLOSURE = timedelta(days=92)


@dataclass(frozen=True, kw_only=True)
class PublicHoliday:
    """A public holiday of a country or region, by its name in the reader's language where there is one."""

    day: date
    name: str


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Days, from the first to the last, on which the clinic is closed."""

    first: date
    last: date
    label: str


class ClosureNotPossible(ValueError):
    """A closure that ends before it begins, is over, is longer than three months, or is one too many."""


def countries() -> list[tuple[str, str]]:
    """Return the countries whose public holidays are known, by their names in the reader's language."""
    names = _locale().territories
    known = ((code, names.get(code, code)) for code in holidays.list_supported_countries(include_aliases=False))
    return sorted(known, key=lambda pair: pair[1])


def regions(country: str) -> list[tuple[str, str]]:
    """Return the regions of a country whose holidays differ; empty where there are none.

    Args:
        country: the ISO 3166-1 code, two letters.
    """
    if country not in holidays.list_supported_countries(include_aliases=False):
        return []
    calendar = holidays.country_holidays(country)
    names = {code: name for name, code in calendar.subdivisions_aliases.items()}
    return sorted(((code, names.get(code, code)) for code in calendar.subdivisions), key=lambda pair: pair[1])


def public_holidays(country: str, region: str, *, years: Sequence[int]) -> list[PublicHoliday]:
    """Return the public holidays of a country and region, the earliest first; none of an unknown one.

    Names follow the reader's language, never that of the server: the package would take the language of its process.
    """
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known or (region and region not in known[country]):
        return []
    return list(_public_holidays(country, region, tuple(years), _language_for(country)))


@lru_cache(maxsize=64)
def _public_holidays(country: str, region: str, years: tuple[int, ...], language: str | None) -> list[PublicHoliday]:
    found = holidays.country_holidays(country, subdiv=region or None, years=years, language=language)
    return [PublicHoliday(day=day, name=name) for day, name in sorted(found.items())]


def _language_for(country: str) -> str | None:
    """Return the reader's language where the country's holidays have names in it, else English, else the country's."""
    offered = holidays.country_holidays(country).supported_languages
    own = to_locale(get_language() or "en")
    wanted = (own, own.partition("_")[0], *COMMON_LANGUAGES)
    return next((language for language in wanted if language in offered), None)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))


def closures(clinic: Clinic, *, at: datetime) -> list[Closure]:
    """Return the closures that are not over, the next first."""
    today = zones.local_day(at, clinic.time_zone)
    planned = [
        Closure(
            first=date.fromisoformat(one["first"]), last=date.fromisoformat(one["last"]), label=one.get("label", "")
        )
        for one in clinic.closures
    ]
    return sorted((one for one in planned if one.last >= today), key=lambda one: one.first)


def need_checking(clinic: Clinic, *, at: datetime) -> bool:
    """Say whether the clinic should look at its public holidays: it never did, or the checked days run out."""
    today = zones.local_day(at, clinic.time_zone)
    return clinic.holidays_until is None or clinic.holidays_until - today < CHECK_AGAIN_BEFORE


@transaction.atomic
def keep_holidays(
    *, clinic: Clinic, country: str, region: str, closed: Sequence[date], until: date, by: User, at: datetime
) -> None:
    """Keep on which public holidays the clinic is closed, as somebody checked them.

    Args:
        clinic: whose days.
        country: the ISO 3166-1 code, or empty for a clinic that keeps none.
        region: the code of the package, or empty.
        closed: the days on which nobody is there.
        until: the last day that was checked.
        by: who checked.
        at: now.
    """
    current = Clinic.objects.select_for_update().get(pk=clinic.pk)
    current.holiday_country, current.holiday_region = country, region
    current.closed_days, current.holidays_until = sorted(set(closed)), until
    current.calendar_version += 1
    current.save()
    audit.record(AuditAction.CLINIC_CHANGED, by=by, about=current, at=at)


@transaction.atomic
def plan_closure(*, clinic: Clinic, closure: Closure, by: User, at: datetime) -> None:
    """Close the clinic for some days; it opens again by itself.

    Raises:
        ClosureNotPossible: the days are none that could be planned.
    """
    current = Clinic.objects.select_for_update().get(pk=clinic.pk)
    standing = closures(current, at=at)
    today = zones.local_day(at, current.time_zone)
    if not today <= closure.last or not closure.first <= closure.last <= closure.first + LONGEST_CLOSURE:
        raise ClosureNotPossible
    if len(standing) >= MOST_CLOSURES:
        raise ClosureNotPossible
    _keep_closures(current, [*standing, closure], by=by, at=at)


@transaction.atomic
def remove_closure(*, clinic: Clinic, first: date, by: User, at: datetime) -> None:
    """Take out the closures that begin on a day."""
    current = Clinic.objects.select_for_update().get(pk=clinic.pk)
    _keep_closures(current, [one for one in closures(current, at=at) if one.first != first], by=by, at=at)


def _keep_closures(clinic: Clinic, planned: Sequence[Closure], *, by: User, at: datetime) -> None:
    clinic.closures = [
        {"first": one.first.isoformat(), "last": one.last.isoformat(), "label": one.label} for one in planned
    ]
    clinic.calendar_version += 1
    clinic.save(update_fields=["closures", "calendar_version"])
    audit.record(AuditAction.CLINIC_CHANGED, by=by, about=clinic, at=at)
