"""What goes in and comes out: tiers in their order, which end of a scale is good, what a finding is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine.records import Direction, Domain, Finding, FindingKind, Tier

LOUDER = [Tier.INFO, Tier.WATCH, Tier.REVIEW, Tier.PRIORITY, Tier.URGENT]
TIERS = st.sampled_from(LOUDER)


@given(one=TIERS, other=TIERS)
def test_tiers_compare_by_loudness_and_never_by_alphabet(one: Tier, other: Tier) -> None:
    first, second = LOUDER.index(one), LOUDER.index(other)

    assert (one < other, one <= other, one > other, one >= other) == (
        first < second,
        first <= second,
        first > second,
        first >= second,
    )


@given(tier=TIERS)
def test_a_tier_compares_with_its_stored_name_too(tier: Tier) -> None:
    assert (tier >= "review") == (LOUDER.index(tier) >= 2)
    assert max([tier, Tier.WATCH]) >= Tier.WATCH


@pytest.mark.parametrize(("tier", "louder"), list(zip(LOUDER, [*LOUDER[1:], Tier.URGENT], strict=True)))
def test_raised_is_the_next_louder_tier_and_urgent_stays(tier: Tier, louder: Tier) -> None:
    assert tier.raised() is louder


def test_pain_alone_is_worse_when_it_is_higher() -> None:
    worse = [domain for domain in Domain if domain.direction is Direction.HIGHER_IS_WORSE]

    assert worse == [Domain.PAIN]
    assert {domain.direction for domain in Domain} == {Direction.HIGHER_IS_WORSE, Direction.HIGHER_IS_BETTER}


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ({"domain": Domain.SLEEP}, "sleep"),
        ({"instrument": "PHQ-9"}, "PHQ-9"),
        ({"instrument": "PHQ-9", "item": "9"}, "PHQ-9/9"),
        ({"item": "nausea"}, "nausea"),
        ({}, ""),
    ],
)
def test_a_finding_says_what_it_is_about(about: dict[str, str], subject: str) -> None:
    assert Finding(kind=FindingKind.DETERIORATION, tier=Tier.WATCH, **about).subject == subject
