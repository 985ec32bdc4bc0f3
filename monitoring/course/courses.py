"""Rows become a course: the span that is shown, panels of answers and levels, lanes of what was tried."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.assessments.judgements import Decision, StoredJudgement
from monitoring.attention import usual_ranges
from monitoring.attention.usual_ranges import AgainstUsual
from monitoring.course import answers, expectations, instrument_panels, lanes
from monitoring.course.course_rows import CourseRows
from monitoring.course.pictures import (
    CALENDAR,
    OWN,
    Answer,
    Course,
    Lane,
    Mark,
    Panel,
    PicturePart,
    Span,
    Target,
    Zero,
)
from monitoring.engine import Direction, Domain, History, InstrumentSpec, LevelPoint, ScoreRecord
from monitoring.models import CheckIn, OwnItem, Signal
from monitoring.words import wording
from monitoring.words.formats import near_day
from monitoring.words.states import State, state_of
from patients.models import Episode, Intervention
from patients.models.care import InterventionKind

# Weeks that a page can show; None is everything.
WINDOWS: Mapping[str, int | None] = {"6w": 6, "12w": 12, "6m": 26, "all": None}
# A window that begins at time zero shows so much of its length before it: there is no "after" without a "before".
LEAD_SHARE = 1 / 3
# Without an answer for so long, the page ends at the last one instead of showing emptiness. Where someone is still
# asked, silence is worth seeing; where no one asks any more, it is only an old series.
ENDS_AFTER = dt.timedelta(weeks=8)
ENDS_AFTER_UNASKED = dt.timedelta(weeks=2)
# Room before the first and after the last dot: days, and in a long time the share of it that a dot is wide.
MARGIN = dt.timedelta(days=3)
MARGIN_SHARE = 0.01
SHORTEST_SPAN = dt.timedelta(weeks=2)
LONGEST_COMPARED = dt.timedelta(weeks=52)
MARKS_PER_PANEL = 2
# Ends the code of a stop: the code of the start is the id of what was tried.
STOP = "-stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What someone asks to see of a course, in ids and short codes: it stands in the address.

    Attributes:
        window: a key of WINDOWS.
        zero: code of the day from which weeks are counted; empty = the calendar.
        compares: whether to compare with the last review.
        hidden: keys of panels and lanes that are left out.
        holds_compared: whether the span grows until it holds the days that the findings compare with, by a year at most.
    """

    window: str = "6m"
    zero: str = ""
    compares: bool = False
    hidden: frozenset[str] = frozenset()
    holds_compared: bool = True


def build_course(episode: Episode, material: CourseRows, view: View) -> Course:
    """Return panels over lanes within the span that is shown."""
    history = material.history
    zeros = _zeros(episode, material)
    zero = next((zero for zero in zeros if zero.code == view.zero), CALENDAR)
    compared_from = _compared_from(material.judgement.signals, history.as_of) if view.holds_compared else None
    chosen = _span(episode, history, WINDOWS[view.window], zero)
    span = _span(episode, history, WINDOWS[view.window], zero, compared_from) if compared_from else chosen
    review_on = material.reviewed_on if view.compares else None
    wholes = [*_rating_panels(material), *_own_panels(material, span), *instrument_panels.of_forms(material)]
    wholes = _with_ways(wholes, material)
    targets = expectations.targets(
        material.agreements, wholes, material.interventions, zone=episode.patient.time_zone, today=history.as_of
    )
    cut = (_finished(_aimed(panel, targets), material, review_on, span) for panel in wholes)
    panels = [panel for panel in cut if panel.answers or not panel.is_earlier_form]
    rows = _lanes(episode, material, span)
    medicines = [row for row in material.interventions if row.kind == InterventionKind.MEDICATION]
    return Course(
        span=span,
        panels=tuple(panel for panel in panels if panel.key not in view.hidden),
        lanes=tuple(lane for lane in rows if lane.key not in view.hidden),
        medicine_days=tuple(sorted({day for row in medicines for day in lanes.turning_days(row)})),
        zero=zero,
        zeros=tuple(zeros),
        targets=targets,
        review_on=review_on,
        parts=tuple(_parts(panels, rows, view.hidden)),
        weeks_added=span.weeks - chosen.weeks,
    )


