"""The files that the rules about the code read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted(path for app in ("config", "monitoring", "patients") for path in (ROOT / app).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))
