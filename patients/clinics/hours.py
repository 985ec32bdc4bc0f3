"""The clinic's staffed hours: when someone reads, and by when an answer can be expected."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from patients import zones
from patients.models import Clinic

MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5]
DAY = timedelta(days=1)
NOON = time(12)
# Check-ins are read by the end of the second working day. Source: the promise on the start card,
# docs/design.md#check-in.
READ_WITHIN_WORKING_DAYS = 2
# A calendar without a single staffed day would search for ever.
LONGEST_SEARCH_DAYS = 400


def local_day(clinic: Clinic, at: datetime) -> date:
    """Return the clinic's day at an instant."""
    return zones.local_day(at, clinic.time_zone)


def is_staffed(clinic: Clinic, at: datetime) -> bool:
    """Say whether someone is there at an instant."""
    day = zones.local_day(at, clinic.time_zone)
    return is_working_day(clinic, day) and _opening(clinic, day) <= at < _closing(clinic, day)


def next_opening(clinic: Clinic, at: datetime) -> datetime | None:
    """Return the instant itself while staffed, else the next opening, in UTC; None for a clinic without hours."""
    if is_staffed(clinic, at):
        return at
    today = zones.local_day(at, clinic.time_zone)
    for ahead in range(LONGEST_SEARCH_DAYS):
        day = today + ahead * DAY
        opening = _opening(clinic, day)
        if is_working_day(clinic, day) and opening >= at:
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
        opened = moment.astimezone(UTC)
        closing = _closing(clinic, zones.local_day(moment, clinic.time_zone))
        if opened + remainder <= closing:
            return opened + remainder
        remainder -= closing - opened
        moment = next_opening(clinic, closing)
    return None


def end_of_staffed_day(clinic: Clinic, at: datetime) -> datetime | None:
    """Return when the clinic closes on the day on which somebody is there next, the present one included, in UTC."""
    opening = next_opening(clinic, at)
    return _closing(clinic, zones.local_day(opening, clinic.time_zone)) if opening else None


def end_of_working_day(clinic: Clinic, at: datetime, *, days: int) -> datetime | None:
    """Return the end of the given working day after an instant, in UTC: 1 is the first full working day to come."""
    day = zones.local_day(at, clinic.time_zone)
    for _step in range(LONGEST_SEARCH_DAYS):
        day += DAY
        days -= is_working_day(clinic, day)
        if days == 0:
            return _closing(clinic, day)
    return None


def midday_of_working_day(clinic: Clinic, at: datetime, *, days: int) -> datetime | None:
    """Return noon of the given working day after an instant, in UTC: the middle of a day that has no noon."""
    end = end_of_working_day(clinic, at, days=days)
    if end is None:
        return None
    day = zones.local_day(end, clinic.time_zone)
    opening, noon = _opening(clinic, day), _instant(clinic, day, NOON)
    return noon if opening < noon < end else opening + (end - opening) / 2


def read_by(clinic: Clinic, at: datetime, *, reader_zone: str) -> date | None:
    """Return the reader's day by which a check-in given at an instant is read; None for a clinic without hours."""
    end = end_of_working_day(clinic, at, days=READ_WITHIN_WORKING_DAYS)
    return zones.local_day(end, reader_zone) if end else None


# ---------- in words: on the clinic's clock, by name where the reader's shows another time ----------
# `reader_zone` is the IANA name of the reader's zone; None where it is not known who reads.


def moment_in_words(clinic: Clinic, at: datetime, *, reader_zone: str | None, form: str = "l j F, H:i") -> str:
    """Return an instant on the clinic's clock, with its place and the reader's own time where the two clocks differ.

    Args:
        clinic: whose clock it is.
        at: the instant.
        reader_zone: see above.
        form: how the day and the time are written.
    """
    words = date_format(zones.on_clock(at, clinic.time_zone), form)
    return _placed(clinic, words, _own_time(clinic, at, reader_zone), at, reader_zone)


def in_words(clinic: Clinic, at: datetime, *, reader_zone: str | None) -> str:
    """Return the staffed hours as people say them, such as "weekdays, 09:00 to 17:00"; empty without any.

    Args:
        clinic: whose hours.
        at: now: how far two clocks are apart changes within a year.
        reader_zone: see above.
    """
    if not clinic.staffed_weekdays:
        return ""
    day = zones.local_day(at, clinic.time_zone)
    return "; ".join(_days_in_words(clinic, days, day, at, reader_zone) for days in _alike(clinic))


def _alike(clinic: Clinic) -> list[list[int]]:
    """Return the staffed weekdays, those with the same hours together, the earliest first."""
    alike: dict[tuple[time, time], list[int]] = {}
    for weekday in sorted(clinic.staffed_weekdays):
        alike.setdefault(hours_of(clinic, weekday), []).append(weekday)
    return list(alike.values())


