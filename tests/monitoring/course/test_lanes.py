"""The lanes above the charts: what was tried, sessions, symptoms and alerts, each in its shape."""

from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from monitoring.course import lanes
from monitoring.course.drawing import lane_rows
from monitoring.course.pictures import Course, Flag, Lane, Look, Mark, Panel, Span, Strip, StripMark
from monitoring.engine import Direction
from monitoring.models import Alert, CheckIn, MedicineReport
from monitoring.models.alerts import AlertKind, AlertState
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.reviews import summaries
from monitoring.words.states import State
from patients.models import InterventionDose, Session
from patients.models.care import InterventionKind
from patients.models.exposure import Homework, Kept
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, make_course
from tests.monitoring.trajectories import load, try_out


def test_sessions_symptoms_doses_and_alerts_are_lanes(north: World) -> None:
    episode = make_course(north, FALL)
    therapy = try_out(north, "CBT", 9, InterventionKind.PSYCHOTHERAPY)
    for number, kept in enumerate([Kept.KEPT, Kept.MISSED]):
        Session.objects.create(
            intervention=therapy,
            on=(NOW - WEEK * (3 - number)).date(),
            kept=kept,
            homework=Homework.DONE,
            recorded_by=north.chris,
            recorded_at=NOW,
        )
    last = CheckIn.objects.filter(episode=episode).latest("submitted_at")
    CheckIn.objects.filter(pk=last.pk).update(side_effects={"nausea": {"severity": 2}, "dizziness": {"severity": 0}})
    MedicineReport.objects.create(
        check_in=last, intervention=therapy, taken=DosesTaken.SOME_MISSED, reason=WhyMissed.FORGOT
    )

    shown = {lane.key: lane for lane in load(north).course.lanes}

    assert [spot.look for spot in shown["lane-psychotherapy"].strips[0].spots] == [Look.SESSION, Look.SESSION_MISSED]
    (symptoms,) = shown["lane-side-effects"].strips
    assert (symptoms.spots[0].look, symptoms.spots[0].words) == (Look.STRONG, "moderate")
    assert shown["lane-adherence"].strips[0].spots[0].words == "Some missed, I forgot"
    assert shown["lane-alerts"].strips[0].label == "Getting worse"


def test_what_is_there_or_not_is_drawn_as_the_most_and_a_safety_answer_is_not_drawn(north: World) -> None:
    """A fit that is ticked has no severity; thoughts of self-harm are told by their alert, and printed nowhere."""
    episode = make_course(north, STEADY[:3])
    there = {"severity": None, "frequency": None, "interference": None}
    last = CheckIn.objects.filter(episode=episode).latest("submitted_at")
    CheckIn.objects.filter(pk=last.pk).update(side_effects={"fit": there, "suicidal_thoughts": there, "nausea": there})

    shown = {lane.key: lane for lane in load(north).course.lanes}
    summary = summaries.load_summary(
        episode=episode, clinic=north.clinic, audience=summaries.Audience.STAFF, by=north.chris, at=NOW
    )

    (fit,) = shown["lane-side-effects"].strips
    assert (fit.label, fit.spots[0].look, fit.spots[0].words) == ("A fit (seizure)", Look.STRONG, "yes")
    assert summary.side_effects == ("A fit (seizure) (yes)",)


def test_a_missed_session_does_not_look_like_an_answer_entered_late(north: World) -> None:
    make_course(north, STEADY[:4])
    therapy = try_out(north, "CBT", 3, InterventionKind.PSYCHOTHERAPY)
    Session.objects.create(
        intervention=therapy, on=NOW.date() - WEEK, kept=Kept.MISSED, recorded_by=north.chris, recorded_at=NOW
    )

    course = load(north).course

    rows = "".join(row for lane in course.lanes for row in lane_rows.lane_svgs(lane, course))
    assert "session-missed" in rows and "hollow" not in rows
    assert "session-missed" in legend(course)


def legend(course: Course) -> str:
    return render_to_string("monitoring/team/parts/legend.html", {"course": course})


@pytest.mark.parametrize("look", Look)
def test_the_legend_says_what_each_small_mark_means_where_it_is_drawn(look: Look) -> None:
    """Readers asked what the squares, the flag and the half diamond were."""
    day = NOW.date()
    spot = StripMark(on=day, look=look, words="")
    lane = Lane(name="Lane", strips=(Strip(label="", spots=(spot,)),))
    span = Span(start=day - WEEK, end=day)

    added = set(legend(Course(span=span, lanes=(lane,))).splitlines()) - set(legend(Course(span=span)).splitlines())

    assert any("</svg>" in line for line in added)


