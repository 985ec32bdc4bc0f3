"""Time to a response and to a relapse: what is read at a week, and what is hidden there."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.engine import INSTRUMENTS
from monitoring.models import Score
from monitoring.outcomes import curves, outcomes, results
from monitoring.outcomes.estimates.survival import Watched
from patients.care import episodes, treatments
from patients.models.care import InterventionKind
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import add_scores_on, at_week, course, make_scores, watched


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
    assert at_week(curve, 12).step.free == pytest.approx(7 / 13)
    assert curve.measured.share == outcomes.share(6, 13), "nobody knows how those who stayed well are"
    assert (at_week(curve, 26).step, at_week(curve, 26).unmeasured_from) == (None, 13)


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

    assert [reading.followed for reading in curve.at] == [22, 16, None, None]


def test_half_of_them_is_not_read_where_few_were_still_watched() -> None:
    early, late = watched(*[2] * 10, *[-9] * 8), watched(*[2] * 5, *[-5] * 9, *[7] * 4)

    assert curves.curve("All", early, (4,)).median == 2
    assert curves.curve("All", late, (4,)).median is None


def seen(*weeks: float, happened: bool) -> Watched:
    return Watched(weeks=weeks[-1], happened=happened, seen=weeks)


def test_a_week_up_to_which_nobody_was_measured_says_so_instead_of_nought_per_cent() -> None:
    """Forms at the start and after eight weeks: at week 4 nobody had been asked."""
    people = [*[seen(8, happened=True)] * 6, *[seen(8, 20, happened=False)] * 6]

    readings = curves.curve("All", people, (4, 8, 12)).at

    assert [(one.week, one.unmeasured_from, one.step is None) for one in readings] == [
        (4, 1, True), (8, None, False), (12, 9, True)
    ]  # fmt: skip
    assert [one.followed for one in readings] == [None, 12, None], "nobody is called followed who was not measured"


def test_everybody_has_had_it_and_nobody_is_left() -> None:
    reading = curves.curve("All", watched(*[2] * 6, *[3] * 8), (4,)).at[0]

    assert (reading.is_over, reading.step.happened, reading.step.happened_low) == (True, 1, None)


def page_of(client: Client, north: World) -> str:
    client.force_login(north.cora)
    return " ".join(client.get(reverse("clinic_outcomes")).content.decode().split())


def test_the_page_says_in_words_that_nobody_was_measured_or_is_left(north: World, client: Client) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")

    page = page_of(client, north)

    assert "nobody was measured in weeks 1 to 4" in page
    assert "all who were still followed" in page and "nobody is left to follow" in page
    assert "0% to 0%" not in page and "at risk" not in page.lower()


def test_the_page_counts_people_who_are_still_followed(north: World, client: Client) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=9, first=20, last=19, started=date(2026, 3, 2), prefix="Not")

    assert "21 still followed" in page_of(client, north)


def test_a_course_that_goes_on_on_another_form_is_followed_up_to_the_change(north: World) -> None:
    """From 20 of 27 to 2 on another scale is no response, and the weeks after the change are not followed."""
    made = make_scores(north, people=12, first=20, last=18, started=date(2026, 3, 2), prefix="Broken")
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    for episode in made:
        add_scores_on(episode, "PHQ-9", "2", {12: 2})

    found = results.load_results(instrument="PHQ-9", version="1", by=north.cora, at=NOW)

    assert at_week(found.response, 8).step.happened == pytest.approx(0.5)
    assert at_week(found.response, 12).is_watched is False


def test_who_started_well_is_not_waited_for_to_respond(north: World) -> None:
    make_scores(north, people=6, first=3, last=1, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=12, first=20, last=1, started=date(2026, 3, 2), prefix="Ill")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert (found.response.people, at_week(found.response, 8).step.happened) == (12, 1)


@pytest.mark.parametrize(("well", "is_told"), [(0, True), (2, False), (4, False), (5, True)])
def test_a_few_who_started_well_cannot_be_worked_out_from_two_numbers(north: World, well: int, is_told: bool) -> None:
    """28 in the table and 26 under the curve would be two people who started below the line."""
    make_scores(north, people=well, first=3, last=1, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=12, first=20, last=1, started=date(2026, 3, 2), prefix="Ill")
    make_scores(north, people=12, first=20, last=19, started=date(2026, 3, 2), prefix="Not")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert found.total.people == 24 + well
    assert found.response.is_counted is is_told
    assert at_week(found.response, 8).followed == (24 if is_told else None)


def test_a_score_on_another_form_after_discharge_is_no_relapse(north: World) -> None:
    """2 of 27 at discharge and 80 of 100 on another scale cannot be compared."""
    for episode in make_scores(north, people=12, first=20, last=2, started=date(2026, 3, 2), prefix="Well"):
        ended_on = date(2026, 3, 2) + timedelta(weeks=10)
        episodes.end_episode(episode=episode, ended_on=ended_on, by=north.chris, at=NOW)
        add_scores_on(episode, "PHQ-9", "2", {14: 80})

    [curve] = results.load_results(instrument="PHQ-9", version="1", by=north.cora, at=NOW).relapse

    assert (curve.people, curve.measured.share) == (12, outcomes.share(0, 12))
    assert [(reading.step, reading.unmeasured_from) for reading in curve.at[:2]] == [(None, 1), (None, 13)]


@pytest.mark.parametrize(
    ("values", "is_confirmed"),
    [((20, 9, 9, 9), True), ((20, 9, 14, 9), False), ((20, 9, 9), False), ((20, 14, 9, 9), False)],
    ids=["on three forms of two weeks", "not on the next", "one week later only", "the last two, a week apart"],
)
def test_one_form_is_no_response_in_the_time_to_one(values: tuple[int, ...], is_confirmed: bool) -> None:
    """Of unchanged people with a true 12, every fifth is once at half within twelve weeks."""
    people = [course(*values, person=str(number)) for number in range(12)]

    curve = curves.response_curve(people, INSTRUMENTS["PHQ-9"])

    happened = at_week(curve, 4).step
    assert curve.people == 12
    assert (happened is not None and happened.happened == 1) is is_confirmed
