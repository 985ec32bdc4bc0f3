"""The page of outcomes: intervals by hand, nothing about fewer than five people, and nothing that gives it away."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.engine.records import Direction
from monitoring.models import Score
from monitoring.outcomes import outcomes, results
from patients.care import episodes, treatments
from patients.models import AuditEvent, Episode
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.outcomes.scored import declare, watched

# ---------- the page ----------


def at_week(curve: results.Curve, week: int) -> results.CurvePoint:
    return next(reading for reading in curve.at if reading.week == week)


def make_scores(
    world: World, *, people: int, first: int, last: int, started: date, prefix: str, instrument: str = "PHQ-9"
) -> list[Episode]:
    """Make people with two scores, eight weeks apart."""
    made = []
    for number in range(people):
        patient = factories.make_patient(f"{prefix} {number}")
        episode = factories.make_episode(patient, team=(world.chris,), started_on=started)
        for week, value in ((0, first), (8, last)):
            Score.objects.create(
                episode=episode,
                instrument=instrument,
                instrument_version="1",
                about_on=started + timedelta(weeks=week),
                entered_at=NOW,
                value=value,
            )
        made.append(episode)
    return made


def test_what_became_of_people_by_month(north: World) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=8, first=10, last=19, started=date(2026, 3, 9), prefix="Worse")
    make_scores(north, people=10, first=20, last=4, started=date(2026, 4, 6), prefix="April")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    better, recovered, response, remission, worse, _stopped = found.total.cells
    assert found.total.people == 30
    assert (better.share.count, recovered.share.count, response.share.count) == (22, 22, 22)
    assert (remission.share.count, worse.share.count) == (22, 8)
    assert [line.name for line in found.starts] == ["April 2026", "March 2026"]
    assert found.starts[1].cells[4].share == outcomes.share(8, 20)
    assert at_week(found.response, 8).step.happened == pytest.approx(22 / 30)
    assert AuditEvent.objects.filter(action="outcomes_read", counts={"people": 30}).exists()


def test_a_month_of_few_people_hides_another_one_too(north: World) -> None:
    for month, each in ((2, 6), (3, 6), (5, 5), (4, 1)):
        for last in (3, 27):
            started, prefix = date(2026, month, 5), f"{month} to {last}"
            make_scores(north, people=each, first=20, last=last, started=started, prefix=prefix)

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert {line.name: line.people for line in found.starts} == {
        "May 2026": None, "April 2026": None, "March 2026": 12, "February 2026": 12
    }  # fmt: skip


def test_months_of_a_small_clinic_become_quarters_where_fewer_than_half_can_be_shown(
    north: World, client: Client
) -> None:
    for month in (1, 2, 3, 4, 5, 6):
        make_scores(north, people=3, first=20, last=3, started=date(2026, month, 5), prefix=f"M{month}")
    client.force_login(north.cora)

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert (found.months, [(line.name, line.people) for line in found.starts]) == (
        3,
        [("April to June 2026", 9), ("January to March 2026", 9)],
    )
    assert "By quarter: the single months" in client.get(reverse("clinic_outcomes")).content.decode()


def test_quarters_of_a_smaller_clinic_become_half_years_and_few_people_stay_hidden(north: World) -> None:
    for month in (1, 4, 7, 10):
        make_scores(north, people=3, first=20, last=3, started=date(2025, month, 6), prefix=f"M{month}")
    make_scores(north, people=2, first=20, last=3, started=date(2026, 2, 2), prefix="Late")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert found.months == 6
    assert [line.name for line in found.starts] == [
        "January to June 2026", "July to December 2025", "January to June 2025"
    ]  # fmt: skip
    assert [line.people for line in found.starts].count(None) == 2, "the small half-year and one beside it"


def test_a_line_with_people_and_no_cell_to_read_is_pooled_too(north: World) -> None:
    """Six people a month, three of them better: every cell would be hidden, though the number of people is not."""
    for month in (1, 2, 3):
        for last in (3, 20):
            make_scores(north, people=3, first=20, last=last, started=date(2026, month, 5), prefix=f"M{month} {last}")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert [(line.name, line.people) for line in found.starts] == [("January to March 2026", 18)]
    assert found.starts[0].cells[0].share == outcomes.share(9, 18)


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
    curve = results._curve("All", watched(2, 2, *[7] * 6, *[-20] * 12), (1, 4, 8))

    assert [(reading.week, reading.step is None) for reading in curve.at] == [(1, False), (4, True), (8, False)]


def test_a_curve_says_nothing_past_the_last_week_with_five_people_at_risk() -> None:
    """The clinician's example: everyone leaves at week 5, and weeks 8 and 12 repeated what was true at week 5."""
    curve = results._curve("All", watched(*[2] * 6, *[-5] * 10, *[-9] * 4), (1, 4, 5, 8, 12))

    assert [reading.is_watched for reading in curve.at] == [True, True, True, False, False]
    assert [reading.step is None for reading in curve.at] == [False, False, False, True, True]


