"""Drawings of the server: gaps as gaps, whole scales, words that touch nothing, and text that breaks nothing."""

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.course.drawing import charts, drawings, labels
from monitoring.course.pictures import Bar, Cut, Lane, Mark, Span
from monitoring.words.states import State
from tests.monitoring.course.drawing.panels import FULL, SPAN, START, WEEK, classes, make_course, make_panel, parse


def test_a_missed_week_is_a_cross_on_the_floor_and_never_a_value() -> None:
    svg = drawings.panel_svg(FULL, make_course(FULL))

    assert classes(svg).count("chart-missed") == 1
    assert classes(svg).count("dot") == 11


def test_a_late_entry_is_hollow_and_says_so() -> None:
    panel = make_panel([5, 6])
    late = replace(panel, answers=(panel.answers[0], replace(panel.answers[1], is_late=True)))

    svg = drawings.panel_svg(late, make_course(late))

    assert classes(svg).count("hollow") == 1
    assert "entered late" in svg


def test_the_usual_range_is_drawn_only_from_the_week_it_was_known() -> None:
    svg = drawings.panel_svg(FULL, make_course(FULL))

    area = next(path for path in parse(svg).iter() if path.get("class") == "chart-usual")
    first_x = float(re.match(r"M([\d.]+)", area.get("d", "")).group(1))  # type: ignore[union-attr]

    known_on = next(point.on for point in FULL.levels if point.usual_low is not None)
    assert first_x == pytest.approx(SPAN.share(known_on) * drawings.INNER_WIDTH, abs=0.1)


def test_without_a_usual_range_none_is_drawn() -> None:
    panel = make_panel([5, 6, 5])

    assert "chart-usual" not in classes(drawings.panel_svg(panel, make_course(panel)))


@pytest.mark.parametrize(
    ("value", "y"), [(10, drawings.STAFF_FRAME.top), (0, drawings.STAFF_FRAME.bottom), (400, 14), (-3, 121)]
)
def test_a_scale_always_shows_its_whole_range_and_nothing_leaves_it(value: float, y: float) -> None:
    assert drawings.STAFF_FRAME.y(FULL, value) == y


def test_an_instrument_shows_its_own_scale_with_named_bands() -> None:
    cuts = (Cut(value=0, label="minimal"), Cut(value=10, label="moderate"), Cut(value=20, label="severe"))
    panel = make_panel([19, 8], key="PHQ-9", name="PHQ-9", maximum=27, cuts=cuts)

    words = "".join(parse(drawings.marks_svg(panel, make_course(panel))).itertext())
    numbers = [text.text for text in parse(drawings.scale_svg(panel)).iter() if text.text]

    assert "moderate" in words
    assert numbers == ["0", "10", "20", "27"]
    assert panel.band_now == "minimal"


def test_the_names_of_bands_stand_right_of_the_last_day() -> None:
    names = ("minimal", "mild", "moderate", "moderately severe", "severe")
    cuts = tuple(Cut(value=value, label=label) for value, label in zip((0, 5, 10, 15, 20), names, strict=True))
    panel = make_panel([19, 8], key="PHQ-9", name="PHQ-9", maximum=27, cuts=cuts)

    svg = drawings.marks_svg(panel, make_course(panel))

    found = {
        room: re.findall(rf'<text class="band {room}" x="100%" dx="8" y="([\d.]+)">([^<]*)<', svg)
        for room in ("band-long", "band-short")
    }
    assert [word for _y, word in found["band-long"]] == list(names)
    short = [word for _y, word in found["band-short"]]
    assert short == ["minimal", "mild", "moderate", "moderately", "severe", "severe"]
    for bands in found.values():
        heights = sorted(float(y) for y, _word in bands)
        assert all(lower - upper >= 12 for upper, lower in pairwise(heights))


def test_a_signal_is_a_shape_with_words_and_never_an_arrow() -> None:
    mark = Mark(on=START + 10 * WEEK, value=2, state=State.WORSE, words="Lasting fall")
    panel = replace(FULL, marks=(mark,))

    svg = drawings.marks_svg(panel, make_course(panel))

    assert 'href="#g-worse"' in svg
    assert "Lasting fall" in svg


@pytest.mark.parametrize("frame", [drawings.STAFF_FRAME, drawings.PATIENT_FRAME])
def test_the_newest_answer_has_a_ring_and_its_number(frame: drawings.Frame) -> None:
    panel = make_panel([5, 6, 3])
    newest = panel.answers[-1]

    drawing = list(parse(drawings.marks_svg(panel, make_course(panel), frame)).iter())

    [ring] = [shape for shape in drawing if shape.get("class") == "chart-newest"]
    assert (ring.get("cx"), float(ring.get("cy", ""))) == (SPAN.place(newest.on).percent, frame.y(panel, 3))
    assert [shape.text for shape in drawing if shape.get("class") == "text-newest halo"] == ["3"]


