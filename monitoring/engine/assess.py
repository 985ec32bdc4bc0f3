"""Everything known about one episode up to a day, turned into ranked findings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.engine.detectors.adherence import silence_finding
from monitoring.engine.detectors.change import SeriesChange, change_findings, course_of
from monitoring.engine.detectors.series import (
    Series,
    flip,
    rating_series,
    score_series,
    used_check_ins,
    used_form,
    used_scores,
)
from monitoring.engine.detectors.side_effects import rating_effects, symptom_effects
from monitoring.engine.detectors.standing import Standing, standing_of
from monitoring.engine.detectors.stops import discontinuation
from monitoring.engine.instruments import INSTRUMENTS, last_answers, screen_answers
from monitoring.engine.readings import told_once
from monitoring.engine.records import (
    CheckInRecord,
    Domain,
    Finding,
    FindingKind,
    History,
    Tier,
)
from monitoring.engine.rules import DEFAULT, RuleSet
from monitoring.engine.treatment_response import course_findings

#: Within one tier, what is said first.
KIND_ORDER = {kind: rank for rank, kind in enumerate(FindingKind)}

#: Ratings that are a red flag at their worst end, and how soon somebody answers (docs/engine.md#red-flags).
EXTREME_DOMAINS = {Domain.PAIN: Tier.PRIORITY, Domain.MOOD: Tier.URGENT}


def rank(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings loudest first, each kind and subject once."""
    ordered = sorted(findings, key=lambda finding: (-finding.tier.rank, KIND_ORDER[finding.kind], finding.subject))
    unique: dict[tuple[FindingKind, str], Finding] = {}
    for finding in ordered:
        unique.setdefault((finding.kind, finding.subject), finding)
    return tuple(unique.values())


#: What contradicts "improving" where it is about the same scale.
WORSENING = frozenset(
    {FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE, FindingKind.RELAPSE, FindingKind.RELIABLE_WORSENING}
)


def _settled(findings: list[Finding]) -> list[Finding]:
    """Return findings without an improvement that was over when the same scale got worse."""
    worse = [finding for finding in findings if finding.kind in WORSENING]
    return [
        finding for finding in findings if finding.kind is not FindingKind.IMPROVEMENT or not _is_over(finding, worse)
    ]


def _is_over(improvement: Finding, worse: list[Finding]) -> bool:
    began = improvement.onset_on
    return any(
        finding.subject == improvement.subject
        and (finding.onset_on is None or began is None or finding.onset_on >= began)
        for finding in worse
    )


def _worse(record: CheckInRecord, domain: Domain) -> float:
    value = record.ratings.get(domain)
    if value is None:
        return np.nan
    return flip(float(value), domain.direction, 0, 10)


def screen_ratings(
    check_in: CheckInRecord, earlier: Sequence[CheckInRecord] = (), rules: RuleSet = DEFAULT
) -> tuple[Finding, ...]:
    """Return a finding for mood or pain at the worst end with no function: mood urgent, pain priority and only if new.

    Deterministic; a skipped rating is no answer.

    Args:
        check_in: the answers.
        earlier: the check-ins before it, oldest first. Pain that was there on the last one that says both ratings is
            known: chronic pain at 10 paged the team every week.
        rules: where the worst ends begin.

    Source:
        docs/engine.md#red-flags.
    """
    at_worst_end = [domain for domain in EXTREME_DOMAINS if _is_extreme(check_in, domain, rules)]
    return tuple(
        Finding(
            kind=FindingKind.EXTREME_RATING,
            tier=EXTREME_DOMAINS[domain],
            domain=domain,
            direction=domain.direction,
            statistic=_worse(check_in, domain),
            threshold=float(rules.extreme_rating),
            parts={
                "name": str(domain),
                "rating": check_in.ratings[domain],
                "function": check_in.ratings[Domain.FUNCTION],
                "on": check_in.about_on.isoformat(),
            },
            clears={"by": "person"},
        )
        for domain in at_worst_end
        if domain is Domain.MOOD or not _was_extreme(earlier, domain, rules)
    )


def _is_extreme(check_in: CheckInRecord, domain: Domain, rules: RuleSet) -> bool:
    is_at_end = _worse(check_in, domain) >= rules.extreme_rating
    return bool(is_at_end and _worse(check_in, Domain.FUNCTION) >= rules.extreme_function)


def _was_extreme(earlier: Sequence[CheckInRecord], domain: Domain, rules: RuleSet) -> bool:
    """Return whether the last check-in that says both ratings had them at the worst end."""
    both = (domain, Domain.FUNCTION)
    said = next((one for one in reversed(earlier) if all(one.ratings.get(name) is not None for name in both)), None)
    return said is not None and _is_extreme(said, domain, rules)


def _offers(check_in: CheckInRecord, rules: RuleSet) -> list[Finding]:
    """Offer a questionnaire where one rating alone is not enough to go by."""
    if not _worse(check_in, Domain.MOOD) >= rules.offer_mood:
        return []
    rating = check_in.ratings[Domain.MOOD]
    return [
        Finding(
            kind=FindingKind.OFFER_INSTRUMENT,
            tier=Tier.INFO,
            domain=Domain.MOOD,
            direction=Domain.MOOD.direction,
            statistic=_worse(check_in, Domain.MOOD),
            threshold=float(rules.offer_mood),
            parts={"name": str(Domain.MOOD), "rating": rating, "offer": "PHQ-9"},
        )
    ]


