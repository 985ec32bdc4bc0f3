"""The page of outcomes: intervals by hand, nothing about fewer than five people, and nothing that gives it away."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.engine.records import Direction
from monitoring.models import ClinicInstrument, Score
from monitoring.outcomes import outcomes, results
from monitoring.outcomes.outcome_words import meanings
from monitoring.outcomes.small_cells import SMALL, CountedGroup, protect, shown
from monitoring.outcomes.survival import Watched, free_at, kaplan_meier, median_week
from patients.care import care
from patients.models import AuditEvent, Episode
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

# ---------- time to an event ----------


def watched(*weeks: float) -> list[Watched]:
    """Return people; a negative number left before it happened."""
    return [Watched(weeks=abs(week), happened=week > 0) for week in weeks]


def test_kaplan_meier_by_hand() -> None:
    steps = kaplan_meier(watched(1, 2, -3, 4))

    assert [(step.week, step.at_risk) for step in steps] == [(1, 4), (2, 3), (4, 1)]
    assert [step.free for step in steps] == pytest.approx([0.75, 0.5, 0.0])
    assert median_week(steps) == 2
    assert free_at(steps, 0.5).free == 1
    assert free_at(steps, 3).free == pytest.approx(0.5)


@pytest.mark.parametrize("people", range(2, 101, 2))
def test_the_median_is_the_week_in_which_half_have_got_there(people: int) -> None:
    """One event a week: with 24 people it is week 12. A product of floats made it 13, and so for 13 of these sizes."""
    assert median_week(kaplan_meier(watched(*range(1, people + 1)))) == people / 2


def test_the_interval_is_greenwoods_on_the_log_log_scale() -> None:
    """Ten people, one event in week 1: log(-log 0.9) = -2.2504, Greenwood 1/(10*9), margin 1.96*0.10541/0.10536."""
    [step] = kaplan_meier(watched(1, *[-9] * 9))

    assert (step.low, step.high) == pytest.approx((0.4730, 0.9853), abs=5e-4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-60, 60).filter(bool), min_size=1, max_size=40))
def test_a_curve_only_falls_and_stays_inside_its_interval(weeks: list[int]) -> None:
    steps = kaplan_meier(watched(*weeks))

    assert all(0 <= step.low <= step.free + 1e-12 and step.free <= step.high + 1e-12 <= 1 + 1e-9 for step in steps)
    assert all(later.free < earlier.free for earlier, later in pairwise(steps))


# ---------- small cells ----------


@pytest.mark.parametrize(
    ("count", "of", "is_hidden"),
    [(4, 20, True), (5, 20, False), (0, 20, False), (20, 20, False), (16, 20, True), (2, 4, True), (0, 4, True)],
)
def test_a_cell_about_fewer_than_five_is_hidden(count: int, of: int, is_hidden: bool) -> None:
    assert shown(count, of).is_hidden is is_hidden


@st.composite
def tables(draw: st.DrawFn) -> list[CountedGroup]:
    sizes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
    return [
        CountedGroup(
            name=str(number), people=size, of=size, counts=tuple(draw(st.integers(0, size)) for _column in range(2))
        )
        for number, size in enumerate(sizes)
    ]


@settings(max_examples=400, deadline=None)
@given(tables())
def test_nothing_small_can_be_worked_out_as_the_total_less_the_rest(groups: list[CountedGroup]) -> None:
    lines = protect(groups)

    hidden = [group.people for group, line in zip(groups, lines, strict=True) if line.people is None]
    assert all(group.people >= SMALL for group, line in zip(groups, lines, strict=True) if line.people is not None)
    if hidden and len(hidden) < len(groups):
        assert len(hidden) > 1 and sum(hidden) >= SMALL
    for column in range(2):
        cells = [line.cells[column] for line in lines]
        gone = [group.counts[column] for group, cell in zip(groups, cells, strict=True) if cell.is_hidden]
        others = [group.of - group.counts[column] for group, cell in zip(groups, cells, strict=True) if cell.is_hidden]
        assert all(not shown(cell.share.count, cell.share.of).is_hidden for cell in cells if cell.share)
        if gone and len(gone) < len(groups):
            assert len(gone) > 1 and sum(gone) >= SMALL and sum(others) >= SMALL


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
        care.start_intervention(
            episode=episode,
            kind=InterventionKind.PSYCHOTHERAPY,
            name="CBT",
            started_on=started,
            by=north.chris,
            at=NOW,
        )
        care.end_episode(episode=episode, ended_on=started + timedelta(weeks=10), by=north.chris, at=NOW)
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


def declare(code: str, direction: Direction = Direction.HIGHER_IS_WORSE, **lines: float) -> None:
    ClinicInstrument.objects.create(
        code=code, name=code, direction=direction.value, minimum=0, maximum=56, source="Own rule", **lines
    )


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


def test_a_rule_that_the_instrument_does_not_bring_is_said_to_be_ours(north: World) -> None:
    declare("WHO-5", Direction.HIGHER_IS_BETTER, remission_below=28)

    words = {one.word: one for one in meanings(outcomes.load_spec("WHO-5"))}

    reliable = words["Reliably better, reliably worse"]
    assert "by 7.56 points or more. No reliable change is set" in reliable.meaning
    assert "13.5 % of its 56 points are used." in reliable.meaning
    assert "a half is used" in words["Response"].meaning
    assert words["Remission"].meaning == "The last score is above 28; 28 itself does not count."
    assert [words[name].source for name in ("Response", "Remission")] == ["", "Own rule"]


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
