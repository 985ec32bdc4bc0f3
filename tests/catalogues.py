"""Reads a catalogue of messages as translators edit it (.po): enough of the format for our own files, no more."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One message with its translations; one that is counted has one for each form of the language."""

    context: str
    message: str
    plural: str
    translations: tuple[str, ...]
    is_fuzzy: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what makes a message another one."""
        return (self.context, self.message, self.plural)


def entries(path: Path) -> Iterator[Entry]:
    """Return the messages of a file in their order; the header is left out."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = block.splitlines()
        fields: dict[str, str] = {}
        keyword = ""
        for line in lines:
            if not line or line.startswith("#"):
                continue
            if not line.startswith('"'):
                keyword, _, line = line.partition(" ")  # noqa: PLW2901  # the rest of the line is its text
            fields[keyword] = fields.get(keyword, "") + ast.literal_eval(line)
        if fields.get("msgid"):
            yield Entry(
                context=fields.get("msgctxt", ""),
                message=fields["msgid"],
                plural=fields.get("msgid_plural", ""),
                translations=tuple(text for name, text in fields.items() if name.startswith("msgstr")),
                is_fuzzy=any(line.startswith("#,") and "fuzzy" in line for line in lines),
            )
