"""One fall is told once: one finding, one chance, one way to clear it; the other readings are lines of it."""

from dataclasses import replace

import pytest

from monitoring.engine import (
    Domain,
    Finding,
    FindingKind,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    Tier,
    assess,
    explain,
)
from monitoring.engine.readings import told_once
from monitoring.engine.records import Parts
from tests.monitoring.engine.histories import check_in, day, history, usual

RATINGS = (Domain.SLEEP, Domain.MOOD, Domain.ENERGY, Domain.FUNCTION)
ABOUT_THE_RATINGS = {FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE, FindingKind.SIDE_EFFECT}
COMPARED: Parts = {"before_mean": 7.0, "before_n": 8, "after_mean": 3.0, "after_n": 2, "direction": "higher_is_better"}
EVENT: Parts = {"event": "Sertraline", "event_change": "start", "event_on": "2026-10-19", "window_weeks": 6}


def about(kind: FindingKind, domain: Domain, tier: Tier, *also: Domain, chance: float | None = None) -> Finding:
    parts: Parts = {"name": str(domain), "also": [str(name) for name in also]} | COMPARED | EVENT
    return Finding(kind=kind, tier=tier, domain=domain, chance=chance, parts=parts)


FALL = about(FindingKind.DETERIORATION, Domain.SLEEP, Tier.REVIEW, Domain.MOOD, chance=0.67)
EFFECTS = [about(FindingKind.SIDE_EFFECT, domain, Tier.REVIEW, chance=0.97) for domain in (Domain.SLEEP, Domain.MOOD)]


def test_ratings_that_fall_equally_are_all_named_with_their_averages() -> None:
    falls = [check_in(week, usual(week, **dict.fromkeys(RATINGS, 2 if week > 13 else 7))) for week in range(17)]

    findings = [one for one in assess(history(falls)) if one.kind in ABOUT_THE_RATINGS]

    assert len(findings) == 1
    assert set(findings[0].domains) == set(RATINGS)
    sentences = explain(findings[0])
    assert sentences.count("7.0 before, 2.0 since") == len(RATINGS) - 1
    assert all(name in sentences.split(":")[0].lower() for name in RATINGS)


def test_a_fall_after_a_start_is_one_finding_with_one_chance_and_one_clearing_line() -> None:
    start = InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name="sertraline",
        on=day(12.5),
        change=InterventionChange.START,
        label="sertraline 50 mg",
        dose_before=0,
        dose_after=50,
    )
    falls = [check_in(week, usual(week, sleep=3) if week > 13 else usual(week)) for week in range(18)]

    [finding] = [one for one in assess(history(falls, interventions=[start])) if one.kind in ABOUT_THE_RATINGS]

    sentences = explain(finding)
    assert sentences.count("of simulated people with such answers") == 1
    assert sentences.count("What would clear it") == 1
    assert "Possible side effect: worse in the 4 weeks after the start of sertraline 50 mg" in sentences


def test_the_finding_that_stays_keeps_its_chance_and_names_each_rating_of_the_other_reading() -> None:
    [whole] = told_once([FALL, *EFFECTS])

    assert (whole.chance, whole.tier) == (0.67, Tier.REVIEW)
    [line] = whole.parts["readings"]
    assert (line["kind"], line["names"], line["event"]) == ("side_effect", ["sleep", "mood"], "Sertraline")


def test_a_sudden_change_makes_the_fall_as_loud_as_itself() -> None:
    sudden = about(FindingKind.SUDDEN_CHANGE, Domain.MOOD, Tier.PRIORITY)

    [whole] = told_once([sudden, FALL])

    assert (whole.kind, whole.tier) == (FindingKind.DETERIORATION, Tier.PRIORITY)
    assert [line["kind"] for line in whole.parts["readings"]] == ["sudden_change"]


def test_a_questionnaire_that_fell_suddenly_is_told_once_too() -> None:
    kinds = (FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE)
    parts = {"name": "GAD-7", "also": []} | COMPARED | {"direction": "higher_is_worse"}
    fall, sudden = (Finding(kind=kind, tier=Tier.REVIEW, instrument="GAD-7", parts=parts) for kind in kinds)

    assert [one.subject for one in told_once([FALL, fall, sudden])] == ["sleep", "GAD-7"]


def test_a_louder_side_effect_stands_alone_and_takes_the_quieter_fall_with_it() -> None:
    quiet = replace(FALL, tier=Tier.WATCH)

    assert told_once([quiet, *EFFECTS]) == EFFECTS
    # The fall is about a rating more: it stays.
    assert told_once([quiet, EFFECTS[0]]) == [quiet, EFFECTS[0]]


@pytest.mark.parametrize(
    "other",
    [
        about(FindingKind.SIDE_EFFECT, Domain.PAIN, Tier.REVIEW),
        about(FindingKind.IMPROVEMENT, Domain.MOOD, Tier.INFO),
        Finding(kind=FindingKind.SIDE_EFFECT, tier=Tier.REVIEW, item="nausea"),
        Finding(kind=FindingKind.RELAPSE, tier=Tier.REVIEW, instrument="PHQ-9"),
    ],
    ids=["another rating", "an improvement", "a symptom", "a questionnaire"],
)
def test_what_is_about_something_else_stays(other: Finding) -> None:
    assert other in told_once([FALL, other])


def test_without_a_fall_everything_stays_as_it_is() -> None:
    assert told_once(EFFECTS) == EFFECTS
