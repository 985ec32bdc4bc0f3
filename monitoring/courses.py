"""Rows become a course: the span that is shown, panels of answers and levels, lanes of what was tried. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext as _

from monitoring import engine, plans, wording
from monitoring.engine import Domain, FindingKind, History, InstrumentSpec, LevelPoint
from monitoring.models import Assessment, Signal
from monitoring.trajectories import Answer, Bar, Course, Cut, Flag, Lane, Mark, Panel, Span, State, state_of
from patients.models import Episode, Intervention, LifeEvent
from patients.models.care import InterventionKind

# Weeks that a page can show; None is everything.
WINDOWS: Mapping[str, int | None] = {"6w": 6, "12w": 12, "6m": 26, "all": None}
# Without an answer for so long, the page ends at the last one instead of showing emptiness. Where somebody is still
# asked, silence is worth seeing; where nobody asks any more, it is only an old series.
ENDS_AFTER = dt.timedelta(weeks=8)
ENDS_AFTER_UNASKED = dt.timedelta(weeks=2)
# Room before the first and after the last dot.
MARGIN = dt.timedelta(days=3)
SHORTEST_SPAN = dt.timedelta(weeks=2)
MARKS_PER_PANEL = 2


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What assessments said about an episode: the newest in full, the earlier ones as marks."""

    assessed_at: dt.datetime | None
    signals: tuple[Signal, ...]
    # (rating or instrument) -> (day, state, words), oldest first.
    decided: Mapping[str, Sequence[tuple[dt.date, State, str]]]


def build_course(
    episode: Episode,
    history: History,
    judgement: Judgement,
    interventions: Sequence[Intervention],
    *,
    late: set[dt.date],
    weeks: int | None,
) -> Course:
    """Return panels over lanes within the span that is shown."""
    span = _span(episode, history, weeks)
    panels = [*_rating_panels(history, late), *_instrument_panels(history)]
    medicines = [row for row in interventions if row.kind == InterventionKind.MEDICATION]
    return Course(
        span=span,
        panels=tuple(_within(_judged(panel, judgement), span) for panel in panels),
        lanes=(*_lanes(interventions, span), *_event_lane(episode)),
        medicine_days=tuple(sorted({day for row in medicines for day in _turning_days(row)})),
    )


def _span(episode: Episode, history: History, weeks: int | None) -> Span:
    """Return the days to show: up to today, or up to the last answer where a series ended long ago."""
    slots = history.schedule.slots if history.schedule else ()
    answered = [*(row.about_on for row in history.check_ins), *(row.on for row in history.scores)]
    days = sorted([*answered, *(slot.due_on for slot in slots)])
    first, last = (days[0], days[-1]) if days else (episode.started_on, history.as_of)
    longest = ENDS_AFTER if slots else ENDS_AFTER_UNASKED
    end = history.as_of if history.as_of - last <= longest else last
    earliest = min(first, end)
    start = earliest if weeks is None else max(earliest, end - dt.timedelta(weeks=weeks))
    return Span(start=min(start, end - SHORTEST_SPAN) - MARGIN, end=end + MARGIN)


def _rating_panels(history: History, late: set[dt.date]) -> list[Panel]:
    """Return a panel for each of the five ratings; none for a person who was never asked for them."""
    missed = tuple(slot.due_on for slot in history.schedule.slots if slot.missed) if history.schedule else ()
    if not history.check_ins and not missed:
        return []
    levels = engine.estimate_levels(history)
    return [
        Panel(
            key=domain.value,
            name=str(wording.DOMAIN_NAMES[domain]),
            direction=domain.direction,
            minimum=0,
            maximum=10,
            answers=tuple(_rating_answers(history, domain, late)),
            missed_on=missed,
            levels=tuple(levels[domain]),
        )
        for domain in Domain
    ]


def _rating_answers(history: History, domain: Domain, late: set[dt.date]) -> Iterable[Answer]:
    """Return the answers to one rating, oldest first; of two on one day the later counts."""
    by_day = {row.about_on: row.ratings.get(domain) for row in history.check_ins}
    for day, value in sorted(by_day.items()):
        if value is not None:
            yield Answer(on=day, value=value, is_late=day in late)


