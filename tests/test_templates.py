"""Templates keep to the width of the code."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_line_of_a_template_is_longer_than_one_of_code_may_be() -> None:
    widest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["line-length"]
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".js", ".css"}]

    too_long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > widest
    ]

    assert len(templates) > 100
    assert too_long == []


def test_no_heading_and_no_button_lets_check_in_be_broken() -> None:
    """A browser breaks a word after its hyphen; the filter keeps the word in one line."""
    breakable = [
        (path.name, inner)
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for _tag, attributes, inner in re.findall(
            r'<(h[1-3]|legend|button|summary|a)\b((?:[^>"]|"[^"]*")*)>(.*?)</\1>',
            path.read_text(encoding="utf-8"),
            re.DOTALL,
        )
        if re.search(r'translate "[^"]*heck-in|%}[^{<]*heck-in', inner)
        if "href" not in attributes or "button" in attributes
        if "{% filter unbroken %}" not in inner and "visually-hidden" not in inner
    ]

    assert breakable == []
