"""Findings in words: translatable templates with named places, never a cause.

The product translates `Sentence.template` and every text value, and formats the
dates; `explain` is the plain English of the same sentences.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from monitoring.engine.instruments import SYMPTOMS
from monitoring.engine.records import Finding, FindingKind, JsonValue, Parts, Sentence


def gettext_noop(message: str) -> str:
    """Mark a text for the translators' catalogue; the product translates it."""
    return message


#: Names of the series as they open a sentence.
NAMES: Mapping[str, str] = {
    "sleep": gettext_noop("Sleep"),
    "mood": gettext_noop("Mood"),
    "energy": gettext_noop("Energy"),
    "pain": gettext_noop("Pain"),
    "function": gettext_noop("Function"),
}

BETTER_IS: Mapping[str, str] = {
    "higher_is_better": gettext_noop("higher is better"),
    "higher_is_worse": gettext_noop("lower is better"),
}

#: Severity of a checklist symptom, 0 to 3.
SEVERITY: tuple[str, ...] = (
    gettext_noop("none"),
    gettext_noop("mild"),
    gettext_noop("moderate"),
    gettext_noop("severe"),
)

#: Above this chance the words get surer (docs/engine.md#shown-chance).
LIKELY, VERY_LIKELY = 0.5, 0.8


#: The two numbers that the sentence of a finding compares: the earlier and the later one.
COMPARED: tuple[tuple[str, str], ...] = (("before_mean", "after_mean"), ("well", "now"), ("start", "now"))


def printed_change(finding: Finding) -> float | None:
    """Return the later minus the earlier of the two numbers that the sentence of a finding prints.

    It is worked out from the printed numbers, so that no reader with a pencil finds another one.

    Returns:
        Points of the natural scale, to one decimal; None where the sentence compares no two numbers.
    """
    parts = finding.parts
    if finding.kind is FindingKind.REMISSION:
        return None
    pair = next((pair for pair in COMPARED if all(isinstance(parts.get(name), (int, float)) for name in pair)), None)
    return None if pair is None else round(parts[pair[1]] - parts[pair[0]], 1)


def hedge(chance: float) -> str:
    """Return the word for a chance between 0 and 1."""
    if chance > VERY_LIKELY:
        return gettext_noop("very likely")
    return gettext_noop("likely") if chance >= LIKELY else gettext_noop("possible")


def _named(name: str) -> str:
    return NAMES.get(name, name)


def _day(value: JsonValue) -> dt.date:
    return dt.date.fromisoformat(value)


