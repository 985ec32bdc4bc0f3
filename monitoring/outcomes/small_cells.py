"""Tables that name no one and tell about no one: small cells hidden, and others beside them. Reads nothing.

A cell about fewer than five people is never shown, nor one that could be worked out from the others and the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.outcomes import outcomes
from monitoring.outcomes.outcomes import Share

# Fewer people than this are never counted out. Source: docs/design.md#outcomes.
SMALL = 5


@dataclass(frozen=True, kw_only=True)
class Cell:
    """So many of so many with an interval, or nothing where that would tell about too few people.

    Attributes:
        name: of its column, where a table becomes cards.
        gap: why nothing can be counted here, in words; then nothing is hidden, there is nothing.
    """

    share: Share | None
    gap: str = ""
    name: str = ""

    @property
    def is_hidden(self) -> bool:
        """Say whether it is left out because few people are behind it."""
        return self.share is None and not self.gap


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many, people or weeks; not everybody of a group is counted in every column."""

    count: int
    of: int

    @property
    def others(self) -> int:
        """Return of how many it is not true."""
        return self.of - self.count


@dataclass(frozen=True, kw_only=True)
class CountedGroup:
    """One group before anything is hidden."""

    name: str
    people: int
    counts: tuple[Count, ...]
    number: float | None = None


@dataclass(frozen=True, kw_only=True)
class ShownGroup:
    """One group of a table; people is None where it is hidden."""

    name: str
    people: int | None
    cells: tuple[Cell, ...]
    number: float | None = None

    @property
    def is_readable(self) -> bool:
        """Say whether the group and at least half of its cells are shown."""
        hidden = sum(cell.is_hidden for cell in self.cells)
        return self.people is not None and 2 * hidden <= len(self.cells)


def shown(count: int, of: int) -> Cell:
    """Return a cell, hidden where it would tell about fewer than five people, or about all but fewer than five."""
    is_small = of < SMALL or 0 < count < SMALL or 0 < of - count < SMALL
    return Cell(share=None if is_small else outcomes.share(count, of))


def protect(groups: Sequence[CountedGroup]) -> tuple[ShownGroup, ...]:
    """Return the lines of a table from which no small cell can be read, nor worked out as the total less the rest.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, 4.2: secondary suppression.
    """
    small = {index for index, group in enumerate(groups) if group.people < SMALL}
    hidden = _with_second(small, [group.people for group in groups])
    columns = [_column(groups, number, hidden) for number in range(len(groups[0].counts) if groups else 0)]
    return tuple(
        ShownGroup(
            name=group.name,
            people=None if index in hidden else group.people,
            cells=tuple(column[index] for column in columns),
            number=None if index in hidden else group.number,
        )
        for index, group in enumerate(groups)
    )


def _column(groups: Sequence[CountedGroup], number: int, hidden: set[int]) -> list[Cell]:
    """Return one column of cells: hidden with their group, for themselves, or beside another one."""
    counts = [group.counts[number] for group in groups]
    cells = [shown(one.count, one.of) for one in counts]
    small = hidden | {index for index, cell in enumerate(cells) if cell.is_hidden}
    small = _with_second(_with_second(small, [one.count for one in counts]), [one.others for one in counts])
    return [Cell(share=None) if index in small else cell for index, cell in enumerate(cells)]


def _with_second(hidden: set[int], numbers: Sequence[int]) -> set[int]:
    """Return what has to be hidden so that the sum of the hidden tells about at least five, in at least two cells."""
    cells = set(hidden)
    rest = sorted(set(range(len(numbers))) - cells, key=lambda index: numbers[index])
    while cells and rest and (len(cells) < 2 or sum(numbers[index] for index in cells) < SMALL):
        cells.add(rest.pop(0))
    return cells
