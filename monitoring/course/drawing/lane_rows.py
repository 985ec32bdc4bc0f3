"""Server-drawn rows of lanes: bars of treatments, strips of sessions and symptoms, flags of events."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from django.utils.safestring import SafeString

from monitoring.course.drawing import labels
from monitoring.course.drawing.labels import Side
from monitoring.course.drawing.strokes import LANE_HEIGHT, at, by_room, course_lines, drawing
from monitoring.course.pictures import (
    Bar,
    Course,
    Flag,
    Lane,
    Look,
    Span,
    Strip,
    StripMark,
)

# Marks of a strip that are no state: a dot a session, a barred ring for one that was missed, squares for what was felt.
SPOT_SHAPES = {
    Look.SESSION: '<circle class="dot" r="3.5">{title}</circle>',
    Look.SESSION_MISSED: '<path class="session-missed" d="M-5 5 5-5M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0">{title}</path>',
    Look.MILD: '<rect class="effect-mild" x="-6" y="-6" width="12" height="12" rx="2.5">{title}</rect>',
    Look.STRONG: '<rect class="effect-strong" x="-6" y="-6" width="12" height="12" rx="2.5">{title}</rect>',
}
# The shapes of the states as outlines, for what is over. No data has only an outline: it is drawn finer.
OUTLINES = {
    Look.SAFETY: "M0-5.6 5.8 5H-5.8Z",
    Look.ASKED: "M-5.2-5.4H5.2V2.6H.6L-2.4 5.6V2.6H-5.2Z",
    Look.WORSE: "M0-6 6 0 0 6-6 0Z",
    Look.WATCH: "M0-5.6 5.6 0 0 5.6-5.6 0ZM0-5.6V5.6",
    Look.NONE: "M-4.8 0a4.8 4.8 0 1 0 9.6 0a4.8 4.8 0 1 0-9.6 0",
}
# A flag and the air on both sides of its label, in pixels.
FLAG_WIDTH = 24


# Where words begin behind a flag and end before it, in pixels.
FLAG_BEHIND, FLAG_BEFORE = 16, 4
# The strongest of the three fills of a bar is dark: its label is light.
SOLID = 3


def lane_svgs(lane: Lane, course: Course) -> list[SafeString]:
    """Draw a lane as one row, or as several where its bars or labels would overlap."""
    rows = _packed([bar for bar in lane.bars if _is_shown(bar, course.span)], course.span)
    flag_rows = _packed_flags([flag for flag in lane.flags if course.span.holds(flag.on)], course.span)
    bars = [_bars(row, course.span) for row in rows]
    strips = [_strip(strip, course) for strip in lane.strips]
    flags = [[_flag(flag, course.span) for flag in row] for row in flag_rows]
    return [_lane_row(shapes, course) for shapes in bars + strips + flags]


def _is_shown(bar: Bar, span: Span) -> bool:
    return bar.start <= span.end and (bar.end is None or bar.end >= span.start)


def _packed(bars: Sequence[Bar], span: Span) -> list[list[Bar]]:
    """Put bars that overlap in time on rows of their own."""
    rows: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: bar.start):
        free = next((row for row in rows if (row[-1].end or span.end) <= bar.start), None)
        if free is None:
            rows.append(free := [])
        free.append(bar)
    return rows


def _packed_flags(flags: Sequence[Flag], span: Span) -> list[list[Flag]]:
    """Put flags whose labels would touch on rows of their own."""
    rows: list[tuple[float, list[Flag]]] = []
    for flag in sorted(flags, key=lambda flag: flag.on):
        left, right = _flag_room(flag, span)
        free = next((row for row in rows if row[0] <= left), None)
        if free is not None:
            rows.remove(free)
        rows.append((right, [*(free[1] if free else []), flag]))
    return [row for _, row in sorted(rows, key=lambda row: row[1][0].on)]


def _flag_room(flag: Flag, span: Span) -> tuple[float, float]:
    """Return the shares of the width between which a flag and its label lie."""
    place, share = span.share(flag.on), _flag_share(flag)
    return (place - share, place) if _is_at_end(flag, span) else (place, place + share)


def _flag_share(flag: Flag) -> float:
    """Return the share of the width that a flag and its label need on the narrowest screen."""
    return (FLAG_WIDTH + labels.width_of(flag.label)) / min(labels.ROOMS.values())


def _is_at_end(flag: Flag, span: Span) -> bool:
    """Say whether the label must stand before its flag: behind it there is no room, and less than before it."""
    place = span.share(flag.on)
    return place > 1 - _flag_share(flag) and place > 0.5


def _bars(row: Sequence[Bar], span: Span) -> list[str]:
    """Draw the bars of one row, then their labels over all of them, which stand elsewhere on a phone than on a desk."""
    places = [_bar_place(bar, span) for bar in row]
    by_room = [labels.bar_words(places, width) for width in labels.ROOMS.values()]
    words = [dict(zip(labels.ROOMS, each, strict=True)) for each in zip(*by_room, strict=True)]
    return [*map(_bar, row, places), *map(_bar_texts, row, places, words)]


def _bar_place(bar: Bar, span: Span) -> labels.BarPlace:
    has_name = bool(bar.name) and bar.label.startswith(bar.name)
    return labels.BarPlace(
        left=span.share(bar.start),
        right=span.share(bar.end or span.end),
        name=bar.name if has_name else "",
        dose=bar.label.removeprefix(bar.name).strip() if has_name else bar.label,
    )


def _bar(bar: Bar, place: labels.BarPlace) -> str:
    where = f'x="{place.left:.2%}" width="{max(place.right - place.left, 0.005):.2%}"'
    shape = f'<rect class="bar-{bar.strength}" {where} y="5" height="16" rx="4"/>'
    return f"<g><title>{escape(bar.words)}</title>{shape}</g>"


def _bar_texts(bar: Bar, place: labels.BarPlace, words: Mapping[str, labels.BarWords]) -> str:
    """Write the words of a bar once for all widths in which they stand alike."""
    return "".join(_bar_text(bar, place, label, classes) for label, classes in by_room(words) if label.text)


def _bar_text(bar: Bar, bar_place: labels.BarPlace, words: labels.BarWords, classes: Sequence[str]) -> str:
    ink = "text-inverse" if bar.strength >= SOLID and words.side is Side.INSIDE else "text-ink"
    halo = ["halo"] if words.side in {Side.OVER, Side.FIRST} else []
    before = f'x="{bar_place.left:.2%}" dx="-{labels.BAR_PADDING}" text-anchor="end"'
    place = {
        Side.INSIDE: f'x="{bar_place.left:.2%}" dx="{labels.BAR_PADDING}"',
        Side.AFTER: f'x="{bar_place.right:.2%}" dx="{labels.BAR_PADDING}"',
        Side.BEFORE: before,
        Side.OVER: before,
        Side.FIRST: 'x="0"',
    }[words.side]
    css_class = " ".join([ink, *halo, *classes])
    # What is pointed at is the bar, which says all its words.
    return f'<text class="{css_class}" {place} y="17" pointer-events="none">{escape(words.text)}</text>'


def _strip(strip: Strip, course: Course) -> list[str]:
    """Draw small marks in one row, with what they are about beside one of them."""
    shares = [course.span.share(spot.on) for spot in strip.spots]
    words = {room: labels.strip_words(shares, strip.label, width) for room, width in labels.ROOMS.items()}
    return [*(_spot(spot, course) for spot in strip.spots), *(_strip_text(*pair) for pair in by_room(words))]


def _strip_text(words: labels.StripWords, classes: Sequence[str]) -> str:
    is_before = words.side is Side.BEFORE
    place = f'dx="{-labels.SPOT_PADDING if is_before else labels.SPOT_PADDING}" y="17"'
    anchor = ' text-anchor="end"' if is_before else ""
    css_class = " ".join(["text-ink", "halo", *classes])
    return f'<text class="{css_class}" x="{words.share:.2%}" {place}{anchor}>{escape(words.text)}</text>'


def _spot(spot: StripMark, course: Course) -> str:
    title = f"<title>{escape(f'{course.day_words(spot.on)}: {spot.words}')}</title>"
    if spot.look in SPOT_SHAPES:
        return at(spot.on, course.span, y=13, body=SPOT_SHAPES[spot.look].format(title=title))
    shape = (
        f'<path class="over" d="{OUTLINES[spot.look]}">{title}</path>'
        if spot.is_over
        else f'<use href="#g-{spot.look}" x="-7" y="-7" width="14" height="14">{title}</use>'
    )
    return at(spot.on, course.span, y=13, body=shape, css_class=f"mark-{spot.look}")


def _flag(flag: Flag, span: Span) -> str:
    """Draw a flag with its words on one side of it, as many as have room there."""
    share, is_before = span.share(flag.on), _is_at_end(flag, span)
    rooms = {
        name: share * width - FLAG_BEFORE if is_before else (1 - share) * width - FLAG_BEHIND
        for name, width in labels.ROOMS.items()
    }
    place = f'x="-{FLAG_BEFORE}" y="19" text-anchor="end"' if is_before else f'x="{FLAG_BEHIND}" y="19"'
    words = "".join(
        f'<text class="{" ".join(["text-ink", *classes])}" {place}>{escape(text)}</text>'
        for text, classes in by_room({name: labels.shortened(flag.label, room) for name, room in rooms.items()})
    )
    title = f"<title>{escape(flag.label)}</title>"
    return at(flag.on, span, y=0, body=f'<path class="flag" d="M2 22V7h10L9.5 10.5 12 14H2">{title}</path>{words}')


def _lane_row(shapes: Iterable[str], course: Course) -> SafeString:
    lines = "".join(
        f'<line class="{css_class}" x1="{place}" x2="{place}" y2="{LANE_HEIGHT}"/>'
        for place, css_class in ((course.span.place(day).percent, css_class) for day, css_class in course_lines(course))
    )
    return drawing(lines + "".join(shapes), height=LANE_HEIGHT, css_class="chart fluid lane")
