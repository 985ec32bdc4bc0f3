"""The own course that a patient takes home: every answer that counts, as a figure and as the same numbers in a table."""

from datetime import UTC, date, datetime, time, timedelta

from monitoring.take_home.own_course import own_course
from patients.rights.own_record import StoredTable

MONDAY, NEXT = date(2026, 11, 16), date(2026, 11, 23)
RATINGS = ("sleep", "mood", "energy", "pain", "function")


def check_in(on: date, **given: object) -> dict[str, object]:
    empty = dict.fromkeys(RATINGS) | {"own_item_wording": None, "own_rating": None, "superseded_at": None}
    sent_at = datetime.combine(on, time(9), tzinfo=UTC)
    return empty | {"about_on": on, "submitted_at": sent_at} | given


def score(
    on: date, instrument: str, value: float | None, superseded_at: object = None, version: str = "1"
) -> dict[str, object]:
    row = {"about_on": on, "instrument": instrument, "instrument_version": version, "value": value}
    return row | {"superseded_at": superseded_at}


def tables(check_ins: list[dict[str, object]], scores: list[dict[str, object]]) -> list[StoredTable]:
    return [
        StoredTable(name=name, title=name, columns={}, rows=rows, choices={})
        for name, rows in (("check_ins", check_ins), ("scores", scores))
    ]


def test_nothing_is_drawn_where_nothing_was_answered() -> None:
    assert own_course(tables([check_in(MONDAY)], [score(MONDAY, "PHQ-9", None)])) is None


def test_figure_and_table_hold_the_same_answers_and_what_was_corrected_is_left_out() -> None:
    course = own_course(
        tables(
            [
                check_in(MONDAY, sleep=9, superseded_at="later"),
                check_in(MONDAY, sleep=4),
                check_in(NEXT, sleep=0, pain=7),
            ],
            [score(NEXT, "PHQ-9", 12), score(MONDAY, "PHQ-9", 20, superseded_at="later")],
        )
    )

    assert course is not None
    assert [one.name for one in course.series] == ["Sleep", "Pain", "PHQ-9"]
    assert [(day.name, day.values) for day in course.days] == [
        ("23 Nov 2026", ("0", "7", "12")),
        ("16 Nov 2026", ("4", "", "")),
    ]
    sleep, pain, phq = course.figure["data"]
    assert (sleep["x"], sleep["y"]) == (["2026-11-16", "2026-11-23"], [4.0, 0.0])
    assert (pain["y"], phq["y"]) == ([7.0], [12.0])
    assert course.figure["layout"]["yaxis3"]["range"] == [-1.35, 28.35]


def test_the_line_ends_where_a_week_was_missed_and_no_answer_is_made_up() -> None:
    weeks = [MONDAY + timedelta(weeks=week) for week in (0, 1, 2, 4, 5)]

    course = own_course(tables([check_in(day, sleep=5) for day in weeks], []))

    assert course is not None
    [sleep] = course.figure["data"]
    assert sleep["y"] == [5.0, 5.0, 5.0, None, 5.0, 5.0]
    assert [x for x, y in zip(sleep["x"], sleep["y"], strict=True) if y is not None] == [
        day.isoformat() for day in weeks
    ]
    assert len(course.days) == len(weeks)


def test_a_questionnaire_of_every_fourth_week_is_one_line() -> None:
    weeks = [MONDAY + timedelta(weeks=4 * number) for number in range(4)]

    course = own_course(tables([], [score(day, "PHQ-9", 9) for day in weeks]))

    assert course is not None
    assert course.figure["data"][0]["y"] == [9.0] * 4


def test_another_form_of_a_questionnaire_is_a_series_of_its_own() -> None:
    course = own_course(tables([], [score(MONDAY, "pain VAS", 80), score(NEXT, "pain VAS", 8, version="2")]))

    assert course is not None
    assert [(one.name, one.by_day) for one in course.series] == [
        ("pain VAS, version 1", {MONDAY: 80.0}),
        ("pain VAS, version 2", {NEXT: 8.0}),
    ]


def test_own_words_in_a_title_are_text_and_no_markup() -> None:
    course = own_course(tables([check_in(MONDAY, own_item_wording="Pain <3 & <b>rest</b>?", own_rating=5)], []))

    assert course is not None
    [title] = course.figure["layout"]["annotations"]
    assert title["text"] == "Pain &lt;3 &amp; &lt;b&gt;rest&lt;/b&gt;?"
