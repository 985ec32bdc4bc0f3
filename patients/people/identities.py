"""What stands beside a patient's name wherever staff read it: two people of one name are told apart by it.

And what keeps a name that runs from the right from turning round what stands beside it.
"""

import unicodedata
from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

FROM_RIGHT = frozenset({"R", "AL"})


def isolated(words: str) -> str:
    """Return what somebody wrote for use inside of a sentence: numbers beside it keep their order.

    Words that run from the right stand between two invisible characters; all others stay as they are.
    """
    if words.isascii() or FROM_RIGHT.isdisjoint(map(unicodedata.bidirectional, words)):
        return words
    return f"\N{FIRST STRONG ISOLATE}{words}\N{POP DIRECTIONAL ISOLATE}"


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
