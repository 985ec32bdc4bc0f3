"""The rules of access: who reads health data, and whom a rule lets in."""

import pytest

from patients.access.permissions import (
    HARMLESS_RULES,
    RULES,
    staff_who_read_health_data,
)


def test_who_may_vouch_are_exactly_those_of_the_staff_who_read_health_data() -> None:
    assert staff_who_read_health_data() == RULES["people.vouch"]


def test_a_new_rule_counts_as_reading_health_data_until_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(RULES, "something.new", frozenset({"admin"}))

    assert "admin" in staff_who_read_health_data()
    assert set(RULES) >= HARMLESS_RULES
