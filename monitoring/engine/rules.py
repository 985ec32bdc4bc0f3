"""Every threshold of the engine with unit and source; versioned by its digest.

A rule set is stored with each assessment as its digest, so a verdict can be
recomputed years later with the numbers that made it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

ENGINE_VERSION = "1.0.0"


class InvalidRules(ValueError):
    """A rule set contradicts itself; the message names the rule."""


def rule(default: float, unit: str, source: str) -> Any:
    """Declare one threshold together with its unit and where it comes from."""
    return field(default=default, metadata={"unit": unit, "source": source})


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The numbers behind every verdict. All are plain floats or ints."""

    version: str = field(default="1", metadata={"unit": "name", "source": "this repository"})

    # Learning
    min_check_ins: int = rule(3, "check-ins", "ENGINE 5: fewer is still learning")
    usual_check_ins: int = rule(8, "check-ins", "DESIGN 5.6: no band before 8")
    usual_window: int = rule(26, "check-ins", "ENGINE 1.6: baseline window")
    usual_held_out: int = rule(3, "check-ins", "ENGINE 1.6: newest are compared")
    usual_z: float = rule(1.2816, "SD", "judgement: 4 of 5 answers fall inside")
    level_z: float = rule(1.6449, "SD", "normal quantile: 90 % two-sided")
    level_noise_sd: float = rule(1.0, "points", "ENGINE 7.1: noise of one answer")
    level_wander_sd: float = rule(0.35, "points per root week", "ENGINE 7.1: weekly step of AR(1) .55, .82")
    epoch_gap_weeks: float = rule(8, "weeks", "ENGINE 5: a longer gap cuts an epoch")
    noise_prior_sd: float = rule(1.2, "points", "ENGINE 7.1: median within-person SD")
    noise_prior_weight: float = rule(10, "check-ins", "judgement: shrinkage weight")

    # Rolling contrast (cross-check of the kernel, and single sparse series)
    contrast_recent: int = rule(3, "check-ins", "ENGINE 1.6: last 3")
    contrast_baseline: int = rule(26, "check-ins", "ENGINE 1.6: previous 26")
    sparse_recent: int = rule(2, "scores", "ENGINE 7.6: rolling 2 v 12")
    sparse_baseline: int = rule(12, "scores", "ENGINE 7.6: rolling 2 v 12")
    contrast_watch: float = rule(3.17, "standard errors", "World A: 1.0 false alerts a year")
    contrast_review: float = rule(3.85, "standard errors", "World A: 0.5 false alerts a year")
    contrast_priority: float = rule(4.48, "standard errors", "World A: 0.25 false alerts a year")
    contrast_chance_offset: float = rule(-1.60, "logit", "World A, training seeds")
    contrast_chance_slope: float = rule(0.81, "logit per standard error", "World A, training seeds")
    explain_baseline: int = rule(12, "check-ins", "ENGINE 4.7: at most 12 before the onset")
    event_window_days: int = rule(42, "days", "ENGINE 5.2: 0 to 6 weeks after a start")
    missed_window: int = rule(8, "check-ins", "ENGINE 4.7: missed of the last 8")
    close_check_ins: int = rule(2, "check-ins", "ENGINE 4.6: below watch on 2 closes")
    refractory_weeks: float = rule(8, "weeks", "ENGINE 4.6: per person and direction")
    true_change: float = rule(1.0, "points", "ENGINE 4.6: displayed chance")
    chance_cap: float = rule(0.97, "probability", "ENGINE 4.7: display at most 97 %")

    # Risk
    extreme_rating: int = rule(10, "points, worse", "ENGINE 5.6: pain or mood at 10")
    extreme_function: int = rule(9, "points, worse", "ENGINE 5.6: function 9 or more")

    # Persistently severe
    severe_level: float = rule(8, "points, worse", "ENGINE 5: 8 or more")
    severe_check_ins: int = rule(4, "check-ins", "ENGINE 5: on 4 check-ins")

    # Straight-lining
    same_vectors: int = rule(6, "check-ins", "ENGINE 5: identical full answers")

    # Late entries
    late_entry_days: int = rule(14, "days", "ENGINE 5: older entries never page")

    # Missed check-ins
    reminder_factor: float = rule(1.25, "cadences", "ENGINE 5.7")
    overdue_factor: float = rule(1.5, "cadences", "ENGINE 5.7")
    overdue_days: float = rule(2, "days", "ENGINE 5.7: added to 1.5 cadences")
    lost_missed: int = rule(3, "check-ins", "ENGINE 5.7")
    lost_days: int = rule(21, "days", "ENGINE 5.7")
    lost_cadences: float = rule(2, "cadences", "judgement: 21 days is no silence at 4 weeks")

    def __post_init__(self) -> None:
        """Refuse a rule set that contradicts itself."""
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, str) and not -100 <= value <= 1000:
                raise InvalidRules(f"{one.name} = {value!r} is not a usable number")
        if self.usual_held_out >= self.usual_check_ins:
            raise InvalidRules("usual_held_out must be below usual_check_ins")
        if not 0 < self.chance_cap < 1:
            raise InvalidRules("chance_cap must lie between 0 and 1")
        if not 0 < self.reminder_factor <= self.overdue_factor:
            raise InvalidRules("a reminder cannot come after overdue")

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON of all rules."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


DEFAULT = RuleSet()
