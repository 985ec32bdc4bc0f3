#!/bin/sh
# The same Babel makes another catalogue of the same source under Python 3.11 than under 3.12.
#
# Date: 2026-11-30. Babel 2.17.0 under Python 3.11.7 and 3.12.1; GNU gettext 0.21 (Debian 12) beside it.
#
# One would guess: which messages stand in a catalogue follows from the source and from the extractor's version.
#
# What happens: a call of the translation function inside the braces of an f-string is found when Babel runs under
# Python 3.12 or later and is missed, without a warning, under 3.11. Babel reads Python's own tokens, and only since 3.12
# is an f-string more than one of them. xgettext (and so Django's makemessages) misses it whatever Python there is.
#
# Why it matters: a project that supports both makes its catalogue on one machine and checks it on another; messages come
# and go with who ran the tool. The page works, every catalogue is "complete", and a reader of another language meets an
# English sentence. Ours stood beside a rating outside its usual range.
#
# What to do instead: give the message a name before the f-string, and refuse calls inside of one by a test on the syntax
# tree (ast.JoinedStr), which reads all versions alike.
#
# Needs python3.11 and python3.12 (or names of them in OLDER and NEWER). Exit: 0 as long as it behaves as described, 1
# when that has changed, 2 when something is missing.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
older=${OLDER:-python3.11} newer=${NEWER:-python3.12}
for program in "$older" "$newer" xgettext; do
    command -v "$program" >/dev/null || { echo "$program is missing"; exit 2; }
done

mkdir "$folder/source"
cat > "$folder/source/page.py" <<'PROGRAM'
from gettext import gettext as _

print(_("Plain"))
print(f"{_('Inside')}: 3")
print("3: " + _("Beside"))
PROGRAM

messages() { grep '^msgid "..*"' "$1" | sort | tr '\n' ' '; }
by_babel() {
    "$1" -m venv "$folder/venv-$2"
    "$folder/venv-$2/bin/pip" install --quiet --disable-pip-version-check babel==2.17.0 2>/dev/null
    "$folder/venv-$2/bin/pybabel" --quiet extract --keywords=_ --output-file="$folder/$2.pot" "$folder/source" 2>/dev/null
    messages "$folder/$2.pot"
}
before=$(by_babel "$older" before)
after=$(by_babel "$newer" after)
xgettext --language=Python --keyword=_ --from-code=UTF-8 --output="$folder/gnu.pot" "$folder/source/page.py"
echo "Babel under the older Python: $before"
echo "Babel under the newer Python: $after"
echo "xgettext:                     $(messages "$folder/gnu.pot")"
[ "$before" = 'msgid "Beside" msgid "Plain" ' ] && [ "$after" = 'msgid "Beside" msgid "Inside" msgid "Plain" ' ] &&
    [ "$(messages "$folder/gnu.pot")" = "$before" ]
