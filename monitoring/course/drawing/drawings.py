"""Server-drawn SVG: what prints, works without scripts, and fits a table cell. No queries, no colours.

Across, everything is in per cent, so that a drawing fills any width with its text unscaled; down, in pixels.
Lines and areas lie in an inner drawing that is stretched across; dots and words in the outer one, which is not.
Colours and widths come from classes in the stylesheet. Every text is escaped here.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from monitoring.course.drawing import labels
from monitoring.course.drawing.strokes import LANE_HEIGHT, at, by_room, class_of, course_lines, drawing, finished
from monitoring.course.pictures import (
    MIDDLE_OF_WEEK,
    Answer,
    Course,
    Mark,
    Panel,
    Span,
    Target,
    Weeks,
)
from monitoring.words.formats import day_words, short_number, week_of

# Lengths across are in thousandths, as monitoring.course.pictures.Place has them.
INNER_WIDTH = 1000
# Room for the year beneath a date.
YEAR_HEIGHT = 13
# Two numbers closer than this on a scale would touch.
NUMBER_HEIGHT = 12
# Between a dot and the ring around it, in pixels.
RING_GAP = 3.5
# So many of the last answers may lie near the number of the newest.
NEAR_NEWEST = 30


@dataclass(frozen=True, slots=True)
class Frame:
    """The height of a panel and what is shown in it; lengths in pixels."""

    height: int
    top: int
    bottom: int
    radius: float
    shows_range: bool
    ticks: int

    def y(self, panel: Panel, value: float) -> float:
        """Return how far down a value lies; the scale always shows its whole range."""
        inside = min(max(value, panel.minimum), panel.maximum)
        share = (panel.maximum - inside) / (panel.maximum - panel.minimum)
        return round(self.top + share * (self.bottom - self.top), 1)


STAFF_FRAME = Frame(height=135, top=14, bottom=121, radius=3, shows_range=True, ticks=6)
PATIENT_FRAME = Frame(height=60, top=7, bottom=53, radius=3.2, shows_range=False, ticks=4)
TREND_FRAME = Frame(height=112, top=8, bottom=100, radius=4, shows_range=False, ticks=4)


def panel_svg(panel: Panel, course: Course, frame: Frame = STAFF_FRAME) -> SafeString:
    """Draw a panel: grid, usual range, level, answers, gaps and days of medicine changes."""
    inner = [
        *_usual(panel, course.span, frame),
        *_grid(panel, frame),
        *(
            f'<path class="{css_class}" d="M{course.span.share(day) * INNER_WIDTH:.1f} 0V{frame.height}"/>'
            for day, css_class in course_lines(course)
        ),
        *(_level_range(panel, course.span, frame) if frame.shows_range else ()),
        *(_links(panel, course.span, frame) if frame.shows_range else ()),
        *_levels(panel, course.span, frame),
    ]
    outer = [
        *(_replaced(answer, panel, course.span, frame) for answer in panel.replaced),
        *(_answer(answer, panel, course, frame) for answer in panel.answers),
        *(_missed(day, course.span, frame) for day in panel.missed_on if course.span.holds(day)),
    ]
    stretched = (
        f'<svg viewBox="0 0 {INNER_WIDTH} {frame.height}" preserveAspectRatio="none" '
        f'width="100%" height="{frame.height}">{"".join(inner)}</svg>'
    )
    return drawing(stretched + "".join(outer), height=frame.height, css_class="chart fluid")


def marks_svg(panel: Panel, course: Course, frame: Frame = STAFF_FRAME) -> SafeString:
    """Draw the newest answer, the signals and the names of the bands, to lie over either rendering of a panel."""
    shapes = [
        *_band_names(panel, frame),
        *_form_lines(panel, course.span, frame),
        *_signs(panel, course.span, frame),
    ]
    return drawing("".join(shapes), height=frame.height, css_class="chart fluid marks")


def scale_svg(panel: Panel, frame: Frame = STAFF_FRAME) -> SafeString:
    """Draw the numbers of a panel's scale."""
    numbers = "".join(
        f'<text x="100%" dx="-7" y="{frame.y(panel, value) + 4:g}" text-anchor="end">{short_number(value)}</text>'
        for value in _scale_values(panel, frame)
    )
    return drawing(numbers, height=frame.height, css_class="chart scale-numbers")


