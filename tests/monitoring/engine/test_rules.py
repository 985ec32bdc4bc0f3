"""Every threshold has a unit and a source, and a rule set that contradicts itself is refused."""

from dataclasses import replace

import pytest

from monitoring.engine import (
    DEFAULT,
    InvalidRules,
    RuleSet,
)


def test_a_changed_rule_changes_the_digest_and_a_contradiction_is_refused() -> None:
    assert replace(DEFAULT, kernel_review=-2.0).digest != DEFAULT.digest
    assert RuleSet().digest == DEFAULT.digest
    with pytest.raises(InvalidRules, match="reminder"):
        RuleSet(reminder_factor=2.0)


def test_every_rule_has_a_unit_and_a_source() -> None:
    for rule in RuleSet.__dataclass_fields__.values():
        assert rule.metadata["unit"]
        assert rule.metadata["source"]
