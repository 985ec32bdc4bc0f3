"""Questionnaires as data, their scoring and the answers that need a person.

The wording and every number live in `data/*.json`; a number without a source
does not load. Nothing here looks at time: trends are the other modules' work.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from monitoring.engine.records import (
    NOT_APPLICABLE,
    Checklist,
    CutOff,
    Direction,
    Finding,
    FlagReason,
    InstrumentSpec,
    Item,
    Option,
    RedFlag,
    ScoredAnswers,
    Tier,
)
from monitoring.engine.sources.rule_source import RuleSource
from monitoring.engine.translations import SCALES, check_complete, checklist_in, items_of, translations_from_data

Answers: TypeAlias = Mapping[str, int | None] | Sequence[int | None]

#: What says where words and codes come from, and is no ground of a number.
UNCLAIMED = frozenset({"licence", "loinc", "items"})

#: Parameters that are claims about the world and therefore carry a source.
SOURCED = (
    "minimum",
    "maximum",
    "max_missing",
    "cut_offs",
    "sem",
    "reliable_change",
    "mcid",
    "response_drop",
    "remission_below",
    "relapse_at",
    "caseness",
    "recall_days",
    "has_course",
    "red_flags",
    "licence",
    "loinc",
)


class UnknownInstrument(LookupError):
    """No bundled instrument has this code."""


class UnknownItem(LookupError):
    """The instrument has no such item."""


class AnswerOutOfRange(ValueError):
    """An answer is not one of the item's options; the message names the item."""


class UnsourcedParameter(ValueError):
    """A data file holds a number without saying where it comes from."""


def _option(raw: Mapping[str, Any]) -> Option:
    return Option(**raw)


def _item(raw: Mapping[str, Any]) -> Item:
    options = tuple(_option(option) for option in raw.get("options", ()))
    return Item(**{**raw, "options": options})


def _red_flag(raw: Mapping[str, Any]) -> RedFlag:
    typed = {
        "tier": Tier(raw["tier"]),
        "reason": FlagReason(raw["reason"]),
        "source": RuleSource(raw.get("source", "")),
    }
    return RedFlag(**{**raw, **typed, "with_medicines": tuple(raw.get("with_medicines", ()))})


def _sources(raw: Mapping[str, str]) -> Mapping[str, str]:
    """Return where words, codes and numbers come from; those of numbers are a `RuleSource` or refused."""
    return MappingProxyType(
        {name: words if name in UNCLAIMED else RuleSource(words) for name, words in raw.items() if words}
    )


def spec_from_data(raw: Mapping[str, Any]) -> InstrumentSpec:
    """Build an instrument from the content of one data file.

    Raises:
        UnsourcedParameter: a parameter of `SOURCED` is set without a source.
        NotASource: the source of a number or of a flag is no publication, dated judgement or simulation.
        IncompleteTranslation: a translation lacks a word or its source.
    """
    sources = raw.get("sources", {})
    unsourced = [name for name in SOURCED if raw.get(name) and not sources.get(name)]
    if unsourced:
        raise UnsourcedParameter(f"{raw['code']}: no source for {unsourced}")
    spec = InstrumentSpec(
        **{
            **raw,
            "direction": Direction(raw["direction"]),
            "cut_offs": tuple(CutOff(**cut_off) for cut_off in raw.get("cut_offs", ())),
            "red_flags": tuple(map(_red_flag, raw.get("red_flags", ()))),
            "items": tuple(_item(item) for item in raw.get("items", ())),
            "options": tuple(_option(option) for option in raw.get("options", ())),
            "sources": _sources(sources),
            "translations": translations_from_data(raw.get("translations", {})),
        }
    )
    check_complete(spec)
    return spec


