"""What became of people: definitions held by small tables, figures by published data."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring import exchange
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes import outcomes
from monitoring.outcomes.score_courses import DatedScore, ScoreCourse
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.outcomes.scored import BETTER, WORSE, add_scores, course, declare_hamilton

NOW = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "data"
MAPPINGS = Path(__file__).parents[3] / "docs" / "examples" / "mappings"


def from_file(name: str, instrument: str) -> tuple[list[ScoreCourse], InstrumentSpec]:
    mapping = exchange.read_mapping((MAPPINGS / f"{name}.toml").read_text(encoding="utf-8"))
    file = exchange.read_series((DATA / f"{name}.csv").read_bytes(), mapping.instruments)
    courses = []
    for subject in sorted(file.subjects, key=lambda one: one.key):
        values = sorted((one.day, one.value) for one in subject.values if one.instrument == instrument)
        if values:
            visits = tuple(DatedScore(day=day, value=value) for day, value in values)
            courses.append(ScoreCourse(person=subject.key, visits=visits, observed_days=file.last_day))
    return courses, mapping.instruments[instrument]


@pytest.mark.parametrize(
    ("values", "spec", "expected"),
    [
        ((20, 10), WORSE, True),
        ((20, 11), WORSE, False),
        ((20, 8, 15), WORSE, False),
        ((0, 0), WORSE, False),
        ((20, 60), BETTER, True),
        ((20, 59), BETTER, False),
    ],
)
def test_response_is_half_of_the_first_score_gone_at_the_last(
    values: tuple[float, ...], spec: InstrumentSpec, expected: bool
) -> None:
    assert (outcomes.outcomes([course(*values)], spec).response.count == 1) is expected


def test_an_instrument_without_a_remission_line_has_no_remission() -> None:
    spec = InstrumentSpec(code="X", version="1", name="X", direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=10)

    assert outcomes.outcomes([course(5, 1)], spec).remission is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [((20, 22, 24), True), ((20, 23), False), ((20, 9, 30), False), ((20, 30, 20), False), ((5, 7), False)],
    ids=["a fifth worse", "less than a fifth", "responded once", "back at the start", "started well"],
)
def test_a_clear_non_responder_never_responded_and_ended_clearly_worse(values: tuple[int, ...], expected: bool) -> None:
    assert outcomes.is_clear_non_response(course(*values), WORSE) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [((30, 10, 18), True), ((30, 10, 16), False), ((30, 20, 28), False), ((30, 15, 8, 15, 16), True)],
    ids=["rose", "rose too little", "no response before", "against the best"],
)
def test_a_rebound_rises_above_the_best_after_a_response(values: tuple[int, ...], expected: bool) -> None:
    assert outcomes.is_rebound(course(*values), WORSE) is expected


def test_one_score_alone_is_counted_as_a_person_and_compared_with_nothing() -> None:
    found = outcomes.outcomes([course(20), course(20, 10, person="2")], WORSE)

    assert (found.people, found.compared, found.response.of) == (2, 1, 1)


def test_nobody_gives_empty_outcomes() -> None:
    found = outcomes.outcomes([], WORSE)

    assert found.people == 0
    assert (found.response.low, found.response.high) == (0.0, 1.0)
    assert found.course == ()


def test_a_person_counts_once_in_a_week() -> None:
    twice = ScoreCourse(person="1", visits=(DatedScore(day=0, value=10), DatedScore(day=1, value=20)), observed_days=7)

    (point,) = outcomes.mean_course([twice])

    assert (point.week, point.people, point.mean, point.low) == (0, 1, 15, None)


def test_the_interval_of_a_mean() -> None:
    (point,) = outcomes.mean_course([course(value, person=str(value)) for value in (8, 10, 12)])

    assert point.low == pytest.approx(10 - 1.96 * 2 / 3**0.5, abs=0.001)
    assert point.high == pytest.approx(10 + 1.96 * 2 / 3**0.5, abs=0.001)


# Wilson intervals as in Newcombe (1998), Stat Med 17:857, table I.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    found = outcomes.share(count, of)

    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_stopped_reporting_is_a_last_score_before_the_end_of_a_whole_course() -> None:
    courses = [
        course(9, 9, 9, 9, person="whole"),
        course(9, 9, 9, 9, person="whole too"),
        course(9, 9, person="stopped", observed=21),
        course(9, 9, person="still going on", observed=10),
    ]

    assert outcomes.stopped_reporting(courses) == ("stopped",)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 52), min_size=1, max_size=8), max_size=12))
def test_shares_stay_within_their_interval_and_the_interval_within_zero_and_one(rows: list[list[int]]) -> None:
    found = outcomes.outcomes([course(*row, person=str(n)) for n, row in enumerate(rows)], WORSE)

    for part in (found.response, found.remission, found.improvement, found.deterioration):
        assert part is not None
        middle = part.count / part.of if part.of else 0.0
        assert 0 <= part.low <= middle + 1e-12
        assert middle - 1e-12 <= part.high <= 1
    assert sum(found.responders_by_week.values()) >= found.response.count
    assert not set(found.clear_non_responders) & set(found.responders)


@settings(deadline=None)
@given(st.lists(st.integers(0, 52), min_size=2, max_size=8))
def test_a_flipped_scale_gives_the_same_outcomes(values: list[int]) -> None:
    flipped = InstrumentSpec(
        code="F",
        version="1",
        name="F",
        direction=Direction.HIGHER_IS_BETTER,
        minimum=0,
        maximum=52,
        response_drop=0.5,
        remission_below=44,
    )
    here = outcomes.outcomes([course(*values)], WORSE)
    there = outcomes.outcomes([course(*(52 - value for value in values))], flipped)

    assert (here.response, here.remission, here.deterioration) == (there.response, there.remission, there.deterioration)
    assert (here.rebounds, here.clear_non_responders) == (there.rebounds, there.clear_non_responders)


def test_riesby_gives_the_known_figures() -> None:
    courses, spec = from_file("riesby", "HAM-D")

    found = outcomes.outcomes(courses, spec)

    assert found.people == 66
    assert [round(point.mean, 1) for point in found.course] == [23.4, 21.8, 18.3, 16.4, 13.6, 11.9]
    assert found.response.count == 37
    assert found.remission is not None
    assert found.remission.count == 21
    assert found.clear_non_responders == ("322", "328", "360")
    assert found.rebounds == ("103", "327", "361")
    assert min(found.responders_by_week) >= 2, "no response in the placebo week"
    assert len(found.stopped_reporting) == 8


def test_a_change_of_exactly_seven_points_is_below_the_line_of_an_instrument_that_declares_none() -> None:
    """One person of Riesby's changed by exactly 7 points; 13.5 % of 52 points are 7.02."""
    courses, spec = from_file("riesby", "HAM-D")

    found = outcomes.outcomes(courses, spec)

    assert found.reliable_points == pytest.approx(7.02)
    assert found.improvement.count == 43
    declared = outcomes.outcomes(courses, replace(spec, reliable_change=7))
    assert declared.improvement.count == 44, "a declared line counts itself"


