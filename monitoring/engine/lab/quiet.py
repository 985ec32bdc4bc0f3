"""How often something is found in people in whom nothing happened: per start, per stop, per half year of ordinary care.

A line that holds for one rating at one check-in does not hold for a person: five ratings are looked at, week after week.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.assess import assess
from monitoring.engine.detectors.side_effects import shifts_at
from monitoring.engine.instruments import INSTRUMENTS
from monitoring.engine.lab.people.histories import check_ins, day, evening, medicine
from monitoring.engine.lab.people.simulate import simulate
from monitoring.engine.records import (
    Domain,
    History,
    InterventionChange,
    ScoreRecord,
    Tier,
)
from monitoring.engine.rules import DEFAULT

Floats = NDArray[np.float64]
Shares = dict[str, float]

#: Weeks that are simulated around a start, and between which it falls.
WEEKS, FIRST_START, LAST_START = 40, 14, 32
#: Weekly check-ins after a start at which is judged: now, and before each rating was judged with the others.
LOOKS, OLD_LOOKS = (4, 5, 6), (1, 2, 3, 4, 5, 6)
OLD_WATCH, OLD_REVIEW = 0.40, 0.65

#: Share of people in care who have a symptom in a week without stopping anything. Judgement, 30 Nov 2026: no published
#: figures for these sixteen in such clinics were found; the order follows population and outpatient surveys.
PREVALENCE: Mapping[str, float] = {
    "dizziness": 0.18,
    "balance": 0.08,
    "nausea": 0.15,
    "headache": 0.30,
    "electric_shocks": 0.02,
    "tingling": 0.10,
    "sweating": 0.18,
    "flu_like": 0.08,
    "vivid_dreams": 0.15,
    "insomnia": 0.40,
    "restlessness": 0.25,
    "tremor": 0.10,
    "irritability": 0.35,
    "anxiety": 0.45,
    "low_mood": 0.45,
    "mood_swings": 0.25,
}
#: Of those who have a symptom, the shares with a moderate or severe, and with a severe one. Judgement, as above.
MODERATE, SEVERE = 0.40, 0.08
#: Of the variance behind each symptom: what all share, what stays with a person, and memory from week to week.
COMMON, LASTING, MEMORY = 0.3, 0.35, 0.7
ASKED_AFTER = 8

#: Ordinary care: half a year, a questionnaire each fourth week, one start and one change of dose.
CARE_WEEKS, START_WEEK, CHANGE_WEEK, FORM_WEEKS = 26, 8, 17, 4
FORM_SD, FORM_NOISE = 5.0, 2.5


def starts(n: int, seed: int) -> dict[str, Shares]:
    """Return what is found after a start that does nothing, and after one that does, over a whole watch.

    Returns:
        By kind of start: share of people with any finding, and with one for review, now and as each rating was judged
        alone until engine 1.3; and for a lasting effect of 2 or 3 points on one rating the share in whom that rating
        is named by week 4, by week 4 of those with three answers, and by week 6.
    """
    out: dict[str, Shares] = {}
    for kind, is_bad in (("random week", False), ("worst of 12 weeks", True)):
        people = [(*_chances(person, start), column) for person, start, column in _started(n, seed, is_bad=is_bad)]
        now, old = np.array([one for one, *_ in people]), np.array([one for _, one, *_ in people])
        out[kind] = {
            "any": float((now.max(axis=(1, 2)) >= DEFAULT.effect_watch).mean()),
            "review": float((now.max(axis=(1, 2)) >= DEFAULT.effect_review).mean()),
            "any, alone": float((old.max(axis=(1, 2)) >= OLD_WATCH).mean()),
            "review, alone": float((old.max(axis=(1, 2)) >= OLD_REVIEW).mean()),
        }
    for points in (2.0, 3.0):
        out[f"effect of {points:g}"] = _sensitivity(n, seed + 1, points)
    return out


def _sensitivity(n: int, seed: int, points: float) -> Shares:
    """Return in how many a rating with a true effect is named; the error over a whole watch is the same for both."""
    people = [(*_chances(person, start), column) for person, start, column in _started(n, seed, points=points)]
    named = np.array([now[:, column] for now, _, column in people])
    alone = np.array([old[:, column] for _, old, column in people])
    is_judged = named[:, 0] > 0
    calm = np.array([_chances(person, start)[1].max() for person, start, _ in _started(n, seed + 1)])
    same_error = float(np.quantile(calm, 0.9))
    return {
        "by week 4": float((named[:, 0] >= DEFAULT.effect_watch).mean()),
        "by week 4, with 3 answers": float((named[is_judged, 0] >= DEFAULT.effect_watch).mean()),
        "by week 6": float((named.max(axis=1) >= DEFAULT.effect_watch).mean()),
        "by week 4, alone, same error": float((alone[:, :4].max(axis=1) >= same_error).mean()),
    }


def _started(n: int, seed: int, *, is_bad: bool = False, points: float = 0.0) -> Iterator[tuple[Floats, int, int]]:
    """Yield ratings (WEEKS, D), the week of a start, and the rating with the effect, which builds up in 1 to 3 weeks."""
    rng = np.random.default_rng(seed)
    for person in simulate(n=n, seed=seed, t=WEEKS).ratings:
        start = int(rng.integers(FIRST_START, LAST_START))
        if is_bad:
            badness = person[start - 12 : start].mean(axis=1)
            start += int(np.nan_to_num(badness, nan=-1).argmax()) - 11
        column, build_up = int(rng.integers(len(Domain))), rng.uniform(1, 3)
        share = np.clip((np.arange(WEEKS) - start + 1) / build_up, 0, 1)
        person[:, column] = np.clip(np.round(person[:, column] + points * share), 0, 10)
        yield person, start, column


def _chances(person: Floats, start: int) -> tuple[Floats, Floats]:
    """Return the chances (looks, D) of a shift after a start: of all ratings together, and of each alone."""
    weeks, moment = np.arange(len(person), dtype=float), start - 0.5
    answered = ~np.isnan(person).any(axis=1)
    before = np.flatnonzero(answered & (weeks <= moment))[-DEFAULT.effect_baseline :]
    together, alone = np.zeros((len(LOOKS), person.shape[1])), np.zeros((len(OLD_LOOKS), person.shape[1]))
    for look in OLD_LOOKS:
        after = np.flatnonzero(answered & (weeks > moment) & (weeks <= start - 1 + look))
        if len(before) < DEFAULT.effect_min_before or len(after) < DEFAULT.effect_min_after:
            continue
        used = np.concatenate([before, after])
        values, times = person[used], weeks[used]
        alone[look - 1] = [
            shifts_at(values[:, [column]], times, moment, DEFAULT)[0].chance for column in range(values.shape[1])
        ]
        if look in LOOKS:
            together[LOOKS.index(look)] = [effect.chance for effect in shifts_at(values, times, moment, DEFAULT)]
    return together, alone


def stops(n: int, seed: int) -> dict[str, Shares]:
    """Return how many unchanged people reach so many new or worse symptoms at any of eight weekly askings.

    Returns:
        By what is known of the time before (the worst of three askings, one asking, nothing): number of symptoms ->
        share; and under "severe" the share with one that was mild at most and is severe.
    """
    severity = _severities(n, seed)
    before, after = severity[:, :3], severity[:, 3:]
    baselines = {"three askings": before.max(axis=1), "one asking": before[:, -1], "none": np.zeros_like(before[:, -1])}
    out: dict[str, Shares] = {}
    for name, worst in baselines.items():
        most = (after > worst[:, None]).sum(axis=2).max(axis=1)
        severe = (worst[:, None] <= DEFAULT.symptom_mild) & (after >= DEFAULT.symptom_severe)
        out[name] = {str(count): float((most >= count).mean()) for count in range(3, 8)}
        out[name]["severe"] = float(severe.any(axis=(1, 2)).mean())
    return out


def _severities(n: int, seed: int) -> NDArray[np.int64]:
    """Return severities (n, 3 + ASKED_AFTER, 16), 0 to 3, of people in whom nothing changes."""
    rng = np.random.default_rng(seed)
    prevalence, weeks = np.array(list(PREVALENCE.values())), 3 + ASKED_AFTER
    passing = rng.standard_normal((n, weeks, len(prevalence)))
    for week in range(1, weeks):
        passing[:, week] = MEMORY * passing[:, week - 1] + np.sqrt(1 - MEMORY**2) * passing[:, week]
    person, own = rng.standard_normal((n, 1, 1)), rng.standard_normal((n, 1, len(prevalence)))
    felt = np.sqrt(COMMON) * person + np.sqrt(LASTING) * own + np.sqrt(1 - COMMON - LASTING) * passing
    lines = [[NormalDist().inv_cdf(1 - share * one) for one in prevalence] for share in (1, MODERATE, SEVERE)]
    return np.asarray(np.sum([felt > np.array(line) for line in lines], axis=0), dtype=np.int64)


def ordinary_care(n: int, seed: int) -> Shares:
    """Return how often each kind of finding pages somebody per person-year, of stable people in ordinary care.

    Half a year: weekly ratings, a PHQ-9 each fourth week, one start and one change of dose, assessed each week. What
    was told stays told for `refractory_weeks`.
    """
    counts: Counter[str] = Counter()
    rng = np.random.default_rng(seed)
    for ratings in simulate(n=n, seed=seed, t=CARE_WEEKS).ratings:
        counts.update(_paged(ratings, _forms(rng)))
    years = n * CARE_WEEKS / 52
    return {"all": counts.total() / years} | {kind: count / years for kind, count in counts.most_common()}


def _forms(rng: np.random.Generator) -> list[float]:
    """Return the totals of one stable person: a level of the person's own, and the noise of a form (Löwe 2004: 2.5)."""
    level = np.clip(rng.normal(10, FORM_SD), 0, 27)
    totals = level + FORM_NOISE * rng.standard_normal(len(range(0, CARE_WEEKS, FORM_WEEKS)))
    return [float(total) for total in np.clip(np.round(totals), 0, 27)]


