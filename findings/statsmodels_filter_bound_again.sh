#!/bin/sh
# Date: 2026-11-30. statsmodels 0.15.0 (with pandas 3.1.1, numpy 2.4.6, scipy 1.17.1), Python 3.11.
#
# One would guess: KalmanFilter.bind(series) gives the filter a new series; .filter() then filters that one. One filter
# with fixed variances can so be used for many people.
#
# What happens: the second series of the same length is not filtered. The result of the first comes back, without
# a warning, while `.endog` of the filter and of the result show the new series. A new filter for each series is right
# to the last bit.
#
# Why it matters: in a loop over people everybody gets the level of the first one, next to the own answers. The plots
# look smooth, and the first person, whom one checks, is right.
#
# What to do instead: make a new KalmanFilter (or a new model) for each series; it costs half a millisecond.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    statsmodels==0.15.0 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1

cat > "$folder/bind.py" <<'PY'
import sys

import numpy as np
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

ONE = np.ones((1, 1))


def new_filter() -> KalmanFilter:
    found = KalmanFilter(
        k_endog=1, k_states=1, design=ONE, transition=ONE, selection=ONE, obs_cov=ONE, state_cov=0.1 * ONE
    )
    found.initialize_known(np.array([4.5]), 3 * ONE)
    return found


def level(kalman: KalmanFilter, series: np.ndarray) -> np.ndarray:
    kalman.bind(series[:, None].copy())
    return kalman.filter().filtered_state[0].copy()


people = {"first": np.array([7.0, 8, 7, 8, 8]), "second": np.array([1.0, 1, 2, 1, 1])}
shared = new_filter()
again = {name: level(shared, series) for name, series in people.items()}
fresh = {name: level(new_filter(), series) for name, series in people.items()}
for name, series in people.items():
    print(f"{name}: answers {series}, a new filter says {fresh[name][-1]:.2f}, the one bound again {again[name][-1]:.2f}")
is_stale = np.array_equal(again["second"], again["first"]) and not np.array_equal(again["second"], fresh["second"])
shows_new = np.array_equal(shared.endog[0], people["second"])
print(f"the second person's answers are shown: {shows_new}; the first person's level is returned: {is_stale}")
sys.exit(0 if is_stale and shows_new else 1)
PY
"$folder/venv/bin/python" "$folder/bind.py"
