"""The clinic's staffed hours: when someone reads, and by when an answer can be expected."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from patients.models import Clinic

MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5]
DAY = timedelta(days=1)
# Check-ins are read by the end of the second working day. Source: the promise on the start card,
# docs/design.md#check-in.
READ_WITHIN_WORKING_DAYS = 2
# A calendar without a single staffed day would search for ever.
LONGEST_SEARCH_DAYS = 400


def is_staffed(clinic: Clinic, at: datetime) -> bool:
    """Say whether someone is there at an instant."""
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
    """Return when so many staffed minutes have passed; the clock stands still while no one is there.

    Minutes are real ones, in UTC: on the wall clock a night in which it changes is an hour longer or shorter.
    """
    remainder = timedelta(minutes=minutes)
    moment = next_opening(clinic, at)
    for _step in range(LONGEST_SEARCH_DAYS):
        if moment is None:
            return None
        opened, closing = moment.astimezone(UTC), _closing(clinic, moment).astimezone(UTC)
        if opened + remainder <= closing:
            return opened + remainder
        remainder -= closing - opened
        moment = next_opening(clinic, closing)
    return None


def end_of_working_day(clinic: Clinic, at: datetime, *, days: int) -> datetime | None:
    """Return the end of the given working day after an instant: 1 is the first full working day to come."""
    zone = ZoneInfo(clinic.time_zone)
    day = at.astimezone(zone).date()
    for _step in range(LONGEST_SEARCH_DAYS):
        day += DAY
        days -= _is_working_day(clinic, day)
        if days == 0:
            return datetime.combine(day, clinic.staffed_until, tzinfo=zone)
    return None


def read_by(clinic: Clinic, at: datetime) -> date | None:
    """Return the day by which a check-in given at an instant is read; None for a clinic without hours."""
    end = end_of_working_day(clinic, at, days=READ_WITHIN_WORKING_DAYS)
    return end.date() if end else None


def moment_in_words(clinic: Clinic, at: datetime, *, reader_zone: str) -> str:
    """Return an instant on the clinic's clock, with its place and the reader's own time where the two clocks differ.

    Args:
        clinic: whose clock it is.
        at: the instant.
        reader_zone: IANA name of the reader's zone.
    """
    clinic_time, reader_time = at.astimezone(ZoneInfo(clinic.time_zone)), at.astimezone(ZoneInfo(reader_zone))
    words = date_format(clinic_time, "l j F, H:i")
    if clinic_time.utcoffset() == reader_time.utcoffset():
        return words
    own = date_format(reader_time, "H:i" if reader_time.date() == clinic_time.date() else "l H:i")
    place = clinic.time_zone.rpartition("/")[2].replace("_", " ")
    return _("%(when)s in %(place)s (%(own)s for you)") % {"when": words, "place": place, "own": own}


def in_words(clinic: Clinic) -> str:
    """Return the staffed hours as people say them, such as "weekdays, 09:00 to 17:00"; empty without any."""
    if not clinic.staffed_weekdays:
        return ""
    days = sorted(clinic.staffed_weekdays)
    names = _("weekdays") if days == MONDAY_TO_FRIDAY else ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in days)
    start, end = time_format(clinic.staffed_from, "H:i"), time_format(clinic.staffed_until, "H:i")
    return _("%(days)s, %(start)s to %(end)s") % {"days": names, "start": start, "end": end}


def opening_in_words(clinic: Clinic, at: datetime) -> str:
    """Return when a closed clinic opens next, such as "The clinic opens today at 09:00."; empty while it is open."""
    opening = None if is_staffed(clinic, at) else next_opening(clinic, at)
    if opening is None:
        return ""
    time, ahead = time_format(opening.time(), "H:i"), opening.date() - at.astimezone(opening.tzinfo).date()
    if not ahead:
        return _("The clinic opens today at %(time)s.") % {"time": time}
    if ahead == DAY:
        return _("The clinic opens tomorrow at %(time)s.") % {"time": time}
    return _("The clinic opens on %(day)s at %(time)s.") % {"day": date_format(opening.date(), "l j F"), "time": time}


def _is_working_day(clinic: Clinic, day: date) -> bool:
    """Say whether the clinic is staffed on a day."""
    return day.isoweekday() in clinic.staffed_weekdays


def _closing(clinic: Clinic, at: datetime) -> datetime:
    """Return the end of staffed hours on the day of an instant."""
    zone = ZoneInfo(clinic.time_zone)
    return datetime.combine(at.astimezone(zone).date(), clinic.staffed_until, tzinfo=zone)