def test_the_trials_change_is_ordered_as_the_patients_own_impression() -> None:
    courses, _ = from_file("antidepressant_dia", "HAM-D17")
    impressions, _ = from_file("antidepressant_dia", "PGI-I")

    groups = outcomes.change_by(courses, impressions)

    assert [group.value for group in groups] == [1, 2, 3, 4, 5, 6, 7]
    assert [round(group.mean_change, 1) for group in groups] == [-11.6, -8.3, -4.1, -1.6, 0.5, 3.9, 4.0]


def test_the_command_prints_json(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare_hamilton()
        add_scores(world.episode, 20, 15, 9)
        add_scores(world.bens_episode, 20, 18, 19)

    call_command("outcomes", "--clinic", "Northgate Clinic", "--instrument", "HAM-D", "--by", "HAM-D", "--json")

    printed = json.loads(capsys.readouterr().out)
    assert printed["people"] == 2
    assert printed["response"]["count"] == 1
    assert [point["mean"] for point in printed["course"]] == [20, 16.5, 14]
    assert printed["change_by"]["groups"][0] == {"value": 9, "visits": 1, "mean_change": -11}


def test_the_command_prints_lines(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare_hamilton()
        add_scores(world.episode, 20, 15, 9)

    call_command("outcomes", "--clinic", "Northgate Clinic", "--instrument", "HAM-D")

    printed = capsys.readouterr().out
    assert "Response: 1 of 1" in printed
    assert "Reliably better: 1 of 1" in printed
    assert "changed by 7.02 points or more" in printed
    assert "Mean by week: 20.0 (n 1), 15.0 (n 1), 9.0 (n 1)" in printed


@pytest.mark.parametrize(
    ("clinic", "says"), [("Nowhere", "There is no clinic"), ("Northgate Clinic", "has no scores of HAM-D")]
)
def test_the_command_refuses_in_one_sentence(world: World, clinic: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("outcomes", "--clinic", clinic, "--instrument", "HAM-D")
