"""One row of the caseload: what it counts, draws and names."""

import re
from datetime import date

from django.test import Client
from django.urls import reverse

from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.words.states import State
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import STEADY, import_scores, judge, load, make_course, panel_of
from tests.monitoring.worklists.parts import unchanged


def test_a_row_counts_no_more_weeks_than_its_charts_show(north: World) -> None:
    make_course(north, STEADY)

    (row,) = load(north.chris, {"clinician"}).rows

    assert (row.answered, row.asked_weeks) == (12, 12)


def test_somebody_who_was_never_asked_shows_no_data(north: World) -> None:
    page = load(north.chris, {"clinician"})

    row = unchanged(page)[0]
    assert row.states == (State.NONE,)
    assert row.reason == "No check-in yet"
    # New is no change: there is nothing to look at yet.
    assert (page.changed, row.has_changed) == (0, False)
    assert [group.title for group in page.groups] == ["No change since you last looked, or not looked at yet"]


def test_sparklines_leave_a_gap_for_a_missed_week(north: World) -> None:
    moods: list[int | None] = [*STEADY]
    moods[-3] = None
    make_course(north, moods)

    sparks = dict(unchanged(load(north.chris, {"clinician"}))[0].sparks)

    assert sparks["Mood"].values[-4:] == (5, None, 6, 5)
    assert not sparks["Mood"].is_silent


def test_somebody_with_scores_alone_shows_them_and_their_last_day(north: World) -> None:
    import_scores(north, 26, 22, 7.5)
    judge(north.episode)

    row = load(north.chris, {"clinician"}).rows[0]

    assert (row.scores, row.last_data) == ("HAM-D: 26 → 22 → 7.5", "HAM-D, 9 Feb 2026")
    assert (row.states, row.reason) == ((State.NONE,), "No answer since 9 Feb 2026")
    facts = persons.load_person(north.episode, View(window="all"), at=NOW).facts
    assert ("Last data", "HAM-D, 9 Feb 2026") in {(fact.name, fact.value) for fact in facts}


def test_a_questionnaire_shows_its_newest_score_with_its_day_and_a_rating_its_level(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 2 * WEEK).date(), instruments={"PHQ-9": 1})
    for ago, others in ((2, 1), (1, 1), (0, 2)):
        at = NOW - WEEK * ago
        factories.open_week(north.episode, at=at)
        factories.make_check_in(north.episode, by=north.ann, at=at, items={"PHQ-9": factories.phq9(others=others)})

    course = persons.load_person(north.episode, View(window="6m"), at=NOW).course

    phq, mood = panel_of(course, "PHQ-9"), panel_of(course, "mood")
    assert (phq.number_now, phq.number_label, phq.band_now) == (16, "16 Nov", "moderately severe")
    assert phq.value_now is not None and 8 < phq.value_now < 16
    assert (mood.number_now, mood.number_label) == (mood.value_now, "level")


def test_a_dose_is_shown_since_its_own_day_and_with_its_start(north: World, client: Client) -> None:
    medicine = treatments.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        dose=Dose(label="50 mg"),
        started_on=date(2026, 8, 27),
        by=north.chris,
        at=NOW,
    )
    client.force_login(north.chris)
    before = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()
    treatments.change_intervention(
        intervention=medicine, dose=Dose(label="100 mg"), from_on=date(2026, 10, 22), by=north.chris, at=NOW
    )
    after = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()

    assert re.search(r"since 27 Aug 2026\s*</span>", before)
    assert re.search(r"since 22 Oct 2026;\s+started 27 Aug 2026 at 50 mg\s*</span>", after)