def ticks_svg(course: Course, frame: Frame = STAFF_FRAME) -> SafeString:
    """Draw the dates beneath the panels, a whole number of weeks apart; or the weeks from time zero."""
    days = tick_days(course.span, most=frame.ticks, through=course.zero.on)
    years = tick_years(days, course.span)
    texts = [course.week_words(day) or day_words(day, "j M") for day in days]
    shares = [course.span.share(day) for day in days]
    by_room = [labels.dates(shares, texts, width) for width in labels.ROOMS.values()]
    anchors = [dict(zip(labels.ROOMS, each, strict=True)) for each in zip(*by_room, strict=True)]
    ticks = "".join(
        _tick(course.span.place(day).percent, words, "" if course.week_words(day) else year, anchor)
        for day, words, year, anchor in zip(days, texts, years, anchors, strict=True)
    )
    height = LANE_HEIGHT + (YEAR_HEIGHT if any(years) else 0)
    return drawing(ticks, height=height, css_class="chart fluid ticks")


def weeks_svg(weeks: Weeks, course: Course, number: int) -> SafeString:
    """Shade the weeks that the sentence of a number compares, behind all panels and lanes; each dot lies whole in its own."""
    (first, last), (first_since, last_since) = weeks
    until = min(last + MIDDLE_OF_WEEK, first_since - MIDDLE_OF_WEEK)
    before = _shade("weeks-before", first - MIDDLE_OF_WEEK, until, course.span)
    since = _shade("weeks-since", first_since - MIDDLE_OF_WEEK, last_since + MIDDLE_OF_WEEK, course.span)
    return finished(f'<svg class="weeks" id="weeks-{number}" aria-hidden="true">{before}{since}</svg>')


def _shade(css_class: str, start: dt.date, end: dt.date, span: Span) -> str:
    left, right = span.share(start), span.share(end)
    return (
        f'<rect class="{css_class}" x="{left:.2%}" width="{right - left:.2%}" height="100%"/>' if right > left else ""
    )


