"""The page of outcomes: intervals by hand, nothing about fewer than five people, and nothing that gives it away."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.engine.records import Direction
from monitoring.outcomes import outcomes, results
from patients.models import AuditEvent
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import at_week, declare, make_scores

# ---------- the page ----------


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
