"""Templates keep to the width of the code."""

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