def test_a_curve_that_ended_because_it_happened_to_everybody_is_known() -> None:
    curve = results._curve("All", watched(*[2] * 6, *[3] * 8), (4, 8))

    assert [reading.step.happened for reading in curve.at if reading.step] == [1.0, 1.0]


def test_the_number_at_risk_hides_a_few_people_and_a_few_between_two_numbers() -> None:
    curve = results._curve("All", watched(*[2] * 6, *[-5] * 2, *[-9] * 12, *[-15] * 2), (1, 4, 8, 12))

    assert [reading.at_risk for reading in curve.at] == [22, 16, None, None]


def test_half_of_them_is_not_read_where_few_were_still_watched() -> None:
    early, late = watched(*[2] * 10, *[-9] * 8), watched(*[2] * 5, *[-5] * 9, *[7] * 4)

    assert results._curve("All", early, (4,)).median == 2
    assert results._curve("All", late, (4,)).median is None


@pytest.mark.parametrize(("channel", "words"), [("email", "By e-mail"), ("", "no reminder"), ("pigeon", "no reminder")])
def test_reminders_are_named_as_their_own_pages_name_them(channel: str, words: str) -> None:
    assert results._channel_words(channel) == words


def test_completion_counts_weeks_and_hides_groups_of_few_people(north: World) -> None:
    for number in range(6):
        episode = factories.make_episode(factories.make_patient(f"P {number}"), team=(north.chris,))
        factories.make_plan(episode, starts_on=(NOW - 4 * WEEK).date())
        factories.make_history(episode, by=north.ann, moods=[5, None, 5, 5], until=NOW - WEEK)

    by_language = dict(results._completion(NOW))["Language"]

    assert [(line.name, line.people) for line in by_language] == [("English", 6)]
    assert by_language[0].cells[0].share.count == 18


def test_the_page_says_so_where_there_is_nothing_and_refuses_what_it_does_not_know(
    north: World, client: Client
) -> None:
    client.force_login(north.cora)

    assert "There are no scores yet from a questionnaire" in client.get(reverse("clinic_outcomes")).content.decode()
    assert client.get(reverse("clinic_outcomes") + "?instrument=nonsense").status_code == 404


def test_a_measure_without_lines_or_without_a_better_end_has_no_tab(north: World, client: Client) -> None:
    declare("PGI-I")
    declare("Plasma", Direction.NEUTRAL)
    declare("HAM-A", response_drop=0.5)
    for code in ("PGI-I", "Plasma", "HAM-A"):
        make_scores(north, people=6, first=20, last=3, started=date(2026, 3, 2), prefix=code, instrument=code)
    client.force_login(north.cora)

    assert results.instruments() == ["HAM-A"]
    assert client.get(reverse("clinic_outcomes") + "?instrument=PGI-I").status_code == 404
    assert client.get(reverse("clinic_outcomes") + "?instrument=Plasma").status_code == 404


def test_an_instrument_without_a_remission_line_says_so_instead_of_none_of_so_many(
    north: World, client: Client
) -> None:
    declare("HAM-A", response_drop=0.5)
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="P", instrument="HAM-A")
    client.force_login(north.cora)

    found = results.load_results(instrument="HAM-A", by=north.cora, at=NOW)

    assert [cell.has_line for cell in found.total.cells] == [True, False, True, False, True, True]
    assert found.total.cells[2].share == outcomes.share(12, 12)
    assert client.get(reverse("clinic_outcomes")).content.decode().count("no cut-off set") == 4


def test_the_page_says_what_its_words_mean_with_the_instruments_numbers_and_sources(
    north: World, client: Client
) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="P")
    client.force_login(north.cora)

    page = client.get(reverse("clinic_outcomes")).content.decode()

    assert "better, or worse, than the first by 6 points or more." in page and "NCT05134103" in page
    assert "The last score is below 5; 5 itself does not count." in page
    assert "The last score is at least 50 % closer to the best possible score" in page


def test_the_page_names_nobody(north: World, client: Client) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Verynamed")
    client.force_login(north.cora)

    page = client.get(reverse("clinic_outcomes")).content.decode()

    assert "March 2026" in page and "Kaplan-Meier" in page
    assert "Verynamed" not in page


def test_a_large_clinic_is_told_that_it_takes_a_moment(
    north: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_scores(north, people=6, first=20, last=3, started=date(2026, 3, 2), prefix="P")
    monkeypatch.setattr(results, "QUICK_SCORES", 3)
    client.force_login(north.cora)

    first = client.get(reverse("clinic_outcomes")).content.decode()
    part = client.get(reverse("clinic_outcomes"), headers={"HX-Request": "true"}).content.decode()
    whole = client.get(reverse("clinic_outcomes") + "?now=1").content.decode()

    assert "Calculating" in first and "March 2026" not in first
    assert "March 2026" in part and "<html" not in part
    assert "March 2026" in whole
