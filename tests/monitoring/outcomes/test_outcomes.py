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
from monitoring.outcomes import outcomes, thresholds
from monitoring.outcomes.score_courses import DatedScore, ScoreCourse
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.outcomes.scored import BETTER, WORSE, add_scores, add_scores_on, course, declare, declare_hamilton

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
        ((55, 100), BETTER, False),
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


def test_a_rebound_needs_a_clear_rise_and_not_a_clear_fall() -> None:
    """From 11 to 2 are 9 points, no response where 10 are reliable; the 13 points up again are clear."""
    spec = replace(WORSE, remission_below=None, reliable_change=10)
    one = course(11, 8, 3, 2, 15)

    assert not any(thresholds.is_response(one, spec, index) for index in range(5))
    assert outcomes.is_rebound(one, spec) is True


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

    # Student's t with two degrees of freedom, not the normal 1.96.
    assert point.low == pytest.approx(10 - 4.3027 * 2 / 3**0.5, abs=0.001)
    assert point.high == pytest.approx(10 + 4.3027 * 2 / 3**0.5, abs=0.001)


# Wilson intervals as in Newcombe (1998), Stat Med 17:857, table I.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    found = outcomes.share(count, of)

    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize(
    ("count", "of", "percent"), [(0, 2000, 0), (5, 2000, 1), (1000, 2000, 50), (1995, 2000, 99), (2000, 2000, 100)]
)
def test_nought_and_a_hundred_per_cent_are_said_of_nobody_and_everybody_only(count: int, of: int, percent: int) -> None:
    assert outcomes.share(count, of).percent == percent


# --- Who stopped reporting -------------------------------------------------------------------------------------------


def days(*on: int, asked: int | None = None, agreed: float | None = None, observed: int = 400) -> ScoreCourse:
    visits = tuple(DatedScore(day=day, value=9) for day in on)
    return ScoreCourse(person="1", visits=visits, observed_days=observed, asked_days=asked, agreed_days=agreed)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (days(0, 7, 14, 21, asked=41), False),
        (days(0, 7, 14, 21, asked=42), True),
        (days(0, 28, 56, 84, asked=139), False),
        (days(0, 28, 56, 84, asked=140), True),
        (days(0, 3, 24, 27, 48, asked=71), False),
        (days(0, 3, 24, 27, 48, asked=72), True),
        (days(0, 1, 2, 3, asked=58, agreed=28), False),
        (days(0, 1, 2, 3, asked=59, agreed=28), True),
        (days(0, asked=55, agreed=28), False),
        (days(0, asked=56, agreed=28), True),
    ],
    ids=lambda value: (
        value if isinstance(value, bool) else f"{[one.day for one in value.visits]} to {value.asked_days}"
    ),
)
def test_stopped_reporting_is_a_silence_by_the_persons_own_rhythm(one: ScoreCourse, expected: bool) -> None:
    """Two of the person's own usual intervals, never shorter than agreed, and three weeks at least."""
    assert outcomes.have_stopped([one]) == [expected]


def test_irregular_therapy_of_different_lengths_is_not_taken_for_silence() -> None:
    """Weekly sessions with holidays, done after 6 to 40 weeks, taken over from elsewhere: nobody asks any more."""
    therapies = [
        days(*(7 * week for week in range(length) if week % 5 != number % 5))
        for number, length in enumerate(range(6, 41, 2))
    ]

    assert outcomes.have_stopped(therapies) == [None] * 18
    asked = [replace(one, asked_days=one.visits[-1].day + 20) for one in therapies]
    assert outcomes.have_stopped(asked) == [False] * 18


def test_people_who_are_asked_give_the_others_no_common_end() -> None:
    """Six patients of the clinic have answered up to week 20; that is no end for a series from elsewhere."""
    asked = [days(*range(0, 141, 7), asked=145)] * 6

    assert outcomes.have_stopped([*asked, days(0, 7), days(0, 7, 14), days(0, 7, 14, 21)]) == [False] * 6 + [None] * 3


def test_in_series_with_one_end_stopped_is_a_last_score_before_it() -> None:
    courses = [
        course(9, 9, 9, 9, person="whole"),
        course(9, 9, 9, 9, person="whole too"),
        course(9, 9, person="stopped", observed=21),
        course(9, 9, person="still going on", observed=10),
    ]

    found = outcomes.outcomes(courses, WORSE)

    assert outcomes.have_stopped(courses) == [False, False, True, None]
    assert (found.stopped_reporting, found.stopping_known) == (("stopped",), 3)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 52), min_size=1, max_size=8), max_size=12))
def test_shares_stay_within_their_interval_and_the_interval_within_zero_and_one(rows: list[list[int]]) -> None:
    found = outcomes.outcomes([course(*row, person=str(n)) for n, row in enumerate(rows)], WORSE)

    for part in (found.response, found.remission):
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

    assert (here.response, here.remission, here.started_below) == (there.response, there.remission, there.started_below)
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


