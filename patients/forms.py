"""Fields and bases of the forms of both apps: days that have come, weekdays, time zones."""

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
# An intervention older than this is a slip of the year.
EARLIEST_CARE_YEAR = 1950


def date_input() -> forms.DateInput:
    """Return the browser's own date field, which always sends ISO dates."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@cache
def zones() -> list[tuple[str, str]]:
    """Return the time zones of the world as choices: the places, not the aliases."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class PastDateField(forms.DateField):
    """A day that has come: today or earlier, and not a slip of the century."""

    def __init__(self, *, earliest_year: int = EARLIEST_CARE_YEAR, **kwargs: Any) -> None:
        """Keep the earliest year that makes sense."""
        super().__init__(widget=date_input(), **kwargs)
        self.earliest_year = earliest_year
        self.today: date | None = None

    def clean(self, value: Any) -> date | None:
        """Return the day, or say in words what is wrong with it."""
        day: date | None = super().clean(value)
        if day is None:
            return None
        if self.today is not None and day > self.today:
            raise forms.ValidationError(_("This day is in the future. Enter today or an earlier day."))
        if day.year < self.earliest_year:
            raise forms.ValidationError(_("This is too long ago. Check the year."))
        return day


class DatedForm(forms.Form):
    """A form about days that have come; it is told what today is, so that it need not read the clock."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Tell the day fields what today is."""
        super().__init__(*args, **kwargs)
        self.today = today
        for field in self.fields.values():
            if isinstance(field, PastDateField):
                field.today = today
                field.widget.attrs["max"] = today.isoformat()
