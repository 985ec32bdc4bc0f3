"""One line of the table of clinical rules, and how a table of them is written. No rule is decided here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from monitoring.engine import DEFAULT, RuleSet
from monitoring.engine.sources.rule_source import RuleSource

VALUES = asdict(DEFAULT)
SOURCES: dict[str, RuleSource] = {
    one.name: one.metadata["source"] for one in fields(RuleSet) if "source" in one.metadata
}
UNITS: dict[str, str] = {one.name: one.metadata["unit"] for one in fields(RuleSet) if "unit" in one.metadata}


class RuleWithoutSource(ValueError):
    """A row of the table has no source; the message names it."""


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """What is told, and why from there on.

    Attributes:
        rule: what it is about, in plain words.
        tier: how loud it is; empty for what is only shown or counted.
        line: from which value on, with its unit.
        needs: what has to be there before it is said.
        uses: names of the rules of the engine behind it; their sources are the row's.
        sources: further ones, of numbers that are no rule of the engine.
    """

    rule: str
    line: str
    tier: str = ""
    needs: str = ""
    uses: tuple[str, ...] = ()
    sources: tuple[RuleSource, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing of where it comes from."""
        if not self.every_source:
            raise RuleWithoutSource(self.rule)

    @property
    def every_source(self) -> tuple[RuleSource, ...]:
        """Return each source once."""
        return tuple(dict.fromkeys([*self.sources, *(SOURCES[name] for name in self.uses)]))


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that a reader looks for together, with a sentence on them."""

    title: str
    words: str
    rows: Sequence[RuleRow]


def row(
    rule: str, line: str, *, tier: str = "", needs: str = "", uses: str = "", source: RuleSource | None = None
) -> RuleRow:
    """Return a row whose words hold the numbers of the engine's rules: `{stop_cut:.0%}`.

    Args:
        rule: see `RuleRow`.
        line: the same, with names of rules in braces.
        tier: see `RuleRow`.
        needs: as `line`.
        uses: names of the rules, apart by spaces.
        source: of a number that is no rule of the engine.
    """
    return RuleRow(
        rule=rule,
        tier=tier,
        line=line.format(**VALUES),
        needs=needs.format(**VALUES),
        uses=tuple(uses.split()),
        sources=(source,) if source else (),
    )


def table(group: RuleGroup) -> str:
    """Return a group as a section of Markdown."""
    head = ["| rule | tier | line | needs | source |", "|---|---|---|---|---|"]
    lines = [
        f"| {_cell(one.rule)} | {one.tier} | {_cell(one.line)} | {_cell(one.needs)} | {_cell(joined(one.every_source))} |"
        for one in group.rows
    ]
    return "\n".join([f"## {group.title}", "", group.words, "", *head, *lines])


def joined(sources: Iterable[RuleSource]) -> str:
    """Return sources as one text; what they begin with alike is said once."""
    said: dict[str, list[str]] = {}
    for source in sources:
        head, _, words = source.partition(": ")
        said.setdefault(head, []).append(words)
    return ". ".join(f"{head}: {'; '.join(dict.fromkeys(words))}" for head, words in said.items())


def _cell(words: str) -> str:
    return re.sub(r"(\d)%", r"\1 %", words.replace("|", "/"))
