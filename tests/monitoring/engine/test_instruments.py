"""Scoring, red flags and the lock on wording."""

import hashlib
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine import (
    INSTRUMENTS,
    AnswerOutOfRange,
    Checklist,
    FindingKind,
    InstrumentSpec,
    Tier,
    UnknownInstrument,
    UnknownItem,
    band_of,
    explain,
    instrument_in,
    options_of,
    score,
    screen_answers,
)
from monitoring.engine.instruments import CHECKLISTS, SOURCED, UnsourcedParameter, spec_from_data
from monitoring.engine.records import NOT_APPLICABLE, FlagReason
from tests.monitoring.engine.wordings import ASKED

WORDING = {
    "BASELINE": "314477631e954fdf",
    "PEG": "4a4483ae51aa1845",
    "PHQ-15": "d6d7fc50b79ec266",
    "PHQ-4": "5cb2848595eec13c",
    "GAD-7": "01687f1324623fa1",
    "PHQ-9": "9b0aaa9dbc3a7219",
}


def wording_digest(spec: InstrumentSpec) -> str:
    words = [spec.version, spec.stem]
    for item in spec.items:
        words += [item.code, item.text]
        words += [f"{option.value} {option.text}" for option in options_of(spec, item)]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()[:16]


def test_every_instrument_has_its_wording_locked() -> None:
    assert {code: wording_digest(spec) for code, spec in INSTRUMENTS.items()} == WORDING


def test_peg_has_no_german_wording_because_no_published_one_was_found() -> None:
    assert "de" not in INSTRUMENTS["PEG"].translations
    assert instrument_in(INSTRUMENTS["PEG"], "de").language == "en"


def test_our_own_words_are_not_called_validated() -> None:
    own = {"BASELINE", *CHECKLISTS}

    validated = {
        asked.code: [words.is_validated for words in asked.translations.values()]
        for asked in ASKED
        if asked.translations
    }

    assert {code for code, said in validated.items() if not all(said)} == own


@pytest.mark.parametrize("spec", list(INSTRUMENTS.values()), ids=list(INSTRUMENTS))
def test_every_number_says_where_it_comes_from(spec: InstrumentSpec) -> None:
    claimed = [name for name in SOURCED if getattr(spec, name)]

    assert [name for name in claimed if not spec.sources.get(name)] == []
    assert spec.licence


def test_the_baseline_packet_has_answers_and_no_total() -> None:
    scored = score("BASELINE", [0, 1, 2, 3, 4, 0])

    assert (scored.value, scored.band, scored.answered) == (None, None, 6)


@pytest.mark.parametrize(
    ("item", "reason"),
    [("6", FlagReason.CHEST_PAIN), ("8", FlagReason.FAINTING), ("10", FlagReason.BREATHLESSNESS), ("7", None)],
)
def test_a_body_warning_in_phq_15_needs_a_look_and_is_no_safety_answer(item: str, reason: FlagReason | None) -> None:
    """It was an alert of the same kind as one about self-harm, and the same page for the patient."""
    found = screen_answers("PHQ-15", {item: 2})

    assert [(one.kind, one.tier, one.parts["reason"]) for one in found] == (
        [(FindingKind.BODY_WARNING, Tier.PRIORITY, reason)] if reason else []
    )
    assert screen_answers("PHQ-15", {item: 1}) == ()
    assert INSTRUMENTS["PHQ-15"].safety_flags == ()


@pytest.mark.parametrize(("previous", "is_new"), [(None, True), (0, True), (1, True), (2, False)])
def test_a_body_warning_is_told_when_it_is_new_or_worse_than_on_the_last_form(
    previous: int | None, is_new: bool
) -> None:
    """Chest pain that had been there for years paged the team with every form."""
    found = screen_answers("PHQ-15", {"6": 2}, None if previous is None else {"6": previous})

    assert bool(found) is is_new
    for one in found:
        said = explain(one)
        assert ("It was not asked before." in said) is (previous is None)
        assert ("higher than on the questionnaire before" in said) is (previous is not None)


def test_the_words_of_a_reason_decide_of_which_kind_an_answer_is() -> None:
    assert {reason for reason in FlagReason if reason.kind is FindingKind.RISK_ANSWER} == {FlagReason.SELF_HARM}


def codes_of(spec: InstrumentSpec) -> list[str]:
    """Return the LOINC codes of total, panel and items; those of answers have another last digit."""
    return [code for code in (spec.loinc, spec.loinc_panel, *(item.loinc for item in spec.items)) if code]


def check_digit(digits: str) -> int:
    """Return the last digit of a LOINC code: Luhn, counted from the right (LOINC Users' Guide, appendix)."""
    doubled = [int(digit) * (1 + (place % 2 == 0)) for place, digit in enumerate(reversed(digits))]
    return -sum(value - 9 * (value > 9) for value in doubled) % 10