def _parts(panels: Sequence[Panel], rows: Sequence[Lane], hidden: frozenset[str]) -> Iterable[PicturePart]:
    """Return what can be left out, in the order of the page."""
    for key, name in [*((panel.key, panel.name) for panel in panels), *((lane.key, lane.name) for lane in rows)]:
        yield PicturePart(key=key, name=name, is_shown=key not in hidden)


def _zeros(episode: Episode, material: CourseRows) -> list[Zero]:
    """Return the days from which weeks can be counted: start of care, what was tried with its turns, each event."""
    started = sorted(material.interventions, key=lambda row: row.started_on)
    return [
        CALENDAR,
        Zero(code="care", name=_("Start of care"), on=episode.started_on),
        *(zero for row in started for zero in _turns(row)),
        *(_zero(str(event.pk), event.title, event.happened_on) for event in material.events),
    ]


def _turns(row: Intervention) -> Iterable[Zero]:
    """Return the start of something tried, each change of its dose, and its stop."""
    yield _zero(str(row.pk), row.name, row.started_on)
    for dose in row.dose_steps:
        if dose.from_on > row.started_on:
            yield _zero(str(dose.pk), f"{row.name} {dose.label}".strip(), dose.from_on)
    if row.stopped_on:
        yield _zero(f"{row.pk}{STOP}", _("%(what)s stopped") % {"what": row.name}, row.stopped_on)


def _zero(code: str, name: str, on: dt.date) -> Zero:
    return Zero(code=code, name=f"{name}, {date_format(on, 'j M Y')}", on=on)


def _compared_from(signals: Sequence[Signal], today: dt.date) -> dt.date | None:
    """Return the earliest day that the findings compare with, of those within a year."""
    days = (day for signal in signals if state_of(signal.kind, signal.tier) and (day := signal.compared_from))
    return min((day for day in days if today - day <= LONGEST_COMPARED), default=None)


def _span(
    episode: Episode, history: History, weeks: int | None, zero: Zero, compared_from: dt.date | None = None
) -> Span:
    """Return the days to show, from time zero on where one is chosen."""
    first, end = _ends(episode, history)
    if zero.on is not None:
        first, end = min(first, zero.on), max(end, zero.on)
    start = first
    if weeks is not None and zero.on is not None:
        start = max(first, zero.on - dt.timedelta(days=round(7 * weeks * LEAD_SHARE)))
        end = min(end, zero.on + dt.timedelta(weeks=weeks))
    elif weeks is not None:
        start = max(first, end - dt.timedelta(weeks=weeks))
        start = min(start, compared_from or start)
    start = min(start, end - SHORTEST_SPAN)
    margin = max(MARGIN, dt.timedelta(days=round((end - start).days * MARGIN_SHARE)))
    return Span(start=start - margin, end=end + margin, margin=margin)


def _ends(episode: Episode, history: History) -> tuple[dt.date, dt.date]:
    """Return the first day, and today; or the last answer where a series ended long ago."""
    slots = history.schedule.slots if history.schedule else ()
    answered = [*(row.about_on for row in history.check_ins), *(row.on for row in history.scores)]
    days = sorted([*answered, *(slot.due_on for slot in slots)])
    first, last = (days[0], days[-1]) if days else (episode.started_on, history.as_of)
    longest = ENDS_AFTER if slots else ENDS_AFTER_UNASKED
    end = history.as_of if history.as_of - last <= longest else last
    return min(first, end), end


def _with_ways(panels: list[Panel], material: CourseRows) -> list[Panel]:
    """Return panels whose answers say how they came, where somebody asked on the telephone or typed a paper."""
    how = {row.pk: answers.how_it_came(row) for row in material.check_ins if row.interviewer_id is not None}
    if not how:
        return panels
    return [
        replace(
            panel,
            answers=tuple(
                replace(answer, how=how[answer.check_in_id]) if answer.check_in_id in how else answer
                for answer in panel.answers
            ),
        )
        for panel in panels
    ]


