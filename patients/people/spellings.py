"""Names and clinic numbers as a reader takes them: which spellings are alike. Letters only; knows no database.

A search folds what is typed and what is stored in the same way. A number from a file is brought to one spelling, and
two that a reader could take for the same are told from each other by a person, never by us.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Letters that do not fall apart into a base letter and a mark, as people type them who do not have them.
BASE_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ß": "ss",
        "ə": "e",
        "ĸ": "k",
    }
)
# The same letters, and those with two dots or a ring, as they are written out: Sørensen is Soerensen as well.
WRITTEN_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
APOSTROPHES: Final = re.compile(r"['\u2019\u2018`\u00b4\u02bc\u02bb\u02b9\u2032]")
# All kinds of line between two parts of a number.
DASHES: Final = re.compile(r"[\u2010\u2011\u2012\u2013\u2014\u2015\u2212]")
# A spreadsheet keeps a number as text behind an apostrophe, or as ="007".
KEPT_AS_TEXT: Final = re.compile(r"['\u2019\u2018](?P<bare>.+)|=\s*\"(?P<quoted>.*)\"", re.DOTALL)
# How a letter of WRITTEN_OUT ends up in either spelling.
PAIRS: Final = re.compile(r"(?<=[aou])e|(?<=a)a")
LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")


@lru_cache(maxsize=32_768)
def folded(text: str) -> str:
    """Return words in plain small letters with one space between them: "Ana  Marín" is "ana marin"."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(BASE_LETTERS)
    letters = (letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    bare = APOSTROPHES.sub("", "".join(letters).translate(BASE_LETTERS))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())


@lru_cache(maxsize=32_768)
def written_out(text: str) -> str:
    """Return the same with two letters for each that is written so without it: "Sørensen" is "soerensen"."""
    return folded(unicodedata.normalize("NFKC", text).casefold().translate(WRITTEN_OUT))


def is_found(search: str, *, name: str, number: str = "") -> bool:
    """Say whether every word that someone looks for stands in a name, in any order, or is the clinic number."""
    names = (folded(name), written_out(name))
    words = [{folded(word), written_out(word)} - {""} for word in search.split()]
    wanted = [word for word in words if word]
    if number and comparable(search) == comparable(number):
        return True
    return bool(wanted) and all(any(form in name for form in word for name in names) for word in wanted)


def is_same_name(name: str, other: str) -> bool:
    """Say whether two names are the same words in any order and spelling; rather once too often than not."""
    return words_of(name) == words_of(other)


@lru_cache(maxsize=32_768)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in one spelling, in no order of their own: what namesakes have in common."""
    return tuple(sorted(PAIRS.sub("", word) for word in folded(name).split()))


def number_in_one_spelling(text: str) -> str:
    """Return a clinic number as it is kept: composed letters, plain digits, one space inside, none around.

    An apostrophe or ="..." of a spreadsheet says that it is text, and is no part of it. Leading zeros stay.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    kept = KEPT_AS_TEXT.fullmatch(plain)
    return " ".join((kept["bare"] or kept["quoted"] or "").split()) if kept else plain


@lru_cache(maxsize=32_768)
def comparable(number: str) -> str:
    """Return what two numbers have in common that a reader could take for one: "007" and "7", "A-1" and "a 1"."""
    small = DASHES.sub("-", number_in_one_spelling(number)).casefold()
    return "".join(LEADING_ZEROS.sub("", small).split())
