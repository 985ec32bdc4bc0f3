"""Medicines and what comes with them: which list is asked, and what a report says and does not change."""

from datetime import timedelta

import pytest

from monitoring.assessments import assessments
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import answers, persons
from monitoring.engine import CHECKLISTS
from monitoring.engine.records import FindingKind
from monitoring.models import Alert, Assessment, MedicineReport, Signal
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.plans import medicines
from monitoring.plans.medicines import Intake, MedicineAnswers
from patients.care import treatments
from patients.mending import entries
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import SIDE_EFFECTS, STEADY, prescribe, submit, symptoms

DISCONTINUATION = CHECKLISTS[medicines.DISCONTINUATION]


@pytest.mark.parametrize(
    ("stopped_weeks_ago", "other_began_weeks_ago", "expected"),
    [
        (2, None, DISCONTINUATION),
        (8, None, DISCONTINUATION),
        (9, None, None),
        (2, 20, SIDE_EFFECTS),
        (9, 20, SIDE_EFFECTS),
        (2, 2, SIDE_EFFECTS),
        (2, 1, SIDE_EFFECTS),
    ],
    ids=["stop", "the eighth week", "long ago", "others go on", "long ago, others go on", "a switch", "a new start"],
)
def test_after_a_stop_it_is_asked_what_stopping_brings(
    planned: World, stopped_weeks_ago: int, other_began_weeks_ago: int | None, expected: object
) -> None:
    stopped = prescribe(planned, on=(NOW - WEEK * 30).date())
    stop = (NOW - WEEK * stopped_weeks_ago).date()
    treatments.stop_intervention(intervention=stopped, stopped_on=stop, reason="Nausea", by=planned.chris, at=NOW)
    if other_began_weeks_ago is not None:
        prescribe(planned, on=(NOW - WEEK * other_began_weeks_ago).date(), name="Mirtazapine")

    known = medicines.of_episode(planned.episode)

    assert medicines.checklist_on(known, NOW.date()) == expected


def test_nothing_is_asked_after_the_stop_of_a_medicine_without_known_withdrawal(planned: World) -> None:
    stopped = prescribe(planned, on=(NOW - WEEK * 30).date(), name="Ibuprofen")
    treatments.stop_intervention(
        intervention=stopped, stopped_on=(NOW - WEEK).date(), reason="Pain is gone", by=planned.chris, at=NOW
    )

    assert medicines.checklist_on(medicines.of_episode(planned.episode), NOW.date()) is None


@pytest.mark.parametrize(
    ("name", "weeks_taken", "stop_in_weeks", "asks"),
    [
        ("Sertraline", 4, None, True),
        ("Sertraline", 5, None, False),
        ("Sertraline", 5, 4, True),
        ("Sertraline", 5, 5, False),
        ("Sertraline", 5, -8, True),
        ("Ibuprofen", 4, 2, False),
    ],
    ids=["its turn", "another week", "a stop is near", "a stop is far", "after the stop", "no withdrawal"],
)
def test_what_stopping_brings_is_asked_before_a_stop_too(
    planned: World, name: str, weeks_taken: int, stop_in_weeks: int | None, asks: bool
) -> None:
    after_a_stop = stop_in_weeks is not None and stop_in_weeks < 0
    medicine = prescribe(planned, on=(NOW - WEEK * (weeks_taken + (20 if after_a_stop else 0))).date(), name=name)
    if stop_in_weeks is not None:
        day = (NOW + WEEK * stop_in_weeks).date()
        treatments.stop_intervention(intervention=medicine, stopped_on=day, reason="Enough", by=planned.chris, at=NOW)

    assert medicines.asks_about_stopping(medicines.of_episode(planned.episode), NOW.date()) is asks


def test_a_report_says_what_was_taken_and_changes_no_intervention(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK * 4).date())
    intake = Intake(taken=DosesTaken.STOPPED, reason=WhyMissed.SIDE_EFFECTS)
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=MedicineAnswers(intakes={medicine.pk: intake})))
    medicine.refresh_from_db()
    history = factories.load_history(planned.episode, as_of=NOW)

    report = MedicineReport.objects.get()
    assert (report.intervention, report.taken, report.reason) == (medicine, "stopped", "side_effects")
    assert medicine.stopped_on is None
    assert history.check_ins[-1].doses_missed == {"Sertraline": 7}


def test_what_was_said_of_a_medicine_that_was_taken_out_stops_no_assessment_and_stands_on_no_lane(
    planned: World,
) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK * 4).date())
    intake = Intake(taken=DosesTaken.SOME_MISSED, reason=WhyMissed.FORGOT)
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=MedicineAnswers(intakes={medicine.pk: intake})))
    entries.void(episode=planned.episode, entry=medicine, reason="Wrong patient", by=planned.chris, at=NOW)

    assessments.assess_episode(episode_id=planned.episode.pk, at=NOW)

    assert not Alert.objects.filter(kind=AlertKind.NOT_ASSESSED).exists()
    assert Assessment.objects.exists()
    assert factories.load_history(planned.episode, as_of=NOW).check_ins[-1].doses_missed == {}
    person = persons.load_person(planned.episode, at=NOW)
    assert "lane-adherence" not in [lane.key for lane in person.course.lanes]


def test_asked_and_absent_is_told_apart_from_not_asked(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    submit(planned, CheckInAnswers(ratings=STEADY), at=NOW - WEEK)
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms(nausea=2)))
    not_asked, asked = factories.load_history(planned.episode, as_of=NOW).check_ins

    assert not_asked.checklist == {}
    assert (asked.checklist["nausea"].severity, asked.checklist["headache"].severity) == (2, 0)


@pytest.mark.parametrize(("severity", "tier"), [(1, None), (2, "review"), (3, "priority")])
def test_a_new_symptom_after_a_start_becomes_a_signal(planned: World, severity: int, tier: str | None) -> None:
    prescribe(planned, on=(NOW - WEEK * 9).date(), name="Mirtazapine")
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms()), at=NOW - WEEK * 2)
    prescribe(planned, on=(NOW - timedelta(days=10)).date())
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms(restlessness=severity)))

    assessments.assess_episode(episode_id=planned.episode.pk, at=NOW)

    found = Signal.objects.filter(kind=FindingKind.SIDE_EFFECT, item="restlessness")
    assert [signal.tier for signal in found] == ([tier] if tier else [])


def test_a_tick_without_a_rating_is_there_all_the_same(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    asked = {**symptoms().symptoms, "nausea": dict.fromkeys(medicines.PARTS)}
    given = submit(planned, CheckInAnswers(ratings=STEADY, medicines=MedicineAnswers(symptoms=asked)))

    page = answers.load_answers(planned.episode, given.pk)

    assert (page.remarks[0].about, page.remarks[0].words) == ("Feeling sick", "present, not rated")
    assert "Feeling sick" not in page.remarks[-1].words
    assert factories.load_history(planned.episode, as_of=NOW).check_ins[-1].checklist["nausea"].severity is None