def _days_in_words(clinic: Clinic, weekdays: list[int], day: date, at: datetime, reader_zone: str | None) -> str:
    """Return weekdays of the same hours with these, such as "Mon, Tue, 09:00 to 17:00"."""
    names = (
        _("weekdays") if weekdays == MONDAY_TO_FRIDAY else ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in weekdays)
    )
    opens, closes = hours_of(clinic, weekdays[0])
    words = _("%(days)s, %(start)s to %(end)s") % {
        "days": names,
        "start": time_format(opens, "H:i"),
        "end": time_format(closes, "H:i"),
    }
    opening, closing = _instant(clinic, day, opens), _instant(clinic, day, closes)
    own = _own_hours(opening, closing, day, reader_zone or clinic.time_zone)
    return _placed(clinic, words, own, at, reader_zone)


def _own_hours(opening: datetime, closing: datetime, day: date, zone: str) -> str:
    """Return staffed hours on the reader's clock. They are of every staffed day, so that no weekday is named."""
    start, end = zones.on_clock(opening, zone), zones.on_clock(closing, zone)
    values = {"start": date_format(start, "H:i"), "end": date_format(end, "H:i")}
    apart = ((start.date() - day).days, (end.date() - day).days)
    if apart == (0, 1):
        return _("%(start)s to %(end)s the next day") % values
    if apart == (1, 1):
        return _("the next day, %(start)s to %(end)s") % values
    if apart == (-1, 0):
        return _("from %(start)s the day before to %(end)s") % values
    if apart == (-1, -1):
        return _("the day before, %(start)s to %(end)s") % values
    return _("%(start)s to %(end)s") % values


def opening_in_words(clinic: Clinic, at: datetime, *, reader_zone: str | None) -> str:
    """Return when a closed clinic opens next, such as "The clinic opens today at 09:00."; empty while it is open.

    "Today" is the reader's. Where the opening is on another day for the reader than in the clinic, both are named.
    """
    opening = None if is_staffed(clinic, at) else next_opening(clinic, at)
    if opening is None:
        return ""
    there, zone = zones.on_clock(opening, clinic.time_zone), reader_zone or clinic.time_zone
    words = _placed(clinic, time_format(there.time(), "H:i"), _own_time(clinic, opening, zone), opening, reader_zone)
    own_day = zones.local_day(opening, zone)
    ahead = own_day - zones.local_day(at, zone) if own_day == there.date() else None
    if ahead == timedelta(0):
        return _("The clinic opens today at %(time)s.") % {"time": words}
    if ahead == DAY:
        return _("The clinic opens tomorrow at %(time)s.") % {"time": words}
    return _("The clinic opens on %(day)s at %(time)s.") % {"day": date_format(there, "l j F"), "time": words}


def _placed(clinic: Clinic, words: str, own: str, at: datetime, reader_zone: str | None) -> str:
    """Return a time of the clinic: as it stands where the reader's clock shows the same, else with its place."""
    place = zones.place(clinic.time_zone)
    if reader_zone is None:
        return _("%(when)s in %(place)s") % {"when": words, "place": place}
    if zones.same_clock(clinic.time_zone, reader_zone, at):
        return words
    return _("%(when)s in %(place)s (%(own)s for you)") % {"when": words, "place": place, "own": own}


def _own_time(clinic: Clinic, at: datetime, reader_zone: str | None) -> str:
    """Return an instant on the reader's clock: its time, and its day where that is another one than in the clinic."""
    zone = reader_zone or clinic.time_zone
    is_same_day = zones.local_day(at, zone) == zones.local_day(at, clinic.time_zone)
    return date_format(zones.on_clock(at, zone), "H:i" if is_same_day else "l H:i")


def is_working_day(clinic: Clinic, day: date) -> bool:
    """Say whether the clinic is staffed on a day: a day of its week, and neither a holiday nor closed."""
    if day.isoweekday() not in clinic.staffed_weekdays or day in clinic.closed_days:
        return False
    text = day.isoformat()
    return not any(closure["first"] <= text <= closure["last"] for closure in clinic.closures)


def hours_of(clinic: Clinic, weekday: int) -> tuple[time, time]:
    """Return from when until when the clinic is staffed on an ISO weekday that is staffed."""
    other = clinic.other_hours.get(str(weekday))
    if other is None:
        return clinic.staffed_from, clinic.staffed_until
    return time.fromisoformat(other[0]), time.fromisoformat(other[1])


def _opening(clinic: Clinic, day: date) -> datetime:
    """Return the beginning of staffed hours on a day, in UTC."""
    return _instant(clinic, day, hours_of(clinic, day.isoweekday())[0])


def _closing(clinic: Clinic, day: date) -> datetime:
    """Return the end of staffed hours on a day, in UTC."""
    return _instant(clinic, day, hours_of(clinic, day.isoweekday())[1])


def _instant(clinic: Clinic, day: date, at: time) -> datetime:
    """Return when the clinic's clock shows a time on a day: a day that ends at 23:59:59 is whole."""
    return zones.local_instant(day, at, clinic.time_zone) + timedelta(seconds=at.second)
