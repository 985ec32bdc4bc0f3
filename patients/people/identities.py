"""What stands beside a patient's name wherever staff read it: two people of one name are told apart by it."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def words(birth_date: date | None, number: str) -> str:
    """Return date of birth and clinic number as far as they are known: "born 3 Mar 1980, number 101"."""
    return _words(birth_date, number, get_language())


@lru_cache(maxsize=4096)
def _words(birth_date: date | None, number: str, _language: str | None) -> str:
    # A list says the same of the same people at every look.
    parts = [
        _("born %(day)s") % {"day": date_format(birth_date, "j M Y")} if birth_date else "",
        _("number %(number)s") % {"number": number} if number else "",
    ]
    return ", ".join(filter(None, parts))