def _load() -> Mapping[str, InstrumentSpec]:
    folder = Path(__file__).parent / "data"
    specs = (spec_from_data(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json")))
    return MappingProxyType({spec.code: spec for spec in specs})


#: Every bundled instrument by code.
INSTRUMENTS: Mapping[str, InstrumentSpec] = _load()


def _checklist(raw: Mapping[str, Any]) -> Checklist:
    checklist = Checklist(
        **{
            **raw,
            "symptoms": tuple(_item(item) for item in raw["symptoms"]),
            **{scale: tuple(_option(option) for option in raw[scale]) for scale in SCALES},
            "red_flags": tuple(map(_red_flag, raw.get("red_flags", ()))),
            "sources": _sources(raw.get("sources", {})),
            "translations": translations_from_data(raw.get("translations", {})),
        }
    )
    check_complete(checklist)
    return checklist


def _load_checklists() -> Mapping[str, Checklist]:
    folder = Path(__file__).parent / "data" / "checklists"
    checklists = (_checklist(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json")))
    return MappingProxyType({checklist.code: checklist for checklist in checklists})


#: Own plain-language symptom checklists by code.
CHECKLISTS: Mapping[str, Checklist] = _load_checklists()

#: Words of every checklist symptom by its code.
SYMPTOMS: Mapping[str, str] = MappingProxyType(
    {symptom.code: symptom.text for checklist in CHECKLISTS.values() for symptom in checklist.symptoms}
)


def symptom_names(language: str | None) -> Mapping[str, str]:
    """Return the words of every checklist symptom by its code, in a language where they are known in it."""
    spoken = (checklist_in(checklist, language) for checklist in CHECKLISTS.values())
    return {symptom.code: symptom.text for checklist in spoken for symptom in checklist.symptoms}


def get_instrument(instrument: str | InstrumentSpec) -> InstrumentSpec:
    """Return the spec of a bundled code; a spec is returned as it is.

    Raises:
        UnknownInstrument: no bundled instrument has this code.
    """
    if isinstance(instrument, InstrumentSpec):
        return instrument
    if instrument not in INSTRUMENTS:
        raise UnknownInstrument(instrument)
    return INSTRUMENTS[instrument]


def options_of(spec: InstrumentSpec, item: Item) -> tuple[Option, ...]:
    """Return the possible answers of one item."""
    return item.options or spec.options


def _by_code(spec: InstrumentSpec, answers: Answers) -> dict[str, int | None]:
    """Return answers by item code, each checked against the item's options."""
    if not isinstance(answers, Mapping):
        scored = [item.code for item in spec.items if item.scored]
        if len(answers) != len(scored):
            raise UnknownItem(f"{spec.code} has {len(scored)} items, not {len(answers)}")
        answers = dict(zip(scored, answers, strict=True))
    items = {item.code: item for item in spec.items}
    for code, answer in answers.items():
        if code not in items:
            raise UnknownItem(f"{spec.code} has no item {code!r}")
        _check_answer(spec, items[code], answer)
    return {code: answers.get(code) for code in items}


def _check_answer(spec: InstrumentSpec, item: Item, answer: int | None) -> None:
    allowed = {option.value for option in options_of(spec, item)} | ({NOT_APPLICABLE} if item.may_not_apply else set())
    # bool is an int in Python; True is no answer to "how often".
    if answer is not None and (type(answer) is not int or answer not in allowed):
        raise AnswerOutOfRange(f"{spec.code} item {item.code}: {answer!r}")


def band_of(spec: InstrumentSpec, value: float | None) -> str | None:
    """Return the label of the severity band of a total as it is printed, to one decimal; None without one."""
    if value is None:
        return None
    reached = [cut.label for cut in spec.cut_offs if round(value, 1) >= cut.value]
    return reached[-1] if reached else None


def score(instrument: str | InstrumentSpec, answers: Answers) -> ScoredAnswers:
    """Score one filled-in questionnaire by its published rule.

    Args:
        instrument: bundled code or a spec with items.
        answers: item code -> chosen value, or the scored items in order.
            None or absent means not answered; it never counts as zero.

    Returns:
        The total in the published direction. Up to `max_missing` missing items
        count as the mean of the answered ones; beyond that the value is None.
        An item that may not apply is never filled in: without an answer it
        counts 0 and is not missing. `lowest` and `highest` hold the total
        whatever the missing answers are.

    Raises:
        UnknownInstrument, UnknownItem: no such instrument or item.
        AnswerOutOfRange: an answer that the form does not offer.

    Source:
        each instrument's own, `InstrumentSpec.sources["max_missing"]`; decision 174.
    """
    spec = get_instrument(instrument)
    by_code = _by_code(spec, answers)
    scored = [item for item in spec.items if item.scored]
    applies = [item for item in scored if not item.may_not_apply or by_code[item.code] not in {None, NOT_APPLICABLE}]
    answered = [answer for item in applies if (answer := by_code[item.code]) is not None]
    missing = [item for item in applies if by_code[item.code] is None]
    value: float | None = None
    lowest: float | None = None
    highest: float | None = None
    if answered and len(missing) <= spec.max_missing and spec.aggregation != "none":
        divisor = len(scored) if spec.aggregation == "mean" else 1
        value = sum(answered) / len(answered) * len(applies) / divisor
        ends = [[option.value for option in options_of(spec, item)] for item in missing]
        lowest = (sum(answered) + sum(map(min, ends))) / divisor
        highest = (sum(answered) + sum(map(max, ends))) / divisor
    return ScoredAnswers(
        instrument=spec.code,
        version=spec.version,
        value=value,
        band=band_of(spec, value),
        answered=len(answered),
        missing=len(missing),
        prorated=value is not None and bool(missing),
        lowest=lowest,
        highest=highest,
    )


def screen_answers(
    instrument: str | InstrumentSpec,
    answers: Answers,
    previous: Answers | None = None,
) -> tuple[Finding, ...]:
    """Return a finding for every answer that needs a person, loudest first.

    Deterministic: never suppressed, never rate-limited, no trend, no free text.

    Args:
        instrument: bundled code or a spec with items and red flags.
        answers: as for `score`; a scoring rule never hides an answer.
        previous: what was last answered to each item on earlier forms of this
            instrument (`last_answers`), if there is one.

    Returns:
        Of the kind of the flag's reason and in its tier, whatever the answer;
        `parts["comes_first"]` where it is at the flag's second step or rose. What
        a flag calls known is no finding. An empty tuple never means "no risk".

    Raises:
        UnknownInstrument, UnknownItem, AnswerOutOfRange: as for `score`.

    Source:
        docs/safety.md#one-tier; Simon (2013) doi 10.1176/appi.ps.201200587;
        Louzon (2016) doi 10.1176/appi.ps.201500149; NICE NG225 against strata.
    """
    spec = get_instrument(instrument)
    now = _by_code(spec, answers)
    before = _by_code(spec, previous) if previous is not None else {}
    findings = [
        finding
        for flag in spec.red_flags
        if (finding := _screen(spec, flag, now.get(flag.item), before.get(flag.item)))
    ]
    return tuple(sorted(findings, key=lambda finding: (finding.tier, finding.parts["comes_first"]), reverse=True))


def last_answers(forms: Iterable[Mapping[str, int | None]]) -> dict[str, int | None]:
    """Return what was last answered to each item.

    Args:
        forms: earlier forms of one instrument, item code -> answer, oldest first.
            A skipped item hides no answer of a form before it.
    """
    by_code: dict[str, int | None] = {}
    for answers in forms:
        by_code |= {code: value for code, value in answers.items() if value is not None}
    return by_code


def _screen(spec: InstrumentSpec, flag: RedFlag, answer: int | None, before: int | None) -> Finding | None:
    if answer is None or answer < flag.at:
        return None
    if flag.only_new and before is not None and answer <= before:
        return None
    return _flagged(spec, flag, answer, before)


#: Severity that a symptom counts for which was ticked and not rated.
PRESENT = 1


def screen_symptoms(
    checklist: str | Checklist,
    severities: Mapping[str, int | None],
    previous: Mapping[str, int | None] | None = None,
    medicines: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return a finding for every symptom that needs a person, loudest first.

    Args:
        checklist: bundled code or a list with red flags.
        severities: symptom code -> 0 to 3, None where it was ticked and not
            rated; a symptom that was not asked is not there.
        previous: what was last answered to each symptom before, in the same form.
        medicines: names of what is taken, as the plan writes them.

    Returns:
        As `screen_answers`. A symptom that was never asked before is not known,
        and its finding says so: it is never called new.

    Source:
        `Checklist.sources["red_flags"]`.
    """
    listed = CHECKLISTS[checklist] if isinstance(checklist, str) else checklist
    now, before = _rated(severities), _rated(previous or {})
    findings = [
        _flagged(listed, flag, severities[flag.item], before.get(flag.item))
        for flag in listed.red_flags
        if _is_met(flag, now)
        and (not flag.with_medicines or any(is_one_of(flag.with_medicines, name) for name in medicines))
        and not (flag.only_new and _is_met(flag, before) and now[flag.item] <= before[flag.item])
    ]
    return tuple(sorted(findings, key=lambda finding: (finding.tier, finding.parts["comes_first"]), reverse=True))


def _rated(severities: Mapping[str, int | None]) -> dict[str, int]:
    return {code: PRESENT if severity is None else severity for code, severity in severities.items()}


def _is_met(flag: RedFlag, rated: Mapping[str, int]) -> bool:
    items = [flag.item, *([flag.with_item] if flag.with_item else [])]
    return all(rated.get(item, 0) >= flag.at for item in items)


def is_one_of(beginnings: Collection[str], name: str) -> bool:
    """Say whether a word of a medicine's name, as the plan writes it, begins like one of these in small letters."""
    return any(word.startswith(tuple(beginnings)) for word in re.split(r"\W+", name.lower()))


def flagged_answer(form: str, item: str, answer: int | None, previous: int | None) -> Finding | None:
    """Return an answer that needed a person as the finding it was; None where the item has no flag any more.

    For answers that were kept: what is new is not asked again.
    """
    asked = INSTRUMENTS.get(form) or CHECKLISTS.get(form)
    flag = next((flag for flag in asked.red_flags if flag.item == item), None) if asked else None
    if asked is None or flag is None or (PRESENT if answer is None else answer) < flag.at:
        return None
    return _flagged(asked, flag, answer, previous)


#: What a symptom is called that is there or not.
IS_THERE = "yes"


def _flagged(form: InstrumentSpec | Checklist, flag: RedFlag, answer: int | None, before: int | None) -> Finding:
    value = PRESENT if answer is None else answer
    rose = (flag.rise_comes_first or flag.only_new) and before is not None and value > before
    is_high = flag.first_at is not None and value >= flag.first_at
    item = next(item for item in items_of(form) if item.code == flag.item)
    options = options_of(form, item) if isinstance(form, InstrumentSpec) else form.severity
    chosen = next((option.text for option in options if option.value == answer), IS_THERE)
    return Finding(
        kind=flag.reason.kind,
        tier=flag.tier,
        instrument=form.code,
        item=flag.item,
        direction=form.direction if isinstance(form, InstrumentSpec) else Direction.HIGHER_IS_WORSE,
        statistic=float(value),
        threshold=float(flag.at),
        parts={
            "instrument": form.code,
            "reason": str(flag.reason),
            "item": flag.item,
            "question": item.text,
            "answer": answer,
            "answer_text": chosen,
            "previous": before,
            "rose": rose,
            "comes_first": (rose and flag.rise_comes_first) or is_high,
            "is_symptom": isinstance(form, Checklist),
        },
        # Only a person clears it; a lower answer later does not.
        clears={"by": "person"},
    )