def _risk_answers(history: History) -> list[Finding]:
    """Screen the newest form of each instrument; `submit` has done so at once."""
    findings: list[Finding] = []
    for code in sorted({record.instrument for record in history.scores}):
        forms = [form for form in used_scores(history, code) if form.answers]
        spec = (history.form_of(forms[-1]) if forms else None) or INSTRUMENTS.get(code)
        if spec is None or not spec.safety_flags or not forms:
            continue
        findings += screen_answers(spec, forms[-1].answers, last_answers(form.answers for form in forms[:-1]))
    # A warning of the body is told when it is given and never by a run: new rules make no alert of old answers.
    return [finding for finding in findings if finding.kind is FindingKind.RISK_ANSWER]


def _severe(series: Series, rules: RuleSet) -> list[Finding]:
    """Name scales that stay at the severe end, where no change can show."""
    findings = []
    for column, name in enumerate(series.names):
        values = series.worse[:, column]
        last = values[~np.isnan(values)][-rules.severe_check_ins :]
        if len(last) < rules.severe_check_ins or last.min() < rules.severe_level:
            continue
        mean = series.to_natural(float(last.mean()), column)
        findings.append(
            Finding(
                kind=FindingKind.PERSISTENTLY_SEVERE,
                tier=Tier.WATCH,
                domain=Domain(name),
                direction=series.directions[column],
                statistic=mean,
                threshold=series.to_natural(rules.severe_level, column),
                parts={
                    "name": str(name),
                    "count": len(last),
                    "mean": round(mean, 1),
                    "direction": str(series.directions[column]),
                },
            )
        )
    return findings


def _learning(series: Series, rules: RuleSet) -> list[Finding]:
    if not 0 < len(series) < rules.min_check_ins:
        return []
    return [
        Finding(
            kind=FindingKind.STILL_LEARNING,
            tier=Tier.INFO,
            statistic=float(len(series)),
            threshold=float(rules.min_check_ins),
            parts={"check_ins": len(series)},
        )
    ]


def _low_information(series: Series, rules: RuleSet) -> list[Finding]:
    """Name a run of identical complete answers: such answers carry little news."""
    rows = series.worse
    run = 1
    while run < len(rows) and np.array_equal(rows[-run], rows[-run - 1]):
        run += 1
    if run < rules.same_vectors:
        return []
    return [
        Finding(
            kind=FindingKind.LOW_INFORMATION,
            tier=Tier.INFO,
            statistic=float(run),
            threshold=float(rules.same_vectors),
            parts={"count": run},
        )
    ]


def _course(series: Series, rules: RuleSet) -> SeriesChange | None:
    """Run the kernel over one series; None while it is too short for a verdict."""
    return course_of(series, rules) if len(series) >= rules.min_check_ins else None


def _changes(history: History, course: SeriesChange | None, rules: RuleSet) -> list[Finding]:
    return change_findings(history, course, rules) if course else []


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What one run of the engine says about one episode.

    Attributes:
        findings: loudest first, one per kind and subject.
        standing: the ratings together, whether or not that is a finding; None
            before `min_check_ins`.
    """

    findings: tuple[Finding, ...]
    standing: Standing | None


def assess(history: History, rules: RuleSet = DEFAULT) -> tuple[Finding, ...]:
    """Return everything the engine has to say about one episode, loudest first.

    The findings of `judge`, which says what goes in and what may be raised.
    """
    return judge(history, rules).findings


def judge(history: History, rules: RuleSet = DEFAULT) -> Judgement:
    """Return everything the engine has to say about one episode, and where it stands.

    Args:
        history: what was known on `history.as_of`; later records are ignored, so
            appending check-ins and cutting them off again changes nothing.
        rules: thresholds.

    Returns:
        Findings and standing. Improvement never pages (tier info).

    Raises:
        RatingOutOfRange: a rating or total outside its scale; names the place.
        UnknownItem, AnswerOutOfRange: a stored form that its spec cannot read.
    """
    ratings = rating_series(history, rules)
    course = _course(ratings, rules)
    findings = _changes(history, course, rules)
    findings += discontinuation(history, findings, rules)
    findings += rating_effects(history, ratings, rules) + symptom_effects(history, rules)
    scored = {record.instrument for record in history.scores} & history.instruments.keys()
    for code in sorted(scored):
        if not used_form(history, code, used_scores(history, code)).is_judged:
            continue
        findings += _changes(history, _course(score_series(history, code, rules), rules), rules)
        findings += course_findings(history, code, rules)
    was_worse = any(finding.kind is FindingKind.DETERIORATION for finding in findings)
    findings += _risk_answers(history)
    check_ins = used_check_ins(history)
    if check_ins:
        findings += [*screen_ratings(check_ins[-1], check_ins[:-1], rules), *_offers(check_ins[-1], rules)]
    findings += _severe(ratings, rules) + _low_information(ratings, rules) + _learning(ratings, rules)
    silence = silence_finding(history, was_worse=was_worse, rules=rules)
    return Judgement(
        findings=rank(told_once(_settled(findings)) + ([silence] if silence else [])),
        standing=standing_of(course, rules) if course else None,
    )
