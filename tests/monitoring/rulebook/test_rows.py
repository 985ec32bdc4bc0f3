"""A row of the table says its numbers as the rules hold them, and never goes without a source."""

import pytest

from monitoring.engine import DEFAULT
from monitoring.engine.sources.rule_source import RuleSource
from monitoring.rulebook.rows import RuleGroup, RuleWithoutSource, joined, row, table

JUDGED = RuleSource("Judgement, 30 November 2026: one bad week is no course")


def test_a_row_prints_the_numbers_of_the_rules_with_their_sources() -> None:
    stop = row("A cut", "by {stop_cut:.0%}", uses="stop_cut stop_window_days")

    assert stop.line == f"by {DEFAULT.stop_cut:.0%}"
    assert len(stop.every_source) == 2
    assert "| A cut |  | by 25 % |" in table(RuleGroup(title="Stops", words="Words.", rows=[stop]))


def test_a_row_without_a_source_is_refused() -> None:
    with pytest.raises(RuleWithoutSource, match="nobody knows why"):
        row("nobody knows why", "5 points")


def test_a_rule_that_does_not_exist_cannot_be_named() -> None:
    with pytest.raises(KeyError):
        row("a rule", "5 points", uses="no_such_rule")


def test_what_two_sources_begin_with_is_said_once() -> None:
    other = RuleSource("Judgement, 30 November 2026: two weeks are")

    assert joined([JUDGED, other, JUDGED]) == "Judgement, 30 November 2026: one bad week is no course; two weeks are"