def test_a_span_that_ends_before_the_newest_answer_marks_none() -> None:
    panel = replace(make_panel([5, 6, 3]), newest_on=SPAN.end + WEEK)

    assert "chart-newest" not in drawings.marks_svg(panel, make_course(panel))


def test_no_drawing_carries_a_style() -> None:
    drawn = charts.draw(
        make_course(FULL, lanes=(Lane(name="Medicine", bars=(Bar(start=START, end=None, label="x"),)),))
    )

    everything = [*drawn.lanes[0].rows, drawn.ticks, drawn.panels[0].picture, drawn.panels[0].marks]
    assert not any("style=" in picture for picture in everything)


@pytest.mark.parametrize("weeks", [2, 6, 12, 26, 104, 600])
def test_dates_beneath_are_few_and_a_whole_number_of_weeks_apart(weeks: int) -> None:
    days = drawings.tick_days(Span(start=START, end=START + weeks * WEEK), most=6)

    steps = {(later - earlier).days % 7 for earlier, later in pairwise(days)}
    assert 2 <= len(days) <= 6
    assert steps == {0}


@pytest.mark.parametrize("start", range(7))
@pytest.mark.parametrize("weeks", [2, 12, 26])
def test_weeks_beneath_begin_on_mondays(start: int, weeks: int) -> None:
    first = START + dt.timedelta(days=start)

    days = drawings.tick_days(Span(start=first, end=first + weeks * WEEK), most=6)

    assert {day.weekday() for day in days} == {0}


@pytest.mark.parametrize("weeks", [12, 29, 40, 59])
def test_a_phone_shows_fewer_dates_than_a_desk_and_always_the_last(weeks: int) -> None:
    span = Span(start=START, end=START + weeks * WEEK + dt.timedelta(days=3))
    svg = str(drawings.ticks_svg(replace(make_course(FULL), span=span)))

    shown = re.findall(r'<text(?: class="([\w -]+)")? x="[\d.]+%" y="19" text-anchor="\w+">([^<]*)<', svg)
    at = {room: [words for rooms, words in shown if not rooms or room in rooms.split()] for room in labels.ROOMS}

    assert len(at["at-tiny"]) < len(at["at-wide"])
    assert at["at-tiny"][-1] == at["at-wide"][-1]


def test_the_first_date_of_each_year_carries_it_where_there_is_more_than_one() -> None:
    span = Span(start=dt.date(2024, 12, 20), end=dt.date(2026, 2, 1))
    days = [dt.date(2024, 12, 23), dt.date(2025, 1, 6), dt.date(2025, 6, 2), dt.date(2026, 1, 5)]

    assert drawings.tick_years(days, span) == ["2024", "2025", "", "2026"]
    # The whole span counts, not only the days that are named.
    assert drawings.tick_years(days[1:3], span) == ["2025", ""]
    assert drawings.tick_years(days[1:3], Span(start=days[1], end=days[2])) == ["", ""]


def test_from_a_time_zero_weeks_begin_on_its_day() -> None:
    days = drawings.tick_days(SPAN, most=6, through=START + dt.timedelta(days=2))

    assert {day.weekday() for day in days} == {2}


def test_a_questionnaire_with_a_gap_does_not_say_that_nothing_was_missed() -> None:
    panel = make_panel([19, None, None, None, 8], key="PHQ-9", name="PHQ-9", maximum=27)

    assert "missed" not in drawings.figure_sentence(replace(panel, missed_on=()))
    assert "1 missed" in drawings.figure_sentence(FULL)


@given(st.integers(-120, 120), st.integers(0, 120), st.integers(1, 120))
def test_the_weeks_compared_stay_within_the_picture_and_apart(first: int, before: int, since: int) -> None:
    start, onset = START + dt.timedelta(days=first), START + dt.timedelta(days=first + before + 1)
    weeks = ((start, onset - dt.timedelta(days=1)), (onset, onset + dt.timedelta(days=since)))

    shades = [
        (float(rect.get("x", "").rstrip("%")), float(rect.get("width", "").rstrip("%")))
        for rect in parse(drawings.weeks_svg(weeks, make_course(FULL), 1))
    ]

    assert all(left >= 0 and left + width <= 100.02 for left, width in shades)
    assert all(left + width <= other + 0.02 for (left, width), (other, _width) in pairwise(shades))
