"""What began after a medicine with known withdrawal was stopped or cut."""

from typing import Any

import pytest

from monitoring.engine import Finding, FindingKind, InterventionChange, InterventionRecord, Tier, assess, explain
from monitoring.engine.detectors.stops import MOOD_SYMPTOMS
from monitoring.engine.instruments import CHECKLISTS
from tests.monitoring.engine.detectors.medicines import found, medicine, with_symptoms
from tests.monitoring.engine.histories import history

STOPPED = {symptom.code for symptom in CHECKLISTS["discontinuation"].symptoms}
BODY = ("dizziness", "balance", "nausea", "headache", "electric_shocks", "tingling", "sweating")


def stop(name: str = "sertraline", *, week: float = 12) -> InterventionRecord:
    return medicine(week, InterventionChange.STOP, name=name, before=100, after=0, label=f"{name} stopped")


def after_stop(
    now: dict[str, int],
    *,
    before: dict[str, int] | None = None,
    askings: int = 3,
    name: str = "sertraline",
    days: float = 5,
) -> list[Finding]:
    """Return what is found so many days after a stop, the symptoms having been asked so often before."""
    usual = dict.fromkeys(now, 0) if before is None else before
    asked = [with_symptoms(12 - 1 - turn, **usual) for turn in reversed(range(askings))]
    check_ins = [*asked, with_symptoms(12 + days / 7, **now)]
    return found(assess(history(check_ins, interventions=[stop(name)])), FindingKind.DISCONTINUATION)


@pytest.mark.parametrize(
    ("count", "askings", "tier"),
    [(4, 3, None), (5, 3, Tier.REVIEW), (5, 1, None), (6, 1, Tier.REVIEW)],
)
def test_so_many_symptoms_must_be_worse_than_before_the_stop(count: int, askings: int, tier: Tier | None) -> None:
    findings = after_stop(dict.fromkeys(BODY[:count], 1), askings=askings)

    assert [one.tier for one in findings] == ([tier] if tier else [])


@pytest.mark.parametrize(("before", "tier"), [(0, Tier.PRIORITY), (1, Tier.PRIORITY), (2, None)])
def test_a_severe_symptom_counts_where_it_was_mild_at_most(before: int, tier: Tier | None) -> None:
    findings = after_stop({"dizziness": 3}, before={"dizziness": before})

    assert [one.tier for one in findings] == ([tier] if tier else [])


def test_old_symptoms_that_were_never_asked_before_are_not_called_new_or_worse() -> None:
    now = {"anxiety": 1, "irritability": 1, "low_mood": 1, "vivid_dreams": 1, "balance": 1, "tingling": 1}

    assert after_stop(now, before={}) == []


def test_a_moderate_symptom_of_the_body_that_was_never_asked_is_told_as_that_and_pages_nobody() -> None:
    (finding,) = after_stop({"electric_shocks": 2, "anxiety": 1}, before={})

    said = explain(finding)
    assert finding.tier is Tier.WATCH
    assert "Reported since" in said
    assert "not asked about before" in said
    assert "What would clear it" in said
    assert "new symptoms" not in said
    assert "New or worse" not in said


@pytest.mark.parametrize("name", ["ibuprofen", "Vitamin D", "lithium"])
def test_a_medicine_without_known_withdrawal_has_no_such_reading(name: str) -> None:
    assert after_stop(dict.fromkeys(BODY, 3), name=name) == []


@pytest.mark.parametrize("days", [2, 7, 22, 26, 40, 55])
@pytest.mark.parametrize("name", ["fluoxetine", "paroxetine", "Sertralin 50"])
def test_symptoms_typical_of_stopping_are_never_called_a_return_of_the_illness(name: str, days: int) -> None:
    now = {"electric_shocks": 2, "irritability": 2, "anxiety": 2, "mood_swings": 2, "dizziness": 1, "low_mood": 2}

    (finding,) = after_stop(now, name=name, days=days)

    said = explain(finding)
    assert "Typical of stopping" in said
    assert "return" not in said
    assert "relapse" not in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fluoxetine", "weeks after the stop"),
        ("Fluoxetin 20 mg", "weeks after the stop"),
        ("venlafaxine", "within days"),
        ("Trevilor retard", "within days"),
    ],
)
def test_the_usual_time_follows_the_medicine(name: str, words: str) -> None:
    (finding,) = after_stop(dict.fromkeys(BODY, 1), name=name)

    assert words in explain(finding)


def test_mood_alone_after_a_stop_can_be_either_and_is_to_be_asked_about() -> None:
    (finding,) = after_stop({"low_mood": 3, "anxiety": 2})

    said = explain(finding)
    assert "can be withdrawal (later with long-acting medicines) or the illness. Ask." in said
    assert "Typical of stopping" not in said


@pytest.mark.parametrize(("name", "words"), [("Lorazepam", "fits"), ("Tilidin comp", "thoughts of suicide")])
def test_a_medicine_with_a_dangerous_stop_has_its_own_warning(name: str, words: str) -> None:
    (finding,) = after_stop(dict.fromkeys(BODY, 1), name=name)

    assert words in explain(finding)


def test_the_watch_after_a_stop_ends_after_eight_weeks() -> None:
    assert after_stop({"dizziness": 3}, days=58) == []


def test_an_older_stop_of_a_medicine_with_withdrawal_is_not_hidden_by_a_stop_of_another() -> None:
    check_ins: list[Any] = [with_symptoms(9 + turn, dizziness=0) for turn in range(3)]
    check_ins.append(with_symptoms(13, dizziness=3))
    events = [stop(week=12), stop("ibuprofen", week=12.5)]

    (finding,) = found(assess(history(check_ins, interventions=events)), FindingKind.DISCONTINUATION)

    assert finding.item == "sertraline"


def test_every_symptom_of_mood_is_on_the_list() -> None:
    assert MOOD_SYMPTOMS < STOPPED