def _instrument_panels(history: History) -> list[Panel]:
    """Return a panel for each instrument that has a score: the bundled ones first, then by name."""
    scored = {row.instrument for row in history.scores if row.value is not None}
    codes = sorted(scored & set(history.instruments), key=lambda code: (code not in engine.INSTRUMENTS, code))
    return [_instrument_panel(history, history.instruments[code]) for code in codes]


def _instrument_panel(history: History, spec: InstrumentSpec) -> Panel:
    scores = [row for row in history.scores if row.instrument == spec.code]
    return Panel(
        key=spec.code,
        name=spec.code,
        direction=spec.direction,
        minimum=spec.minimum,
        maximum=spec.maximum,
        answers=tuple(Answer(on=row.on, value=row.value) for row in scores if row.value is not None),
        levels=tuple(engine.estimate_score_levels(history, spec.code)),
        cuts=tuple(Cut(value=cut.value, label=_(cut.label)) for cut in spec.cut_offs if cut.value >= spec.minimum),
    )


def _judged(panel: Panel, judgement: Judgement) -> Panel:
    """Add to a panel what the assessments said about it."""
    about = [signal for signal in judgement.signals if panel.key in {signal.domain, signal.instrument}]
    states = [state for signal in about if (state := state_of(signal.kind, signal.tier)) is not None]
    before = next((signal.parts["before_mean"] for signal in about if "before_mean" in signal.parts), None)
    return replace(
        panel,
        state=min(states, key=lambda state: state.rank) if states else _quiet_state(panel),
        level_before=before,
        marks=tuple(_marks(panel, judgement.decided.get(panel.key, ()))),
    )


def _quiet_state(panel: Panel) -> State | None:
    """Return the state of a panel nothing was said about; an instrument shows its band instead."""
    if panel.is_instrument:
        return None
    if not panel.answers:
        return State.NONE
    return State.STEADY if panel.levels and panel.levels[-1].usual_low is not None else State.LEARNING


def _marks(panel: Panel, decided: Sequence[tuple[dt.date, State, str]]) -> list[Mark]:
    """Return the newest decisions as marks on the answer they were made with; of two on one answer the graver.

    Two marks on one dot would print their words over each other. What changed names both.
    """
    by_day: dict[dt.date, Mark] = {}
    for day, state, words in decided:
        before = [answer for answer in panel.answers if answer.on <= day]
        if before:
            mark = Mark(on=before[-1].on, value=before[-1].value, state=state, words=words)
            there = by_day.get(mark.on)
            if there is None or mark.state.rank <= there.state.rank:
                by_day[mark.on] = mark
    return sorted(by_day.values(), key=lambda mark: mark.on)[-MARKS_PER_PANEL:]


def _within(panel: Panel, span: Span) -> Panel:
    """Cut a panel to the span. Levels were estimated on the whole history before."""
    return replace(
        panel,
        answers=tuple(answer for answer in panel.answers if span.holds(answer.on)),
        missed_on=tuple(day for day in panel.missed_on if span.holds(day)),
        levels=tuple(_without_ties(point for point in panel.levels if span.holds(point.on))),
    )


def _without_ties(points: Iterable[LevelPoint]) -> Iterable[LevelPoint]:
    return {point.on: point for point in points}.values()


# ---------- lanes ----------


def _lanes(interventions: Sequence[Intervention], span: Span) -> list[Lane]:
    """Return one lane per kind of intervention, in the order of the choices."""
    by_kind: dict[str, list[Bar]] = defaultdict(list)
    for row in interventions:
        by_kind[row.kind].extend(_bars(row, span))
    return [
        Lane(name=str(kind.label), bars=tuple(by_kind[kind.value]))
        for kind in InterventionKind
        if by_kind.get(kind.value)
    ]


def _bars(row: Intervention, span: Span) -> list[Bar]:
    """Return one bar per dose that is shown; the longest names the intervention, all name their dose."""
    doses = list(row.doses.all())
    starts = [dose.from_on for dose in doses] or [row.started_on]
    ends = [*starts[1:], row.stopped_on]
    labels = [dose.label for dose in doses] or [""]
    strengths = _strengths([dose.amount for dose in doses] or [None])
    bars = [
        Bar(start=start, end=end, label=label, strength=strength)
        for start, end, label, strength in zip(starts, ends, labels, strengths, strict=True)
        if end is None or end >= span.start
    ]
    longest = max(range(len(bars)), key=lambda index: _length(bars[index], span), default=0)
    return [
        replace(bar, label=f"{row.name} {bar.label}".strip()) if index == longest else bar
        for index, bar in enumerate(bars)
    ]