def _rating_panels(material: CourseRows) -> list[Panel]:
    """Return a panel for each of the five ratings; none for a person who was never asked for them."""
    missed = _missed(material.history)
    if not material.check_ins and not missed:
        return []
    levels = engine.estimate_levels(material.history)
    return [
        Panel(
            key=domain.value,
            name=str(wording.DOMAIN_NAMES[domain]),
            direction=domain.direction,
            minimum=0,
            maximum=10,
            answers=_answers(material.counted, domain.value),
            replaced=_changed(material, domain.value),
            missed_on=missed,
            levels=tuple(levels[domain]),
        )
        for domain in Domain
    ]


def _missed(history: History) -> tuple[dt.date, ...]:
    return tuple(slot.due_on for slot in history.schedule.slots if slot.missed) if history.schedule else ()


def _answers(rows: Iterable[CheckIn], column: str) -> tuple[Answer, ...]:
    """Return the answers to one rating, oldest first; of two on one day the later counts."""
    by_day = {row.about_on: row for row in rows}
    return tuple(
        Answer(on=day, value=value, is_late=row.is_late, check_in_id=row.pk)
        for day, row in by_day.items()
        if (value := getattr(row, column)) is not None
    )


def _changed(material: CourseRows, column: str) -> tuple[Answer, ...]:
    """Return the replaced answers to one rating that the correction has changed."""
    if not material.replaced:
        return ()
    now = {answer.on: answer.value for answer in _answers(material.counted, column)}
    return tuple(answer for answer in _answers(material.replaced, column) if answer.value != now.get(answer.on))


def _own_panels(material: CourseRows, span: Span) -> list[Panel]:
    """Return a panel for each question of the patient's own that was answered in the span, the oldest first.

    New words are a new series. The engine passes no judgement on it; level and usual range are drawn as for the rest.
    """
    by_item: dict[UUID, list[CheckIn]] = defaultdict(list)
    for row in material.counted:
        if row.own_item_id is not None and row.own_rating is not None:
            by_item[row.own_item_id].append(row)
    items = {item.pk: item for item in material.own_items}
    shown = [(items[pk], rows) for pk, rows in by_item.items() if rows[-1].about_on >= span.start]
    return [_own_panel(item, rows, material) for item, rows in sorted(shown, key=lambda pair: pair[0].from_on)]


def _own_panel(item: OwnItem, rows: Sequence[CheckIn], material: CourseRows) -> Panel:
    direction = Direction.HIGHER_IS_BETTER if item.higher_is_better else Direction.HIGHER_IS_WORSE
    key = f"{OWN}{item.pk}"
    spec = InstrumentSpec(code=key, version="1", name=item.wording, direction=direction, minimum=0, maximum=10)
    scores = tuple(
        ScoreRecord(instrument=key, version="1", on=row.about_on, value=row.own_rating, entered_at=row.submitted_at)
        for row in rows
    )
    history = replace(material.history, scores=scores, instruments={key: spec})
    return Panel(
        key=key,
        name=item.wording,
        direction=direction,
        minimum=0,
        maximum=10,
        answers=_answers(rows, "own_rating"),
        missed_on=_missed(material.history),
        levels=tuple(engine.estimate_score_levels(history, key)),
    )


def _finished(panel: Panel, material: CourseRows, review_on: dt.date | None, span: Span) -> Panel:
    """Add the findings about a panel, and cut the panel to the span; its newest values stay as they are."""
    history = material.history
    weeks = history.schedule.cadence_weeks if history.schedule else usual_ranges.AGREED_WEEKS
    # Someone who answers other questions is not silent: the person may be silent, or this series alone.
    days = sorted({*(row.about_on for row in history.check_ins), *(row.on for row in history.scores)})
    own_days = [answer.on for answer in panel.answers]
    silent = any(
        usual_ranges.is_silent(series_days, today=history.as_of, agreed_weeks=weeks) for series_days in (days, own_days)
    )
    whole = replace(
        panel,
        level_at_review=_level_on(panel, review_on),
        newest_level=panel.value_now,
        newest_answer=panel.answers[-1].value if panel.answers else None,
        newest_on=own_days[-1] if own_days else None,
        newest_day=near_day(own_days[-1], history.as_of) if own_days else "",
        is_silent=silent,
    )
    return _within(_judged(whole, material.judgement, span), span)


