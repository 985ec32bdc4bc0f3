"""The safety plan: the patient's own text. It is stored as written, and nothing here reads meaning into it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from patients import audit
from patients.models import Patient, SafetyPlan, User
from patients.models.audit import AuditAction

# The parts of a safety plan in the order in which they are used: from a first sign to calling someone.
# Source: Stanley and Brown (2012), Safety planning intervention, Cognitive and Behavioral Practice 19(2).
SECTIONS = (
    "warning_signs",
    "own_steps",
    "people_and_places",
    "people_to_ask",
    "professionals",
    "safer_place",
    "reasons",
)
# The parts that name people; numbers in other parts are no telephone numbers.
CALLABLE_SECTIONS = ("people_to_ask", "professionals")
_NUMBER = re.compile(r"\+?\d[\d ()/-]*\d")
# What is left at both ends of a line when the number is taken out of it.
_LOOSE_ENDS = re.compile(r"^[\s:,;.\u2013-]+|[\s:,;(\u2013-]+$")
EMERGENCY_DIGITS = 3
# Stands for "there was no plan" where words are begun: a plan that another tab saves meanwhile is another version.
NO_PLAN = UUID(int=0)
# A number has 5 to 15 digits (ITU-T E.164), short codes included; four digits are a time or a year.
FEWEST_DIGITS, MOST_DIGITS = 5, 15


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """One line of a plan; with a number where it names one."""

    text: str
    number: str = ""

    @property
    def dialled(self) -> str:
        """Return the number as a telephone dials it."""
        return dialled(self.number)

    @property
    def name(self) -> str:
        """Return who is called: the line without its number; empty where the line is nothing else."""
        rest = self.text.replace(self.number, "", 1)
        return re.sub(r"\s{2,}", " ", _LOOSE_ENDS.sub("", rest.replace("()", ""))).replace(" ,", ",")


def dialled(number: str) -> str:
    """Return a number as a telephone dials it."""
    return ("+" if number.startswith("+") else "") + re.sub(r"\D", "", number)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a plan that is not empty."""

    name: str
    title: str
    lines: tuple[PlanLine, ...]


class PlanChanged(Exception):
    """Another version was saved since the words were begun; neither is thrown away silently."""

    def __init__(self, newest: SafetyPlan) -> None:
        """Keep what was saved meanwhile, for the page that shows both."""
        super().__init__(str(newest.pk))
        self.newest = newest


@transaction.atomic
def save_safety_plan(
    *, patient: Patient, words: Mapping[str, str], begun_with: UUID | None = None, by: User, at: datetime
) -> SafetyPlan:
    """Keep a new version of the plan; the same words again are the version that is there.

    Args:
        patient: whose plan.
        words: part -> words.
        begun_with: the version that the words were begun with, NO_PLAN where there was none; None = nobody looked at one.
        by: who saves.
        at: now.

    Raises:
        PlanChanged: another version was saved since.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    newest = newest_safety_plan(patient)
    if newest is not None and plan_words(newest) == {name: words.get(name, "") for name in SECTIONS}:
        return newest
    if newest is not None and begun_with is not None and newest.pk != begun_with:
        raise PlanChanged(newest)
    kept = {name: words.get(name, "") for name in SECTIONS}
    plan = SafetyPlan.objects.create(patient=patient, saved_at=at, saved_by=by, **kept)
    audit.record(AuditAction.SAFETY_PLAN_SAVED, by=by, about=plan, at=at)
    return plan


@transaction.atomic
def record_plan_reading(*, plan: SafetyPlan, by: User, at: datetime) -> None:
    """Leave the trace that a member of the team read the plan: the patient sees it."""
    audit.record(AuditAction.EPISODE_READ, by=by, about=plan, at=at)


def newest_safety_plan(patient: Patient) -> SafetyPlan | None:
    """Return the version that counts."""
    return SafetyPlan.objects.filter(patient=patient).order_by("-saved_at", "-id").first()


def versions(patient: Patient) -> QuerySet[SafetyPlan]:
    """Return every version of a plan, the newest first."""
    return SafetyPlan.objects.filter(patient=patient).select_related("saved_by").order_by("-saved_at", "-id")


def has_safety_plan(patient: Patient) -> bool:
    """Say whether the patient has written a plan."""
    plan = newest_safety_plan(patient)
    return plan is not None and bool(sections(plan))


def plan_words(plan: SafetyPlan) -> dict[str, str]:
    """Return part -> words, as they were written."""
    return {name: getattr(plan, name) for name in SECTIONS}


def sections(plan: SafetyPlan) -> list[Section]:
    """Return the parts of a plan that say something, line by line."""
    parts = [
        Section(name=name, title=str(plan._meta.get_field(name).verbose_name), lines=_lines(name, text))  # type: ignore[union-attr]  # a column of ours
        for name, text in plan_words(plan).items()
    ]
    return [section for section in parts if section.lines]


def people_to_call(patient: Patient, *, besides: Collection[str] = ()) -> list[PlanLine]:
    """Return the lines of the plan that name someone with a number, nearest people first.

    Args:
        patient: whose plan.
        besides: numbers that the page has already.
    """
    plan = newest_safety_plan(patient)
    if plan is None:
        return []
    lines = [line for name in CALLABLE_SECTIONS for line in _lines(name, getattr(plan, name))]
    numbers = {dialled(number) for number in besides}
    return [line for line in lines if line.number and line.dialled not in numbers]


def _lines(name: str, text: str) -> tuple[PlanLine, ...]:
    """Return the lines of one part; empty ones are left out."""
    written = [line.strip() for line in text.splitlines()]
    return tuple(
        PlanLine(text=line, number=_number_in(line) if name in CALLABLE_SECTIONS else "") for line in written if line
    )


def _number_in(line: str) -> str:
    """Return the first telephone number of a line, as it was written; empty where there is none."""
    for candidate in _NUMBER.findall(line):
        digits = len(re.sub(r"\D", "", candidate))
        if digits == EMERGENCY_DIGITS or FEWEST_DIGITS <= digits <= MOST_DIGITS:
            return str(candidate)
    return ""
