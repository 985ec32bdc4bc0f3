"""The source of a clinical number: a publication and what it says, a dated judgement, or a simulation and its command.

Nothing else is one. A document of ours is none: it would say what we believe, and not why.
"""

import re
from enum import StrEnum


class NotASource(ValueError):
    """The words name no publication, no dated judgement and no simulation; the message quotes them."""


class SourceKind(StrEnum):
    """What kind of ground a number stands on."""

    PUBLICATION = "publication"
    JUDGEMENT = "judgement"
    SIMULATION = "simulation"


#: "Judgement, 30 November 2026: why".
_JUDGEMENT = re.compile(r"Judgement, \d{1,2} [A-Z][a-z]+ \d{4}: \S.{9,}", re.DOTALL)
#: "Simulated, manage.py evaluate_engine --seed 9001: what came out".
_SIMULATION = re.compile(r"Simulated, manage\.py (\w+)(?: --[\w-]+(?:[= ][^\s:-]+)?)*: \S.{9,}", re.DOTALL)
#: "Author (year), where it stands: what it says".
_PUBLICATION = re.compile(r"[A-Z].*: \S.{3,}", re.DOTALL)
#: Where a reader finds a publication.
_PLACE = re.compile(
    r"doi 10\.\d{4,}/\S|PMID \d|PMC\d|NCT\d|NICE (?:CG|NG)\d|\b\d+:\d+|\d+ suppl \d+:\d+"
    r"|prescribing information|boxed warning|Drug Safety Communication|\bNHS\b"
)
#: Documents and decisions of ours.
_INTERNAL = re.compile(
    r"\bdocs/|\.md\b|\b[Dd]ecisions? \d|\b(?:ENGINE|SAFETY|DESIGN|PRODUCT|CLINICAL|ARCHITECTURE|STACK)\b"
)


class RuleSource(str):
    """Words that name where a clinical number comes from, and what is said there.

    A text of another form cannot be made one, so that a rule, a line of a questionnaire or a flag that carries this
    type has a ground that a reader can follow.

    Raises:
        NotASource: the words name none of the three, or one of our own documents.
    """

    #: Which of the three it is.
    kind: SourceKind

    def __new__(cls, words: str) -> "RuleSource":
        """Return the words as a source."""
        kind = None if _INTERNAL.search(words) else _kind_of(words)
        if kind is None:
            raise NotASource(words)
        source = super().__new__(cls, words)
        source.kind = kind
        return source

    @property
    def command(self) -> str | None:
        """Return the command that simulates it; None for the other two."""
        found = _SIMULATION.fullmatch(self)
        return found.group(1) if found else None


def _kind_of(words: str) -> SourceKind | None:
    if _JUDGEMENT.fullmatch(words):
        return SourceKind.JUDGEMENT
    if _SIMULATION.fullmatch(words):
        return SourceKind.SIMULATION
    is_publication = _PUBLICATION.fullmatch(words) and _PLACE.search(words) and not words.startswith("Judgement")
    return SourceKind.PUBLICATION if is_publication else None