def _paged(ratings: Floats, forms: list[float]) -> Iterator[str]:
    """Yield the kind of each finding that pages somebody, when it is first told."""
    whole = _history(ratings, forms)
    told: dict[tuple[str, str], int] = {}
    for week in range(CARE_WEEKS):
        until = day(week)
        known = History(
            as_of=until,
            check_ins=tuple(one for one in whole.check_ins if one.about_on <= until),
            scores=tuple(one for one in whole.scores if one.on <= until),
            instruments=whole.instruments,
            interventions=tuple(one for one in whole.interventions if one.on <= until),
        )
        for finding in assess(known):
            if finding.tier.rank < Tier.REVIEW.rank:
                continue
            matter = (str(finding.kind), finding.subject)
            last = told.get(matter)
            if last is None or week - last > DEFAULT.refractory_weeks:
                yield str(finding.kind)
            told[matter] = week


def _history(ratings: Floats, forms: list[float]) -> History:
    """Return half a year of one person."""
    days = [day(week) for week in range(0, CARE_WEEKS, FORM_WEEKS)]
    phq_9 = INSTRUMENTS["PHQ-9"]
    scores = tuple(
        ScoreRecord(instrument=phq_9.code, version=phq_9.version, on=on, value=total, entered_at=evening(on))
        for on, total in zip(days, forms, strict=True)
    )
    return History(
        as_of=day(CARE_WEEKS),
        check_ins=check_ins(ratings),
        scores=scores,
        instruments={phq_9.code: phq_9},
        interventions=(
            medicine(START_WEEK, InterventionChange.START, 0, 50),
            medicine(CHANGE_WEEK, InterventionChange.CHANGE, 50, 100),
        ),
    )
