"""Time to a response and to a relapse: what is read at a week, and what is hidden there."""

from datetime import date, timedelta

import pytest

from monitoring.models import Score
from monitoring.outcomes import curves, results
from patients.care import episodes, treatments
from patients.models.care import InterventionKind
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import at_week, make_scores, watched


def test_who_stays_well_after_discharge_by_kind_of_treatment(north: World) -> None:
    started = date(2025, 1, 6)
    well = make_scores(north, people=7, first=20, last=2, started=started, prefix="Stayed")
    back = make_scores(north, people=6, first=20, last=2, started=started, prefix="Back")
    for episode in (*well, *back):
        treatments.start_intervention(
            episode=episode,
            kind=InterventionKind.PSYCHOTHERAPY,
            name="CBT",
            started_on=started,
            by=north.chris,
            at=NOW,
        )
        episodes.end_episode(episode=episode, ended_on=started + timedelta(weeks=10), by=north.chris, at=NOW)
    for episode in back:
        Score.objects.create(
            episode=episode,
            instrument="PHQ-9",
            instrument_version="1",
            about_on=started + timedelta(weeks=20),
            entered_at=NOW,
            value=17,
        )

    [curve] = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW).relapse

    assert (curve.name, curve.people) == ("Therapy", 13)
    assert at_week(curve, 26).step.free == pytest.approx(7 / 13)


def test_a_week_by_which_it_happened_to_a_few_is_hidden() -> None:
    curve = curves.curve("All", watched(2, 2, *[7] * 6, *[-20] * 12), (1, 4, 8))

    assert [(reading.week, reading.step is None) for reading in curve.at] == [(1, False), (4, True), (8, False)]


def test_a_curve_says_nothing_past_the_last_week_with_five_people_at_risk() -> None:
    """The clinician's example: everyone leaves at week 5, and weeks 8 and 12 repeated what was true at week 5."""
    curve = curves.curve("All", watched(*[2] * 6, *[-5] * 10, *[-9] * 4), (1, 4, 5, 8, 12))

    assert [reading.is_watched for reading in curve.at] == [True, True, True, False, False]
    assert [reading.step is None for reading in curve.at] == [False, False, False, True, True]


def test_a_curve_that_ended_because_it_happened_to_everybody_is_known() -> None:
    curve = curves.curve("All", watched(*[2] * 6, *[3] * 8), (4, 8))

    assert [reading.step.happened for reading in curve.at if reading.step] == [1.0, 1.0]


def test_the_number_at_risk_hides_a_few_people_and_a_few_between_two_numbers() -> None:
    curve = curves.curve("All", watched(*[2] * 6, *[-5] * 2, *[-9] * 12, *[-15] * 2), (1, 4, 8, 12))

    assert [reading.at_risk for reading in curve.at] == [22, 16, None, None]


def test_half_of_them_is_not_read_where_few_were_still_watched() -> None:
    early, late = watched(*[2] * 10, *[-9] * 8), watched(*[2] * 5, *[-5] * 9, *[7] * 4)

    assert curves.curve("All", early, (4,)).median == 2
    assert curves.curve("All", late, (4,)).median is None
