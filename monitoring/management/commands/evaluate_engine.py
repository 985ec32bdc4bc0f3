"""The benchmark of the signal engine: all detectors at matched false alerts, on one page."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.engine import DEFAULT, ENGINE_VERSION
from monitoring.engine.lab import benchmark, figures, libraries, quiet, report, speed, trials
from monitoring.engine.lab.people.simulate import Shape, simulate
from monitoring.engine.lab.people.simulate_other import simulate_other
from monitoring.engine.lab.rivals import RIVALS
from monitoring.engine.lab.shown import chances, differences, ranges

# Below this size the cut of 0.5 alerts a year rests on too few alerts to mean anything.
SMALLEST = 100


class Command(BaseCommand):
    """Run the whole benchmark, or only the speed line."""

    help = "Run the signal engine's benchmark on synthetic people and print its tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size, the seed, and where the results go."""
        parser.add_argument("--seed", type=int, default=9001, help="First test seed; above 1000, training is below.")
        parser.add_argument("--patients", type=int, default=3000, help="Stable people per panel; half per shape.")
        parser.add_argument("--json", type=Path, help="Write all results to this file.")
        parser.add_argument("--markdown", type=Path, help="Write the tables to this file.")
        parser.add_argument(
            "--plot", type=Path, help="Write the reliability curve to this file: .svg (needs Chromium) or .html."
        )
        parser.add_argument(
            "--calibrate",
            action="store_true",
            help="Only fit the chance that is printed anew, and write its data file.",
        )
        parser.add_argument("--speed", action="store_true", help="Only time 100,000 people x 104 weeks x 5 domains.")

    def handle(self, *args: str, **options: Any) -> None:
        """Run, print, write."""
        if options["speed"]:
            self._print_speed()
            return
        if options["calibrate"]:
            self._calibrate()
            return
        if options["seed"] <= benchmark.TRAIN_SEED + 100 or options["patients"] < SMALLEST:
            raise CommandError(f"Use a seed above 1001 and at least {SMALLEST} patients: lower seeds train the engine.")
        if options["plot"] is not None and options["plot"].suffix not in figures.KINDS:
            raise CommandError(f"--plot writes {' or '.join(figures.KINDS)}.")
        self._check_libraries()
        results = self._run(options["seed"], options["patients"])
        text = report.markdown(results)
        self.stdout.write(text)
        for path, content in (
            (options["json"], json.dumps(results, indent=2, allow_nan=False)),
            (options["markdown"], text),
        ):
            if path is not None:
                path.write_text(content + "\n", encoding="utf-8")
        if options["plot"] is not None:
            self._plot(results, options["plot"])

    def _check_libraries(self) -> None:
        try:
            libraries.check_installed()
        except libraries.LabMissing as missing:
            raise CommandError(str(missing)) from missing

    def _calibrate(self) -> None:
        self._check_libraries()
        self.stdout.write(chances.write())

    def _plot(self, results: dict[str, Any], path: Path) -> None:
        try:
            figures.write(figures.reliability(results), path)
        except RuntimeError as problem:
            raise CommandError("No browser could draw the SVG: install Chromium, or name an .html file.") from problem

    def _print_speed(self) -> None:
        panel = simulate(n=speed.SAMPLE, seed=7001)
        measured = speed.measure(panel.ratings, panel.weeks, 100_000, time.perf_counter)
        self.stdout.write(
            f"{measured.people:,} people x {measured.weeks} weeks x {measured.domains} domains: "
            f"{measured.seconds:.1f} s; 32-bit against 64-bit chance: {measured.parity:.1e}"
        )

    def _run(self, seed: int, n: int) -> dict[str, Any]:
        """Return every section; each is announced while it runs."""
        data = benchmark.panels(simulate, n, seed)
        huge = benchmark.panels(simulate, n, seed, (Shape.HUGE,))
        rows = self._collect("detectors in World A", benchmark.compare(data, n), 2 * len(RIVALS) + 2)
        own = {row.budget: row.cut for row in rows if row.detector == benchmark.OWN}
        steps: dict[str, Callable[[], Any]] = {
            "huge": lambda: [asdict(row) for row in benchmark.guarded(huge)],
            "other_world": lambda: [asdict(row) for row in benchmark.other_world(n, seed + 100)],
            "calibration": lambda: benchmark.calibration(simulate, n, seed + 200),
            "calibration_other": lambda: benchmark.calibration(simulate_other, n, seed + 210),
            "stress": lambda: benchmark.stress(n // 2, seed + 300, own[1.0]),
            "early": lambda: asdict(benchmark.early_events(n // 2, seed + 400, own[1.0])),
            "explanation": lambda: benchmark.explanations(n // 2, seed + 500, own[0.5]),
            "sparse": lambda: benchmark.sparse(n, seed + 600),
            "side_effects": lambda: trials.side_effect_trial(n // 2, seed + 700),
            "response": lambda: trials.response_trial(n // 2, seed + 800),
            "starts": lambda: quiet.starts(n, seed + 900),
            "stops": lambda: quiet.stops(10 * n, seed + 910),
            "ordinary_care": lambda: quiet.ordinary_care(n, seed + 920),
            "named_chance": lambda: chances.named_calibration(simulate, n // 2, seed + 970),
            "named_chance_other": lambda: chances.named_calibration(simulate_other, n // 2, seed + 980),
            "differences": lambda: differences.joint_intervals(simulate, n, seed + 940),
            "differences_other": lambda: differences.joint_intervals(simulate_other, n, seed + 945),
            "usual": lambda: ranges.usual_coverage(simulate, n, seed + 960),
            "usual_other": lambda: ranges.usual_coverage(simulate_other, n, seed + 965),
            "usual_forms": lambda: ranges.form_coverage(n, seed + 968),
            "clear_effects": lambda: differences.clear_effects(simulate, n, seed + 950),
        }
        results: dict[str, Any] = {
            "engine_version": ENGINE_VERSION,
            "rules": DEFAULT.digest,
            "seed": seed,
            "patients": n,
            "detectors": [asdict(row) for row in rows],
        }
        for i, (name, step) in enumerate(steps.items(), start=1):
            self.stderr.write(f"[{i}/{len(steps)}] {name}")
            results[name] = step()
        printable: dict[str, Any] = report.finite(results)
        return printable

    def _collect(
        self, title: str, rows: Iterable[benchmark.DetectorAtBudget], total: int
    ) -> list[benchmark.DetectorAtBudget]:
        """Return all rows, saying after each which detector is done."""
        done = []
        for row in rows:
            done.append(row)
            self.stderr.write(f"{title}: {len(done)}/{total} {row.detector} at {row.budget}")
        return done
