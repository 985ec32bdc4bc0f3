"""An instrument whose form changed: two scales, so two panels with a break, and nothing compared across it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from monitoring import exchange
from monitoring.alerts import evidence
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.course.drawing import drawings
from monitoring.course.pictures import Panel
from monitoring.course.tables import course_tables
from monitoring.engine.records import Tier
from monitoring.exchange import FileRefused
from monitoring.models import Assessment, Signal
from monitoring.models.alerts import AlertKind
from monitoring.reviews import summaries, summary_sheet
from monitoring.words.states import State
from monitoring.worklists import alert_details, caseloads
from monitoring.worklists.caseloads import Filters
from patients.access.permissions import Whose
from patients.models import Episode
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.reviews.furnished_page import text_of

CASES = Path(__file__).parents[2] / "data" / "cases" / "versions"
START = date(2026, 9, 1)
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
HEADER = "dataset,subject,day,week,instrument,value\n"
# Person 10 after a_v1.csv: 80, 78 and 40 of 100 on the first form; then the second form, of 10.
LATER = HEADER + "".join(f"vas,10,{day},,pain VAS,{value}\n" for day, value in ((21, 8), (28, 8), (35, 7), (42, 8)))


def take_in(world: World, content: bytes, version: str) -> None:
    mapping = exchange.read_mapping((CASES / f"v{version}.toml").read_text(encoding="utf-8"))
    with clinic_context(clinic_id=world.clinic.pk):
        file = exchange.read_series(content, mapping.instruments)
        exchange.import_series(file=file, mapping=mapping, start_on=START, responsible=world.chris, by=None, at=NOW)


def both_forms(world: World) -> None:
    take_in(world, (CASES / "a_v1.csv").read_bytes(), "1")
    take_in(world, (CASES / "b_v2.csv").read_bytes(), "2")
    take_in(world, (CASES / "other_people_old_form.csv").read_bytes(), "1")
    take_in(world, LATER.encode(), "2")


def episode_of(number: str) -> Episode:
    return Episode.objects.select_related("patient", "clinic").get(patient__external_id=number)


def panels_of(number: str) -> tuple[Panel, ...]:
    return persons.load_person(episode_of(number), View(window="all"), at=NOW).course.panels


@pytest.mark.parametrize(
    ("number", "scales"),
    [
        ("10", [("pain VAS", 0, 10, [8, 8, 7, 8]), ("pain VAS v1", 0, 100, [80, 78, 40])]),
        ("11", [("pain VAS", 0, 10, [8, 8])]),
        ("3", [("pain VAS", 0, 100, [80, 40])]),
    ],
)
def test_each_form_is_drawn_on_its_own_scale(
    world: World, number: str, scales: list[tuple[str, float, float, list[float]]]
) -> None:
    both_forms(world)

    with clinic_context(clinic_id=world.clinic.pk):
        panels = panels_of(number)

    assert [(one.key, one.minimum, one.maximum, [answer.value for answer in one.answers]) for one in panels] == scales


def test_a_change_of_form_is_a_break_with_a_label_on_both_sides(world: World) -> None:
    both_forms(world)

    with clinic_context(clinic_id=world.clinic.pk):
        person = persons.load_person(episode_of("10"), View(window="all"), at=NOW)
    newer, older = person.course.panels

    assert (newer.name, older.name) == ("pain VAS, version 2", "pain VAS, version 1")
    assert [(one.on, one.words) for one in newer.form_changes] == [(date(2026, 9, 22), "before: version 1, 0 to 100")]
    assert [(one.on, one.words) for one in older.form_changes] == [(date(2026, 9, 22), "from here: version 2, 0 to 10")]
    for panel in (newer, older):
        drawn = drawings.marks_svg(panel, person.course)
        assert drawn.count('class="chart-form"') == 1
        assert panel.form_changes[0].words in drawn
        assert f"22 September 2026: {panel.form_changes[0].words}." in drawings.figure_sentence(panel)
    assert [table.caption.split(" (")[0] for table in course_tables(person.course)[:2]] == [newer.name, older.name]


def test_from_80_of_100_to_8_of_10_is_no_response_and_no_change(world: World) -> None:
    both_forms(world)

    with clinic_context(clinic_id=world.clinic.pk):
        newest = Signal.objects.filter(episode=episode_of("10")).order_by("-assessment__as_of")
        after = [row for row in newest if row.assessment.as_of.date() >= date(2026, 9, 22)]
        panels = panels_of("10")

    assert not [row.kind for row in after if row.instrument == "pain VAS"]
    assert all(mark.on < date(2026, 9, 22) for mark in panels[1].marks)
    assert not [mark for mark in panels[0].marks if mark.state is State.BETTER]


@pytest.mark.parametrize("number", ["10", "11", "3"])
def test_every_page_of_someone_with_another_form_opens(world: World, client: Client, number: str) -> None:
    both_forms(world)
    client.force_login(world.chris)
    with clinic_context(clinic_id=world.clinic.pk):
        episode = episode_of(number)

    for name in ("trajectory", "summary", "summary_pdf"):
        assert client.get(reverse(name, args=[episode.pk])).status_code == 200, name
    assert client.get(reverse("caseload")).status_code == 200


def test_a_row_of_the_caseload_holds_the_scores_of_the_newest_form_only(world: World) -> None:
    both_forms(world)

    with clinic_context(clinic_id=world.clinic.pk):
        filters = Filters(whose=Whose.MINE)
        rows = caseloads.load_caseload(user=world.chris, roles=frozenset({"clinician"}), filters=filters, at=NOW).rows

    scores = {row.name: row.scores for row in rows if row.scores}
    assert scores == {
        "Vas 10": "pain VAS: 8 → 8 → 7 → 8",
        "Vas 11": "pain VAS: 8 → 8",
        "Vas 3": "pain VAS: 80 → 40",
    }


def test_paper_names_both_forms_and_the_break(world: World, tmp_path: Path) -> None:
    both_forms(world)

    with clinic_context(clinic_id=world.clinic.pk):
        page = summaries.load_summary(episode=episode_of("10"), clinic=world.clinic, by=world.chris, at=NOW)
        sheet = summary_sheet.summary_pdf(page)

    assert [panel.name for panel in page.course.panels] == ["pain VAS, version 2", "pain VAS, version 1"]
    words = " ".join(text_of(sheet, tmp_path).split())
    assert "before: version 1, 0 to 100" in words
    assert "from here: version 2, 0 to 10" in words


def test_a_day_that_was_scored_on_one_form_is_refused_on_the_other_with_its_line(world: World) -> None:
    take_in(world, (CASES / "a_v1.csv").read_bytes(), "1")

    with pytest.raises(FileRefused) as caught:
        take_in(world, (HEADER + "vas,10,0,0,pain VAS,8\n").encode(), "2")

    assert str(caught.value) == "line 2: pain VAS on day 0 is there already, on version 1 and not on 2"


def test_an_alert_about_the_old_form_shows_both_with_the_break(world: World) -> None:
    both_forms(world)
    with clinic_context(clinic_id=world.clinic.pk):
        episode = episode_of("10")
        assessment = Assessment.objects.filter(episode=episode).earliest("as_of")
        signal = Signal.objects.create(
            assessment=assessment, episode=episode, kind="deterioration", tier="review", instrument="pain VAS"
        )
        raised = evidence.raise_alert(episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
        raised.signal = signal
        raised.save()

        shown = alert_details.load_detail(raised, at=NOW).course

    assert shown is not None
    assert [panel.name for panel in shown.panels] == ["pain VAS, version 2", "pain VAS, version 1"]
