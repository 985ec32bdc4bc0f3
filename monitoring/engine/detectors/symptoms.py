"""Symptoms of a checklist around a day: what each was before, what it is now, and since when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.engine.records import CheckInRecord
from monitoring.engine.rules import RuleSet


@dataclass(frozen=True, kw_only=True)
class SymptomCourse:
    """One checklist symptom around an event.

    Attributes:
        code: symptom code.
        before: worst severity of the last askings before the event, 0 to 3; None = never asked.
        askings: how many askings that is the worst of.
        now: newest severity.
        since: first day since the event with the newest kind of severity.
    """

    code: str
    before: int | None
    askings: int
    now: int
    since: dt.date

    def emerged(self, rules: RuleSet) -> bool:
        """Return whether it is treatment-emergent (docs/engine.md#after-a-start); unknown before is never new."""
        if self.before is None:
            return False
        is_new = self.before <= rules.symptom_mild and self.now >= rules.symptom_moderate
        return is_new or self.now - self.before >= rules.symptom_rise

    @property
    def is_worse(self) -> bool:
        """Return whether it is more severe than at its worst before; unknown before is never worse."""
        return self.before is not None and self.now > self.before


def symptom_courses(check_ins: Sequence[CheckInRecord], event_on: dt.date, rules: RuleSet) -> list[SymptomCourse]:
    """Return every symptom that was asked about after an event, with its course."""
    before: dict[str, list[int]] = {}
    after: dict[str, list[tuple[dt.date, int]]] = {}
    for record in check_ins:
        for code, symptom in record.checklist.items():
            if symptom.severity is None:
                continue
            if record.about_on <= event_on:
                before.setdefault(code, []).append(symptom.severity)
            else:
                after.setdefault(code, []).append((record.about_on, symptom.severity))
    return [
        _course(code, before.get(code, ())[-rules.symptom_askings :], course) for code, course in sorted(after.items())
    ]


def _course(code: str, before: Sequence[int], after: Sequence[tuple[dt.date, int]]) -> SymptomCourse:
    worst = max(before, default=None)
    return SymptomCourse(
        code=code, before=worst, askings=len(before), now=after[-1][1], since=_since(after, worst or 0)
    )


def _since(course: Sequence[tuple[dt.date, int]], before: int) -> dt.date:
    """Return the first day from which the symptom has been worse than before."""
    since = course[-1][0]
    for day, severity in reversed(course):
        if severity <= before:
            break
        since = day
    return since
