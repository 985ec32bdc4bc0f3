"""What began after a medicine with known withdrawal was stopped, or its dose was cut.

Symptoms and timing are all that is told. Symptoms that are typical of stopping are never called a return of the illness,
whatever the day: NICE NG222 (2022) 1.4.20 asks to tell people that they are not; Horowitz (2019), Lancet Psychiatry
6:538: they are often mistaken for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.engine.detectors.series import used_check_ins
from monitoring.engine.detectors.side_effects import is_cut, medicine_events, words_of
from monitoring.engine.detectors.symptoms import SymptomCourse, symptom_courses
from monitoring.engine.detectors.withdrawal import Withdrawal, withdrawal_of
from monitoring.engine.records import (
    Domain,
    Finding,
    FindingKind,
    History,
    InterventionChange,
    InterventionRecord,
    JsonValue,
    Tier,
)
from monitoring.engine.rules import RuleSet

#: Checklist symptoms that belong to mood; the others are of the body, and typical of stopping.
MOOD_SYMPTOMS = frozenset({"low_mood", "anxiety", "irritability", "mood_swings"})


@dataclass(frozen=True, kw_only=True)
class AfterStop:
    """What was reported after a stop.

    Attributes:
        worse: symptoms that are more severe than at their worst of the last askings before it.
        unasked: symptoms that are there, and were not asked about before: never "new", and never counted.
        shifted: what the kernel found on the ratings, begun after it.
    """

    worse: Sequence[SymptomCourse]
    unasked: Sequence[SymptomCourse]
    shifted: Sequence[Finding]

    def severe(self, rules: RuleSet) -> list[SymptomCourse]:
        """Return the symptoms that were mild at most and are severe now."""
        return [
            course
            for course in self.worse
            if course.now >= rules.symptom_severe and (course.before or 0) <= rules.symptom_mild
        ]

    def line(self, rules: RuleSet) -> int:
        """Return how many have to be worse: more where fewer askings before tell what was usual."""
        askings = min((course.askings for course in self.worse), default=0)
        return rules.stop_symptoms if askings >= rules.symptom_askings else rules.stop_symptoms_few

    def tier(self, rules: RuleSet) -> Tier | None:
        """Return how loud it is; None where there is nothing to tell."""
        if self.severe(rules):
            return Tier.PRIORITY
        if len(self.worse) >= self.line(rules) or self.shifted:
            return Tier.REVIEW
        return Tier.WATCH if self.told(rules) else None

    def told(self, rules: RuleSet) -> list[SymptomCourse]:
        """Return what is worth a word though it was not asked about before: moderate, and typical of stopping."""
        return [
            course
            for course in self.unasked
            if course.code not in MOOD_SYMPTOMS and course.now >= rules.symptom_moderate
        ]

    def clears(self, rules: RuleSet) -> dict[str, JsonValue]:
        """Return what clears it: what raised it, the symptoms, or else the ratings."""
        if self.severe(rules) or len(self.worse) >= self.line(rules):
            return {"symptoms_below": self.line(rules)}
        if self.shifted:
            return dict(self.shifted[0].clears)
        return {"symptom": self.told(rules)[0].code, "severity": rules.symptom_mild}


def discontinuation(history: History, changes: Sequence[Finding], rules: RuleSet) -> list[Finding]:
    """Return what began inside the watch period after a stop or a dose cut.

    Args:
        history: one episode.
        changes: what the kernel found on the ratings as of the same day.
        rules: docs/engine.md#after-a-stop.

    Returns:
        At most one finding, for the newest stop or cut of a medicine of which withdrawal is known.

    Source:
        docs/engine.md#after-a-stop; the lines are simulated with stated prevalences (`evaluate_engine`).
    """
    every = {InterventionChange.CHANGE, InterventionChange.STOP}
    cuts = [event for event in medicine_events(history, every) if is_cut(event, rules)]
    known = [(event, kind) for event in cuts if (kind := withdrawal_of(event.name)) is not None]
    if not known or not 1 <= (history.as_of - known[-1][0].on).days <= rules.stop_window_days:
        return []
    event, kind = known[-1]
    courses = symptom_courses(used_check_ins(history), event.on, rules)
    after = AfterStop(
        worse=[course for course in courses if course.is_worse],
        unasked=[course for course in courses if course.before is None and course.now > 0],
        shifted=[change for change in changes if _began_after(change, event, rules)],
    )
    tier = after.tier(rules)
    return [] if tier is None else [_stop_finding(history, event, kind, after, tier, rules)]


def _began_after(change: Finding, event: InterventionRecord, rules: RuleSet) -> bool:
    worse = change.kind in {FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE}
    return worse and change.onset_on is not None and 0 <= (change.onset_on - event.on).days <= rules.stop_onset_days


def _stop_finding(
    history: History, event: InterventionRecord, kind: Withdrawal, after: AfterStop, tier: Tier, rules: RuleSet
) -> Finding:
    reported = [*after.worse, *after.unasked]
    onset = min(
        [course.since for course in reported] + [finding.onset_on for finding in after.shifted if finding.onset_on]
    )
    domains = list(dict.fromkeys(domain for finding in after.shifted for domain in finding.domains))
    typical = [course.code for course in reported if course.code not in MOOD_SYMPTOMS]
    has_mood = len(typical) < len(reported) or Domain.MOOD in domains
    return Finding(
        kind=FindingKind.DISCONTINUATION,
        tier=tier,
        item=event.name,
        onset_on=onset,
        statistic=float(len(after.worse)),
        threshold=float(after.line(rules)),
        weeks=(history.as_of - onset).days / 7,
        parts={
            "symptoms": [course.code for course in after.worse],
            "unasked": [course.code for course in after.unasked],
            "typical": list(typical),
            "has_mood": has_mood,
            # Severity 0 to 3 at its worst before the stop, None where it was not asked then, and now.
            "severities": {course.code: [course.before, course.now] for course in reported},
            "domains": list(domains),
            "onset_on": onset.isoformat(),
            "begins": str(kind.begins),
            "warning": str(kind.warning) if kind.warning else "",
        }
        | words_of(history, event, onset, rules),
        clears=after.clears(rules),
    )
