"""The interactive charts in a real browser under the strict policy: nothing injected, nothing sent, one date for all."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page

from monitoring.course.drawing import charts, labels
from monitoring.course.drawing.drawings import STAFF_FRAME
from monitoring.course.pictures import MIDDLE_OF_WEEK, Bar, Course, Cut, Flag, Lane, Look, Mark, Strip, StripMark
from monitoring.words.states import State
from tests.functional.conftest import Browse, Watch
from tests.monitoring.course.drawing.panels import FULL, START, WEEK, make_course, make_panel
from tests.monitoring.course.drawing.test_charts import HOSTILE

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>
<link rel="stylesheet" href="/static/css/base.css"><link rel="stylesheet" href="/static/css/team.css">{scripts}</head>
<body>{sprite}<main class="main"><section class="card">{charts}</section></main></body></html>"""
SCRIPTS = """<link rel="stylesheet" href="/static/css/plotly.css" id="plotly.js-style-global" class="no-inline-styles">
<script src="/static/js/vendor/plotly-basic.min.js" defer></script><script src="/static/js/figures.js" defer></script>
<script src="/static/js/charts.js" defer></script>"""
# Plotly looks at the mouse no oftener than this allows.
BETWEEN_DOTS_MS = 150

# With a week that was missed and an answer that was given late.
SHOWN = replace(FULL, answers=(*FULL.answers[:3], replace(FULL.answers[3], is_late=True), *FULL.answers[4:]))


class Handler(SimpleHTTPRequestHandler):
    """Serves one folder, with the policy of the product."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing: the test speaks."""


def crowd() -> Course:
    """Return a course with more words than room: marks side by side, five bands, a new dose, marks over all weeks."""
    names = ("minimal", "mild", "moderate", "moderately severe", "severe")
    cuts = tuple(Cut(value=value, label=label) for value, label in zip((0, 5, 10, 15, 20), names, strict=True))
    marks = tuple(
        Mark(on=START + week * WEEK, value=value, state=state, words=words)
        for week, value, state, words in (
            (9, 18, State.WATCH, "Possible side effect"),
            (10, 19, State.WORSE, "Lasting fall"),
            (11, 20, State.WORSE, "Stopped a medicine"),
        )
    )
    scores = make_panel([3.0 + week for week in range(12)], key="PHQ-9", name="PHQ-9", maximum=27, cuts=cuts)
    doses = [("50 mg", 0), ("75 mg", 8), ("100 mg", 9), ("150 mg", 11)]
    ends = [*(START + week * WEEK for _dose, week in doses[1:]), None]
    bars = tuple(
        Bar(
            start=START + week * WEEK,
            end=end,
            label=dose if week else f"Sertraline {dose}",
            name="Sertraline",
            strength=3,
        )
        for (dose, week), end in zip(doses, ends, strict=True)
    )
    spots = tuple(StripMark(on=START + week * WEEK, look=Look.MILD, words="mild") for week in (0, 2, 7, 11))
    flags = tuple(Flag(on=START + week * WEEK, label=f"Happened in week {week}") for week in (0, 1, 6, 11))
    lanes = (
        Lane(name="Medicine", bars=bars),
        Lane(name="Side effects", strips=(Strip(label="Headache", spots=spots),)),
        Lane(name="Life events", flags=flags),
    )
    return make_course(replace(scores, marks=marks), replace(FULL, marks=marks), lanes=lanes)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page with two panels and lanes, with scripts and without."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "static").symlink_to(Path(settings.BASE_DIR) / "static")
    mark = Mark(on=START + 10 * WEEK, value=2, state=State.WORSE, words=HOSTILE)
    lane = Lane(
        name="Medicine", bars=(Bar(start=START, end=None, label=HOSTILE),), flags=(Flag(on=START, label=HOSTILE),)
    )
    panels = (replace(SHOWN, marks=(mark,)), make_panel([4] * 12, key="mood"))
    drawn = charts.draw(make_course(*panels, lanes=(lane,), medicine_days=(START + 3 * WEEK,)))
    parts = {
        "sprite": render_to_string("components/sprite.html"),
        "charts": render_to_string("monitoring/team/parts/course_charts.html", {"course": drawn}),
    }
    (folder / "charts.html").write_text(PAGE.format(scripts=SCRIPTS, **parts), encoding="utf-8")
    crowded = {"charts": render_to_string("monitoring/team/parts/course_charts.html", {"course": charts.draw(crowd())})}
    (folder / "crowded.html").write_text(PAGE.format(scripts="", **(parts | crowded)), encoding="utf-8")
    (folder / "plain.html").write_text(PAGE.format(scripts="", **parts), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browse: Browse, site: str) -> Page:
    """Open the charts and wait until they are drawn; nothing else may be asked for, and nothing complained of."""
    page = browse(site, viewport={"width": 1200, "height": 900}).new_page()
    page.goto(f"{site}/charts.html")
    page.locator(".plot.drawn").nth(1).wait_for()
    return page


