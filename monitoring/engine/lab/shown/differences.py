"""Before and after a change, in people in whom it does nothing or one thing: how often a difference is called clear.

Each rating by itself is what was shown until engine 1.4; together is what is shown now.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.before_after import BeforeAfter, Difference, before_after
from monitoring.engine.lab.people.histories import check_ins, day, medicine
from monitoring.engine.lab.people.simulate import SimulatedPeople
from monitoring.engine.records import Direction, Domain, History, InterventionChange

Floats = NDArray[np.float64]
Make = Callable[..., SimulatedPeople]
Shares = dict[str, float]

#: Weeks that are simulated, between which the change falls, and of which it may follow the worst.
WEEKS, FIRST_CHANGE, LAST_CHANGE, SEARCHED = 72, 30, 44, 22


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a change is made: after the worst week, with so many weeks seen after it, with a true effect on one rating."""

    is_bad: bool = False
    weeks_after: int = 26
    points: float = 0.0


SETTINGS = {
    "random week": Setting(),
    "random week, 4 weeks after": Setting(weeks_after=4),
    "worst of 22 weeks": Setting(is_bad=True),
    "worst of 22 weeks, 4 weeks after": Setting(is_bad=True, weeks_after=4),
}
EFFECTS = (2.0, 3.0)


def joint_intervals(make: Make, n: int, seed: int) -> dict[str, Shares]:
    """Return how often some rating of a stable person is "clearly" different after a change that does nothing.

    Returns:
        By setting: share of changes in which any rating is clear with each by itself and with all together, any is
        clearly better with all together, and the change is said to come after a bad week.
    """
    return {name: _shares(list(_changes(make, n, seed, setting))) for name, setting in SETTINGS.items()}


def _shares(changes: list[tuple[BeforeAfter, tuple[Difference, ...], Domain]]) -> Shares:
    """Return what is shown of some changes: of those with enough answers on either side."""
    read = [(one, alone) for one, alone, _ in changes if any(row.difference is not None for row in alone)]
    return {
        "any clear, each alone": _share([any(row.is_clear for row in alone) for _, alone in read]),
        "any clear": _share([any(row.is_clear for row in one.differences) for one, _ in read]),
        "any clearly better": _share([any(_is_better(row) for row in one.differences) for one, _ in read]),
        "said: bad week": _share([one.bad_week is not None for one, _ in read]),
    }


def _share(found: list[bool]) -> float:
    return float(np.mean(found))


def _is_better(row: Difference) -> bool:
    is_up = (row.difference or 0) > 0
    return row.is_clear and is_up == (row.direction is Direction.HIGHER_IS_BETTER)


def clear_effects(make: Make, n: int, seed: int) -> dict[str, Shares]:
    """Return the share in whom a true lasting effect on one rating is clear in that rating: alone, and together."""
    out: dict[str, Shares] = {}
    for points in EFFECTS:
        changes = list(_changes(make, n, seed, Setting(points=points)))
        read = [(_row(one.differences, it), _row(alone, it)) for one, alone, it in changes]
        read = [pair for pair in read if pair[1].difference is not None]
        out[f"effect of {points:g}"] = {
            "clear, each alone": _share([alone.is_clear for _, alone in read]),
            "clear": _share([row.is_clear for row, _ in read]),
        }
    return out


def _row(rows: tuple[Difference, ...], domain: Domain) -> Difference:
    return next(row for row in rows if row.name == domain)


def _changes(
    make: Make, n: int, seed: int, setting: Setting
) -> Iterator[tuple[BeforeAfter, tuple[Difference, ...], Domain]]:
    """Yield what is shown of each person's change, the same with each rating by itself, and the rating with the effect."""
    rng = np.random.default_rng(seed)
    for ratings in make(n=n, seed=seed, t=WEEKS).ratings:
        week = _week(rng, ratings, is_bad=setting.is_bad)
        column = int(rng.integers(len(Domain)))
        ratings[week + 1 :, column] = np.clip(ratings[week + 1 :, column] + setting.points, 0, 10)
        past = History(
            as_of=day(week + setting.weeks_after),
            check_ins=check_ins(ratings),
            interventions=(medicine(week, InterventionChange.START, 0, 50),),
        )
        (one,) = before_after(past)
        alone = tuple(row for domain in Domain for row in before_after(_only(past, domain))[0].differences)
        yield one, alone, tuple(Domain)[column]


def _week(rng: np.random.Generator, ratings: Floats, *, is_bad: bool) -> int:
    """Return the week in which something is started: any, or the worst of the weeks before it."""
    week = int(rng.integers(FIRST_CHANGE, LAST_CHANGE))
    if not is_bad:
        return week
    badness = np.nan_to_num(ratings[week - SEARCHED : week].mean(axis=1), nan=-1)
    return week - SEARCHED + int(badness.argmax())


def _only(past: History, domain: Domain) -> History:
    """Return a history in which nothing but one rating was asked."""
    rows = [replace(row, ratings={domain: row.ratings[domain]}) for row in past.check_ins if domain in row.ratings]
    return replace(past, check_ins=tuple(rows))