def test_every_loinc_code_has_its_check_digit() -> None:
    codes = [code for spec in INSTRUMENTS.values() for code in codes_of(spec)]

    assert len(codes) > 40
    assert [code for code in codes if str(check_digit(code.split("-")[0])) != code[-1]] == []


@pytest.mark.parametrize("code", ["PHQ-9", "GAD-7", "PHQ-15", "PHQ-4", "PEG"])
def test_every_published_form_and_each_of_its_items_has_a_code(code: str) -> None:
    spec = INSTRUMENTS[code]

    assert spec.loinc_panel and all(item.loinc for item in spec.items)
    # No code of the total of PHQ-4 was found that is not also another total's.
    assert bool(spec.loinc) is (code != "PHQ-4")


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_has_one_code_has_one_wording(language: str) -> None:
    """GAD-7 asked about "anxious, or on edge" and PHQ-4, on the same phone, about "anxious or on edge"."""
    words: dict[str, set[str]] = {}
    for spec in INSTRUMENTS.values():
        for item in instrument_in(spec, language).items:
            if item.loinc:
                words.setdefault(item.loinc, set()).add(item.text)

    assert [said for said in words.values() if len(said) > 1] == []


def test_no_band_of_a_published_form_is_a_judgement_of_ours() -> None:
    """PEG printed "severe" from 7 on, which nobody has published for it."""
    banded = {code: spec.sources["cut_offs"] for code, spec in INSTRUMENTS.items() if spec.cut_offs}

    assert banded and [code for code, source in banded.items() if "udgement" in source] == []


@pytest.mark.parametrize("checklist", list(CHECKLISTS.values()), ids=list(CHECKLISTS))
def test_a_checklist_has_three_four_step_scales_and_unique_symptoms(checklist: Checklist) -> None:
    codes = [symptom.code for symptom in checklist.symptoms]

    assert len(codes) == len(set(codes))
    for scale in (checklist.severity, checklist.frequency, checklist.interference):
        assert [option.value for option in scale] == [0, 1, 2, 3]
    assert checklist.licence


def test_a_number_without_a_source_does_not_load() -> None:
    raw = {"code": "X", "version": "1", "name": "X", "direction": "higher_is_worse", "minimum": 0, "maximum": 9}

    with pytest.raises(UnsourcedParameter, match="X: no source for"):
        spec_from_data(raw)


TOTALLED = {code: spec for code, spec in INSTRUMENTS.items() if spec.aggregation != "none"}


@pytest.mark.parametrize("spec", list(TOTALLED.values()), ids=list(TOTALLED))
def test_the_range_is_what_the_worst_and_best_answers_give(spec: InstrumentSpec) -> None:
    scored = [item for item in spec.items if item.scored]
    ends = [[option.value for option in options_of(spec, item)] for item in scored]

    assert score(spec, [min(values) for values in ends]).value == spec.minimum
    assert score(spec, [max(values) for values in ends]).value == spec.maximum


@pytest.mark.parametrize(
    ("answers", "value", "band"),
    [
        ([0] * 9, 0, "minimal"),
        ([1, 1, 1, 1, 0, 0, 0, 0, 0], 4, "minimal"),
        ([1, 1, 1, 1, 1, 0, 0, 0, 0], 5, "mild"),
        ([1] * 9, 9, "mild"),
        ([2, 1, 1, 1, 1, 1, 1, 1, 1], 10, "moderate"),
        ([2, 2, 2, 2, 2, 2, 1, 1, 1], 15, "moderately severe"),
        ([3, 3, 2, 2, 2, 2, 2, 2, 2], 20, "severe"),
        ([3] * 9, 27, "severe"),
    ],
)
def test_phq_9_totals_and_bands(answers: Any, value: float | None, band: str) -> None:
    scored = score("PHQ-9", answers)

    assert (scored.value, scored.band, scored.prorated) == (value, band, False)


@pytest.mark.parametrize(
    ("missing", "value"), [(1, 9.0), (2, 9.0), (3, None), (9, None)], ids=["one", "two", "three", "all"]
)
def test_two_missing_items_take_the_mean_of_the_others_and_three_give_no_score(
    missing: int, value: float | None
) -> None:
    answers = [None] * missing + [1] * (9 - missing)

    scored = score("PHQ-9", answers)

    assert (scored.value, scored.missing) == (value, missing)
    assert scored.prorated is (value is not None)


@pytest.mark.parametrize("blank", [None, NOT_APPLICABLE], ids=["left blank", "does not apply"])
@pytest.mark.parametrize(
    ("ones", "twos", "value", "band"), [(14, 0, 14, "medium"), (0, 14, 28, "high"), (0, 0, 0, "minimal")]
)
def test_phq_15_of_whom_item_4_does_not_ask_is_the_plain_sum_of_the_others(
    blank: int | None, ones: int, twos: int, value: float, band: str
) -> None:
    """A man's 14 was scaled to 15, "high", and his 28 to 30."""
    others = [1] * ones + [2] * twos + [0] * (14 - ones - twos)

    scored = score("PHQ-15", [*others[:3], blank, *others[3:]])

    assert (scored.value, scored.band, scored.missing, scored.prorated) == (value, band, 0, False)
    assert (scored.lowest, scored.highest) == (value, value)


