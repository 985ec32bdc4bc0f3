"""The benchmark's own arithmetic, checked by hand, and its command at a small size."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from monitoring.engine import DEFAULT, FindingKind, score_batch
from monitoring.engine.budget import alerts, alerts_per_year, cut_for_budget
from monitoring.engine.explain import WORDS
from monitoring.engine.lab.benchmark import (
    area_under_curve,
    calibration_error,
    first_alert_delay,
    found,
    sensitivity_at,
    true_rise,
)
from monitoring.engine.lab.contrast import Window, rolling_contrast
from monitoring.engine.lab.people.simulate import Shape, simulate
from monitoring.engine.lab.people.simulate_other import simulate_other
from monitoring.engine.lab.rivals import RIVALS
from monitoring.engine.lab.trials import response_trial, side_effect_trial
from monitoring.engine.sentences.phrases import hedge


def test_every_kind_of_finding_has_words() -> None:
    assert set(FindingKind) == set(WORDS)


@pytest.mark.parametrize(
    ("chance", "word"), [(0.49, "possible"), (0.5, "likely"), (0.8, "likely"), (0.81, "very likely")]
)
def test_the_hedge_follows_the_chance(chance: float, word: str) -> None:
    assert hedge(chance) == word


def test_one_alert_per_refractory_period() -> None:
    score = np.full((1, 20), -9.0)
    score[0, [3, 4, 10, 11, 12]] = 0.0

    raised = alerts(score, np.arange(20.0), -1.0)

    assert np.flatnonzero(raised[0]).tolist() == [3, 11]


def test_alerts_before_the_usual_level_is_known_do_not_count() -> None:
    score = np.full((1, 60), -9.0)
    score[0, 3] = score[0, 30] = 0.0

    assert alerts_per_year(score, np.arange(60.0), -1.0) == pytest.approx(1.0)


def test_a_worsening_is_found_only_by_an_alert_after_it_began() -> None:
    raised = np.zeros((3, 60), bool)
    raised[0, 9], raised[1, 14], raised[2, 50] = True, True, True

    delay = first_alert_delay(raised, np.array([10, 10, 10]))

    assert delay.tolist() == [np.inf, 4.0, np.inf]


def test_the_true_rise_compares_with_nine_to_twenty_weeks_earlier() -> None:
    level = np.zeros((1, 40, 1))
    level[0, 30:] = 2.0

    rise = true_rise(level)

    assert np.isnan(rise[0, :20]).all()
    assert rise[0, 30:39, 0].tolist() == [2.0] * 9
    assert rise[0, 39, 0] == pytest.approx(2.0 - 2.0 / 12)


def test_calibration_error_and_area_by_hand() -> None:
    chance = np.array([0.2, 0.2, 0.8, 0.8])
    truth = np.array([0.0, 0.0, 1.0, 0.0])

    assert calibration_error(chance, truth, bins=2) == pytest.approx(0.5 * 0.2 + 0.5 * 0.3)
    assert area_under_curve(chance, truth.astype(bool)) == pytest.approx((1 + 1 + 0.5) / 3)
    assert sensitivity_at(np.arange(10.0), np.arange(10) >= 5, 0.9) == 1.0


def test_the_rolling_contrast_by_hand() -> None:
    values = np.array([[[1.0, np.nan, 2.0, 3.0, 4.0, 5.0, np.nan, 9.0]]])

    contrasts = rolling_contrast(values, Window(recent=2, baseline=3, prior_sd=1.0, prior_weight=10.0))

    assert np.isnan(contrasts.difference[0, 0, [0, 1, 2, 3, 6]]).all()
    assert contrasts.difference[0, 0, [4, 5, 7]].tolist() == [3.5 - 1.5, 4.5 - 2.0, 7.0 - 3.0]
    assert contrasts.error[0, 0, 7] == pytest.approx(np.sqrt((10 + 2) / 12 * (1 / 2 + 1 / 3)))


@pytest.mark.parametrize("name", list(RIVALS))
def test_no_detector_looks_ahead_or_speaks_about_a_silent_week(name: str) -> None:
    rival, grid = RIVALS[name]
    panel = simulate(n=20, seed=5, t=60)
    changed = simulate(n=20, seed=5, t=60)
    changed.ratings[:, 40:] = np.where(np.isnan(panel.ratings[:, 40:]), np.nan, 10.0)

    before, after = rival(panel, grid[0]), rival(changed, grid[0])

    np.testing.assert_allclose(after[:, :40], before[:, :40], atol=1e-4)
    assert (before[np.isnan(panel.ratings).all(axis=2)] == -np.inf).all()


def test_the_engine_finds_more_than_the_textbook_at_the_same_false_alerts() -> None:
    stable = simulate(n=500, seed=31)
    step = simulate(n=250, seed=32, shape=Shape.STEP)
    shares = {}
    for name in ("EWMA, personal SD (textbook)", "Tidemark (joint and single)"):
        rival, grid = RIVALS[name]
        cut = cut_for_budget(rival(stable, grid[0]), stable.weeks, 0.5)
        shares[name] = found(rival(step, grid[0]), step, cut).within_8

    textbook, engine = shares.values()
    assert engine > textbook + 0.2


@pytest.mark.parametrize("make", [simulate, simulate_other], ids=["world A", "the other generator"])
def test_a_seed_gives_the_same_people_and_another_seed_others(make: object) -> None:
    assert callable(make)
    one, same, other = (make(n=5, seed=seed, shape=Shape.RAMP) for seed in (1, 1, 2))

    np.testing.assert_array_equal(one.ratings, same.ratings)
    assert not np.array_equal(one.ratings, other.ratings, equal_nan=True)


@pytest.mark.parametrize("make", [simulate, simulate_other], ids=["world A", "the other generator"])
def test_both_generators_keep_to_the_published_retest(make: object) -> None:
    """Snyder (2018) found .74 over one week for a single sleep rating."""
    assert callable(make)
    ratings = make(n=600, seed=3).ratings
    now, later = ratings[:, :-1].ravel(), ratings[:, 1:].ravel()
    both = ~np.isnan(now + later)

    assert np.corrcoef(now[both], later[both])[0, 1] == pytest.approx(0.74, abs=0.04)


def test_a_clinics_own_cut_is_near_the_default() -> None:
    panel = simulate(n=200, seed=41)
    score = score_batch(panel.ratings, panel.weeks).score

    own = cut_for_budget(score, panel.weeks, 0.5)

    assert own == pytest.approx(DEFAULT.kernel_review, abs=0.5)


def test_side_effects_and_response_are_told_better_with_time() -> None:
    effects, responses = side_effect_trial(150, 51), response_trial(150, 52)

    assert effects["1"]["auc"] < effects["6"]["auc"]
    assert effects["4"]["auc"] > 0.8
    assert responses["2"]["auc"] < responses["8"]["auc"]
    assert responses["6"]["auc"] > 0.8


@pytest.mark.long
@pytest.mark.slow
def test_the_command_writes_its_tables_its_data_and_its_plot(tmp_path: Path) -> None:
    out = StringIO()
    files = {"json": tmp_path / "json", "markdown": tmp_path / "markdown", "plot": tmp_path / "plot.html"}

    call_command("evaluate_engine", patients=100, seed=9001, stdout=out, stderr=StringIO(), **files)

    results = json.loads(files["json"].read_text())
    assert {row["detector"] for row in results["detectors"]} == {*RIVALS, "Tidemark with guard rail"}
    assert results["rules"] == DEFAULT.digest
    assert "### Calibration of the chance" in files["markdown"].read_text()
    assert "Chance shown against share observed" in files["plot"].read_text()
    assert "Tidemark with guard rail" in out.getvalue()
