"""Fields and bases of the forms of both apps: days that have come, weekdays, time zones."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients import zones

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
EARLIEST_BIRTH_YEAR = 1900


def date_input() -> forms.DateInput:
    """Return the browser's own date field, which always sends ISO dates."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ZoneField(forms.ChoiceField):
    """A time zone, by the place it is named for; an alias of a place, as browsers send them, becomes its name."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer the places of the world."""
        super().__init__(choices=_zone_choices, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Choose the place of what was kept: one that is not among the choices would show as the first of them."""
        return zones.canonical(value) or value if isinstance(value, str) else value

    def to_python(self, value: Any) -> str:
        """Return the name by which we keep a zone; what is none is refused as any unknown choice."""
        name: str = super().to_python(value)
        return zones.canonical(name) or name


def _zone_choices() -> list[tuple[str, str]]:
    """Return the time zones of the world as choices."""
    return [(zones.NO_ZONE, zones.NO_ZONE), *((name, name.replace("_", " ")) for name in zones.places())]


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
