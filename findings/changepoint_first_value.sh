#!/bin/sh
# Date: 2026-11-30. changepoint 0.4.0 (with numpy 2.4.6), Python 3.11.
#
# One would guess: the run lengths that Bocpd.step() returns depend on every value it was given; a first value a million
# away from the rest is the clearest change there is.
#
# What happens: the first value is not looked at. 4, 9 or 1,000,000 before the same twelve values give the same chances to
# the last bit, with every prior of the library; "no change since the beginning" gets 88 % although the first answer
# was a million. reset() brings the same back for the next stream. Feeding a value to be thrown away mends it: then the
# outlier counts, and the chances are those of Adams and MacKay.
#
# Why it matters: the first answer of a person, which is the start of treatment, does not count, and the longest run
# length that can be told is one short of what was fed.
#
# What to do instead: step() once with any value before the stream, as monitoring/engine/lab/borrowed.py does.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check changepoint==0.4.0 numpy==2.4.6

cat > "$folder/first.py" <<'PY'
import random
import sys

import changepoint

chance = random.Random(4)
stream = [chance.gauss(4, 1) for _ in range(12)]
priors = {
    "NormalInvChiSquared": changepoint.NormalInvChiSquared(m=4.5, k=1 / 3, v=10.0, s2=1.0),
    "NormalGamma": changepoint.NormalGamma(m=4.5, r=1 / 3, v=10.0, s=10.0),
    "NormalInvGamma": changepoint.NormalInvGamma(m=4.5, v=3.0, a=5.0, b=5.0),
}


def run_lengths(prior: object, values: list[float]) -> list[float]:
    detector = changepoint.Bocpd(prior, 50)
    for value in values:
        chances = detector.step(value)
    return chances


as_described = True
for name, prior in priors.items():
    plain = [run_lengths(prior, [first, *stream]) for first in (4.0, 9.0, 1e6)]
    mended = [run_lengths(prior, [0.0, first, *stream]) for first in (4.0, 9.0, 1e6)]
    ignored, counted = plain[0] == plain[1] == plain[2], mended[0] != mended[2]
    print(f"{name}: no change since the beginning {plain[2][-1]:.2f} after a million; first value ignored: {ignored};")
    print(f"  with a value to throw away before: {mended[2][-1]:.2f}; first value counts: {counted}")
    as_described &= ignored and counted
sys.exit(0 if as_described else 1)
PY
"$folder/venv/bin/python" "$folder/first.py"
