"""Which cells of a table are hidden, so that nobody is found in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.outcomes.small_cells import SMALL, Count, CountedGroup, protect, shown


@pytest.mark.parametrize(
    ("count", "of", "is_hidden"),
    [(4, 20, True), (5, 20, False), (0, 20, False), (20, 20, False), (16, 20, True), (2, 4, True), (0, 4, True)],
)
def test_a_cell_about_fewer_than_five_is_hidden(count: int, of: int, is_hidden: bool) -> None:
    assert shown(count, of).is_hidden is is_hidden


@st.composite
def counts_of(draw: st.DrawFn, size: int) -> Count:
    of = draw(st.integers(0, size))
    return Count(draw(st.integers(0, of)), of)


@st.composite
def tables(draw: st.DrawFn) -> list[CountedGroup]:
    sizes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
    return [
        CountedGroup(name=str(number), people=size, counts=tuple(draw(counts_of(size)) for _column in range(2)))
        for number, size in enumerate(sizes)
    ]


@settings(max_examples=400, deadline=None)
@given(tables())
def test_nothing_small_can_be_worked_out_as_the_total_less_the_rest(groups: list[CountedGroup]) -> None:
    lines = protect(groups)

    hidden = [group.people for group, line in zip(groups, lines, strict=True) if line.people is None]
    assert all(group.people >= SMALL for group, line in zip(groups, lines, strict=True) if line.people is not None)
    if hidden and len(hidden) < len(groups):
        assert len(hidden) > 1 and sum(hidden) >= SMALL
    for column in range(2):
        cells = [line.cells[column] for line in lines]
        gone = [group.counts[column] for group, cell in zip(groups, cells, strict=True) if cell.is_hidden]
        assert all(not shown(cell.share.count, cell.share.of).is_hidden for cell in cells if cell.share)
        if gone and len(gone) < len(groups):
            assert len(gone) > 1 and sum(one.count for one in gone) >= SMALL
            assert sum(one.others for one in gone) >= SMALL