def test_the_legend_explains_a_flag_an_outline_and_the_marks_of_panels_where_they_are_drawn() -> None:
    day = NOW.date()
    spot = StripMark(on=day, look=Look.WORSE, words="", is_over=True)
    lane = Lane(name="Lane", flags=(Flag(on=day, label="Moved house"),), strips=(Strip(label="", spots=(spot,)),))
    mark = Mark(on=day, value=3, state=State.WATCH, words="Possible fall")
    panel = Panel(key="sleep", name="Sleep", direction=Direction.HIGHER_IS_BETTER, minimum=0, maximum=10, marks=(mark,))

    said = legend(Course(span=Span(start=day - WEEK, end=day), lanes=(lane,), panels=(panel,)))

    assert 'class="flag"' in said and 'class="over"' in said
    assert "#g-watch" in said and "early and uncertain" in said
    assert "level: answers smoothed over time" in said


@pytest.mark.parametrize(
    ("labels", "strengths"),
    [
        (["10 mg", "20 mg"], [1, 3]),
        (["10 mg", "15 mg", "20 mg at night"], [1, 2, 3]),
        (["37,5 mg", "75 mg"], [1, 3]),
        (["20 min a day", "weekly"], [1, 1]),
        (["500 mg", "1 g"], [1, 1]),
        (["weekly", "every day"], [1, 1]),
    ],
    ids=str,
)
def test_a_dose_without_an_amount_is_as_strong_as_its_label_says(labels: list[str], strengths: list[int]) -> None:
    doses = [InterventionDose(label=label) for label in labels]

    assert lanes._strengths(lanes._amounts(doses)) == strengths


def test_an_amount_and_a_label_in_one_unit_are_one_scale() -> None:
    doses = [InterventionDose(label="10 mg", amount=Decimal(10), unit="mg"), InterventionDose(label="20 mg")]

    assert lanes._strengths(lanes._amounts(doses)) == [1, 3]


@pytest.mark.parametrize(
    ("kind", "look"),
    [
        (AlertKind.RISK_ANSWER, Look.SAFETY),
        (AlertKind.CONTACT_WISH, Look.ASKED),
        (AlertKind.DETERIORATION, Look.WORSE),
        (AlertKind.SIDE_EFFECT, Look.WATCH),
        (AlertKind.DISCONTINUATION, Look.WATCH),
        (AlertKind.NOT_ON_TRACK, Look.WATCH),
        (AlertKind.MISSED_CHECK_INS, Look.NONE),
    ],
)
@pytest.mark.parametrize("state", [AlertState.NEW, AlertState.CLOSED])
def test_an_alert_has_the_shape_of_its_state_and_an_outline_once_closed(
    kind: AlertKind, look: Look, state: AlertState
) -> None:
    alert = Alert(kind=kind, state=state, raised_at=NOW)
    span = Span(start=NOW.date() - WEEK, end=NOW.date() + WEEK)

    (lane,) = lanes.alert_lane([alert], "Europe/London", span)
    (row,) = lane_rows.lane_svgs(lane, Course(span=span))

    assert lane.strips[0].spots[0].look is look
    assert ('class="over"' in row) == (state == AlertState.CLOSED)
    assert f"mark-{look}" in row
    assert ("closed" if state == AlertState.CLOSED else "open") in lane.strips[0].spots[0].words


def test_another_side_effect_is_seen_by_the_team_though_the_note_is_private(north: World, client: Client) -> None:
    episode = make_course(north, STEADY[:3])
    last = CheckIn.objects.filter(episode=episode).latest("submitted_at")
    CheckIn.objects.filter(pk=last.pk).update(other_symptom="Hair loss", note="Only mine", note_is_shared=False)
    client.force_login(north.chris)

    [lane] = [lane for lane in load(north).course.lanes if lane.key == "lane-side-effects"]
    page = client.get(reverse("check_in_answers", args=[episode.pk, last.pk])).content.decode()

    assert [(strip.label, strip.spots[0].words) for strip in lane.strips] == [("Something else", "Hair loss")]
    assert "Hair loss" in page and "Only mine" not in page


@pytest.mark.parametrize(
    ("newest", "asks"), [(DosesTaken.STOPPED, True), (DosesTaken.SOME_MISSED, False), (DosesTaken.ALL, False)]
)
def test_a_medicine_reported_as_stopped_asks_for_the_stop_and_one_with_missed_doses_does_not(
    north: World, client: Client, newest: DosesTaken, asks: bool
) -> None:
    episode = make_course(north, STEADY[:3])
    medicine = try_out(north, "Sertraline", 9, InterventionKind.MEDICATION)
    rows = list(CheckIn.objects.filter(episode=episode).order_by("submitted_at"))
    for row, taken in zip(rows[-2:], (DosesTaken.STOPPED, newest), strict=True):
        MedicineReport.objects.create(check_in=row, intervention=medicine, taken=taken)
    client.force_login(north.chris)

    person = load(north)
    page = client.get(reverse("trajectory", args=[episode.pk])).content.decode()

    assert [one.reported_stop_on for one in person.running] == [rows[-1].about_on if asks else None]
    assert ("Record the stop?" in page) is asks
    assert "Not taken" not in page
    [lane] = [lane for lane in person.course.lanes if lane.key == "lane-adherence"]
    assert lane.name == "Missed doses"
