"""What a rule set would have done on the clinic's own past. Reads only.

Looks at what the kernel and the guard rail say about the five ratings: the alerts of "getting worse" and "sudden large
change". Questionnaires, side effects, silence and safety answers are not replayed: their rules have no budget.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from monitoring.assessments import nightly
from monitoring.assessments.nightly import People, Verdicts
from monitoring.engine import RuleSet
from monitoring.engine.budget import LEARNING_WEEKS, WEEKS_PER_YEAR, alerts
from monitoring.models import AlertEvent
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind
from patients.care import treatments
from patients.models import Intervention

# An alert counts as acted on when one about worsening was closed with an action within this time.
ACTED_WITHIN_DAYS = 30
WORSENING = (AlertKind.DETERIORATION, AlertKind.RELAPSE)
# A week is stable when nothing was recorded this long before and after it: no medicine or therapy was started,
# changed or stopped, and no worsening was acted on. As long as the refractory time (docs/engine.md#cuts-and-tiers),
# both ways, because
# what is recorded afterwards is often the answer to the alert.
EVENT_WEEKS = 8
# Numbers that this replay can see, by the beginning of their names.
SEEN = ("kernel_", "single_", "start_", "shift_", "large_shift_", "guard_", "fill_", "solo_")
SEEN_TOO = ("min_check_ins", "epoch_gap_weeks", "refractory_weeks", "worse_per_year", "better_per_year")


class UnknownRule(ValueError):
    """A rule file names a number that does not exist, that no replay can see, or that is no number."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Days, since 1970-01-01, on which something was recorded about an episode, in order."""

    acted: Mapping[UUID, NDArray[np.int64]]
    recorded: Mapping[UUID, NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class Past:
    """One chunk of people with what the kernel says about them and what was recorded.

    Attributes:
        people: the ratings.
        verdicts: one per check-in.
        counts: (n, T), the check-in is part of the count: after the learning weeks, not entered late.
        stable: (n, T), nothing was recorded around it.
        years: (n, T), the person-years that each check-in stands for.
    """

    people: People
    verdicts: Verdicts
    counts: NDArray[np.bool_]
    stable: NDArray[np.bool_]
    years: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a rule set would have done.

    Attributes:
        alerts: after each person's learning weeks.
        people: who would have had at least one.
        patient_years: of everyone, and of stable weeks only.
        per_year: alerts per patient-year.
        stable_per_year: alerts in stable weeks per stable patient-year: what the budget is about.
        acted_on: share of the alerts that were followed by an action within 30 days; None without alerts.
        per_week: alerts a week in the newest half year.
    """

    alerts: int
    people: int
    patient_years: float
    stable_years: float
    per_year: float | None
    stable_per_year: float | None
    acted_on: float | None
    per_week: float


def parse(text: Mapping[str, Any], *, base: RuleSet) -> RuleSet:
    """Return a rule set with some of its numbers replaced.

    Args:
        text: name -> number, as a TOML file gives it.
        base: the rule set to change.

    Raises:
        UnknownRule: a name that is none, or a value that is no number.
        InvalidRules: the numbers contradict each other.
    """
    names = {rule.name for rule in fields(RuleSet)} - {"version"}
    for name, value in text.items():
        if name not in names:
            raise UnknownRule(f"{name} is not the name of a rule")
        if not name.startswith(SEEN) and name not in SEEN_TOO:
            raise UnknownRule(f"{name} does not change which rating alerts are raised, so a backtest cannot show it")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnknownRule(f"{name} = {value!r} is not a number")
    return replace(base, **text)


def compare(rule_sets: Mapping[str, RuleSet], *, at: dt.datetime) -> dict[str, Result]:
    """Return what each rule set would have done on the present clinic's past."""
    events = load_events()
    return {name: total(load(rules, events), rules, events=events, at=at) for name, rules in rule_sets.items()}


def load(rules: RuleSet, events: Events) -> Iterator[Past]:
    """Return the present clinic's past as a rule set's kernel sees it, chunk by chunk."""
    for people in nightly.read_all(rules=rules):
        yield past_of(people, events, rules)


def load_events() -> Events:
    """Return what was recorded in the present clinic."""
    closed = AlertEvent.objects.filter(kind=AlertEventKind.CLOSED, alert__kind__in=WORSENING)
    acted = list(closed.exclude(action=ActionCode.NOTHING_NEEDED).values_list("alert__episode_id", "at"))
    days = [(episode_id, at.date()) for episode_id, at in acted]
    return Events(acted=_by_episode(days), recorded=_by_episode([*days, *_steps()]))


def _steps() -> Iterator[tuple[UUID, dt.date]]:
    """Return the days on which something that is tried was started, changed or stopped."""
    for row in Intervention.objects.prefetch_related(treatments.doses()):
        changes = {row.started_on, row.stopped_on, *(dose.from_on for dose in row.dose_steps)} - {None}
        yield from ((row.episode_id, day) for day in changes if day is not None)


def _by_episode(days: Iterable[tuple[UUID, dt.date]]) -> dict[UUID, NDArray[np.int64]]:
    numbers_of: dict[UUID, list[int]] = {}
    for episode_id, day in days:
        numbers_of.setdefault(episode_id, []).append((day - nightly.DAY_ZERO).days)
    return {episode_id: np.array(sorted(numbers), dtype=np.int64) for episode_id, numbers in numbers_of.items()}


def past_of(people: People, events: Events, rules: RuleSet) -> Past:
    """Judge people and say of each check-in whether it counts and whether it was stable."""
    weeks = people.weeks
    gaps = np.minimum(np.diff(weeks, axis=1, prepend=weeks[:, :1] - 1), rules.epoch_gap_weeks)
    on_time = people.late_days <= rules.late_entry_days
    return Past(
        people=people,
        verdicts=nightly.judge(people, rules),
        counts=people.has_check_in & on_time & (weeks >= LEARNING_WEEKS),
        stable=people.has_check_in & ~_near(people, events.recorded, before=7 * EVENT_WEEKS, after=7 * EVENT_WEEKS),
        years=np.where(people.has_check_in, gaps, 0) / WEEKS_PER_YEAR,
    )


def _near(people: People, days: Mapping[UUID, NDArray[np.int64]], *, before: int, after: int) -> NDArray[np.bool_]:
    """Return (n, T): whether a recorded day lies at most so many days before or after a check-in."""
    near = np.zeros(people.days.shape, dtype=bool)
    for row, episode_id in enumerate(people.episode_ids):
        recorded = days.get(episode_id)
        if recorded is not None:
            first = np.searchsorted(recorded, people.days[row] - before)
            near[row] = np.searchsorted(recorded, people.days[row] + after, "right") > first
    return near


def loudness(past: Past, rules: RuleSet) -> NDArray[np.floating]:
    """Return (n, T): the score as distance from the review cut; the guard rail is above any cut, late entries below.

    So that one number serves both cuts, that of several ratings and that of one alone.
    """
    several = past.verdicts.score - np.float32(rules.kernel_review)
    single = past.verdicts.score - np.float32(rules.single_review)
    above = np.where(past.verdicts.is_single[:, None], single, several)
    above = np.where(past.verdicts.guard, np.inf, above)
    on_time = past.people.late_days <= rules.late_entry_days
    return np.where(past.people.has_check_in & on_time, above, -np.inf)


def raised(past: Past, rules: RuleSet) -> NDArray[np.bool_]:
    """Return (n, T): where an alert would have been raised, one per refractory period; only the cuts are looked at."""
    return alerts(loudness(past, rules), past.people.weeks, 0.0, rules)


@dataclass
class _Sum:
    alerts: int = 0
    people: int = 0
    years: float = 0.0
    stable: int = 0
    stable_years: float = 0.0
    acted: int = 0
    recent: int = 0


# The newest weeks that the expected number of alerts a week is taken from.
RECENT_WEEKS = 26


def total(pasts: Iterable[Past], rules: RuleSet, *, events: Events, at: dt.datetime) -> Result:
    """Count the alerts that the cuts of a rule set make of what the kernel said."""
    counted = _Sum()
    for past in pasts:
        _add(counted, past, raised(past, rules) & past.counts, events.acted, at)
    return Result(
        alerts=counted.alerts,
        people=counted.people,
        patient_years=round(counted.years, 2),
        stable_years=round(counted.stable_years, 2),
        per_year=_share(counted.alerts, counted.years),
        stable_per_year=_share(counted.stable, counted.stable_years),
        acted_on=_share(counted.acted, counted.alerts),
        per_week=round(counted.recent / RECENT_WEEKS, 2),
    )


def _add(
    counted: _Sum, past: Past, fired: NDArray[np.bool_], acted: Mapping[UUID, NDArray[np.int64]], at: dt.datetime
) -> None:
    """Add one chunk's alerts."""
    recent = (at.date() - nightly.DAY_ZERO).days - 7 * RECENT_WEEKS
    followed = _near(past.people, acted, before=0, after=ACTED_WITHIN_DAYS)
    counted.alerts += int(fired.sum())
    counted.people += int(fired.any(axis=1).sum())
    counted.years += float(past.years[past.counts].sum())
    counted.stable += int((fired & past.stable).sum())
    counted.stable_years += float(past.years[past.counts & past.stable].sum())
    counted.acted += int((fired & followed).sum())
    counted.recent += int((fired & (past.people.days > recent)).sum())


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def as_json(results: Mapping[str, Result], rules: Mapping[str, RuleSet]) -> dict[str, Any]:
    """Return results with the digests of their rules."""
    return {name: {"rules_digest": rules[name].digest, **asdict(result)} for name, result in results.items()}


def as_table(results: Mapping[str, Result]) -> str:
    """Return results side by side, one line a number."""
    names = [field.name for field in fields(Result)]
    lines: Sequence[Sequence[str]] = [
        ["", *results],
        *([name.replace("_", " "), *(_cell(getattr(result, name)) for result in results.values())] for name in names),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(results) + 1)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