def test_nobody_in_riesby_changed_reliably_before_somebody_declares_what_that_is() -> None:
    """One person changed by exactly 7 points: a declared line counts itself, our own share of 7.02 does not."""
    courses, spec = from_file("riesby", "HAM-D")

    found = outcomes.outcomes(courses, spec)

    assert (found.improvement, found.deterioration, found.reliable_points) == (None, None, None)
    assert found.clear_points == 7.02
    assert outcomes.outcomes(courses, replace(spec, reliable_change=7)).improvement.count == 44
    assert outcomes.outcomes(courses, replace(spec, reliable_change=7.02)).improvement.count == 43


def test_who_started_below_the_line_is_counted_apart() -> None:
    courses, spec = from_file("antidepressant_dia", "HAM-D17")

    found = outcomes.outcomes(courses, spec)

    assert (found.compared, found.started_below, found.start_line) == (172, 5, 8)
    assert (found.response, found.remission) == (outcomes.share(50, 167), outcomes.share(43, 167))
    assert found.rebounds == ("2607", "3408", "3614")
    assert (len(found.stopped_reporting), found.stopping_known) == (46, 172)
    well = [course(2, 1, person="a"), course(20, 4, person="b"), course(4, 30, person="c")]
    assert outcomes.outcomes(well, WORSE).remission == outcomes.share(1, 1)


def test_a_neutral_measure_gets_neither_better_nor_worse() -> None:
    neutral = replace(WORSE, direction=Direction.NEUTRAL, is_judged=False)

    found = outcomes.outcomes([course(2, 50, person="1"), course(50, 2, person="2")], neutral)

    assert {found.response, found.remission, found.improvement, found.deterioration, found.started_below} == {None}
    assert (found.clear_non_responders, found.rebounds, found.responders_by_week) == ((), (), {})
    assert len(found.course) == 2, "its mean is shown all the same"


@pytest.mark.parametrize(("last", "expected"), [(11, False), (12, True)])
def test_less_than_the_reliable_change_is_not_clearly_worse(last: int, expected: bool) -> None:
    spec = replace(WORSE, reliable_change=4)

    assert outcomes.is_clear_non_response(course(8, last), spec) is expected


def test_two_people_of_one_name_are_two() -> None:
    twins = [
        replace(course(20, 9, person="Ann Archer"), key="1"),
        replace(course(20, 24, person="Ann Archer"), key="2"),
    ]

    assert outcomes.change_by(twins, twins)[0] == outcomes.AnchorGroup(value=9, visits=1, mean_change=-11)
    assert len(outcomes.change_by(twins, twins)) == 2


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
    # Two people, one degree of freedom: 12.7 standard errors of 1.5 points.
    assert [point["high"] for point in printed["course"]] == [
        None,
        pytest.approx(16.5 + 12.7062 * 1.5, abs=0.01),
        pytest.approx(14 + 12.7062 * 5, abs=0.01),
    ]
    assert printed["change_by"]["groups"][0] == {"value": 9, "visits": 1, "mean_change": -11}


def test_the_command_prints_lines(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare_hamilton()
        add_scores(world.episode, 20, 15, 9)

    call_command("outcomes", "--clinic", "Northgate Clinic", "--instrument", "HAM-D")

    printed = capsys.readouterr().out
    assert "Response: 1 of 1" in printed
    assert "HAM-D version 1: 1 person, 1 with a first and a later score" in printed
    assert "Reliably better" not in printed and "Deterioration" not in printed
    assert "No reliable change is declared: whether a response or a change is more than chance is not known" in printed
    assert "Rebound after the share of a response was gone, by 7.02 or more points: nobody" in printed
    assert "Mean by week since the start: week 0: 20.0 (1 person), week 1: 15.0 (1 person), week 2: 9.0" in printed


@pytest.mark.parametrize(
    ("clinic", "says"), [("Nowhere", "There is no clinic"), ("Northgate Clinic", "has no scores of HAM-D")]
)
def test_the_command_refuses_in_one_sentence(world: World, clinic: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("outcomes", "--clinic", clinic, "--instrument", "HAM-D")


def test_the_command_says_that_a_neutral_measure_is_not_judged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare("Lithium", Direction.NEUTRAL)
        add_scores_on(world.episode, "Lithium", "1", {0: 0.9, 1: 0.4})

    call_command("outcomes", "--clinic", "Northgate Clinic", "--instrument", "Lithium")

    printed = capsys.readouterr().out
    assert "A neutral measure: no value of it is better or worse than another" in printed
    assert "Deterioration" not in printed and "Response" not in printed


def test_the_command_never_puts_two_versions_together(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare("VAS", version="1", response_drop=0.5)
        declare("VAS", version="2", response_drop=0.5)
        add_scores_on(world.episode, "VAS", "1", {0: 50, 1: 48, 2: 40})
        add_scores_on(world.bens_episode, "VAS", "2", {0: 5, 1: 5})

    with pytest.raises(CommandError, match=r"VAS has scores on 2 versions: 1, 2\. They are never put together"):
        call_command("outcomes", "--clinic", "Northgate Clinic", "--instrument", "VAS")
    call_command(
        "outcomes", "--clinic", "Northgate Clinic", "--instrument", "VAS", "--instrument-version", "1", "--json"
    )
    printed = json.loads(capsys.readouterr().out)
    assert (printed["people"], [point["mean"] for point in printed["course"]]) == (1, [50, 48, 40])
