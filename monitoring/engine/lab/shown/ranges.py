"""The usual range of people in whom nothing happens: how many answers, and how many levels, lie inside."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from monitoring.engine.detectors.levels import estimate_levels, estimate_score_levels
from monitoring.engine.instruments import INSTRUMENTS
from monitoring.engine.lab.people.histories import check_ins, day, evening
from monitoring.engine.lab.people.simulate import SimulatedPeople
from monitoring.engine.records import CheckInRecord, Domain, History, LevelPoint, ScoreRecord
from monitoring.engine.rules import DEFAULT

Shares = dict[str, float]

#: PHQ-9 forms of one person, weeks between two, and how people differ (as in ordinary care).
PHQ_9 = INSTRUMENTS["PHQ-9"]
FORMS, FORM_RHYTHMS, FORM_MEAN, FORM_SD = 20, (2, 4), 10.0, 5.0

WEEKS = 78
#: Up to so many answers the person had given, by name.
STRETCHES: Mapping[str, int] = {"8 to 10": 10, "11 to 16": 16, "17 to 28": 28, "29 and more": WEEKS}


def usual_coverage(make: Callable[..., SimulatedPeople], n: int, seed: int) -> dict[str, Shares]:
    """Return what share lies inside the usual range that was drawn on that day, as exact as it is printed.

    Returns:
        By how many answers to the rating the person had given: the newest answers, the first answers after the range
        was drawn, and the levels that are inside.
    """
    found: dict[str, dict[str, list[bool]]] = {name: defaultdict(list) for name in (*STRETCHES, "all")}
    for ratings in make(n=n, seed=seed, t=WEEKS).ratings:
        given = check_ins(ratings)
        levels = estimate_levels(History(as_of=day(WEEKS), check_ins=given))
        for domain in Domain:
            for answers, what, inside in _seen(levels[domain], _answers(given, domain)):
                name = next(name for name, most in STRETCHES.items() if answers <= most)
                found[name][what].append(inside)
                found["all"][what].append(inside)
    return {name: {what: float(np.mean(each)) for what, each in one.items()} for name, one in found.items()}


def form_coverage(n: int, seed: int) -> dict[str, Shares]:
    """Return the same of PHQ-9 totals of people without a course: noise, and ups and downs that pass.

    Returns:
        By the weeks between two forms.
    """
    rng = np.random.default_rng(seed)
    out: dict[str, Shares] = {}
    for every in FORM_RHYTHMS:
        found: dict[str, list[bool]] = defaultdict(list)
        for totals in _steady_forms(rng, n, every):
            for _, what, inside in _seen(_form_levels(totals, every), totals):
                found[what].append(inside)
        out[f"each {every} weeks"] = {what: float(np.mean(each)) for what, each in found.items()}
    return out


def _steady_forms(rng: np.random.Generator, n: int, every: int) -> list[list[int]]:
    """Return totals of people who do not change; noise and ups and downs are those of the course in treatment."""
    passing = DEFAULT.course_drift * rng.standard_normal((n, FORMS))
    memory = DEFAULT.course_phi**every
    for form in range(1, FORMS):
        passing[:, form] = memory * passing[:, form - 1] + np.sqrt(1 - memory**2) * passing[:, form]
    level = rng.normal(FORM_MEAN, FORM_SD, (n, 1))
    totals = level + passing + DEFAULT.course_noise * rng.standard_normal((n, FORMS))
    return [[int(total) for total in row] for row in np.clip(np.round(totals), 0, PHQ_9.maximum)]


def _form_levels(totals: list[int], every: int) -> tuple[LevelPoint, ...]:
    days = [day(every * form) for form in range(len(totals))]
    scores = tuple(
        ScoreRecord(instrument=PHQ_9.code, version=PHQ_9.version, on=on, value=total, entered_at=evening(on))
        for on, total in zip(days, totals, strict=True)
    )
    return estimate_score_levels(History(as_of=days[-1], scores=scores, instruments={PHQ_9.code: PHQ_9}), PHQ_9.code)


def _answers(given: tuple[CheckInRecord, ...], domain: Domain) -> list[int]:
    return [value for row in given if (value := row.ratings.get(domain)) is not None]


def _seen(points: tuple[LevelPoint, ...], answers: list[int]) -> Iterator[tuple[int, str, bool]]:
    """Yield the number of answers so far, what is compared, and whether it is inside, of one rating."""
    for place in range(DEFAULT.usual_check_ins - 1, len(points)):
        usual = _range_of(points[place])
        # None where a long gap began a new period, in which the range is learned anew.
        if usual is None:
            continue
        yield place + 1, "newest answer", _is_inside(answers[place], usual)
        yield place + 1, "level", _is_inside(points[place].level, usual)
        if place + 1 < len(points) and _range_of(points[place + 1]) is not None:
            yield place + 1, "next answer", _is_inside(answers[place + 1], usual)


def _range_of(point: LevelPoint) -> tuple[float, float] | None:
    return None if point.usual_low is None or point.usual_high is None else (point.usual_low, point.usual_high)


def _is_inside(value: float, usual: tuple[float, float]) -> bool:
    """Say whether a value is inside a range, as the pages do."""
    return round(usual[0], 1) <= round(value, 1) <= round(usual[1], 1)
