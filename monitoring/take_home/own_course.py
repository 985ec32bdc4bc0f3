"""A patient's own answers over time for the file to take home: as a figure to move about in, and as a table.

Answers and totals only, each in its own direction: no level, no judgement, no word of what was noticed.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from statistics import median
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.engine.records import Domain
from monitoring.take_home.cards import in_words
from monitoring.words import figures, wording
from monitoring.words.figures import Json
from patients.rights.own_record import StoredTable

#: Pixels of one panel, and of what stands above and below all of them.
PANEL_HEIGHT, AROUND = 130, 90

#: Readable on a white and on a black page; what stands around it takes the page's own colour when it is drawn.
COLOR = "#1a8a94"

#: A line ends where the next answer is later than this many times the usual distance of the series: a week was missed.
LATER_THAN_USUAL = 1.5


@dataclass(frozen=True, slots=True)
class OwnSeries:
    """The answers to one question, or the totals of one questionnaire, by day.

    Attributes:
        low, high: ends of the scale.
        hint: which way is better; empty where it is not known.
    """

    name: str
    low: float
    high: float
    hint: str
    by_day: Mapping[dt.date, float]


@dataclass(frozen=True, slots=True)
class Day:
    """One row of the table: a day, and what was answered to each question; empty where nothing was."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnCourse:
    """What is drawn, and the same numbers as a table."""

    series: tuple[OwnSeries, ...]

    @property
    def figure(self) -> Json:
        """Return the figure, one panel for each series on one time axis."""
        return _figure(self.series)

    @property
    def days(self) -> list[Day]:
        """Return the rows of the table, newest first."""
        days = sorted({day for one in self.series for day in one.by_day}, reverse=True)
        return [
            Day(date_format(day, "j M Y"), tuple(in_words(one.by_day.get(day)) for one in self.series)) for day in days
        ]


def own_course(tables: Iterable[StoredTable]) -> OwnCourse | None:
    """Return the course in the rows that are taken home; None where nothing was answered yet.

    What was corrected later is left out: its correction is there. So is what a later entry of the day has replaced.
    """
    rows = {table.name: [row for row in table.rows if not row.get("superseded_at")] for table in tables}
    answered = [(row["about_on"], row["submitted_at"]) for row in rows["check_ins"]]
    counted = [rows["check_ins"][place] for place in engine.counted(answered)]
    found = (*_ratings(counted), *_own_questions(counted), *_totals(rows["scores"]))
    series = tuple(one for one in found if one.by_day)
    return OwnCourse(series) if series else None


def _ratings(check_ins: Iterable[Mapping[str, Any]]) -> list[OwnSeries]:
    rows = list(check_ins)
    return [
        OwnSeries(
            name=str(wording.DOMAIN_NAMES[domain]),
            low=0,
            high=10,
            hint=_lower() if domain is Domain.PAIN else _higher(),
            by_day={row["about_on"]: row[domain.value] for row in rows if row[domain.value] is not None},
        )
        for domain in Domain
    ]


def _own_questions(check_ins: Iterable[Mapping[str, Any]]) -> list[OwnSeries]:
    """Return the patient's own questions; each wording that was used is one of its own."""
    by_wording: dict[str, dict[dt.date, float]] = defaultdict(dict)
    for row in check_ins:
        if row["own_rating"] is not None:
            by_wording[str(row["own_item_wording"])][row["about_on"]] = row["own_rating"]
    return [OwnSeries(name=name, low=0, high=10, hint="", by_day=found) for name, found in by_wording.items()]


def _totals(scores: Iterable[Mapping[str, Any]]) -> list[OwnSeries]:
    """Return the totals, one series for each form: another version is another scale."""
    by_form: dict[tuple[str, str], dict[dt.date, float]] = defaultdict(dict)
    for row in scores:
        if row["value"] is not None:
            by_form[row["instrument"], row["instrument_version"]][row["about_on"]] = float(row["value"])
    codes = [code for code, _version in by_form]
    return [
        replace(_total(code, found), name=_form_name(code, version) if codes.count(code) > 1 else code)
        for (code, version), found in sorted(by_form.items())
    ]


def _form_name(code: str, version: str) -> str:
    return _("%(instrument)s, version %(version)s") % {"instrument": code, "version": version}


def _total(code: str, by_day: Mapping[dt.date, float]) -> OwnSeries:
    """Return the totals on the scale of their questionnaire; of one that we do not bring, on the range that was seen."""
    spec = engine.INSTRUMENTS.get(code)
    if spec is None:
        return OwnSeries(name=code, low=min(by_day.values()), high=max(by_day.values()), hint="", by_day=by_day)
    hints = {engine.Direction.HIGHER_IS_WORSE: _lower(), engine.Direction.HIGHER_IS_BETTER: _higher()}
    hint = hints.get(spec.direction, "")
    return OwnSeries(name=code, low=spec.minimum, high=spec.maximum, hint=hint, by_day=by_day)


def _higher() -> str:
    return _("higher is better")


def _lower() -> str:
    return _("lower is better")


def _figure(series: Iterable[OwnSeries]) -> Json:
    shown = list(series)
    axis = {"gridcolor": "rgba(128,128,128,.3)", "linecolor": "rgba(128,128,128,.6)", "zeroline": False}
    layout: Json = {
        "height": PANEL_HEIGHT * len(shown) + AROUND,
        "margin": {"l": 36, "r": 12, "t": 30, "b": 40},
        "showlegend": False,
        "hovermode": "x",
        "xaxis": {**axis, "type": "date"},
    }
    for number, one in enumerate(shown, start=1):
        room = 0.05 * (one.high - one.low) or 1
        suffix = "" if number == 1 else str(number)
        layout[f"yaxis{suffix}"] = {**axis, "range": [one.low - room, one.high + room], "fixedrange": True, "nticks": 4}
        layout.setdefault(f"xaxis{suffix}", {**axis, "type": "date"})
    return figures.stacked([[_line(one)] for one in shown], [_title(one) for one in shown], layout)


def _line(one: OwnSeries) -> Any:
    points = _points(sorted(one.by_day))
    return figures.scatter(
        x=[day.isoformat() for day, _is_answered in points],
        y=[float(one.by_day[day]) if is_answered else None for day, is_answered in points],
        text=[f"{date_format(day, 'j M Y')}: {in_words(one.by_day.get(day))}" for day, _is_answered in points],
        hoverinfo="text",
        mode="lines+markers",
        line={"color": COLOR, "width": 1.5},
        marker={"color": COLOR, "size": 6},
    )


def _points(days: Sequence[dt.date]) -> list[tuple[dt.date, bool]]:
    """Return the days of the answers, and between two of them a day without one where the line must end."""
    distances = [(later - earlier).days for earlier, later in pairwise(days)]
    longest = LATER_THAN_USUAL * median(distances) if distances else 0
    points = [(day, True) for day in days]
    gaps = [
        (earlier + dt.timedelta(days=1), False)
        for (earlier, _later), distance in zip(pairwise(days), distances, strict=True)
        if distance > longest
    ]
    return sorted(points + gaps)


def _title(one: OwnSeries) -> str:
    """Return the name of a panel; Plotly reads tags in texts, and own words may hold what looks like one."""
    return escape(f"{one.name} ({one.hint})" if one.hint else one.name)
