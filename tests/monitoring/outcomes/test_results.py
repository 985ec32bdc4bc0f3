"""The page of outcomes: intervals by hand, nothing about fewer than five people, and nothing that gives it away."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.engine.records import Direction
from monitoring.models import MonitoringPlan
from monitoring.outcomes import outcomes, results
from monitoring.outcomes.completion import COMPLETION_WEEKS
from monitoring.outcomes.small_cells import SMALL
from patients.models import AuditEvent
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import add_scores_on, at_week, declare, make_scores

# ---------- the page ----------


def test_what_became_of_people_by_month(north: World) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=8, first=10, last=19, started=date(2026, 3, 9), prefix="Worse")
    make_scores(north, people=10, first=20, last=4, started=date(2026, 4, 6), prefix="April")

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    better, recovered, response, remission, below, worse, stopped = found.total.cells
    assert found.total.people == 30
    assert (better.share.count, recovered.share.count, response.share.count) == (22, 22, 22)
    assert (remission.share.count, worse.share.count) == (22, 8)
    assert (below.share.count, stopped.share.count) == (0, 0)
    assert [line.name for line in found.starts] == ["April 2026", "March 2026"]
    assert found.starts[1].cells[5].share == outcomes.share(8, 20)
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

    assert [one.code for one in results.shown_forms()] == ["HAM-A"]
    assert client.get(reverse("clinic_outcomes") + "?instrument=PGI-I").status_code == 404
    assert client.get(reverse("clinic_outcomes") + "?instrument=Plasma").status_code == 404


def test_an_instrument_without_a_remission_line_says_so_instead_of_none_of_so_many(
    north: World, client: Client
) -> None:
    declare("HAM-A", response_drop=0.5)
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="P", instrument="HAM-A")
    client.force_login(north.cora)

    found = results.load_results(instrument="HAM-A", by=north.cora, at=NOW)

    reliable, cut_off = "no reliable change set", "no cut-off set"
    assert [cell.gap for cell in found.total.cells] == [reliable, cut_off, "", cut_off, "", reliable, ""]
    assert found.total.cells[2].share == outcomes.share(12, 12)
    assert client.get(reverse("clinic_outcomes")).content.decode().count("no cut-off set") == 4


def test_the_page_says_what_its_words_mean_with_the_instruments_numbers_and_sources(
    north: World, client: Client
) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="P")
    client.force_login(north.cora)

    page = client.get(reverse("clinic_outcomes")).content.decode()

    assert "better, or worse, than the first by 6 or more points." in page and "NCT05134103" in page
    assert "The last score is below 5; 5 itself does not count." in page
    assert "The last score is at least 50 % closer to the best possible score" in page


def test_the_numbers_in_the_words_of_the_page_are_those_of_the_rules(north: World, client: Client) -> None:
    client.force_login(north.cora)
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="P")

    page = " ".join(client.get(reverse("clinic_outcomes")).content.decode().split())

    assert "Groups of fewer than five are not shown" in page and SMALL == 5
    assert "last 26 weeks" in page and COMPLETION_WEEKS == 26


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


def test_each_version_has_a_tab_of_its_own_and_nothing_is_compared_across(north: World, client: Client) -> None:
    """Twelve people from 20 of 27 to 2 on another scale: a break, no response."""
    for episode in make_scores(north, people=12, first=20, last=18, started=date(2026, 3, 2), prefix="Changed"):
        add_scores_on(episode, "PHQ-9", "2", {12: 2, 16: 2})
    client.force_login(north.cora)

    old = results.load_results(instrument="PHQ-9", version="1", by=north.cora, at=NOW)
    page = client.get(reverse("clinic_outcomes") + "?instrument=PHQ-9&version=1").content.decode()

    assert [one.name for one in results.shown_forms()] == ["PHQ-9, version 2", "PHQ-9, version 1"]
    assert old.name == "Patient Health Questionnaire, depression module: PHQ-9, version 1"
    assert (old.total.cells[2].share, old.total.cells[0].share) == (outcomes.share(0, 12), outcomes.share(0, 12))
    assert "12 people also have scores on another version" in " ".join(page.split())
    assert "?instrument=PHQ-9&amp;version=2" in page
    assert client.get(reverse("clinic_outcomes") + "?instrument=PHQ-9&version=3").status_code == 404


def test_a_few_people_on_another_version_are_not_counted_out(north: World, client: Client) -> None:
    made = make_scores(north, people=12, first=20, last=18, started=date(2026, 3, 2), prefix="P")
    add_scores_on(made[0], "PHQ-9", "2", {12: 2})
    client.force_login(north.cora)

    page = client.get(reverse("clinic_outcomes") + "?instrument=PHQ-9&version=1").content.decode()

    assert "A few people also have scores on another version" in page and "1 person also" not in page


def test_who_started_well_is_a_column_of_its_own(north: World, client: Client) -> None:
    """Six of twelve "remissions" had been well from the first score on."""
    make_scores(north, people=6, first=3, last=1, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=6, first=20, last=1, started=date(2026, 3, 2), prefix="Ill")
    client.force_login(north.cora)

    cells = {
        cell.name: cell.share for cell in results.load_results(instrument="PHQ-9", by=north.cora, at=NOW).total.cells
    }
    page = client.get(reverse("clinic_outcomes")).content.decode()

    assert cells["Started below the line"] == outcomes.share(6, 12)
    assert cells["Remission"] == cells["Response"] == cells["Recovered"] == outcomes.share(6, 6)
    assert "shares of the people who started at the line or worse" in " ".join(page.split())


def test_two_people_of_one_name_are_not_counted_for_each_other(north: World) -> None:
    """Six are silent, six of the same names are not: half stopped, not all."""
    for last in (8, 30):
        for episode in make_scores(north, people=6, first=20, last=18, started=date(2026, 3, 2), prefix="Same"):
            plan = factories.make_plan(episode)
            MonitoringPlan.objects.filter(pk=plan.pk).update(instruments={"PHQ-9": 4})
            if last == 30:
                add_scores_on(episode, "PHQ-9", "1", {32: 18})

    stopped = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW).total.cells[-1]

    assert stopped.share == outcomes.share(6, 12)


def test_it_is_said_where_nobody_can_know_who_stopped(north: World) -> None:
    for number in range(8):
        [episode] = make_scores(north, people=1, first=20, last=3, started=date(2026, 1, 5), prefix=f"{number}")
        add_scores_on(episode, "PHQ-9", "1", {11 + number: 3})

    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    assert found.total.cells[-1].gap == "not known"
