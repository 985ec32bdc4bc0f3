#!/bin/sh
# Date: 2026-11-30. lifelines 0.30.3 (with pandas 2.3.3, numpy 2.4.6, scipy 1.17.1); statsmodels 0.15.0; Python 3.11.
#
# One would guess: an interval tells how much is not known. After the last person of a small group has had the event
# nothing is known of anybody else, so an interval is wide there, or missing (R's survival prints NA).
#
# What happens: lifelines says "0, interval 0 to 0", whatever the size of the group: of three people in the second week
# as of three hundred. No warning. One step before, the interval of the three is 5 to 95 %. statsmodels gives a standard
# error that is not a number there, so that any interval made of it is missing too.
#
# Why it matters: a table of shares with intervals shows the one number that rests on the fewest people as the only
# certain one: "everybody responded, 100 to 100 %".
#
# What to do instead: show no interval where the estimate is 0 or 1, and say how many are left.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    lifelines==0.30.3 statsmodels==0.15.0 pandas==2.3.3 numpy==2.4.6 scipy==1.17.1

cat > "$folder/certain.py" <<'PY'
import sys
import warnings

import numpy as np
from lifelines import KaplanMeierFitter
from statsmodels.api import SurvfuncRight

warnings.simplefilter("error", UserWarning)


def last_interval(people: int) -> tuple[float, float]:
    """Return lifelines' interval after the last of so many people, all with the event in week 1 or 2."""
    weeks = [1] * (people // 3) + [2] * (people - people // 3)
    found = KaplanMeierFitter().fit(weeks, [1] * people)
    low, high = found.confidence_interval_.loc[2]
    before = found.confidence_interval_.loc[1]
    with np.errstate(all="ignore"):
        error = SurvfuncRight(weeks, [1] * people).surv_prob_se[-1]
    print(f"{people} people: week 1 {before.iloc[0]:.2f} to {before.iloc[1]:.2f}; week 2 {low:.2f} to {high:.2f};"
          f" standard error in statsmodels {error}")
    return float(low), float(high)


small, large = last_interval(3), last_interval(300)
is_certain = small == large == (0.0, 0.0)
print("three people are as certain as three hundred:", is_certain)
sys.exit(0 if is_certain else 1)
PY
"$folder/venv/bin/python" "$folder/certain.py"
