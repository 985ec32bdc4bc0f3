"""Two small designs of the benchmark: side effects after a start, and response.

Both use generators that differ from the models they judge, so that the figures
are not a model grading its own homework.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.side_effects import shifts_at
from monitoring.engine.lab.benchmark import area_under_curve, sensitivity_at
from monitoring.engine.rules import DEFAULT
from monitoring.engine.treatment_response import response_chance

Floats = NDArray[np.float64]

#: Weeks before the start of a medicine, and weeks after, at which is judged.
BEFORE = 12
JUDGED_AT = (1, 2, 3, 4, 6)

#: Range of PHQ-9 and the week at which response is counted.
PHQ_RANGE = 27.0
LAST_WEEK = 12
COURSE_JUDGED_AT = (2, 3, 4, 6, 8)


def started_medicine(n: int, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return ratings (n, BEFORE + 8) around a start, and who has a side effect.

    Medicines are started in bad weeks, so the last ratings before are too high
    for everyone and fall by themselves. Half have a lasting effect of 1 to 3.5
    points that builds up within two weeks.
    """
    rng = np.random.default_rng(seed)
    weeks = BEFORE + 8
    phi = np.clip(rng.normal(0.82, 0.08, (n, 1)), 0.3, 0.97)
    drift = np.zeros((n, weeks))
    sd = 0.55 * np.exp(0.35 * rng.standard_normal((n, 1)))
    drift[:, 0] = sd[:, 0] * rng.standard_normal(n)
    for week in range(1, weeks):
        drift[:, week] = phi[:, 0] * drift[:, week - 1] + (sd * np.sqrt(1 - phi**2))[:, 0] * rng.standard_normal(n)
    bad = rng.uniform(0, 2.5, (n, 1)) * np.exp(-np.abs(np.arange(weeks) - BEFORE + 1) / 1.5)
    affected = rng.random(n) < 0.5
    build_up = np.clip((np.arange(weeks) - BEFORE + 1) / rng.uniform(1, 3, (n, 1)), 0, 1)
    effect = affected[:, None] * rng.uniform(1.0, 3.5, (n, 1)) * build_up
    noise = 0.95 * np.exp(0.35 * rng.standard_normal((n, 1))) * rng.standard_t(5, (n, weeks)) / np.sqrt(5 / 3)
    ratings = np.clip(np.round(rng.normal(3.5, 1.6, (n, 1)) + drift + bad + effect + noise), 0, 10)
    ratings[rng.random((n, weeks)) < 0.15] = np.nan
    return ratings, affected


def side_effect_trial(n: int, seed: int) -> dict[str, dict[str, float]]:
    """Return AUC and sensitivity at 90 % specificity by weeks after the start.

    The rival is the change from the last rating before the start.
    """
    ratings, affected = started_medicine(n, seed)
    out = {}
    for weeks in JUDGED_AT:
        seen = ratings[:, : BEFORE + weeks]
        chance = np.array([_effect_chance(person) for person in seen])
        rival = np.array([_change_from_last(person) for person in seen])
        out[str(weeks)] = {
            "auc": area_under_curve(chance, affected),
            "sensitivity": sensitivity_at(chance, affected, 0.9),
            "rival_auc": area_under_curve(rival, affected),
            "rival_sensitivity": sensitivity_at(rival, affected, 0.9),
            "cut_90": float(np.quantile(chance[~affected], 0.9)),
            "cut_97": float(np.quantile(chance[~affected], 0.975)),
        }
    return out


def _effect_chance(person: Floats) -> float:
    """Return the chance of a side effect; the start falls between two check-ins."""
    weeks = np.flatnonzero(~np.isnan(person)).astype(float)
    (effect,) = shifts_at(person[~np.isnan(person)][:, None], weeks, BEFORE - 0.5, DEFAULT)
    return effect.chance


def _change_from_last(person: Floats) -> float:
    before, after = person[:BEFORE], person[BEFORE:]
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    return float(after[-1] - before[-1]) if len(before) and len(after) else 0.0


def treated_depression(n: int, seed: int) -> Floats:
    """Return PHQ-9 totals (n, 13) from the start of treatment, NaN = missing.

    Early responders, late responders after a flat month, partial ones and
    people who do not improve; passing ups and downs and measurement noise. The
    shares are anchored on two findings: improvement by week 2 tells response
    with an AUC near .73, and some without improvement at week 4 respond later.

    Source:
        de Vries (2019), BJPsych IPD meta-analysis; Belanger (2023), J Clin
        Psychopharmacol 43:46, citing Kudlow.
    """
    rng = np.random.default_rng(seed)
    week = np.arange(LAST_WEEK + 1)
    start = np.clip(rng.normal(16, 4, (n, 1)), 10, 26)
    kind = rng.choice(4, size=(n, 1), p=[0.34, 0.11, 0.20, 0.35])
    gain = np.choose(
        kind, [rng.uniform(*ends, (n, 1)) for ends in ((0.55, 0.9), (0.55, 0.85), (0.2, 0.5), (-0.1, 0.15))]
    )
    early = 1 - np.exp(-week / rng.uniform(1.5, 4.0, (n, 1)))
    late = 1 / (1 + np.exp(-(week - rng.uniform(4.0, 7.0, (n, 1))) * 1.2))
    course = start * (1 - gain * np.where(kind == 1, late, early))
    wander = np.zeros((n, len(week)))
    for i in range(1, len(week)):
        wander[:, i] = 0.75 * wander[:, i - 1] + 1.3 * rng.standard_normal(n)
    totals = np.clip(np.round(course + wander + 1.6 * rng.standard_normal((n, len(week)))), 0, PHQ_RANGE)
    missing = rng.random(totals.shape) < 0.15
    missing[:, [0, LAST_WEEK]] = False
    return np.where(missing, np.nan, totals)


def response_trial(n: int, seed: int) -> dict[str, Mapping[str, float]]:
    """Return how early the week-12 response can be told, against % change so far."""
    totals = treated_depression(n, seed)
    responds = totals[:, LAST_WEEK] <= totals[:, 0] / 2
    out: dict[str, Mapping[str, float]] = {}
    for week in COURSE_JUDGED_AT:
        chance = np.array([_response_chance(person[: week + 1]) for person in totals])
        change = np.array([_change_so_far(person[: week + 1]) for person in totals])
        flagged = chance < DEFAULT.course_chance
        out[str(week)] = {
            "auc": area_under_curve(chance, responds),
            "rival_auc": area_under_curve(change, responds),
            "non_responders_flagged": float(flagged[~responds].mean()),
            "responders_flagged": float(flagged[responds].mean()),
        }
    return out


def _response_chance(person: Floats) -> float:
    weeks = np.flatnonzero(~np.isnan(person))
    if len(weeks) < 2:
        return 0.5
    return response_chance(person[0], weeks[1:].astype(float), person[weeks[1:]], PHQ_RANGE, DEFAULT)


def _change_so_far(person: Floats) -> float:
    known = person[~np.isnan(person)]
    return float((known[0] - known[-1]) / known[0])
