"""Sentences about a questionnaire in treatment."""

from monitoring.engine.records import Finding, JsonValue, Parts, Sentence
from monitoring.engine.sentences.phrases import BETTER_IS, day, gettext_noop


def _since_start(parts: Parts) -> dict[str, JsonValue]:
    return dict(parts) | {
        "start_on": day(parts["start_on"]),
        "baseline_on": day(parts["baseline_on"]),
        "now_on": day(parts["now_on"]),
        "better": BETTER_IS[parts["direction"]],
    }


def not_on_track(finding: Finding) -> list[Sentence]:
    """Say that no response is to be expected yet."""
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


def response(finding: Finding) -> list[Sentence]:
    """Say that there is a response."""
    template = gettext_noop(
        "{name}: response. {start} on {baseline_on}, {now} on {now_on}: {drop_percent}% of the way to the best "
        "possible score ({better})."
    )
    return [Sentence(template=template, values=_since_start(finding.parts))]


def remission(finding: Finding) -> list[Sentence]:
    """Say that the score is in the remission range."""
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
    return [Sentence(template=template, values=dict(parts) | {"previous_on": day(parts["previous_on"])})]


def _well(parts: Parts) -> Sentence:
    """Return from which forms the better number is."""
    template = (
        gettext_noop("form of {well_on}")
        if parts["well_n"] == 1
        else gettext_noop("average of the two forms up to {well_on}")
    )
    return Sentence(template=template, values={"well_on": day(parts["well_on"])})


ONE_FORM = gettext_noop("One questionnaire so far; a second would confirm it.")


def relapse(finding: Finding) -> list[Sentence]:
    """Say that it is worse again after getting better."""
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
    if not parts["confirmed"] and parts.get("at") is None and parts.get("below") is not None:
        return gettext_noop(
            "{name}: worse again after being better than {below}. {well} then ({well_of}), {now} on {now_on} ({better})."
        )
    if parts["confirmed"] or parts.get("at") is None:
        return gettext_noop(
            "{name}: signs of relapse. {well} in the remission range ({well_of}), {now} on {now_on} ({better})."
        )
    return gettext_noop(
        "{name}: at {at} or worse again after being better than {below}. {well} then ({well_of}), {now} on {now_on} "
        "({better})."
    )


def reliable_worsening(finding: Finding) -> list[Sentence]:
    """Say by how much a questionnaire is worse, and where the line lies."""
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
