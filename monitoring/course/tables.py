"""The numbers of a course as tables, to be read instead of seen. No queries, no markup."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.utils.translation import gettext as _

from monitoring.course.pictures import MIDDLE_OF_WEEK, Answer, Course, Lane, Panel
from monitoring.engine import LevelPoint
from monitoring.words.formats import day_words, short_number, week_of


@dataclass(frozen=True, kw_only=True, slots=True)
class TableCell:
    """One value of a table, with what belongs to it in smaller words."""

    value: str
    detail: str = ""
    # The way into the check-in that the row is about, where one may look into it.
    way: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Numbers of a chart, to be read instead of seen."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]

    @property
    def named_rows(self) -> list[list[tuple[str, TableCell]]]:
        """Return each row with the name of the column beside each cell, for where rows become cards."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class _Column:
    """A panel with its days at hand."""

    panel: Panel
    answers: dict[dt.date, Answer]
    levels: dict[dt.date, LevelPoint]

    @classmethod
    def of(cls, panel: Panel) -> "_Column":
        """Return a panel's column."""
        answers = {answer.on: answer for answer in panel.answers}
        return cls(panel, answers, {point.on: point for point in panel.levels})

    def cell(self, day: dt.date) -> TableCell:
        """Return what the panel shows on a day on which a check-in was given: the answer with its level, or none."""
        answer = self.answers.get(day)
        if answer is None:
            return TableCell(value="", detail=_("skipped"))
        details = [_("late")] if answer.is_late else []
        details += [words for words in (answer.how, answer.possible) if words]
        details += [
            _("before the correction: %(value)s") % {"value": short_number(old.value)}
            for old in self.panel.replaced
            if old.on == day
        ]
        if day in self.levels:
            details.append(_level_words(self.levels[day]))
        details += [mark.words for mark in self.panel.marks if mark.on == day]
        return TableCell(value=short_number(answer.value), detail=", ".join(details))


def course_tables(course: Course) -> list[Table]:
    """Return everything that is drawn of a course: ratings side by side, each instrument, and what was tried."""
    ratings = [panel for panel in course.panels if not panel.is_instrument]
    instruments = [panel for panel in course.panels if panel.is_instrument]
    tables = [_ratings_table(course, ratings)] if ratings else []
    tables += [_instrument_table(course, panel) for panel in instruments]
    tables += [_targets_table(course)] if course.targets else []
    return tables + ([_lanes_table(course)] if course.lanes else [])


def _targets_table(course: Course) -> Table:
    """Return what was agreed to get better, with what became of it."""
    rows = [
        (
            TableCell(value=target.what),
            TableCell(value=target.words),
            _day(course, target.from_on),
            _day(course, target.by_on),
        )
        for target in course.targets
    ]
    columns = (_("Treatment"), _("Expected"), _("Agreed on"), _("By"))
    return Table(caption=_("Expected improvement"), columns=columns, rows=tuple(rows))


def _ratings_table(course: Course, panels: Sequence[Panel]) -> Table:
    columns = [_Column.of(panel) for panel in panels]
    answered = {
        day: (_day_cell(course, columns, day), *(column.cell(day) for column in columns))
        for day in {answer.on for panel in panels for answer in panel.answers}
    }
    nothing = TableCell(value="", detail=_("no check-in"))
    missed = {
        day + MIDDLE_OF_WEEK: (
            TableCell(value=week_of(day), detail=course.week_words(day)),
            *(nothing for _one in panels),
        )
        for day in panels[0].missed_on
    }
    rows = [row for _day, row in sorted([*answered.items(), *missed.items()], key=itemgetter(0), reverse=True)]
    names = [_("Day"), *(_named(panel) for panel in panels)]
    return Table(caption=_("Ratings, 0 to 10"), columns=tuple(names), rows=tuple(rows))


def _named(panel: Panel) -> str:
    """Return a panel with its direction, and how it moved since the last review."""
    words = [str(panel.direction_word), panel.since_review and _since(panel.since_review)]
    return f"{panel.name} ({', '.join(filter(None, words))})"


def _since(words: str) -> str:
    return _("%(change)s since the last review") % {"change": words}


def _day_cell(course: Course, columns: Sequence[_Column], day: dt.date) -> TableCell:
    """Return the head of a row: the day, its week, and the check-in it leads to."""
    ways = (course.way_into(column.answers[day]) for column in columns if day in column.answers)
    return TableCell(value=day_words(day), detail=course.week_words(day), way=next(filter(None, ways), ""))


def _level_words(point: LevelPoint) -> str:
    words = _("level %(level)s (%(low)s to %(high)s)") % {
        "level": short_number(point.level),
        "low": short_number(point.low),
        "high": short_number(point.high),
    }
    if point.usual_low is None or point.usual_high is None:
        return words
    usual = _("usual %(low)s to %(high)s") % {
        "low": short_number(point.usual_low),
        "high": short_number(point.usual_high),
    }
    return f"{words}, {usual}"


def _instrument_table(course: Course, panel: Panel) -> Table:
    column = _Column.of(panel)
    rows = [
        (_day_cell(course, [column], day), column.cell(day), TableCell(value=panel.band_of(answer.value)))
        for day, answer in reversed(column.answers.items())
    ]
    return Table(caption=_named(panel), columns=(_("Day"), _("Score"), _("Severity")), rows=tuple(rows))


def _lanes_table(course: Course) -> Table:
    rows = [row for lane in course.lanes for row in _lane_rows(course, lane)]
    columns = (_("Type"), _("What"), _("From"), _("To"))
    return Table(caption=_("Treatments and events"), columns=columns, rows=tuple(rows))


def _lane_rows(course: Course, lane: Lane) -> list[tuple[TableCell, ...]]:
    """Return everything in a lane: stretches, events, and what was marked week by week."""
    name = TableCell(value=lane.name)
    bars = [(name, TableCell(value=bar.words), _day(course, bar.start), _day(course, bar.end)) for bar in lane.bars]
    flags = [(name, TableCell(value=flag.label), _day(course, flag.on), TableCell(value="")) for flag in lane.flags]
    spots = [
        (name, TableCell(value=strip.label, detail=spot.words), _day(course, spot.on), TableCell(value=""))
        for strip in lane.strips
        for spot in strip.spots
    ]
    return [*bars, *flags, *spots]


def _day(course: Course, day: dt.date | None) -> TableCell:
    if day is None:
        return TableCell(value=_("ongoing"))
    return TableCell(value=day_words(day), detail=course.week_words(day))
