"""The command that collects messages: what is new has no translation, not that of a message like it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.management.commands.makemessages import Command

KNOWN = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Getting worse"\nmsgstr "Schlechter"\n'
)
NEW = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Getting worse."\nmsgstr ""\n'


def test_no_translation_is_guessed() -> None:
    assert "--no-fuzzy-matching" in Command.msgmerge_options


@pytest.mark.skipif(not shutil.which("msgmerge"), reason="needs GNU gettext")
def test_a_message_like_a_known_one_stays_untranslated(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(KNOWN)
    (tmp_path / "new.pot").write_text(NEW)
    options = [option for option in Command.msgmerge_options if option not in {"-q", "--backup=none", "--update"}]

    merged = subprocess.run(
        ["msgmerge", *options, str(tmp_path / "de.po"), str(tmp_path / "new.pot")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert 'msgid "Getting worse."\nmsgstr ""' in merged.stdout
    assert "fuzzy" not in merged.stdout
