"""`python -m bench` (or `make bench`): measure on a PostgreSQL of its own, thrown away afterwards.

    python -m bench [--json FILE] [--episodes 500 5000] [--no-engine]

Absolute times say more about the machine than about the product; the ratios travel.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import django

from config.machine import embedded


def main() -> None:
    """Start the database, measure, print the table, remove everything."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE"):
        os.environ.pop(name, None)
    os.environ |= {"TIDEMARK_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    try:
        with embedded.ensure_running(folder):
            results = _measure(options.episodes, with_engine=not options.no_engine)
    finally:
        shutil.rmtree(embedded.socket_dir(folder), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="Write all results to this file.")
    parser.add_argument("--episodes", type=int, nargs="+", default=[500, 5000], help="Sizes of the clinic.")
    parser.add_argument("--no-engine", action="store_true", help="Leave the engine alone out.")
    return parser.parse_args()


def _measure(sizes: list[int], *, with_engine: bool) -> dict[str, object]:
    """Measure at each size of the clinic, and the engine alone."""
    django.setup()
    # Its modules import models, which only now can be imported.
    from bench import product  # noqa: PLC0415

    return product.run(sorted(sizes), with_engine=with_engine, out=sys.stdout)


if __name__ == "__main__":
    main()
