"""From a path of statistics to an alarm that opens, stays, is raised again and closes; and the numbers of its sentence."""

from dataclasses import replace

import numpy as np
import pytest

from monitoring.engine import INSTRUMENTS, Domain
from monitoring.engine.detectors import change
from monitoring.engine.detectors.change import Alarm, Cuts
from monitoring.engine.detectors.series import Series, rating_series, score_series
from monitoring.engine.records import FindingKind, Tier
from monitoring.engine.rules import DEFAULT
from tests.monitoring.engine.histories import check_in, day, history, score_history, slots, usual, weekly

CUTS = Cuts(watch=1, review=2, priority=3)
NAN = float("nan")
SLEEP, PAIN = list(Domain).index(Domain.SLEEP), list(Domain).index(Domain.PAIN)


def series(weeks: int, *, new_normal: int | None = None) -> Series:
    rows = weekly([usual(week) for week in range(weeks)])
    cuts = [] if new_normal is None else [day(new_normal)]
    return rating_series(history(rows, new_normal_on=cuts), DEFAULT)


def of_sleep(*values: int | None) -> Series:
    return rating_series(history(weekly([usual(0, sleep=value) for value in values])), DEFAULT)


@pytest.mark.parametrize(
    ("statistic", "tier"),
    [(0.99, None), (1, Tier.WATCH), (1.99, Tier.WATCH), (2, Tier.REVIEW), (2.99, Tier.REVIEW), (3, Tier.PRIORITY)],
)
def test_a_tier_begins_at_its_cut(statistic: float, tier: Tier | None) -> None:
    assert CUTS.tier(statistic) is tier


@pytest.mark.parametrize(
    ("path", "alarm"),
    [
        ([0, 1.9, 1.9], None),
        ([0, 2.1, 1.2, 1.2], Alarm(opened=1, raised=1)),
        ([0, 2.1, 0.5, 1.2], Alarm(opened=1, raised=1)),
        ([0, 2.1, 0.5, 0.5], None),
        ([0, 2.1, 0.5, NAN, 0.5], None),
        ([0, 2.1, 0.5, 0.5, 2.1], Alarm(opened=4, raised=4)),
        ([2.1] * 8, Alarm(opened=0, raised=0)),
        ([2.1] * 9, Alarm(opened=0, raised=8)),
        ([2.1] * 8 + [1.2], Alarm(opened=0, raised=0)),
    ],
    ids=[
        "watch opens none",
        "stays above watch",
        "once below",
        "twice below",
        "a skipped week closes nothing",
        "opens anew",
        "goes on",
        "raised again",
        "too quiet to be raised again",
    ],
)
def test_an_alarm_opens_at_review_and_closes_after_two_quiet_check_ins(path: list[float], alarm: Alarm | None) -> None:
    assert change.open_alarm(np.array(path), series(len(path)), CUTS, DEFAULT) == alarm


def test_a_new_usual_level_begins_without_an_alarm() -> None:
    path = np.array([2.5, 2.5, 1.5, 1.5])

    assert change.open_alarm(path, series(4, new_normal=2), CUTS, DEFAULT) is None


def test_a_split_compares_the_newest_before_with_all_since_in_the_scales_own_direction() -> None:
    evidence = change.split_at(of_sleep(*[7] * 3, *[8] * 12, None, 4, 5), SLEEP, 16, DEFAULT)

    assert evidence is not None
    assert len(evidence.before) == DEFAULT.explain_baseline
    assert (evidence.mean_before, evidence.mean_after) == (8, 4.5)
    assert (evidence.contrast, evidence.worse_by) == (-3.5, 3.5)


def test_what_was_before_a_new_usual_level_is_not_compared_with() -> None:
    rows = weekly([usual(0, sleep=value) for value in (2, 2, 8, 8, 5)])
    known = rating_series(history(rows, new_normal_on=[day(2)]), DEFAULT)

    evidence = change.split_at(known, SLEEP, 4, DEFAULT)

    assert evidence is not None and evidence.before.tolist() == [2, 2]


