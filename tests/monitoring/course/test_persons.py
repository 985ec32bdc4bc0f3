"""One person's course as the team and the patient read it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from monitoring.check_ins import weeks
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.engine import FindingKind
from monitoring.models import Assessment, ClinicInstrument, Score, Signal
from monitoring.words import wording
from monitoring.words.states import State
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, make_course, panel_of
from tests.monitoring.trajectories import agree_on


def test_the_trajectory_says_what_changed_with_numbers(north: World) -> None:
    make_course(north, FALL)

    person = persons.load_person(north.episode, View(window="6m"), at=NOW)

    mood = panel_of(person.course, "mood")
    assert mood.state is State.WORSE
    assert person.changes[0].title == "Mood: getting worse"
    assert "average 5" in person.changes[0].reason
    assert person.changes[0].clears
    assert person.chips[0].detail == "mood"
    assert person.alerts[0].kind == "Getting worse"
    assert mood.marks[-1].words == "Fall"


def test_the_weeks_of_a_change_hold_exactly_the_answers_that_its_sentence_counts(north: World) -> None:
    make_course(north, FALL)

    person = persons.load_person(north.episode, View(window="all"), at=NOW)

    days = [answer.on for answer in panel_of(person.course, "mood").answers]
    (first, last), (since, newest) = person.changes[0].weeks or ((days[0], days[0]),) * 2
    parts = Signal.objects.filter(assessment__as_of__lte=NOW, domain="mood").latest("assessment__as_of").parts
    assert (sum(first <= day <= last for day in days), sum(since <= day <= newest for day in days)) == (
        parts["before_n"],
        parts["after_n"],
    )
    assert (days[0] <= first, newest) == (True, days[-1])


def test_what_compares_nothing_has_no_weeks(north: World) -> None:
    make_course(north, STEADY)

    assert [change.weeks for change in persons.load_person(north.episode, at=NOW).changes] == [None]


def make_change(title: str, subject: str) -> persons.Change:
    return persons.Change(state=State.WATCH, title=title, heading=title, first="", subject=subject)


def test_no_series_is_told_twice_before_every_series_once_and_none_is_lost() -> None:
    changes = [
        make_change("GAD-7: reliably worse", "GAD-7"),
        make_change("GAD-7: severe", "GAD-7"),
        make_change("Missed check-ins", ""),
        make_change("Lost contact", ""),
        make_change("Sleep: below usual", "Sleep"),
        make_change("Mood: below usual", "Mood"),
    ]

    shown, also = persons.most_telling(changes, 4)

    assert [change.title for change in shown] == [
        "GAD-7: reliably worse",
        "Missed check-ins",
        "Lost contact",
        "Sleep: below usual",
    ]
    assert also == "Also: GAD-7: severe; Mood: below usual."
    assert persons.most_telling(changes, 6) == (tuple(changes), "")


def test_a_window_cuts_what_is_shown_and_never_what_is_estimated(north: World) -> None:
    make_course(north, STEADY)

    short = panel_of(persons.load_person(north.episode, View(window="6w"), at=NOW).course, "mood")
    whole = panel_of(persons.load_person(north.episode, View(window="all"), at=NOW).course, "mood")

    assert len(short.answers) < len(whole.answers) == len(STEADY)
    assert short.levels[-1] == whole.levels[-1]
    assert short.levels[-1].usual_low is not None


def test_a_missed_week_stays_a_gap(north: World) -> None:
    moods: list[int | None] = [*STEADY]
    moods[5] = None
    make_course(north, moods)

    mood = panel_of(persons.load_person(north.episode, View(window="all"), at=NOW).course, "mood")

    assert len(mood.missed_on) == 1
    assert len(mood.runs) == 2


def test_a_week_that_can_still_be_answered_counts_neither_way(north: World) -> None:
    moods: list[int | None] = [*STEADY[:5], None, *STEADY[6:]]
    make_course(north, moods)
    factories.open_week(north.episode, at=NOW + WEEK)

    person = persons.load_person(north.episode, View(window="all"), at=NOW + WEEK)

    facts = {fact.name: fact.value for fact in person.facts}
    assert facts["Check-ins"] == "15 of 16 weeks"


def test_an_imported_series_without_ratings_fills_the_page_by_itself(north: World) -> None:
    start = date(1990, 3, 5)
    episode = factories.make_episode(factories.make_patient("Subject 101"), team=(north.chris,), started_on=start)
    ClinicInstrument.objects.create(
        code="HAM-D", name="Hamilton", direction="higher_is_worse", minimum=0, maximum=52, source="test"
    )
    for week, value in enumerate([26, 22, 18, 7, 4, 3]):
        Score.objects.create(
            episode=episode,
            instrument="HAM-D",
            instrument_version="1",
            about_on=start + week * WEEK,
            entered_at=NOW,
            value=value,
        )
    treatments.start_intervention(
        episode=episode,
        kind=InterventionKind.MEDICATION,
        name="Imipramine",
        dose=Dose(label="225 mg a day", amount=Decimal(225), unit="mg"),
        started_on=start + WEEK,
        by=north.chris,
        at=NOW,
    )

    course = persons.load_person(episode, View(window="6m"), at=NOW).course

    assert [panel.key for panel in course.panels] == ["HAM-D"]
    assert len(course.panels[0].answers) == 6
    assert course.span.holds(start)
    assert course.span.weeks <= 6
    assert course.lanes[0].bars[0].label == "Imipramine 225 mg a day"
    assert course.medicine_days == (start + WEEK,)


@pytest.mark.parametrize("weeks", [12, 52, 104])
def test_a_course_is_as_many_weeks_as_it_took(north: World, weeks: int) -> None:
    make_course(north, [5, *[None] * (weeks - 1), 5])

    course = persons.load_person(north.episode, View(window="all"), at=NOW).course

    assert course.span.weeks == weeks
    assert course.span.place(NOW.date()).share < 1 - 0.005


def test_a_private_note_is_not_shown_to_the_team(north: World) -> None:
    make_course(north, STEADY[:3])
    row = weeks.last_check_in(north.episode)
    assert row is not None
    type(row).objects.filter(pk=row.pk).update(note="only mine", note_is_shared=False)

    assert persons.load_person(north.episode, View(window="6m"), at=NOW).note is None


def test_somebody_with_nothing_has_a_page(north: World) -> None:
    person = persons.load_person(north.episode, View(window="all"), at=NOW)

    assert person.course.panels == ()
    assert person.changes == ()


def test_a_series_that_gets_worse_is_not_watched_beside_it(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    for domain, tier in (("mood", "review"), ("mood", "watch"), ("sleep", "watch")):
        Signal.objects.create(
            assessment=run, episode=north.episode, kind="deterioration", tier=tier, domain=domain, parts={}
        )

    chips = persons.load_person(north.episode, View(window="all"), at=NOW).chips

    assert [(chip.state, chip.detail) for chip in chips] == [(State.WORSE, "mood"), (State.WATCH, "sleep")]


def test_a_signal_of_an_older_engine_keeps_its_title(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    Signal.objects.create(
        assessment=run, episode=north.episode, kind="deterioration", tier="review", domain="mood", parts={}
    )

    change = persons.load_person(north.episode, View(window="all"), at=NOW).changes[0]

    assert (change.title, change.reason) == ("Mood: getting worse", "")


def test_a_patient_sees_no_marks_and_no_instruments(north: World) -> None:
    make_course(north, FALL)

    course = persons.load_own_course(north.episode, window="12w", at=NOW)

    assert {panel.key for panel in course.panels} == {"sleep", "mood", "energy", "pain", "function"}
    assert not any(panel.marks for panel in course.panels)


def test_a_patient_does_not_see_the_teams_alerts(north: World) -> None:
    make_course(north, FALL)

    course = persons.load_own_course(north.episode, window="all", at=NOW)

    assert "lane-alerts" not in {lane.key for lane in course.lanes}
    assert not course.has_links


def test_the_teams_agreements_are_not_drawn_for_the_patient(north: World) -> None:
    make_course(north, STEADY)
    agree_on(north, weeks_ago=6, points=2, by_on=NOW.date() + WEEK)

    course = persons.load_own_course(north.episode, window="all", at=NOW)

    assert not course.targets and not any(panel.targets for panel in course.panels)


def test_that_timing_proves_no_cause_is_said_once_on_a_page(north: World) -> None:
    treatments.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - 5 * WEEK).date(),
        by=north.chris,
        at=NOW,
    )
    make_course(north, FALL)
    signal = Signal.objects.filter(kind="deterioration").first()
    assert signal is not None

    change = persons.load_person(north.episode, View(window="6m"), at=NOW).changes[0]

    assert "Sertraline" in change.reason
    assert wording.TIMING in wording.reason(signal)
    assert wording.TIMING not in change.reason


def test_a_heading_carries_the_day_of_what_it_names(north: World) -> None:
    """Of a stop the day of the stop, of a fall the day it began: never the first bad answer for the stop."""
    stopped_on = (NOW - 3 * WEEK).date() + timedelta(days=1)
    medicine = treatments.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - 30 * WEEK).date(),
        by=north.chris,
        at=NOW,
    )
    treatments.stop_intervention(intervention=medicine, stopped_on=stopped_on, reason="x", by=north.chris, at=NOW)
    make_course(north, [*[7, 6] * 8, 2, 2, 1])

    person = persons.load_person(north.episode, View(window="6m"), at=NOW)

    headings = [change.heading for change in person.changes]
    assert "Sertraline: medicine stopped on 27 Oct" in headings
    fall = next(change for change in person.changes if change.title == "Mood: getting worse")
    assert fall.heading.endswith("since 2 Nov")
    assert (person.chips[0].state, person.chips[0].detail) == (State.WORSE, "mood")


@pytest.mark.parametrize("every", [1, 2], ids=["weekly", "fortnightly"])
def test_the_picture_holds_the_days_that_its_sentences_compare(north: World, every: int) -> None:
    answered = [*[7, 6] * 10, 2, 2, 1]
    moods: list[int | None] = [None] * (every * (len(answered) - 1) + 1)
    moods[::every] = answered
    make_course(north, moods)
    [signal] = Signal.objects.filter(kind=FindingKind.DETERIORATION, domain="mood")

    shown = persons.load_person(north.episode, View(window="12w"), at=NOW).course
    chosen = persons.load_person(north.episode, View(window="12w", holds_compared=False), at=NOW).course

    first = signal.compared_from
    assert first is not None and signal.onset_on is not None
    held = [answer.value for answer in panel_of(shown, "mood").answers if first <= answer.on < signal.onset_on]
    assert len(held) == signal.parts["before_n"]
    assert sum(held) / len(held) == pytest.approx(signal.parts["before_mean"], abs=0.05)
    assert chosen.span.start > first
    assert chosen.weeks_added == 0
    assert shown.weeks_added == shown.span.weeks - shown.weeks_chosen > 0
    assert shown.weeks_chosen <= 12


def test_what_was_stopped_stands_among_the_treatments_with_its_day_and_a_planned_stop_does_not(north: World) -> None:
    past, planned = (NOW - WEEK).date(), (NOW + WEEK).date()
    for name, day in (("Citalopram", past), ("Sertraline", planned)):
        started = treatments.start_intervention(
            episode=north.episode,
            kind=InterventionKind.MEDICATION,
            name=name,
            started_on=(NOW - 9 * WEEK).date(),
            by=north.chris,
            at=NOW,
        )
        treatments.stop_intervention(intervention=started, stopped_on=day, reason="As agreed", by=north.chris, at=NOW)

    person = persons.load_person(north.episode, at=NOW)

    assert person.stopped == (("Citalopram", past),)
    assert [tried.name for tried in person.running] == ["Sertraline"]
