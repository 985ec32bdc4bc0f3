#!/bin/sh
# pip-audit 2.10.1 is green when it could ask about nothing.
#
# Date: 2026-11-30. Python 3.11, any machine.
#
# One would guess: an audit of a lock file that exits 0 has looked at every package in it.
#
# What happens: a package that the index does not know to pip-audit (a mirror without the pages it asks for is enough, and
# then it is every package) is listed as skipped, the first line says "No known vulnerabilities found", and the exit
# status is 0. A nightly job behind a company's mirror stays green for years.
#
# What to do instead: `--strict`, which ends with 1 at the first package that could not be asked about.
#
# Exit: 0 as long as it behaves as described, 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pip-audit==2.10.1

printf 'a-package-that-nobody-has-published-4711==1.0 --hash=sha256:%064d\n' 0 > "$folder/lock.txt"
audit() { "$folder/venv/bin/pip-audit" "$@" --disable-pip --require-hashes --requirement "$folder/lock.txt" >/dev/null 2>&1; }

if audit; then plain=0; else plain=$?; fi
if audit --strict; then strict=0; else strict=$?; fi
echo "exit status: $plain, with --strict: $strict"
[ "$plain" = 0 ] && [ "$strict" = 1 ]
