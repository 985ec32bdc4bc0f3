"""The percentage that is printed of the rating that is named: calibrated at the moment somebody reads it first.

Over all check-ins the chance of a rating is honest (`filter.rise`). An alarm opens where it is high by luck, too, and
names the rating in which it is highest, so at an alarm it has to come down. The line is data, made by simulation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "data" / "calibration" / "first_alarms.json"

#: Chances are held this far from 0 and 1 before their logit is taken.
EDGE = 0.01


@dataclass(frozen=True, kw_only=True)
class CalibrationLine:
    """What is printed, in logits: `offset + slope * logit(chance)`."""

    offset: float
    slope: float

    def at(self, chance: float) -> float:
        """Return the chance that is printed for a chance of the kernel, both between 0 and 1."""
        held = min(max(chance, EDGE), 1 - EDGE)
        return 1 / (1 + exp(-(self.offset + self.slope * log(held / (1 - held)))))


def _lines(raw: Mapping[str, Any]) -> Mapping[str, CalibrationLine]:
    return {name: CalibrationLine(offset=one["offset"], slope=one["slope"]) for name, one in raw["lines"].items()}


#: By what was judged: several ratings together, or one scale. Source: the file, which names its command.
LINES = _lines(json.loads(FILE.read_text(encoding="utf-8")))


def shown_chance(chance: float, *, is_single: bool) -> float:
    """Return the share of simulated people with such a chance in whom the named scale was truly worse.

    Args:
        chance: of the named scale alone, calibrated over all check-ins, 0 to 1.
        is_single: whether the series has one scale only, else that scale was chosen from several.

    Source:
        Platt (1999): a line between logits; fitted by `manage.py evaluate_engine --calibrate`.
    """
    return LINES["one scale" if is_single else "several ratings"].at(chance)
