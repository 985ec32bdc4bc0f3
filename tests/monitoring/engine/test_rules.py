"""Every threshold has a unit and a source, and a rule set that contradicts itself is refused."""

from dataclasses import replace

import pytest

from monitoring.engine import (
    DEFAULT,
    InvalidRules,
    RuleSet,
)
from monitoring.engine.rules import rule
from monitoring.engine.sources.rule_source import NotASource, RuleSource


def test_a_changed_rule_changes_the_digest_and_a_contradiction_is_refused() -> None:
    assert replace(DEFAULT, kernel_review=-2.0).digest != DEFAULT.digest
    assert RuleSet().digest == DEFAULT.digest
    with pytest.raises(InvalidRules, match="reminder"):
        RuleSet(reminder_factor=2.0)


def test_every_rule_has_a_unit_and_a_source_of_the_three_kinds() -> None:
    numbers = [one for one in RuleSet.__dataclass_fields__.values() if one.name != "version"]

    assert all(number.metadata["unit"] for number in numbers)
    assert all(isinstance(number.metadata["source"], RuleSource) for number in numbers)


@pytest.mark.parametrize("source", ["docs/" + "engine.md#red-flags", "judgement: shrinkage weight", "this repository"])
def test_a_rule_cannot_be_declared_with_a_document_of_ours_for_a_source(source: str) -> None:
    with pytest.raises(NotASource):
        rule(3, "check-ins", source)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kernel_review", 1001.0),
        ("kernel_watch", -100.1),
        ("usual_held_out", 8),
        ("chance_cap", 1.0),
        ("chance_cap", 0.0),
        ("reminder_factor", 0.0),
    ],
)
def test_a_number_that_contradicts_the_others_is_refused_by_its_name(name: str, value: float) -> None:
    with pytest.raises(InvalidRules):
        RuleSet(**{name: value})


def test_two_rule_sets_with_the_same_numbers_are_the_same_whatever_they_are_made_of() -> None:
    made = replace(replace(DEFAULT, chance_cap=0.9), chance_cap=DEFAULT.chance_cap)

    assert made.digest == DEFAULT.digest
    assert len(made.digest) == 64


def test_louder_tiers_have_higher_cuts() -> None:
    assert DEFAULT.kernel_watch < DEFAULT.kernel_review < DEFAULT.kernel_priority
    assert DEFAULT.single_watch < DEFAULT.single_review < DEFAULT.single_priority
    assert DEFAULT.effect_watch < DEFAULT.effect_review