@pytest.mark.parametrize("values", [(None, None, 4), (7, 7, None)], ids=["nothing before", "nothing since"])
def test_with_nothing_on_a_side_there_is_nothing_to_compare(values: tuple[int | None, ...]) -> None:
    assert change.split_at(of_sleep(*values), SLEEP, 2, DEFAULT) is None


def test_the_numbers_of_the_sentence_can_be_counted_by_hand() -> None:
    rows = weekly([usual(0, sleep=value) for value in (7, 6, 7, 6, 7, 6, 7, 6, 2, 3, 3)])
    past = history(rows, schedule=slots(11, missed=[1, 9, 10]))
    known = rating_series(past, DEFAULT)
    evidence = change.split_at(known, SLEEP, 8, DEFAULT)
    assert evidence is not None

    mood = change.split_at(known, list(Domain).index(Domain.MOOD), 8, DEFAULT)
    assert mood is not None
    parts = change.change_parts(past, evidence, [mood], DEFAULT)

    assert (parts["before_mean"], parts["before_n"], parts["after_mean"], parts["after_n"]) == (6.5, 8, 2.7, 3)
    assert parts["points"] == 3.8
    assert (parts["onset_on"], parts["last_on"]) == (day(8).isoformat(), day(10).isoformat())
    assert (parts["missed"], parts["planned"], parts["also"]) == (2, 8, ["mood"])
    assert parts["also_means"] == [[round(mood.mean_before, 1), round(mood.mean_after, 1)]]
    assert parts["usual_low"] < 6.5 < parts["usual_high"]
    assert parts["outside_in_a_row"] == 3


def test_a_usual_range_that_is_not_known_yet_is_not_told() -> None:
    past = history(weekly([usual(0, sleep=value) for value in (7, 6, 7, 2)]))
    evidence = change.split_at(rating_series(past, DEFAULT), SLEEP, 3, DEFAULT)
    assert evidence is not None

    assert "usual_low" not in change.change_parts(past, evidence, [], DEFAULT)


@pytest.mark.parametrize(("days_late", "tier"), [(14, Tier.PRIORITY), (15, Tier.WATCH)])
def test_an_entry_about_long_ago_pages_nobody(days_late: int, tier: Tier) -> None:
    rows = [check_in(0, usual(0)), check_in(1, usual(1), days_late=days_late)]

    assert change.late_cap(Tier.PRIORITY, rating_series(history(rows), DEFAULT), DEFAULT) is tier


def test_several_ratings_together_and_one_scale_have_cuts_of_their_own() -> None:
    phq9 = score_series(score_history(INSTRUMENTS["PHQ-9"], [9, 9]), "PHQ-9", DEFAULT)

    assert change.cuts_of(series(2), DEFAULT).review == DEFAULT.kernel_review
    assert change.cuts_of(phq9, DEFAULT).review == DEFAULT.single_review


def test_a_change_speaks_of_the_scale_it_is_about_and_counts_its_weeks() -> None:
    known = rating_series(history(weekly([usual(0, pain=value) for value in (2, 2, 8, 8)])), DEFAULT)
    evidence = change.split_at(known, PAIN, 2, DEFAULT)
    assert evidence is not None

    finding = change.change_finding(
        evidence,
        kind=FindingKind.DETERIORATION,
        tier=Tier.REVIEW,
        statistic=2.5,
        threshold=2,
        chance=0.8,
        parts={},
    )

    assert (finding.domain, finding.instrument) == (Domain.PAIN, None)
    assert (finding.contrast, finding.weeks, finding.onset_on) == (6, 1, day(2))
    assert finding.parts == {"chance": 0.8}


def test_without_a_verdict_nothing_has_changed() -> None:
    past = history(weekly([usual(week) for week in range(20)]))
    course = change.course_of(rating_series(past, DEFAULT), DEFAULT)

    silent = replace(course, worse=np.full_like(course.worse, np.nan), guard=np.ones_like(course.guard))

    assert change.change_findings(past, silent, DEFAULT) == []
