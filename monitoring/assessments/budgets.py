"""How loud the signal is in this clinic: a chosen budget of false alerts, and the cut that keeps to it on its own past.

The nightly measurement moves the three cuts together, never further than the bound, and only where there is enough of
the clinic's own past to tell. Every change leaves a line; switching off gives the default back.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from monitoring import engine
from monitoring.assessments import backtests
from monitoring.assessments.backtests import Past, Result
from monitoring.engine import RuleSet
from monitoring.engine.budget import PUBLISHED_CUTS
from monitoring.models import BudgetChange, ClinicBudget
from monitoring.models.budgets import DEFAULT_BUDGET, CutOrigin
from patients import audit
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.tenancy import current_clinic_id

# What one may choose, false alerts per stable patient-year. Source: docs/engine.md#site-budget; the default is the
# benchmark's.
BUDGETS = tuple(PUBLISHED_CUTS)
# Three months. Source: docs/engine.md#site-budget.
LEAST_WEEKS = 13
# Alerts that the budget must let expect in the stable weeks: then the measured rate is right within a quarter
# (1 / sqrt(16)), a doubling of the budget apart from the next.
LEAST_EXPECTED = 16
LEAST_PEOPLE = 20
STEP = 0.02
MONTHS = 12
# The nightly measurement moves a cut only by this much or more, about an eighth of the alerts: every move means that
# everyone is assessed again.
HOLD = 0.1


class UnknownBudget(ValueError):
    """The budget is none that can be chosen."""


@dataclass(frozen=True, kw_only=True)
class BudgetEffect:
    """What one budget would mean here: how far the cuts move, where that comes from, and what it would have done."""

    budget: float
    shift: float
    origin: str
    result: Result


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What the clinic's own past says.

    Attributes:
        weeks: since the first check-in.
        people: with at least one counted check-in.
        stable_years: stable patient-years.
        default: what the engine's own cuts would have done.
        lines: one for each budget that one may choose.
    """

    weeks: int
    people: int
    stable_years: float
    default: Result
    lines: tuple[BudgetEffect, ...]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Measurement":
        """Return a measurement from its JSON."""
        lines = tuple(BudgetEffect(**(line | {"result": Result(**line["result"])})) for line in stored["lines"])
        return cls(**(stored | {"default": Result(**stored["default"]), "lines": lines}))

    def line(self, budget: float) -> BudgetEffect:
        """Return the line of a budget."""
        return next(line for line in self.lines if line.budget == budget)


# ---------- the rules of the present clinic ----------


def clinic_rules() -> RuleSet:
    """Return the rule set of the present clinic: the engine's, with the clinic's own cuts."""
    row = ClinicBudget.objects.first()
    return shifted(row.shift) if row else engine.DEFAULT


def shifted(shift: float) -> RuleSet:
    """Return the engine's rules with the cuts of the joint ratings moved together; 0 is the default itself."""
    if not shift:
        return engine.DEFAULT
    rules = engine.DEFAULT
    return replace(
        rules,
        kernel_watch=round(rules.kernel_watch + shift, 2),
        kernel_review=round(rules.kernel_review + shift, 2),
        kernel_priority=round(rules.kernel_priority + shift, 2),
    )


def present() -> ClinicBudget:
    """Return what the present clinic has chosen; the defaults, not stored, where it never chose or was measured."""
    return ClinicBudget.objects.first() or ClinicBudget()


def changes() -> list[BudgetChange]:
    """Return what was changed in the present clinic, the newest first."""
    return list(BudgetChange.objects.select_related("by").order_by("-at", "-id"))


@dataclass(frozen=True, kw_only=True)
class RulesPage:
    """What the page of the rules shows."""

    present: ClinicBudget
    measurement: Measurement | None
    changes: Sequence[BudgetChange]
    people_in_care: int

    @property
    def cut(self) -> float:
        """Return the score at which an alert is raised, log-odds."""
        return shifted(self.present.shift).kernel_review

    @property
    def default_cut(self) -> float:
        """Return the engine's own cut."""
        return engine.DEFAULT.kernel_review

    @property
    def result(self) -> Result | None:
        """Return what the present cut would have done on the clinic's past."""
        if self.measurement is None:
            return None
        line = self.measurement.line(self.present.budget)
        return line.result if self.present.shift else self.measurement.default

    @property
    def false_alerts_a_month(self) -> float:
        """Return how many alerts a month are to be expected from people who are stable, with everybody now in care.

        By the clinic's own past where the cut is from it, else by the published curve.
        """
        own = self.result if self.present.origin in {CutOrigin.OWN_PAST, CutOrigin.OWN_PAST_BOUNDED} else None
        rate = own.stable_per_year if own is not None and own.stable_per_year is not None else self._published_rate
        return rate * self.people_in_care / MONTHS

    @property
    def _published_rate(self) -> float:
        is_default = self.present.origin == CutOrigin.SWITCHED_OFF
        return PUBLISHED_CUTS[DEFAULT_BUDGET if is_default else self.present.budget].rate

    @property
    def needed_years(self) -> int:
        """Return how many stable patient-years the chosen budget needs before it can be tuned."""
        return math.ceil(LEAST_EXPECTED / self.present.budget)

    @property
    def lines(self) -> list[tuple[BudgetEffect, float]]:
        """Return the line of each budget with the cut it would mean."""
        lines = self.measurement.lines if self.measurement else ()
        return [(line, shifted(line.shift).kernel_review) for line in lines]

    @property
    def history(self) -> list[tuple[BudgetChange, float]]:
        """Return each change with the cut it led to."""
        return [(change, shifted(change.shift).kernel_review) for change in self.changes]


