"""Findings in words: translatable templates with named places, never a cause.

The product translates `Sentence.template` and every text value, and formats the
dates; `explain` is the plain English of the same sentences.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from monitoring.engine.instruments import SYMPTOMS
from monitoring.engine.records import Finding, FindingKind, FlagReason, JsonValue, Parts, Sentence


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
            "{name} has been about {points} points worse since {onset_on} than {before}: "
            "average {before_mean} before, {after_mean} {since} ({better})."
        )
        if worse
        else gettext_noop(
            "{name} has been about {points} points better since {onset_on} than {before}: "
            "average {before_mean} before, {after_mean} {since} ({better})."
        )
    )
    values = _compared(parts) | {"onset_on": _day(parts["onset_on"])}
    heading_values = values | {"name": [_named(name) for name in (parts["name"], *parts.get("also", ()))]}
    sentences = [Sentence(template=heading, values=heading_values), Sentence(template=body, values=values)]
    return sentences + _change_details(finding)


def _compared(parts: Parts) -> dict[str, JsonValue]:
    """Return the values of a sentence that compares two averages, with the number of check-ins of each in words."""
    before_n, after_n = parts["before_n"], parts["after_n"]
    before = gettext_noop("in the check-in before") if before_n == 1 else gettext_noop("in the {n} check-ins before")
    since = gettext_noop("in the one since") if after_n == 1 else gettext_noop("in the {n} since")
    last = gettext_noop("in the last check-in") if after_n == 1 else gettext_noop("in the last {n} check-ins")
    return dict(parts) | {
        "name": _named(parts["name"]),
        "better": BETTER_IS[parts["direction"]],
        "before": Sentence(template=before, values={"n": before_n}),
        "since": Sentence(template=since, values={"n": after_n}),
        "last": Sentence(template=last, values={"n": after_n}),
    }


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
        sentences.append(Sentence(template=gettext_noop("Also changed: {also}."), values={"also": _also(parts)}))
    for reading in parts.get("readings", ()):
        sentences += _reading(reading)
    return sentences + _chance(finding) + _missed(parts)


def _also(parts: Parts) -> list[JsonValue]:
    """Return what else changed, each with its own two averages."""
    names = [_named(name) for name in parts["also"]]
    means = parts.get("also_means")
    if means is None:
        return names
    template = gettext_noop("{name} ({before_mean} before, {after_mean} since)")
    return [
        Sentence(template=template, values={"name": name, "before_mean": before, "after_mean": after})
        for name, (before, after) in zip(names, means, strict=True)
    ]


def _reading(reading: Parts) -> list[Sentence]:
    """Return what else the same answers can be read as: a line, without a chance of its own."""
    if reading["kind"] == FindingKind.SUDDEN_CHANGE:
        template = gettext_noop("A sudden large change: {name} on average {after_mean} {last}, {before_mean} {before}.")
        return [Sentence(template=template, values=_compared(reading))]
    names = [_named(name) for name in reading["names"]]
    template = gettext_noop("Possible side effect: worse in the {window_weeks} weeks after {what} ({names}).")
    return [Sentence(template=template, values=dict(reading) | {"names": names, "what": _event(reading)})]


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
    # Absent in findings of before the list of side effects had answers that need a person.
    if finding.parts.get("is_symptom"):
        return _symptom_answer(finding)
    template = gettext_noop("{instrument}, question {item}: “{question}” was answered “{answer_text}”.")
    sentences = [Sentence(template=template, values=finding.parts)]
    if finding.parts["rose"]:
        sentences.append(
            Sentence(template=gettext_noop("The answer is higher than on the questionnaire before."), values={})
        )
    return sentences


#: What a reader should think of with an answer that alone does not say it.
BESIDE: Mapping[str, str] = {
    FlagReason.RASH: gettext_noop("A medicine is taken that is known for serious rash."),
    FlagReason.AGITATION: gettext_noop("Restlessness was at least moderate, too: ask about akathisia."),
}


def _symptom_answer(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template = gettext_noop("Asked about side effects: “{question}”, {answer_text}.")
    sentences = [Sentence(template=template, values=dict(parts) | {"answer_text": parts["answer_text"].lower()})]
    if parts["rose"] and not parts["previous"]:
        sentences.append(Sentence(template=gettext_noop("It was not there when it was asked before."), values={}))
    elif parts["rose"]:
        sentences.append(Sentence(template=gettext_noop("It is worse than when it was asked before."), values={}))
    if parts["reason"] in BESIDE:
        sentences.append(Sentence(template=BESIDE[parts["reason"]], values={}))
    return sentences


def _body_warning(finding: Finding) -> list[Sentence]:
    sentences = _risk_answer(finding)
    if finding.parts["previous"] is None:
        sentences.append(Sentence(template=gettext_noop("It was not asked before."), values={}))
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
    template = (
        gettext_noop("Still learning what is usual: 1 check-in so far.")
        if finding.parts["check_ins"] == 1
        else gettext_noop("Still learning what is usual: {check_ins} check-ins so far.")
    )
    return [Sentence(template=template, values=finding.parts)]


def _low_information(finding: Finding) -> list[Sentence]:
    template = gettext_noop("The last {count} check-ins have exactly the same answers.")
    return [Sentence(template=template, values=finding.parts)]


def _sudden(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template = gettext_noop(
        "{name}: sudden large change. Average {after_mean} {last}, {before_mean} {before} ({better})."
    )
    return [Sentence(template=template, values=_compared(parts)), *_change_details(finding)]


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
        values = _compared(parts) | {"what": _event(parts)}
        template = gettext_noop(
            "{name} got worse in the {window_weeks} weeks after {what}: average {before_mean} "
            "{before}, {after_mean} {since} ({better})."
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


#: When withdrawal usually begins with a medicine. Source: data/medicines/withdrawal.json.
STOP_BEGINS: Mapping[str, str] = {
    "days": gettext_noop("With this medicine they usually begin within days."),
    "weeks": gettext_noop("With this medicine they can begin weeks after the stop."),
}

#: What a stop of some medicines needs besides the list. Source: data/medicines/withdrawal.json.
STOP_WARNINGS: Mapping[str, str] = {
    "fits": gettext_noop(
        "After a quick stop or cut of this kind of medicine fits are possible. A fit or confusion is an emergency."
    ),
    "distress": gettext_noop(
        "After a quick stop or cut of this kind of medicine strong pain, distress and thoughts of suicide are "
        "possible. Ask about them."
    ),
}

MOOD_AFTER_STOP = gettext_noop(
    "Mood after a stop can be withdrawal (later with long-acting medicines) or the illness. Ask."
)


def _discontinuation(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    worse = [SYMPTOMS.get(code, code) for code in parts["symptoms"]] + [_named(name) for name in parts["domains"]]
    unasked = [SYMPTOMS.get(code, code) for code in parts.get("unasked", ())]
    template = _by_days(
        parts["event_days"],
        same_day=gettext_noop("New or worse from the day of {what}: {names}."),
        next_day=gettext_noop("New or worse from 1 day after {what}: {names}."),
        later=gettext_noop("New or worse from {event_days} days after {what}: {names}."),
    )
    values = dict(parts) | {"names": worse, "unasked": unasked, "what": _event(parts)}
    sentences = [Sentence(template=template, values=values)] if worse else []
    if unasked:
        template = gettext_noop("Reported since {what}, not asked about before: {unasked}.")
        sentences.append(Sentence(template=template, values=values))
    return [*sentences, *_about_stopping(parts), *_inseparable(parts)]


def _about_stopping(parts: Parts) -> list[Sentence]:
    """Return what is known of such symptoms after a stop; a finding of an older engine knows less."""
    typical = [SYMPTOMS.get(code, code) for code in parts.get("typical", ())]
    sentences = []
    if typical:
        template = gettext_noop("Typical of stopping: {typical}.")
        sentences.append(Sentence(template=template, values={"typical": typical}))
        sentences.append(Sentence(template=STOP_BEGINS[parts["begins"]], values={}))
    if parts.get("has_mood", not typical):
        sentences.append(Sentence(template=MOOD_AFTER_STOP, values={}))
    if parts.get("warning"):
        sentences.append(Sentence(template=STOP_WARNINGS[parts["warning"]], values={}))
    return sentences


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
    if parts.get("outlook", True):
        outlook = gettext_noop("About 2 in 10 people with no improvement at week 4 still respond by week 8.")
        sentences.append(Sentence(template=outlook, values={}))
    return sentences


def _response(finding: Finding) -> list[Sentence]:
    template = gettext_noop(
        "{name}: response. {start} on {baseline_on}, {now} on {now_on}: {drop_percent}% of the way to the best "
        "possible score ({better})."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def _remission(finding: Finding) -> list[Sentence]:
    template = gettext_noop(
        "{name}: in the remission range. {now} on {now_on}, better than {below} on two questionnaires in a row."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def _form_before(parts: Parts) -> list[Sentence]:
    """Return how it went from the form before to the newest, unless the sentence before compares just these two."""
    compared_on = {parts.get("well_on") if parts.get("well_n") == 1 else None, parts["baseline_on"]}
    if "previous" not in parts or parts["previous_on"] in compared_on:
        return []
    template = gettext_noop("Since the form before, of {previous_on}: {previous} to {now}.")
    return [Sentence(template=template, values=dict(parts) | {"previous_on": _day(parts["previous_on"])})]


def _well(parts: Parts) -> Sentence:
    """Return from which forms the better number is."""
    template = (
        gettext_noop("form of {well_on}")
        if parts["well_n"] == 1
        else gettext_noop("average of the two forms up to {well_on}")
    )
    return Sentence(template=template, values={"well_on": _day(parts["well_on"])})


ONE_FORM = gettext_noop("One questionnaire so far; a second would confirm it.")


def _relapse(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    values = _since_start(parts) | {"well_of": _well(parts)}
    sentences = [Sentence(template=_relapse_template(parts), values=values), *_form_before(parts)]
    is_open = parts["after"] == "remission" and not parts["confirmed"]
    return [*sentences, Sentence(template=ONE_FORM, values={})] if is_open else sentences


def _relapse_template(parts: Parts) -> str:
    """Return what is said: the lines alone until a second form confirms it."""
    if parts["after"] != "remission":
        return gettext_noop(
            "{name}: worse again after a response. {well} at its best ({well_of}), {now} on {now_on} ({better})."
        )
    if parts["confirmed"] or parts.get("at") is None:
        return gettext_noop(
            "{name}: signs of relapse. {well} in the remission range ({well_of}), {now} on {now_on} ({better})."
        )
    return gettext_noop(
        "{name}: at {at} or worse again after being better than {below}. {well} then ({well_of}), {now} on {now_on} "
        "({better})."
    )


def _reliable_worsening(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template = (
        gettext_noop(
            "{name}: {points} points worse than on {baseline_on}, before {treatment} began "
            "({start} then, {now} on {now_on}; {better})."
        )
        if parts["treatment"]
        else gettext_noop(
            "{name}: {points} points worse than on the first form, of {baseline_on} "
            "({start} then, {now} on {now_on}; {better})."
        )
    )
    sentences = [Sentence(template=template, values=_since_start(parts)), *_form_before(parts)]
    sentences.append(Sentence(template=_line_template(parts), values=parts))
    # Before engine 1.4 one form was enough, and nothing was said of a second.
    is_said = parts.get("confirmed", True) or parts.get("service_line") is not None
    return sentences if is_said else [*sentences, Sentence(template=ONE_FORM, values={})]


def _line_template(parts: Parts) -> str:
    """Return what is known of the line: from the error of the form, as declared, or nothing."""
    if not parts.get("is_declared", True):
        return gettext_noop("The line for a reliable change of this form is not known.")
    if parts.get("service_line") is not None:
        return gettext_noop(
            "Services count {service_line} points as reliable; {line} on two questionnaires would be beyond the error of "
            "the form."
        )
    if parts.get("has_error"):
        return gettext_noop(
            "The line for a reliable change is {line} points: 19 of 20 unchanged people stay within it."
        )
    return gettext_noop("The line for a reliable change, as declared for this form, is {line} points.")


def _offer_instrument(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {"name": _named(finding.parts["name"])}
    return [Sentence(template=gettext_noop("{name} was rated {rating}: offer the {offer}."), values=values)]


WORDS: Mapping[FindingKind, Callable[[Finding], list[Sentence]]] = {
    FindingKind.RISK_ANSWER: _risk_answer,
    FindingKind.BODY_WARNING: _body_warning,
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