def colour_of_level(page: Page) -> object:
    return page.locator(".figure .js-line").last.evaluate("line => getComputedStyle(line).stroke")


def test_charts_draw_under_the_strict_policy_and_ask_nobody_else(page: Page, watch: Watch) -> None:
    watch.check()
    assert page.locator("head style").count() == 0
    assert page.locator(".modebar-btn").count() == 0


def test_plotly_lies_exactly_over_the_drawing_of_the_server(page: Page) -> None:
    server = page.locator(".plot > .chart:not(.marks)").first.bounding_box()
    plotly = page.locator(".figure .main-svg").first.bounding_box()

    assert server is not None
    assert plotly is not None
    assert (server["x"], server["y"]) == pytest.approx((plotly["x"], plotly["y"]), abs=1)
    assert (server["width"], server["height"]) == pytest.approx((plotly["width"], plotly["height"]), abs=1)


def drawn_by_plotly(page: Page) -> dict[str, Any]:
    """Return the first figure as it was handed to Plotly."""
    found: dict[str, Any] = page.evaluate(
        "() => { const {data, layout} = document.querySelector('.figure'); return {data, layout}; }"
    )
    return found


def test_plotly_draws_what_the_server_drew(page: Page) -> None:
    figure = drawn_by_plotly(page)
    usual_low, usual_high, *areas, level, link, given, late, missed = figure["data"]

    assert len(go.Figure(data=figure["data"]).data) == 9
    days = [answer.on.isoformat() for answer in SHOWN.answers]
    known = [point for point in SHOWN.levels if point.usual_low is not None]
    end = make_course(SHOWN).span.end.isoformat()
    assert usual_low["x"] == usual_high["x"] == [*(point.on.isoformat() for point in known), end]
    assert (set(usual_low["y"]), set(usual_high["y"])) == ({4}, {6})
    assert [len(area["x"]) for area in areas] == [2 * 4, 2 * 7]
    for line, values in ((level, [p.level for p in SHOWN.levels]), (link, [a.value for a in SHOWN.answers])):
        assert line["x"] == [*days[:4], None, *days[4:]]
        assert line["y"] == [*values[:4], None, *values[4:]]
        assert line["connectgaps"] is False
    assert (late["x"], late["text"]) == ([days[3]], ["4, entered late"])
    assert given["x"] == days[:3] + days[4:]
    assert missed["x"] == [(SHOWN.missed_on[0] + MIDDLE_OF_WEEK).isoformat()]


def test_plotly_and_the_server_place_a_value_at_the_same_height(page: Page) -> None:
    low, high = drawn_by_plotly(page)["layout"]["yaxis"]["range"]

    heights = [(high - value) / (high - low) * STAFF_FRAME.height for value in (0, 3, 10)]

    assert heights == pytest.approx([STAFF_FRAME.y(SHOWN, value) for value in (0, 3, 10)], abs=0.1)


def test_a_date_hovered_in_one_panel_is_shown_in_all(page: Page) -> None:
    box = page.locator(".figure").first.bounding_box()
    assert box is not None
    day = FULL.answers[6].on
    share = make_course(FULL).span.share(day)

    page.mouse.move(box["x"] + box["width"] * share, box["y"] + 60)
    page.locator(".hoverlayer .hovertext").nth(1).wait_for()

    said = page.locator(".hoverlayer .hovertext").all_text_contents()
    assert sorted(said) == ["4", f"{FULL.answers[6].value:g}"]
    assert (page.locator("[data-day]").text_content() or "").startswith(f"{day.day} ")
    assert page.locator("[data-values]").text_content() == "Sleep 5 \u00b7 Sleep 4"
    assert page.locator("[data-hover-line]").is_visible()


