"""Days, numbers and differences as people of the present language read them."""

import datetime as dt
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext

from monitoring.engine import Direction

# A day less long ago needs no year.
WITHOUT_YEAR = dt.timedelta(weeks=40)


def day_words(day: dt.date, form: str = "j M Y") -> str:
    """Return a day as people read it. A page says the same days hundreds of times."""
    return _formatted(day, form, get_language())


def moment_words(at: dt.datetime, form: str) -> str:
    """Return a moment as people read it, in the time zone of the page: stored times are in UTC."""
    return date_format(timezone.localtime(at), form)


def near_day(day: dt.date, today: dt.date) -> str:
    """Return a day without its year where no one can take it for another year's."""
    return day_words(day, "j M" if today - day < WITHOUT_YEAR else "j M Y")


def week_of(day: dt.date, form: str = "j M Y") -> str:
    """Name the week of a day by its Monday: a week has this one name on every page, whatever day is asked on."""
    return gettext("week of %(day)s") % {"day": day_words(day - dt.timedelta(days=day.weekday()), form)}


@lru_cache(maxsize=4096)
def _formatted(day: dt.date, form: str, _language: str | None) -> str:
    return date_format(day, form)


def short_number(value: float) -> str:
    """Return a value with one decimal where it has one, as people of the present language write it."""
    return _written(round(float(value), 1), get_language())


@lru_cache(maxsize=4096)
def _written(value: float, _language: str | None) -> str:
    return f"{value:g}".replace(".", get_format("DECIMAL_SEPARATOR"))


def change_words(difference: float, direction: Direction) -> str:
    """Return a difference in points with the word for its direction: a sign alone misleads on a scale that runs down."""
    points = short_number(abs(difference))
    if not round(abs(difference), 1):
        return gettext("no change")
    if direction is Direction.NEUTRAL:
        return (gettext("%(points)s higher") if difference > 0 else gettext("%(points)s lower")) % {"points": points}
    is_better = (difference > 0) == (direction is Direction.HIGHER_IS_BETTER)
    return (gettext("%(points)s better") if is_better else gettext("%(points)s worse")) % {"points": points}