def tick_days(span: Span, *, most: int, through: dt.date | None = None) -> list[dt.date]:
    """Return a few Mondays, evenly apart, ending near the end of the span; the weekday of time zero where one is chosen."""
    step = max(-(-span.weeks // (most - 1)), 1)
    last = span.end - dt.timedelta(days=min(3, span.days // 2))
    if through is None:
        last -= dt.timedelta(days=last.weekday())
    else:
        last = through + dt.timedelta(weeks=(last - through).days // (7 * step) * step)
    days = [last - dt.timedelta(weeks=step * count) for count in range(most)]
    return [day for day in reversed(days) if span.holds(day)]


def tick_years(days: Sequence[dt.date], span: Span) -> list[str]:
    """Return the years beneath the days of a drawing: the first day of each year carries it where there is more than one."""
    if span.start.year == span.end.year:
        return [""] * len(days)
    before = [None, *(day.year for day in days)]
    return ["" if day.year == year else str(day.year) for day, year in zip(days, before, strict=False)]


def figure_sentence(panel: Panel) -> str:
    """Say in one sentence what the panel shows, for those who do not see it, and where another form begins."""
    changes = (f"{day_words(change.on, 'j F Y')}: {change.words}." for change in panel.form_changes)
    return " ".join([_figure_sentence(panel), *changes])


def _figure_sentence(panel: Panel) -> str:
    if not panel.answers:
        return _("%(name)s: no answers in this time.") % {"name": panel.name}
    last = panel.answers[-1]
    words = {
        "name": panel.name,
        "direction": panel.direction_word,
        "count": len(panel.answers),
        "value": short_number(last.value),
        "day": day_words(last.on, "j F Y"),
        "missed": len(panel.missed_on),
    }
    # A questionnaire is not asked for every week, and nothing counts the ones that were left out.
    if panel.is_instrument:
        return _("%(name)s, %(direction)s: %(count)d answers, the last %(value)s on %(day)s.") % words
    return _("%(name)s, %(direction)s: %(count)d answers, the last %(value)s on %(day)s; %(missed)d missed.") % words


def _usual(panel: Panel, span: Span, frame: Frame) -> list[str]:
    """Draw the usual range from the day it was known, on to the end."""
    points = [point for point in panel.levels if point.usual_low is not None and point.usual_high is not None]
    if not points:
        return []
    days = [point.on for point in points] + [span.end]
    lows = [point.usual_low for point in points] + [points[-1].usual_low]
    highs = [point.usual_high for point in points] + [points[-1].usual_high]
    lower = _points(zip(days, lows, strict=True), panel, span, frame)
    upper = _points(zip(days, highs, strict=True), panel, span, frame)
    return [
        f'<path class="chart-usual" d="{_area(lower, upper)}"/>',
        f'<path class="chart-usual-edge" d="{_stroke(lower)}{_stroke(upper)}"/>',
    ]


def _grid(panel: Panel, frame: Frame) -> list[str]:
    css_class = "chart-cut" if panel.cuts else "chart-grid"
    lines = [_across(css_class, frame.y(panel, value)) for value in panel.inner_lines]
    return [_across("chart-axis", frame.bottom), _across("chart-grid", frame.top), *lines]


def _across(css_class: str, y: float) -> str:
    return f'<path class="{css_class}" d="M0 {y:g}H{INNER_WIDTH}"/>'


def _level_range(panel: Panel, span: Span, frame: Frame) -> list[str]:
    areas = []
    for run in panel.level_runs:
        lower = _points([(point.on, point.low) for point in run], panel, span, frame)
        upper = _points([(point.on, point.high) for point in run], panel, span, frame)
        areas.append(f'<path class="chart-range" d="{_area(lower, upper)}"/>')
    return areas


def _links(panel: Panel, span: Span, frame: Frame) -> list[str]:
    runs = [_points([(answer.on, answer.value) for answer in run], panel, span, frame) for run in panel.runs]
    return [f'<path class="chart-link" d="{_stroke(run)}"/>' for run in runs]


def _levels(panel: Panel, span: Span, frame: Frame) -> list[str]:
    runs = [_points([(point.on, point.level) for point in run], panel, span, frame) for run in panel.level_runs]
    return [f'<path class="chart-level" d="{_stroke(run)}"/>' for run in runs]


def _answer(answer: Answer, panel: Panel, course: Course, frame: Frame) -> str:
    """Draw an answer; where one may look into its check-in, its dot leads there.

    The drawing is hidden from screen readers and from the Tab key: the table has the same links.
    """
    # Short on purpose: five panels repeat the same check-ins, and what lies further apart than 32 kB is not found again
    # when the page is compressed. Six letters more on each dot made two years 47 % larger.
    css_class = "hollow" if answer.is_late else "dot"
    place = f'cx="{course.span.place(answer.on).percent}" cy="{frame.y(panel, answer.value):g}" r="{frame.radius}"'
    title = f"{course.span.place(answer.on).words}: {panel.answer_words(answer)}"
    dot = f'<circle class="{css_class}" {place}><title>{escape(title)}</title></circle>'
    way = course.way_into(answer)
    return f'<a href="{way}" tabindex="-1">{dot}</a>' if way else dot


def _replaced(answer: Answer, panel: Panel, span: Span, frame: Frame) -> str:
    """Draw an answer that a correction has replaced: a small ring."""
    place = f'cx="{span.place(answer.on).percent}" cy="{frame.y(panel, answer.value):g}" r="{frame.radius - 1:g}"'
    title = escape(_("%(value)s, before the correction") % {"value": short_number(answer.value)})
    return f'<circle class="chart-ring" {place}><title>{title}</title></circle>'


def _missed(day: dt.date, span: Span, frame: Frame) -> str:
    title = escape(_("%(day)s: no check-in") % {"day": week_of(day, "j M")})
    cross = f'<path class="chart-missed" d="M-3-3l6 6m0-6l-6 6"><title>{title}</title></path>'
    return at(day + MIDDLE_OF_WEEK, span, y=frame.bottom - 6, body=cross)


def _signs(panel: Panel, span: Span, frame: Frame) -> list[str]:
    """Draw newest answer, signals and agreements, then all words where they cover no dot and no other words."""
    marks = [mark for mark in reversed(panel.marks) if span.holds(mark.on)]
    targets = [target for target in panel.targets if target.from_on <= span.end and target.by_on >= span.start]
    forms = [change for change in panel.form_changes if span.holds(change.on)]
    newest = _newest(panel, span)
    if not marks and not targets and not forms and not newest:
        return []
    words = [labels.Words(span.share(mark.on), frame.y(panel, mark.value), mark.words) for mark in marks]
    words += [
        labels.Words(span.share(target.by_on), frame.y(panel, target.value or 0), _until(target)) for target in targets
    ]
    words += [labels.Words(span.share(change.on), (frame.top + frame.bottom) / 2, change.words) for change in forms]
    words += [
        labels.Words(span.share(answer.on), frame.y(panel, answer.value), short_number(answer.value))
        for answer in newest
    ]
    near = panel.answers if marks or targets or forms else panel.answers[-NEAR_NEWEST:]
    dots = [(span.share(answer.on), frame.y(panel, answer.value)) for answer in near]
    # Where the line of the level ends: the number of the newest answer stands on the other side.
    dots += [(span.share(point.on), frame.y(panel, point.level)) for point in panel.levels[-1:] if newest]
    classes = [f"text-{mark.state.shape} halo" for mark in marks] + ["text-target halo"] * len(targets)
    classes += ["text-ink halo"] * len(forms) + ["text-newest halo"] * len(newest)
    return [
        *(_newest_ring(answer, frame.y(panel, answer.value), frame, span) for answer in newest),
        *(_target(target, frame.y(panel, target.value or 0), span) for target in targets),
        *(_mark(mark, frame.y(panel, mark.value), span) for mark in marks),
        *map(_words, words, labels.place(words, dots, frame.height), classes),
    ]


def _newest(panel: Panel, span: Span) -> list[Answer]:
    """Return the newest answer where the span shows it: there may be newer ones behind its end."""
    return [answer for answer in panel.answers[-1:] if span.holds(answer.on) and panel.newest_on in {None, answer.on}]


def _newest_ring(answer: Answer, y: float, frame: Frame, span: Span) -> str:
    """Draw a ring around the newest answer; its number stands beside it."""
    radius = frame.radius + RING_GAP
    return f'<circle class="chart-newest" cx="{span.place(answer.on).percent}" cy="{y:g}" r="{radius:g}"/>'


def _form_lines(panel: Panel, span: Span, frame: Frame) -> list[str]:
    """Draw a line where another form ends or begins; its words stand among those of the signals."""
    return [
        f'<line class="chart-form" x1="{place}" x2="{place}" y2="{frame.height}"/>'
        for place in (span.place(change.on).percent for change in panel.form_changes if span.holds(change.on))
    ]


def _words(words: labels.Words, spots: Mapping[str, labels.LabelSpot | None], css_class: str) -> str:
    """Write words once for all widths in which they stand alike."""
    return "".join(
        f'<text class="{" ".join([css_class, *rooms])}" x="{words.share:.2%}" dx="{spot.dx:g}" '
        f'y="{words.y + spot.dy:g}" text-anchor="{spot.anchor}">{escape(spot.text)}</text>'
        for spot, rooms in by_room(spots)
        if spot is not None
    )


def _mark(mark: Mark, y: float, span: Span) -> str:
    shape = f'<use href="#g-{mark.state.shape}" x="-7.5" y="-7.5" width="15" height="15"/>'
    return at(mark.on, span, y=y, body=shape, css_class=f"mark-{mark.state.shape}")


def _until(target: Target) -> str:
    return _("expected by %(day)s") % {"day": day_words(target.by_on, "j M")}


def _target(target: Target, y: float, span: Span) -> str:
    """Draw where a series should be: a line from the agreement, and a ring on the day it names."""
    ends = f'x1="{span.place(target.from_on).percent}" x2="{span.place(target.by_on).percent}" y1="{y:g}" y2="{y:g}"'
    title = f"<title>{escape(target.words)}</title>"
    ring = f'<circle class="chart-aim" r="5">{title}</circle><circle class="chart-aim" r="1.5"/>'
    return f'<line class="chart-target" {ends}>{title}</line>' + (
        at(target.by_on, span, y=y, body=ring) if span.holds(target.by_on) else ""
    )


def _band_names(panel: Panel, frame: Frame) -> list[str]:
    """Write the names of the severity bands at the right of the panel, where neither dot nor words of a mark can lie."""
    edges = [frame.y(panel, cut.value) for cut in panel.cuts] + [float(frame.top)]
    rooms = {"band-long": labels.LONG_NAMES, "band-short": labels.SHORT_NAMES}
    names = [cut.label for cut in panel.cuts]
    found = {css_class: tuple(labels.band_names(edges, names, room)) for css_class, room in rooms.items()}
    return [
        f'<text class="{" ".join(["band", *classes])}" x="100%" dx="8" y="{y:g}">{escape(line)}</text>'
        for bands, classes in by_room(found)
        for name in bands
        for y, line in name.lines
    ]


def _scale_values(panel: Panel, frame: Frame) -> list[float]:
    """Return the numbers beside a scale: its ends, and its bands or its middle, unless they would touch."""
    shown = [panel.minimum, panel.maximum]
    for value in panel.inner_lines:
        if all(abs(frame.y(panel, value) - frame.y(panel, other)) >= NUMBER_HEIGHT for other in shown):
            shown.append(value)
    return sorted(shown)


def _tick(x: str, words: str, year: str, anchors: Mapping[str, str | None]) -> str:
    """Draw a tick with its date, in the rooms where it meets no other; the year of a hidden date stays."""
    texts = "".join(
        f'<text{class_of(classes)} x="{x}" y="19" text-anchor="{anchor}">{escape(words)}</text>'
        for anchor, classes in by_room(anchors)
        if anchor is not None
    )
    anchor = "end" if "end" in anchors.values() else "middle"
    below = f'<text x="{x}" y="32" text-anchor="{anchor}">{year}</text>' if year else ""
    return f'<line class="chart-axis" x1="{x}" x2="{x}" y2="5"/>{texts}{below}'


def _points(values: Iterable[tuple[dt.date, float | None]], panel: Panel, span: Span, frame: Frame) -> list[str]:
    """Return places in the stretched drawing, across and down; values beyond the scale stand at its end."""
    drop = (frame.bottom - frame.top) / (panel.maximum - panel.minimum)
    foot = frame.top + panel.maximum * drop
    highest, lowest = frame.top, frame.bottom
    return [
        f"{span.place(day).permille} {min(max(foot - value * drop, highest), lowest):.1f}"
        for day, value in values
        if value is not None
    ]


def _stroke(points: Sequence[str]) -> str:
    """Return the path through some places."""
    return "M" + "L".join(points)


def _area(lower: Sequence[str], upper: Sequence[str]) -> str:
    return _stroke([*lower, *reversed(upper)]) + "Z"
