"""Every sentence checks out by hand: its numbers are recomputed from the table on the page, without the engine.

The arithmetic here is written again on purpose: means, counts and days from the printed cells, nothing from the engine
but what the sentence says.
"""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from monitoring import demo
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.course.tables import Table, course_tables
from monitoring.demo import cast
from monitoring.models import Alert, Assessment, CheckIn, CheckInSlot, Signal
from monitoring.words import wording
from patients.models import Clinic, Episode
from patients.tenancy import clinic_context

# One worker builds what these tests share.
pytestmark = pytest.mark.xdist_group("explanations")

# A Thursday morning, after the round and in staffed hours.
NOW = dt.datetime(2026, 11, 19, 11, 0, tzinfo=dt.UTC)
# People whose stories end in every kind of change: worse, suddenly worse, better, after a medicine, silence, safety.
KEYS = ("amira", "tomasz.zielinski", "ruth.abelson", "arjun.mehta", "samir.patel", "carlos.mendoza")
NAMES = {"sleep": "Sleep", "mood": "Mood", "energy": "Energy", "pain": "Pain", "function": "Function"}
CHANGES = ("deterioration", "sudden_change", "improvement")
GAP_THAT_CUTS = dt.timedelta(weeks=8)
MOST_BEFORE = 12


@pytest.fixture(scope="module")
def northgate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """Make the demo clinic once; these tests only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.build(at=NOW, stories=[story for story in cast.STORIES if story.key in KEYS])
        clinic = Clinic.objects.get(name=demo.CLINIC_NAME)
        with clinic_context(clinic_id=clinic.pk), timezone.override("Europe/London"):
            yield clinic
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Column:
    """One printed column: days and values, oldest first."""

    days: list[dt.date]
    values: list[float]

    def until(self, day: dt.date) -> "Column":
        """Return the rows up to a day, the last included."""
        kept = [index for index, on in enumerate(self.days) if on <= day]
        return Column([self.days[i] for i in kept], [self.values[i] for i in kept])

    def since(self, day: dt.date) -> list[float]:
        """Return the values from a day on."""
        return [value for on, value in zip(self.days, self.values, strict=True) if on >= day]

    def before(self, day: dt.date) -> list[float]:
        """Return the values before a day, back to the last gap of more than eight weeks."""
        values: list[float] = []
        later = day
        for on, value in reversed(list(zip(self.days, self.values, strict=True))):
            if on >= day:
                continue
            if later - on > GAP_THAT_CUTS:
                break
            values.insert(0, value)
            later = on
        return values


def printed_tables(episode: Episode) -> list[Table]:
    return course_tables(persons.load_person(episode, View(window="all"), at=NOW).course)


def column_of(tables: Sequence[Table], signal: Signal) -> Column:
    """Read a rating's or an instrument's column from the cells of the page."""
    name = NAMES.get(signal.domain, signal.instrument)
    for table in tables:
        headings = table.columns if signal.domain else (table.caption, table.caption)
        places = [place for place, heading in enumerate(headings) if place and heading.startswith(name)]
        if places:
            rows = [row for row in table.rows if row[places[0]].value]
            days = [dt.datetime.strptime(row[0].value, "%d %b %Y").date() for row in rows]  # noqa: DTZ007
            values = [float(row[places[0]].value) for row in rows]
            return Column(days[::-1], values[::-1])
    raise AssertionError(f"{name} is in no table")


def signals_of_alerts() -> list[Signal]:
    """Return the evidence of every alert, open or closed, that the engine found."""
    alerts = Alert.objects.filter(signal__isnull=False).select_related("signal__assessment")
    return [alert.signal for alert in alerts if alert.signal]


def newest_signals() -> list[Signal]:
    """Return everything that the pages show now."""
    newest = [
        Assessment.objects.filter(episode=episode).order_by("-as_of").first() for episode in Episode.objects.all()
    ]
    return list(Signal.objects.filter(assessment__in=[run for run in newest if run]).select_related("assessment"))


def changes() -> list[Signal]:
    found = {signal.pk: signal for signal in [*signals_of_alerts(), *newest_signals()]}
    return [signal for signal in found.values() if signal.kind in CHANGES]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_there_is_something_to_check(northgate: Clinic) -> None:
    assert len(signals_of_alerts()) >= 3
    assert {signal.kind for signal in changes()} >= {"deterioration"}


def test_means_counts_and_difference_are_those_of_the_table(northgate: Clinic) -> None:
    for signal in changes():
        parts = signal.parts
        column = column_of(printed_tables(signal.episode), signal).until(day(parts["last_on"]))
        onset = day(parts["onset_on"])
        before, since = column.before(onset)[-MOST_BEFORE:], column.since(onset)
        mean_before, mean_since = sum(before) / len(before), sum(since) / len(since)

        assert (parts["before_n"], parts["after_n"]) == (len(before), len(since)), signal.parts
        assert parts["before_mean"] == pytest.approx(mean_before, abs=0.051)
        assert parts["after_mean"] == pytest.approx(mean_since, abs=0.051)
        assert signal.contrast == pytest.approx(mean_since - mean_before)
        assert parts["points"] == pytest.approx(abs(parts["after_mean"] - parts["before_mean"]))
        assert onset in column.days


def test_the_sentence_says_these_numbers(northgate: Clinic) -> None:
    for signal in changes():
        parts, said = signal.parts, wording.reason(signal)
        assert str(parts["before_mean"]) in said
        assert str(parts["after_mean"]) in said
        if signal.kind == "sudden_change":
            assert f"in the {parts['before_n']} before" in said
            continue
        assert f"{parts['before_n']} check-ins" in said
        assert f"{signal.onset_on.day} {signal.onset_on:%B %Y}" in said
        assert str(parts["points"]) in said
        if signal.chance is not None:
            assert f"{round(100 * signal.chance)}%" in said


def usual(values: Sequence[float]) -> tuple[float, float]:
    """Recompute the printed usual range: 4 of 5 next answers, from 26, the spread pulled to 1.2 by ten answers."""
    values = values[-26:]
    mean = sum(values) / len(values)
    own = sum((value - mean) ** 2 for value in values)
    spread = math.sqrt((10 * 1.2**2 + own) / (10 + len(values) - 1)) * math.sqrt(1 + 1 / len(values))
    return max(mean - 1.2816 * spread, 0), min(mean + 1.2816 * spread, 10)


def test_the_usual_range_and_the_run_outside_it_are_those_of_the_table(northgate: Clinic) -> None:
    checked = 0
    for signal in changes():
        parts = signal.parts
        if "usual_low" not in parts or not signal.domain:
            continue
        column = column_of(printed_tables(signal.episode), signal).until(day(parts["last_on"]))
        low, high = (round(end, 1) for end in usual(column.before(signal.onset_on)))
        # Worse is downwards for all ratings but pain; an improvement is the other way round.
        downwards = (signal.contrast or 0) < 0
        outside = 0
        for value in reversed(column.since(signal.onset_on)):
            if not (value < low if downwards else value > high):
                break
            outside += 1

        assert (parts["usual_low"], parts["usual_high"]) == (
            pytest.approx(low, abs=0.051),
            pytest.approx(high, abs=0.051),
        )
        assert parts["outside_in_a_row"] == outside
        checked += 1
    assert checked


def test_missed_check_ins_are_those_of_the_weeks(northgate: Clinic) -> None:
    for signal in changes():
        as_of = signal.assessment.as_of
        slots = CheckInSlot.objects.filter(episode=signal.episode, opens_at__lte=as_of).order_by("-due_on")[:8]
        missed = sum(
            slot.closes_at <= as_of and (slot.answered_at is None or slot.answered_at > as_of) for slot in slots
        )

        assert (signal.parts["missed"], signal.parts["planned"]) == (missed, len(slots))
        said = f"{missed} of the last {len(slots)} check-ins {'was' if missed == 1 else 'were'} missed"
        assert (said in wording.reason(signal)) == bool(missed)


def test_what_it_followed_stands_in_the_table_of_what_was_tried(northgate: Clinic) -> None:
    checked = 0
    for signal in changes():
        parts = signal.parts
        if not parts.get("event"):
            continue
        event_on = day(parts["event_on"])
        lanes = printed_tables(signal.episode)[-1]
        starts = {cell for row in lanes.rows for cell in (row[2].value, row[3].value)}

        assert f"{event_on.day} {event_on:%b %Y}" in starts
        assert parts["event_days"] == (signal.onset_on - event_on).days
        checked += 1
    assert checked


def test_silence_is_counted_in_days_of_the_calendar(northgate: Clinic) -> None:
    silent = [signal for signal in newest_signals() if signal.kind in {"missed_check_ins", "lost_contact"}]
    assert silent
    for signal in silent:
        ratings = printed_tables(signal.episode)[0]
        last = next(row for row in ratings.rows if any(cell.value for cell in row[1:]))
        last_on = dt.datetime.strptime(last[0].value, "%d %b %Y").date()  # noqa: DTZ007

        assert signal.parts["silent_days"] == (signal.assessment.as_of.date() - last_on).days


def days_known(signal: Signal) -> set[dt.date]:
    """Return the days that had been answered about when something was found: others may have been entered since."""
    known = CheckIn.versions.filter(episode=signal.episode, submitted_at__lte=signal.assessment.assessed_at)
    return set(known.values_list("about_on", flat=True))


def test_a_side_effects_means_are_those_before_and_after_the_medicine(northgate: Clinic) -> None:
    effects = Signal.objects.filter(kind="side_effect").exclude(domain="").select_related("assessment", "episode")
    assert effects
    for signal in effects:
        parts, event_on = signal.parts, day(signal.parts["event_on"])
        column = column_of(printed_tables(signal.episode), signal).until(signal.assessment.as_of.date())
        known = days_known(signal)
        rows = [(on, value) for on, value in zip(column.days, column.values, strict=True) if on in known]
        before = [value for on, value in rows if on <= event_on][-MOST_BEFORE:]
        after = [value for on, value in rows if event_on < on <= event_on + dt.timedelta(weeks=6)]

        assert (parts["before_n"], parts["after_n"]) == (len(before), len(after))
        assert parts["before_mean"] == pytest.approx(sum(before) / len(before), abs=0.051)
        assert parts["after_mean"] == pytest.approx(sum(after) / len(after), abs=0.051)
        assert parts["event"] in wording.reason(signal)


def test_no_sentence_claims_a_cause(northgate: Clinic) -> None:
    for signal in [*signals_of_alerts(), *newest_signals()]:
        said = f"{wording.title(signal)} {wording.reason(signal)} {wording.clearing(signal)}".lower()
        said = said.replace("timing is shown because it may help. it does not prove cause.", "")
        assert not [claim for claim in ("because", "caused", "due to", "diagnos", "leads to") if claim in said], said