def _change(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    worse = finding.kind is not FindingKind.IMPROVEMENT
    heading = gettext_noop("{name}: getting worse.") if worse else gettext_noop("{name}: improving.")
    body = (
        gettext_noop(
            "{name} has been about {points} points worse since {onset_on} than in the {before_n} check-ins before: "
            "average {before_mean} before, {after_mean} in the {after_n} since ({better})."
        )
        if worse
        else gettext_noop(
            "{name} has been about {points} points better since {onset_on} than in the {before_n} check-ins before: "
            "average {before_mean} before, {after_mean} in the {after_n} since ({better})."
        )
    )
    values = dict(parts) | {
        "name": _named(parts["name"]),
        "onset_on": _day(parts["onset_on"]),
        "better": BETTER_IS[parts["direction"]],
    }
    sentences = [Sentence(template=heading, values=values), Sentence(template=body, values=values)]
    return sentences + _change_details(finding)


def _change_details(finding: Finding) -> list[Sentence]:
    parts, sentences = finding.parts, []
    if parts.get("outside_in_a_row", 0) > 1:
        sentences.append(
            Sentence(
                template=gettext_noop(
                    "{outside_in_a_row} check-ins in a row outside the usual range ({usual_low} to {usual_high})."
                ),
                values=parts,
            )
        )
    if parts.get("event"):
        sentences += _timing(parts)
    if parts.get("also"):
        also = ", ".join(_named(name) for name in parts["also"])
        sentences.append(Sentence(template=gettext_noop("Also changed: {also}."), values={"also": also}))
    return sentences + _chance(finding) + _missed(parts)


#: An event as it stands behind "after".
EVENTS: Mapping[str, str] = {
    "start": gettext_noop("the start of {event} on {event_on}"),
    "change": gettext_noop("the change of {event} on {event_on}"),
    "stop": gettext_noop("the stop of {event} on {event_on}"),
}


def _event(parts: Parts) -> Sentence:
    """Return a start, change or stop as a part of a sentence."""
    values = {"event": parts["event"], "event_on": _day(parts["event_on"])}
    return Sentence(template=EVENTS[parts["event_change"]], values=values)


def _by_days(days: int, *, same_day: str, next_day: str, later: str) -> str:
    """Return the template that fits a number of days."""
    return same_day if days == 0 else next_day if days == 1 else later


def _timing(parts: Parts) -> list[Sentence]:
    template = _by_days(
        parts["event_days"],
        same_day=gettext_noop("It began on the day of {what}."),
        next_day=gettext_noop("It began 1 day after {what}."),
        later=gettext_noop("It began {event_days} days after {what}."),
    )
    return [Sentence(template=template, values=dict(parts) | {"what": _event(parts)}), *_inseparable(parts)]


def _chance(finding: Finding) -> list[Sentence]:
    if finding.chance is None:
        return []
    return [
        Sentence(
            template=gettext_noop("Chance that this is a true change: {percent}% ({hedge})."),
            values={"percent": round(100 * finding.chance), "hedge": hedge(finding.chance)},
        )
    ]


def _missed(parts: Mapping[str, JsonValue]) -> list[Sentence]:
    if not parts.get("missed"):
        return []
    template = (
        gettext_noop("1 of the last {planned} check-ins was missed.")
        if parts["missed"] == 1
        else gettext_noop("{missed} of the last {planned} check-ins were missed.")
    )
    return [Sentence(template=template, values=parts)]


def _risk_answer(finding: Finding) -> list[Sentence]:
    template = gettext_noop("{instrument}, question {item}: “{question}” was answered “{answer_text}”.")
    sentences = [Sentence(template=template, values=finding.parts)]
    if finding.parts["rose"]:
        sentences.append(
            Sentence(template=gettext_noop("The answer is higher than on the questionnaire before."), values={})
        )
    return sentences


def _extreme_rating(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {"name": _named(finding.parts["name"]), "on": _day(finding.parts["on"])}
    return [
        Sentence(
            template=gettext_noop("{name} was rated {rating} and function {function} on {on}: both at the worst end."),
            values=values,
        )
    ]


#: Silence, by what is known of the time before it. Days are not counted: a stored sentence is read days later.
SILENCE: Mapping[FindingKind, tuple[str, str]] = {
    FindingKind.CHECK_IN_REMINDER: (
        gettext_noop("No check-in since {last_on}."),
        gettext_noop("No check-in so far."),
    ),
    FindingKind.MISSED_CHECK_INS: (
        gettext_noop("Overdue: no check-in since {last_on}."),
        gettext_noop("Overdue: no check-in so far."),
    ),
    FindingKind.LOST_CONTACT: (
        gettext_noop("Lost contact: no check-in since {last_on}, {missed} missed in a row."),
        gettext_noop("Lost contact: no check-in so far, {missed} missed in a row."),
    ),
}


def _silence(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template, without_day = SILENCE[finding.kind]
    last_on = parts["last_on"]
    values = dict(parts) | {"last_on": _day(last_on) if last_on else None}
    sentences = [Sentence(template=template if last_on else without_day, values=values)]
    if finding.parts["was_worse"]:
        sentences.append(Sentence(template=gettext_noop("The last check-ins were getting worse."), values={}))
    if finding.parts["risk_answer"]:
        sentences.append(Sentence(template=gettext_noop("The last questionnaire had a safety answer."), values={}))
    return sentences


def _persistently_severe(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {
        "name": _named(finding.parts["name"]),
        "better": BETTER_IS[finding.parts["direction"]],
    }
    return [
        Sentence(
            template=gettext_noop(
                "{name} has been at the severe end on the last {count} check-ins: average {mean} ({better}). There "
                "is little room to get worse, so no change will be reported."
            ),
            values=values,
        )
    ]


def _still_learning(finding: Finding) -> list[Sentence]:
    template = gettext_noop("Still learning what is usual: {check_ins} check-ins so far.")
    return [Sentence(template=template, values=finding.parts)]


def _low_information(finding: Finding) -> list[Sentence]:
    template = gettext_noop("The last {count} check-ins have exactly the same answers.")
    return [Sentence(template=template, values=finding.parts)]


def _sudden(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    values = dict(parts) | {
        "name": _named(parts["name"]),
        "onset_on": _day(parts["onset_on"]),
        "better": BETTER_IS[parts["direction"]],
    }
    template = gettext_noop(
        "{name}: sudden large change. Average {after_mean} in the last {after_n} check-ins, "
        "{before_mean} in the {before_n} before ({better})."
    )
    return [Sentence(template=template, values=values), *_change_details(finding)]


def _side_effect(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    values = dict(parts) | {"what": _event(parts)}
    if "symptom" in parts:
        values |= {
            "symptom": SYMPTOMS.get(parts["symptom"], parts["symptom"]),
            "onset_on": _day(parts["onset_on"]),
            "now_word": SEVERITY[parts["now"]],
            "before_word": SEVERITY[parts["before"]],
        }
        template = _by_days(
            parts["event_days"],
            same_day=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, the day of {what}."
            ),
            next_day=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, 1 day after {what}."
            ),
            later=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, {event_days} days after {what}."
            ),
        )
    else:
        values |= {"name": _named(parts["name"]), "better": BETTER_IS[parts["direction"]]}
        template = gettext_noop(
            "{name} got worse in the {window_weeks} weeks after {what}: average {before_mean} "
            "in the {before_n} check-ins before, {after_mean} in the {after_n} since ({better})."
        )
    return [Sentence(template=template, values=values), *_inseparable(parts), *_chance(finding)]


def _inseparable(parts: Parts) -> list[Sentence]:
    timing = Sentence(
        template=gettext_noop("Timing is shown because it may help. It does not prove cause."),
        values={},
    )
    others = [_event(other) for other in parts.get("together", ())]
    if not others:
        return [timing]
    template = (
        gettext_noop("Within two weeks of it: {others}. The two cannot be told apart.")
        if len(others) == 1
        else gettext_noop("Within two weeks of it: {others}. These changes cannot be told apart.")
    )
    return [Sentence(template=template, values={"others": others}), timing]


STOP_LABELS: Mapping[str, str] = {
    "discontinuation_like": gettext_noop("The timing looks like withdrawal."),
    "possible_relapse": gettext_noop("The timing looks like a return of symptoms."),
    "unclear": gettext_noop("This can be withdrawal or a return of symptoms; both are shown."),
}


def _discontinuation(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    names = [SYMPTOMS.get(code, code) for code in parts["symptoms"]] + [_named(name) for name in parts["domains"]]
    values = dict(parts) | {"names": names, "what": _event(parts)}
    template = _by_days(
        parts["event_days"],
        same_day=gettext_noop("New or worse from the day of {what}: {names}."),
        next_day=gettext_noop("New or worse from 1 day after {what}: {names}."),
        later=gettext_noop("New or worse from {event_days} days after {what}: {names}."),
    )
    label = Sentence(template=STOP_LABELS[parts["label"]], values={})
    return [Sentence(template=template, values=values), label, *_inseparable(parts)]


def _since_start(parts: Parts) -> dict[str, JsonValue]:
    return dict(parts) | {
        "start_on": _day(parts["start_on"]),
        "baseline_on": _day(parts["baseline_on"]),
        "now_on": _day(parts["now_on"]),
        "better": BETTER_IS[parts["direction"]],
    }


def _not_on_track(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    values = _since_start(parts) | {"percent": max(1, round(100 * parts["chance"]))}
    template = (
        gettext_noop(
            "{name}: no response yet in week {week} since {treatment} began on {start_on}. {start} on {baseline_on}, "
            "{now} on {now_on} ({better}). Chance of a response by week {by_week}: {percent}%."
        )
        if parts["treatment"]
        else gettext_noop(
            "{name}: no response yet in week {week}. {start} on {baseline_on}, {now} on {now_on} ({better}). "
            "Chance of a response by week {by_week}: {percent}%."
        )
    )
    sentences = [Sentence(template=template, values=values)]
    if parts["review_treatment"]:
        sentences.append(Sentence(template=gettext_noop("Time to review the treatment together."), values={}))
    outlook = gettext_noop("About 2 in 10 people with no improvement at week 4 still respond by week 8.")
    return [*sentences, Sentence(template=outlook, values={})]


def _response(finding: Finding) -> list[Sentence]:
    template = gettext_noop(
        "{name}: response. {start} on {baseline_on}, {now} on {now_on}: {drop_percent}% of the way to the best "
        "possible score ({better})."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def _remission(finding: Finding) -> list[Sentence]:
    template = gettext_noop(
        "{name}: remission. {now} on {now_on}, on the better side of {below} on two questionnaires in a row."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def _relapse(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template = (
        gettext_noop("{name}: signs of relapse. {well} in remission, {now} on {now_on} ({better}).")
        if parts["after"] == "remission"
        else gettext_noop("{name}: worse again after a response. {well} at its best, {now} on {now_on} ({better}).")
    )
    sentences = [Sentence(template=template, values=_since_start(parts))]
    if parts["after"] == "remission" and not parts["confirmed"]:
        sentences.append(
            Sentence(template=gettext_noop("One questionnaire so far; a second would confirm it."), values={})
        )
    return sentences


def _reliable_worsening(finding: Finding) -> list[Sentence]:
    template = gettext_noop(
        "{name}: {points} points worse than on {baseline_on} ({start} then, {now} on {now_on}; {better}). "
        "From {line} points a change is more than chance."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def _offer_instrument(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {"name": _named(finding.parts["name"])}
    return [Sentence(template=gettext_noop("{name} was rated {rating}: offer the {offer}."), values=values)]


WORDS: Mapping[FindingKind, Callable[[Finding], list[Sentence]]] = {
    FindingKind.RISK_ANSWER: _risk_answer,
    FindingKind.EXTREME_RATING: _extreme_rating,
    FindingKind.DETERIORATION: _change,
    FindingKind.IMPROVEMENT: _change,
    FindingKind.SUDDEN_CHANGE: _sudden,
    FindingKind.SIDE_EFFECT: _side_effect,
    FindingKind.DISCONTINUATION: _discontinuation,
    FindingKind.NOT_ON_TRACK: _not_on_track,
    FindingKind.RESPONSE: _response,
    FindingKind.REMISSION: _remission,
    FindingKind.RELAPSE: _relapse,
    FindingKind.RELIABLE_WORSENING: _reliable_worsening,
    FindingKind.OFFER_INSTRUMENT: _offer_instrument,
    FindingKind.LOST_CONTACT: _silence,
    FindingKind.MISSED_CHECK_INS: _silence,
    FindingKind.CHECK_IN_REMINDER: _silence,
    FindingKind.PERSISTENTLY_SEVERE: _persistently_severe,
    FindingKind.STILL_LEARNING: _still_learning,
    FindingKind.LOW_INFORMATION: _low_information,
}


def describe(finding: Finding) -> tuple[Sentence, ...]:
    """Return the sentences of a finding as templates and values."""
    return tuple(WORDS[finding.kind](finding))


def describe_clearing(finding: Finding) -> tuple[Sentence, ...]:
    """Return what would clear a finding as templates and values."""
    clears = finding.clears
    if clears.get("by") == "person":
        return (Sentence(template=gettext_noop("Only a person can clear this."), values={}),)
    if "more_than" in clears:
        template = gettext_noop(
            "What would clear it: more than {more_than} usual check-ins, or a level you both agree to expect."
        )
        return (Sentence(template=template, values=clears),)
    if clears.get("at") is not None:
        template = gettext_noop(
            "What would clear it: {check_ins} check-ins with {name} at {at} or better, "
            "or a level you both agree to expect."
        )
        values = dict(clears) | {"name": _named(clears["name"])}
        return (Sentence(template=template, values=values),)
    if "severity" in clears:
        symptom = SYMPTOMS.get(clears["symptom"], clears["symptom"])
        values = {"symptom": symptom, "severity": SEVERITY[clears["severity"]]}
        return (Sentence(template=gettext_noop("What would clear it: {symptom} {severity} or less."), values=values),)
    if "symptoms_below" in clears:
        template = gettext_noop("What would clear it: fewer than {symptoms_below} new symptoms, none severe.")
        return (Sentence(template=template, values=clears),)
    if "response" in clears:
        return (Sentence(template=gettext_noop("What would clear it: a response."), values={}),)
    if clears.get("check_ins") == 1:
        return (Sentence(template=gettext_noop("What would clear it: the next check-in."), values={}),)
    return ()


def _in_english(sentence: Sentence) -> str:
    return sentence.template.format(**{name: _plain(value) for name, value in sentence.values.items()})


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, Sentence):
        return _in_english(value)
    return ", ".join(str(_plain(part)) for part in value) if isinstance(value, list) else value


def explain(finding: Finding) -> str:
    """Return a finding in plain English, with what would clear it."""
    sentences = (*describe(finding), *describe_clearing(finding))
    return " ".join(_in_english(sentence) for sentence in sentences)
