"""The files and modules that the rules about the code read."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import monitoring
import patients

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted(path for app in ("config", "monitoring", "patients") for path in (ROOT / app).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def modules() -> Iterator[ModuleType]:
    """Return every module of the two apps, migrations left out."""
    for root in (patients, monitoring):
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if not found.ispkg and ".migrations." not in found.name:
                yield importlib.import_module(found.name)