def _level_on(panel: Panel, day: dt.date | None) -> float | None:
    """Return the level on a day, from what was answered up to then; None before the first answer."""
    before = [point.level for point in panel.levels if day is not None and point.on <= day]
    return before[-1] if before else None


def _judged(panel: Panel, judgement: StoredJudgement, span: Span) -> Panel:
    """Add what the assessments found about a panel; only decisions inside the span become marks."""
    decided = [
        decision
        for decision in judgement.decided.get(panel.instrument or panel.key, ())
        if span.holds(decision[0]) and instrument_panels.is_about_form(panel, decision[0])
    ]
    about = [signal for signal in judgement.signals if panel.key in {*signal.domains, signal.instrument}]
    states = [state for signal in about if (state := state_of(signal.kind, signal.tier)) is not None]
    before = next((mean for signal in about if (mean := signal.mean_before(panel.key)) is not None), None)
    stored_state = min(states, key=lambda state: state.rank) if states else None
    against = _against_usual(panel) if stored_state is None else None
    return replace(
        panel,
        state=against.state if against else stored_state,
        against=against,
        answer_state=_answer_state(panel, before),
        level_before=before,
        marks=tuple(_marks(panel, decided)),
    )


def _against_usual(panel: Panel) -> AgainstUsual | None:
    """Return where a rating stands; an instrument shows its band, an own question no state."""
    if panel.is_instrument or panel.is_own:
        return None
    return usual_ranges.compare(panel.levels, panel.newest_answer, panel.direction, has_gone_silent=panel.is_silent)


def _answer_state(panel: Panel, level_before: float | None) -> State | None:
    """Return where the newest answer to a rating lies: against the usual range, or the level before a change."""
    if panel.is_instrument or panel.is_own or panel.newest_answer is None or panel.is_silent:
        return None
    newest = panel.levels[-1]
    usual = None if newest.usual_low is None or newest.usual_high is None else (newest.usual_low, newest.usual_high)
    if usual is None and level_before is not None:
        usual = (level_before, level_before)
    return usual_ranges.side_of(panel.newest_answer, usual, panel.direction)


def _aimed(panel: Panel, targets: Sequence[Target]) -> Panel:
    """Add to a panel what was agreed about it and can be drawn."""
    return replace(
        panel, targets=tuple(target for target in targets if target.key == panel.key and target.value is not None)
    )


def _marks(panel: Panel, decided: Sequence[Decision]) -> list[Mark]:
    """Return the newest decisions as marks, each on the answer with which it began; of two on one only the graver.

    Two marks on one dot would print their words over each other. The list of changes names both.
    """
    by_day: dict[dt.date, Mark] = {}
    for day, state, words in decided:
        place = bisect_right(panel.answers, day, key=lambda answer: answer.on)
        if place:
            answer = panel.answers[place - 1]
            mark = Mark(on=answer.on, value=answer.value, state=state, words=words)
            other = by_day.get(mark.on)
            if other is None or mark.state.rank <= other.state.rank:
                by_day[mark.on] = mark
    return sorted(by_day.values(), key=lambda mark: mark.on)[-MARKS_PER_PANEL:]


def _within(panel: Panel, span: Span) -> Panel:
    """Cut a panel to the span. Levels were estimated on the whole history before."""
    return replace(
        panel,
        answers=tuple(answer for answer in panel.answers if span.holds(answer.on)),
        replaced=tuple(answer for answer in panel.replaced if span.holds(answer.on)),
        missed_on=tuple(day for day in panel.missed_on if span.holds(day)),
        levels=tuple(_without_ties(point for point in panel.levels if span.holds(point.on))),
    )


def _without_ties(points: Iterable[LevelPoint]) -> Iterable[LevelPoint]:
    return {point.on: point for point in points}.values()


def _lanes(episode: Episode, material: CourseRows, span: Span) -> list[Lane]:
    """Return every lane, what was tried first."""
    return [
        *lanes.intervention_lanes(material.interventions, span),
        *lanes.adherence_lane(material.check_ins, material.reports, material.interventions, span),
        *lanes.side_effect_lane(material.check_ins, span),
        *lanes.alert_lane(material.alerts, episode.patient.time_zone, span),
        *lanes.event_lane(material.events, span),
    ]
