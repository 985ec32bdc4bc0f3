#!/bin/sh
# Date: 2026-11-30. businesstimedelta 1.0.1, pytz 2026.6 (with them holidays and python-dateutil as they come), Python 3.11.
#
# One would guess: a response clock asked for "six staffed hours after the alert" answers with the time that a clock in
# the clinic shows then, also when the clocks change in between.
#
# What happens: the instant is right, but it carries the offset from before the change. In the night to 29 March 2026 a
# ward in Berlin that is always staffed gets 03:00:01+01:00; every clock there shows 04:00:01. In autumn it is an hour
# too late. The rule refuses a zoneinfo zone (it calls pytz's localize), so pytz's un-normalised times cannot be avoided.
#
# Why it matters: "answer due 03:00" on a page, in a mail, or cut to its hour for a rota, is an hour early or late, in two
# nights a year, and no test in winter or summer shows it.
#
# What to do instead: bring the result to the clinic's zone again before anybody reads it (`.astimezone(zone)`), or count
# minutes in UTC between openings taken from the calendar, as patients/clinics/hours.py does.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check businesstimedelta==1.0.1 pytz==2026.6

cat > "$folder/clock.py" <<'PY'
import datetime as dt
import sys

import businesstimedelta
import pytz

berlin = pytz.timezone("Europe/Berlin")
every_day = [0, 1, 2, 3, 4, 5, 6]
ward = businesstimedelta.WorkDayRule(
    start_time=dt.time(0), end_time=dt.time(23, 59, 59), working_days=every_day, tz=berlin
)
surprising = 0
for name, day in (("spring", (2026, 3, 28)), ("summer", (2026, 6, 27)), ("autumn", (2026, 10, 24))):
    raised = berlin.localize(dt.datetime(*day, 21, 0))
    due = raised + businesstimedelta.BusinessTimeDelta(ward, hours=6)
    on_the_wall = due.astimezone(berlin)
    minutes = (due - raised).total_seconds() / 60
    print(f"{name}: {minutes:.0f} minutes later, says {due:%H:%M:%S%z}, clocks in Berlin show {on_the_wall:%H:%M:%S%z}")
    surprising += due.hour != on_the_wall.hour
sys.exit(0 if surprising == 2 else 1)
PY
"$folder/venv/bin/python" "$folder/clock.py"