def test_each_dot_on_the_way_of_the_mouse_is_shown(page: Page) -> None:
    box, span = page.locator(".figure").first.bounding_box(), make_course(FULL).span
    assert box is not None
    said, shown = [], []

    for answer in SHOWN.answers:
        page.mouse.move(box["x"] + box["width"] * span.share(answer.on), box["y"] + STAFF_FRAME.y(SHOWN, answer.value))
        page.wait_for_timeout(BETWEEN_DOTS_MS)
        said.append((page.locator("[data-day]").text_content() or "").split()[0])
        shown.append(page.locator(".hoverlayer .hovertext").count())

    assert said == [str(answer.on.day) for answer in SHOWN.answers]
    assert set(shown) == {2}


def test_each_day_that_a_key_leads_to_is_shown_in_all_panels(page: Page) -> None:
    page.locator("[data-day]").focus()
    shown = []

    for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_timeout(BETWEEN_DOTS_MS)
        shown.append(page.locator(".hoverlayer .hovertext").count())

    assert set(shown) == {2}
    assert page.locator("[data-hover-line]").is_visible()


def test_the_chosen_theme_repaints_the_charts(page: Page) -> None:
    light = colour_of_level(page)

    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(600)

    assert colour_of_level(page) != light


def test_paper_gets_the_drawing_of_the_server(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.locator(".plot > .chart:not(.marks)").first.is_visible()
    assert not page.locator(".figure").first.is_visible()


def test_without_scripts_the_same_picture_is_there(browse: Browse, site: str) -> None:
    page = browse(site, java_script_enabled=False, viewport={"width": 320, "height": 800}).new_page()

    page.goto(f"{site}/plain.html")

    assert page.locator(".plot > .chart:not(.marks)").first.is_visible()
    assert page.locator(".plot .dot").count() == 10 + 12
    assert page.locator(".plot .hollow").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_hostile_labels_stay_text(page: Page) -> None:
    assert page.locator(".lane text", has_text="alert(").count() >= 1
    assert page.locator("svg script, svg b").count() == 0


# What a browser shows of the words of a chart, panel by panel and row by row: pairs that meet, and what leaves the card.
MEETING = """() => {
  const met = [];
  const shown = (root, found) => [...root.querySelectorAll(found)]
    .filter((text) => getComputedStyle(text).display !== "none" && text.textContent.trim())
    .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }));
  const meet = (texts) => texts.forEach((one, index) => texts.slice(index + 1).forEach((other) => {
    const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
    // A line of text is higher than its letters.
    const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) - 4;
    if (across > 0.5 && down > 0.5) met.push(`${one.words} | ${other.words}`);
  }));
  document.querySelectorAll(".timeline > .panel").forEach((panel) => meet(shown(panel, ".marks text")));
  document.querySelectorAll(".lanes .plot").forEach((row) => meet(shown(row, "text")));
  const card = document.querySelector(".card").getBoundingClientRect();
  shown(document, ".timeline text").forEach(({ words, box }) => {
    if (box.right > card.right || box.left < card.left) met.push(`${words} leaves the card`);
  });
  return met;
}"""


@pytest.mark.parametrize("width", [320, 360, 390, 600, 701, 900, 1101, 1250, 1400, 1920])
def test_no_words_of_the_charts_meet_at_any_width(browse: Browse, site: str, width: int) -> None:
    page = browse(site, viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{site}/crowded.html")

    assert page.evaluate(MEETING) == []
    # The present dose can be read, whatever there is room for.
    shown = page.locator(".lanes .plot").first.locator("text:visible").all_text_contents()
    assert any(words.startswith("150 mg") for words in shown)


@pytest.mark.parametrize(
    "words",
    [
        "100 mg →",
        "Possible side effect",
        "…",
        "Müdigkeit",
        "moderately severe",
        "30 Nov",
        "WEEK 12",
        "schläft: 23:30 bis 06:30",
    ],
)
def test_no_words_are_wider_than_the_server_reckons(browse: Browse, site: str, words: str) -> None:
    page = browse(site, viewport={"width": 1200, "height": 900}).new_page()
    page.goto(f"{site}/crowded.html")
    text = page.locator(".timeline text.halo").first

    long = text.evaluate("(text, words) => { text.textContent = words; return text.getComputedTextLength(); }", words)

    assert long <= labels.width_of(words)
