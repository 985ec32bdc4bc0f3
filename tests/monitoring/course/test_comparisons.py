"""Before and after, in words."""

import datetime as dt
import re

import pytest

from monitoring.course import comparisons, course_rows
from monitoring.engine.records import (
    CheckInRecord,
    History,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
)
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.courses import STEADY, make_course
from tests.monitoring.engine.histories import day, history, usual, weekly
from tests.monitoring.trajectories import load, try_out


def test_a_difference_that_may_be_none_names_both_ends(north: World) -> None:
    make_course(north, STEADY)
    try_out(north, "Sertraline", 8)

    mood = next(series for series in load(north, around=True).comparisons[0].series if series.name == "Mood")

    assert re.fullmatch(
        r"([\d.]+ (worse|better) after|no change after) \([\d.]+ worse to [\d.]+ better\): no clear difference",
        mood.words,
    )
    assert comparisons.compare(course_rows.load_course_rows(north.episode, at=NOW).history)


def series(name: str, *, change: str = "", is_known: bool = True) -> comparisons.ComparedSeries:
    return comparisons.ComparedSeries(name=name, words="", detail="", change=change, is_known=is_known)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            (series("Sleep", change="2.2 worse"), series("Mood"), series("Pain", change="1 better"), series("Energy")),
            "Afterwards: sleep 2.2 worse and pain 1 better; no clear difference: mood and energy.",
        ),
        (
            (series("Sleep"), series("PHQ-9", is_known=False)),
            "No clear difference: sleep; too few answers: PHQ-9.",
        ),
        ((), "Nothing was measured."),
    ],
)
def test_one_sentence_says_what_is_clear_what_is_not_and_what_is_not_known(
    found: tuple[comparisons.ComparedSeries, ...], sentence: str
) -> None:
    one = comparisons.Comparison(on=day(1), kind="Medicine", event="Sertraline started", together="", series=found)

    assert one.sentence == sentence


START = day(12) - dt.timedelta(days=1)


def event(name: str, *, days: int = 0, change: str = "start") -> InterventionRecord:
    return InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name=name,
        on=START + dt.timedelta(days=days),
        change=InterventionChange(change),
        label=f"{name} 50 mg",
    )


def past(*events: InterventionRecord, sleep_after: int = 2, weeks: int = 24) -> History:
    rows: tuple[CheckInRecord, ...] = weekly(
        [usual(week, sleep=(7 if week % 2 else 6) if week < 12 else sleep_after + week % 2) for week in range(weeks)]
    )
    return history(rows, interventions=events)


def of_sleep(given: History) -> comparisons.ComparedSeries:
    return next(one for one in comparisons.compare(given)[0].series if one.name == "Sleep")


def test_a_clear_difference_is_told_with_its_direction_and_both_ends_nearest_first() -> None:
    told = of_sleep(past(event("Sertraline"))).words

    found = re.fullmatch(r"([\d.]+) worse after \(([\d.]+) to ([\d.]+)\)", told)
    assert found
    near, far = float(found[2]), float(found[3])
    assert near < float(found[1]) < far


def test_the_averages_can_be_counted_by_hand() -> None:
    assert of_sleep(past(event("Sertraline"))).detail.startswith("6.5 in 12 answers over 12 weeks, then 2.5 in")


def test_with_too_few_answers_nothing_is_compared() -> None:
    told = of_sleep(past(event("Sertraline"), weeks=13))

    assert told.words == "too few answers"
    assert told.detail == "12 before, 1 after"


@pytest.mark.parametrize(
    ("change", "words"),
    [("start", "Sertraline 50 mg started"), ("change", "Sertraline 50 mg"), ("stop", "Sertraline stopped")],
)
def test_an_event_says_what_was_done(change: str, words: str) -> None:
    [told] = comparisons.compare(past(event("Sertraline", change=change)))

    assert (told.event, told.on, told.together) == (words, START, "")


@pytest.mark.parametrize(
    ("days", "apart"), [(0, "(the same day)"), (1, "(1 day later)"), (3, "(3 days later)"), (14, "(14 days later)")]
)
def test_what_cannot_be_told_apart_is_said_from_both_sides(days: int, apart: str) -> None:
    second, first = comparisons.compare(past(event("Sertraline"), event("Lithium", days=days)))

    assert first.together == (
        f"Two changes within 14 days: they cannot be told apart. The others: Lithium 50 mg started {apart}."
    )
    assert apart.replace("later", "earlier") in second.together


def test_three_changes_are_counted_and_no_sentence_claims_a_cause() -> None:
    told = comparisons.compare(past(event("Sertraline"), event("Lithium", days=1), event("Walks", days=2)))

    assert told[0].together.startswith("3 changes within 14 days")
    words = " ".join(one.words + one.detail for comparison in told for one in comparison.series)
    assert not re.search(r"\b(because|cause|due to|effect)\b", words + told[0].together)


def bad_week(sleep: int) -> str:
    rows = weekly([usual(week, sleep=sleep if week == 11 else 6) for week in range(24)])
    [told] = comparisons.compare(history(rows, interventions=(event("Sertraline"),)))
    return told.bad_week


def test_a_change_in_a_bad_week_says_that_answers_get_better_without_it_too() -> None:
    told = bad_week(0).replace("\xa0", " ")

    assert re.fullmatch(
        r"This was in a bad week: the check-in of \d+ \w+ \d{4} was worse than \d+ of the 11 before it\. After a bad "
        r"week, answers are usually better again, also when nothing is changed\.",
        told,
    )
    assert not re.search(r"\b(because|cause|due to|effect|regression)\b", told)


def test_a_change_in_an_ordinary_week_says_nothing_of_it() -> None:
    assert bad_week(6) == ""