def load_page() -> RulesPage:
    """Return the rules of the present clinic, where they come from, and how they changed."""
    row = present()
    measurement = Measurement.of(row.measurement) if row.measurement else None
    people_in_care = Episode.objects.filter(ended_on__isnull=True).count()
    return RulesPage(present=row, measurement=measurement, changes=changes(), people_in_care=people_in_care)


# ---------- choosing and measuring ----------


def choose(*, budget: float, is_on: bool, by: User, at: datetime) -> ClinicBudget:
    """Choose a budget, or switch the clinic's own tuning off: the cuts follow at once, as last measured.

    Raises:
        UnknownBudget: it is none of BUDGETS.
    """
    if budget not in BUDGETS:
        raise UnknownBudget(str(budget))
    with transaction.atomic():
        row = _locked()
        row.budget, row.is_on = budget, is_on
        return _settle(row, by=by, at=at)


def measure(*, at: datetime) -> ClinicBudget:
    """Measure the present clinic's own past and let the cut follow; a second run on the same past changes nothing."""
    measurement = take_measurement(at=at)
    with transaction.atomic():
        row = _locked()
        row.measured_at, row.measurement = at, asdict(measurement)
        return _settle(row, by=None, at=at)


def _locked() -> ClinicBudget:
    """Return the present clinic's row, locked; it is made where there is none."""
    row, _ = ClinicBudget.objects.select_for_update().get_or_create(clinic_id=current_clinic_id())
    return row


def _settle(row: ClinicBudget, *, by: User | None, at: datetime) -> ClinicBudget:
    """Let the cut follow budget, switch and measurement; write the line and the audit record where a rule changed."""
    before = ClinicBudget.objects.get(pk=row.pk)
    shift, origin = _cut(row)
    if by is None and shift and abs(shift - before.shift) < HOLD:
        shift = before.shift
    row.shift, row.origin = shift, origin
    row.save()
    if (row.budget, row.is_on, row.shift) != (before.budget, before.is_on, before.shift):
        BudgetChange.objects.create(
            at=at,
            by=by,
            budget=row.budget,
            is_on=row.is_on,
            shift=row.shift,
            origin=row.origin,
            rules_digest=shifted(row.shift).digest,
        )
        audit.record(AuditAction.RULES_CHANGED, by=by, about=row, at=at)
    return row


def _cut(row: ClinicBudget) -> tuple[float, str]:
    """Return how far the cuts move, and why."""
    if not row.is_on:
        return 0.0, CutOrigin.SWITCHED_OFF
    if not row.measurement:
        return PUBLISHED_CUTS[row.budget].shift, CutOrigin.NOT_MEASURED
    line = Measurement.of(row.measurement).line(row.budget)
    return line.shift, line.origin


def take_measurement(*, at: datetime) -> Measurement:
    """Return what the present clinic's past says about every budget. Reads only."""
    events = backtests.load_events()
    pasts = list(backtests.load(engine.DEFAULT, events))
    default = backtests.total(pasts, engine.DEFAULT, events=events, at=at)
    weeks = max((float(past.people.weeks[past.people.has_check_in].max()) for past in pasts), default=0.0)
    people = sum(int(past.counts.any(axis=1).sum()) for past in pasts)
    shifts, rates = stable_rates(pasts)
    lines = []
    for budget in BUDGETS:
        shift, origin = tune(shifts, rates, budget=budget, weeks=weeks, people=people, years=default.stable_years)
        result = backtests.total(pasts, shifted(shift), events=events, at=at)
        lines.append(BudgetEffect(budget=budget, shift=shift, origin=origin, result=result))
    return Measurement(
        weeks=int(weeks), people=people, stable_years=default.stable_years, default=default, lines=tuple(lines)
    )


def stable_rates(pasts: Sequence[Past]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return shifts of the cuts, from the loudest to the quietest allowed, and the stable alerts a year at each.

    Source:
        docs/engine.md#site-budget: the cut is the empirical quantile of people without any recorded event, with the
        refractory time.
    """
    bound = engine.DEFAULT.site_cut_bound
    shifts = np.round(np.arange(-bound, bound + STEP / 2, STEP), 2)
    years = sum(float(past.years[past.counts & past.stable].sum()) for past in pasts)
    counted = [sum(_stable_alerts(past, float(shift)) for past in pasts) for shift in shifts]
    return shifts, np.array(counted) / years if years else np.zeros(len(shifts))


def _stable_alerts(past: Past, shift: float) -> int:
    """Return how many alerts in stable weeks the moved cuts would have raised."""
    return int((backtests.raised(past, shifted(shift)) & past.counts & past.stable).sum())


def tune(
    shifts: NDArray[np.floating],
    rates: NDArray[np.floating],
    *,
    budget: float,
    weeks: float,
    people: int,
    years: float,
) -> tuple[float, str]:
    """Return the loudest shift that keeps to a budget, with where it comes from.

    While there is too little past, it is that of the published curve.

    Args:
        shifts: from the loudest to the quietest, log-odds.
        rates: alerts per stable patient-year at each shift.
        budget: alerts per stable patient-year.
        weeks: since the clinic's first check-in.
        people: with counted check-ins.
        years: stable patient-years.
    """
    if weeks < LEAST_WEEKS:
        return PUBLISHED_CUTS[budget].shift, CutOrigin.TOO_SHORT
    if people < LEAST_PEOPLE or years * budget < LEAST_EXPECTED:
        return PUBLISHED_CUTS[budget].shift, CutOrigin.TOO_LITTLE
    fits = np.flatnonzero(rates <= budget)
    place = int(fits[0]) if len(fits) else len(shifts) - 1
    at_bound = place in {0, len(shifts) - 1}
    return float(shifts[place]), CutOrigin.OWN_PAST_BOUNDED if at_bound else CutOrigin.OWN_PAST