def _length(bar: Bar, span: Span) -> float:
    return span.share(bar.end or span.end) - span.share(bar.start)


def _strengths(amounts: Sequence[object]) -> list[int]:
    """Return 1 to 3 per dose: the lowest is light, the highest solid; without numbers all are light."""
    known = sorted({amount for amount in amounts if amount is not None}, key=float)  # type: ignore[arg-type]
    if len(known) < 2:
        return [1] * len(amounts)
    place = {known[0]: 1, known[-1]: 3}
    return [1 if amount is None else place.get(amount, 2) for amount in amounts]


def _turning_days(row: Intervention) -> list[dt.date]:
    """Return the days on which an intervention started, changed or stopped."""
    days = [dose.from_on for dose in row.doses.all()] or [row.started_on]
    return [*days, row.stopped_on] if row.stopped_on else days


def _event_lane(episode: Episode) -> list[Lane]:
    events = LifeEvent.objects.filter(episode=episode).order_by("happened_on")
    flags = tuple(Flag(on=event.happened_on, label=event.title) for event in events)
    return [Lane(name=_("Life events"), flags=flags)] if flags else []


# ---------- what the engine said ----------


def load_judgement(episode: Episode) -> Judgement:
    """Return the newest assessment's signals, and when each kind of signal began, over all assessments."""
    runs = list(Assessment.objects.filter(episode=episode).order_by("as_of").values_list("pk", "as_of", "assessed_at"))
    if not runs:
        return Judgement(assessed_at=None, signals=(), decided={})
    newest = Signal.objects.filter(assessment_id=runs[-1][0])
    fields = ("assessment_id", "kind", "tier", "domain", "instrument", "direction", "contrast")
    by_run: dict[UUID, list[Signal]] = defaultdict(list)
    for signal in Signal.objects.filter(episode=episode).only(*fields):
        by_run[signal.assessment_id].append(signal)
    zone = episode.patient.time_zone
    decided = _decisions([(plans.local_day(as_of, zone), by_run[pk]) for pk, as_of, _at in runs])
    return Judgement(assessed_at=runs[-1][2], signals=tuple(sorted(newest, key=_need)), decided=decided)


def _decisions(runs: Sequence[tuple[dt.date, Sequence[Signal]]]) -> dict[str, list[tuple[dt.date, State, str]]]:
    """Return the day each signal began: it is in this assessment and was not in the one before."""
    decided: dict[str, list[tuple[dt.date, State, str]]] = defaultdict(list)
    before: set[tuple[str, State]] = set()
    for day, signals in runs:
        now: set[tuple[str, State]] = set()
        for signal in signals:
            state, subject = state_of(signal.kind, signal.tier), signal.domain or signal.instrument
            words = _two_words(signal)
            if state is None or not subject or not words:
                continue
            now.add((subject, state))
            if (subject, state) not in before:
                decided[subject].append((day, state, words))
        before = now
    return decided


def _two_words(signal: Signal) -> str:
    """Return the words beside a mark: what happened, never why."""
    is_up = (signal.contrast or 0) > 0
    words = {
        FindingKind.DETERIORATION: _("Lasting rise") if is_up else _("Lasting fall"),
        FindingKind.IMPROVEMENT: _("Above usual") if is_up else _("Below usual"),
        FindingKind.SUDDEN_CHANGE: _("Sudden change"),
        FindingKind.RELIABLE_WORSENING: _("Reliably worse"),
        FindingKind.SIDE_EFFECT: _("Side effect"),
        FindingKind.DISCONTINUATION: _("After stopping"),
        FindingKind.NOT_ON_TRACK: _("No response"),
        FindingKind.RESPONSE: _("Response"),
        FindingKind.REMISSION: _("Remission"),
        FindingKind.RELAPSE: _("Relapse signs"),
    }
    return words.get(FindingKind(signal.kind), "")


def _need(signal: Signal) -> tuple[int, int]:
    """Return the place of a signal in a list: most pressing state first, then the louder tier."""
    state = state_of(signal.kind, signal.tier)
    return (state.rank if state else len(State), -engine.Tier(signal.tier).rank)
