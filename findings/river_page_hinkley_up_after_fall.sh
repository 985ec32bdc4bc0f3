#!/bin/sh
# Date: 2026-11-30. river 0.26.1 (with numpy 2.4.6, scipy 1.17.1, narwhals 2.29.0), Python 3.11.
#
# One would guess: drift.PageHinkley(mode="up") stays silent on a stream that falls once and then stays where it is.
# Nothing ever rises in it.
#
# What happens: it reports a rise. With the default settings that is 5,000 values after the fall; with alpha=0.99, as
# one would choose for short streams, 141 values after it; with alpha=0.98, 99. The forgetting factor shrinks the running
# sum, which the fall has made strongly negative, but not the lowest sum that it is compared with: as the fall is
# forgotten, the sum climbs back towards 0, and the climb is taken for a rise. With alpha=1.0 it stays silent.
#
# Why it matters: somebody who gets better and stays well is reported as getting worse months later. On a stream that
# only rises, or does not change, no test shows it.
#
# What to do instead: alpha=1.0, and another way to forget (a new detector after each confirmed change), as
# monitoring/engine/lab/borrowed.py does.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check river==0.26.1 numpy==2.4.6 scipy==1.17.1 narwhals==2.29.0

cat > "$folder/fall.py" <<'PY'
import random
import sys

from river.drift import PageHinkley

short = {"min_instances": 8, "threshold": 5.0}
kinds = {
    "the defaults": ({}, 60_000, True),
    "alpha=0.99": ({**short, "alpha": 0.99}, 400, True),
    "alpha=0.98, delta=0.1": ({**short, "alpha": 0.98, "delta": 0.1}, 400, True),
    "alpha=1.0": ({**short, "alpha": 1.0}, 400, False),
}
as_described = True
for name, (settings, length, reports) in kinds.items():
    detector, chance, found = PageHinkley(mode="up", **settings), random.Random(1), None
    for place in range(length):
        detector.update((8 if place < 60 else 2) + chance.uniform(-0.5, 0.5))
        if found is None and detector.drift_detected:
            found = place - 60
    print(f"{name}: " + ("no rise reported" if found is None else f"a rise is reported {found} values after the fall"))
    as_described &= (found is not None) == reports and (found is None or found > 0)
sys.exit(0 if as_described else 1)
PY
"$folder/venv/bin/python" "$folder/fall.py"