def test_a_missing_answer_beside_one_that_does_not_apply_is_filled_in_from_those_that_apply() -> None:
    answers = {str(number): 1 for number in range(1, 15)} | {"4": NOT_APPLICABLE, "15": None}

    scored = score("PHQ-15", answers)

    assert (scored.value, scored.answered, scored.missing) == (14, 13, 1)
    assert (scored.lowest, scored.highest) == (13, 15)


def test_does_not_apply_is_no_answer_to_any_other_item() -> None:
    with pytest.raises(AnswerOutOfRange):
        score("PHQ-15", {"5": NOT_APPLICABLE})


@pytest.mark.parametrize("code", sorted(code for code, spec in INSTRUMENTS.items() if spec.max_missing))
@given(data=st.data())
def test_a_filled_in_total_says_between_which_totals_the_whole_one_lies(code: str, data: st.DataObject) -> None:
    spec = INSTRUMENTS[code]
    asked = [item for item in spec.items if item.scored]
    whole = {item.code: data.draw(st.sampled_from([one.value for one in options_of(spec, item)])) for item in asked}
    gaps = data.draw(st.sets(st.sampled_from([item.code for item in asked if not item.may_not_apply]), max_size=3))

    scored, total = score(spec, whole | dict.fromkeys(gaps)), score(spec, whole).value

    assert scored.prorated == (scored.value is not None and bool(gaps))
    if scored.value is not None:
        low, high = float(scored.lowest or 0), float(scored.highest or 0)
        assert spec.minimum <= low <= high <= spec.maximum
        assert low <= scored.value <= high and low <= float(total or 0) <= high


def test_the_difficulty_question_is_not_part_of_the_total() -> None:
    answers = {str(n): 1 for n in range(1, 10)} | {"difficulty": 3}

    assert score("PHQ-9", answers).value == 9


@pytest.mark.parametrize("answer", [-1, 4, 1.0, True, "1"])
def test_an_answer_that_the_form_does_not_offer_is_refused_by_item(answer: Any) -> None:
    with pytest.raises(AnswerOutOfRange, match="PHQ-9 item 3"):
        score("PHQ-9", {"3": answer})


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownInstrument):
        score("PHQ-99", [])
    with pytest.raises(UnknownItem):
        score("PHQ-9", {"10": 1})
    with pytest.raises(UnknownItem):
        score("PHQ-9", [1] * 8)


def expected(answer: int | None, previous: int | None) -> list[tuple[Tier, bool]]:
    """docs/safety.md#one-tier in words: from 1 on one tier; 2 or more or a rise is dealt with first within it."""
    if not answer:
        return []
    return [(Tier.URGENT, answer >= 2 or (previous is not None and answer > previous))]


@pytest.mark.parametrize(("answer", "previous"), list(itertools.product([None, 0, 1, 2, 3], repeat=2)), ids=str)
def test_item_9_follows_its_rule_for_every_pair_of_answers(answer: Any, previous: int | None) -> None:
    before = {"9": previous} if previous is not None else None

    findings = screen_answers("PHQ-9", {"9": answer}, before)

    assert [(one.tier, one.parts["comes_first"]) for one in findings] == expected(answer, previous)


@given(st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=9, max_size=9))
def test_no_other_answer_ever_hides_or_makes_a_risk_answer(answers: Any) -> None:
    findings = screen_answers("PHQ-9", answers)

    assert bool(findings) == bool(answers[8])
    assert all(one.kind is FindingKind.RISK_ANSWER and one.item == "9" for one in findings)


def test_the_risk_sentence_quotes_the_question_and_the_answer() -> None:
    (finding,) = screen_answers("PHQ-9", {"9": 2}, {"9": 1})

    sentence = explain(finding)

    assert "Thoughts that you would be better off dead" in sentence
    assert "“More than half the days”" in sentence
    assert "higher than on the questionnaire before" in sentence
    assert "Only a person can clear this." in sentence


@pytest.mark.parametrize("code", sorted(code for code, spec in INSTRUMENTS.items() if spec.cut_offs))
def test_the_band_is_that_of_the_printed_total_however_much_is_missing(code: str) -> None:
    spec = INSTRUMENTS[code]
    items = [item.code for item in spec.items if item.scored]
    for missing in range(spec.max_missing + 1):
        for answer in (0, 1, 2):
            answers = dict.fromkeys(items[missing:], answer)
            scored = score(spec, answers)
            printed = None if scored.value is None else float(f"{scored.value:.1f}")
            assert scored.band == band_of(spec, printed)
    edge = spec.cut_offs[-1].value
    assert band_of(spec, edge - 0.04) == band_of(spec, edge) != band_of(spec, edge - 0.06)
