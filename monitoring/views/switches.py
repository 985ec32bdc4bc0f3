"""Switches of a page: links of which one is current, and the values that an address may hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

WINDOW_LABELS: dict[str, str | Promise] = {"6w": _("6 w"), "12w": _("12 w"), "6m": _("6 m"), "all": _("All")}


@dataclass(frozen=True)
class Choice:
    """One link of a switch; the key names it on its page."""

    key: str
    label: str | Promise
    url: str
    is_current: bool


def allowed_value(query: QueryDict, name: str, allowed: Iterable[str], *, default: str) -> str:
    """Return a value of the query, or the default where the value is not allowed."""
    value = query.get(name, default)
    return value if value in set(allowed) else default


def choices_of(labels: dict[str, str | Promise], name: str, state: dict[str, str]) -> list[Choice]:
    """Return the links of a switch; each keeps the rest of the page as it is."""
    return [
        Choice(key=value, label=label, url=f"?{urlencode(state | {name: value})}", is_current=state[name] == value)
        for value, label in labels.items()
    ]
