"""The clinic's staffed hours: when somebody reads, and by when an answer can be expected."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from patients.models import Clinic

DAY = timedelta(days=1)
# Check-ins are read by the end of the second working day. Source: the promise on the start card, DESIGN.md 6.
READ_WITHIN_WORKING_DAYS = 2
# A calendar without a single staffed day would search for ever.
LONGEST_SEARCH_DAYS = 400


def is_staffed(clinic: Clinic, at: datetime) -> bool:
    """Say whether somebody is there at an instant."""
    local = at.astimezone(ZoneInfo(clinic.time_zone))
    return _is_working_day(clinic, local.date()) and clinic.staffed_from <= local.time() < clinic.staffed_until


def next_opening(clinic: Clinic, at: datetime) -> datetime | None:
    """Return the instant itself while staffed, else the next opening; None for a clinic without hours."""
    if is_staffed(clinic, at):
        return at
    zone = ZoneInfo(clinic.time_zone)
    today = at.astimezone(zone).date()
    for ahead in range(LONGEST_SEARCH_DAYS):
        day = today + ahead * DAY
        opening = datetime.combine(day, clinic.staffed_from, tzinfo=zone)
        if _is_working_day(clinic, day) and opening >= at:
            return opening
    return None


def after_staffed_minutes(clinic: Clinic, at: datetime, minutes: int) -> datetime | None:
    """Return when so many staffed minutes have passed; the clock stands still while nobody is there."""
    left = timedelta(minutes=minutes)
    moment = next_opening(clinic, at)
    for _ in range(LONGEST_SEARCH_DAYS):
        if moment is None:
            return None
        closing = _closing(clinic, moment)
        if moment + left <= closing:
            return moment + left
        left -= closing - moment
        moment = next_opening(clinic, closing)
    return None


def end_of_working_day(clinic: Clinic, at: datetime, *, days: int) -> datetime | None:
    """Return the end of the given working day after an instant: 1 is the first full working day to come."""
    zone = ZoneInfo(clinic.time_zone)
    day = at.astimezone(zone).date()
    for _ in range(LONGEST_SEARCH_DAYS):
        day += DAY
        days -= _is_working_day(clinic, day)
        if days == 0:
            return datetime.combine(day, clinic.staffed_until, tzinfo=zone)
    return None


def read_by(clinic: Clinic, at: datetime) -> date | None:
    """Return the day by which a check-in given at an instant is read; None for a clinic without hours."""
    end = end_of_working_day(clinic, at, days=READ_WITHIN_WORKING_DAYS)
    return end.date() if end else None


def _is_working_day(clinic: Clinic, day: date) -> bool:
    """Say whether the clinic is staffed on a day."""
    return day.isoweekday() in clinic.staffed_weekdays


def _closing(clinic: Clinic, at: datetime) -> datetime:
    """Return the end of staffed hours on the day of an instant."""
    zone = ZoneInfo(clinic.time_zone)
    return datetime.combine(at.astimezone(zone).date(), clinic.staffed_until, tzinfo=zone)
