"""Every flag, every kind of medicine and every loud finding has its row."""

from monitoring.engine import CHECKLISTS, DEFAULT, INSTRUMENTS
from monitoring.engine.detectors.withdrawal import WITHDRAWALS
from monitoring.rulebook import findings


def test_every_flag_has_a_row_with_its_tier_and_source() -> None:
    flags = [flag for form in INSTRUMENTS.values() for flag in form.red_flags]
    flags += [flag for form in CHECKLISTS.values() for flag in form.red_flags]
    rows = [*findings.SAFETY.rows, *findings.BODY.rows]

    assert len(flags) > 5
    for flag in flags:
        assert any(flag.source in row.sources and row.tier == flag.tier for row in rows), flag.item


def test_a_row_of_a_flag_says_from_which_answer_and_with_which_medicine() -> None:
    [item_9] = [row for row in findings.SAFETY.rows if row.rule.startswith("PHQ-9")]
    [rash] = [row for row in findings.BODY.rows if "Rash" in row.rule]

    assert item_9.line == "“Several days” or more; 2 or more, or a rise, is put first"
    assert "lamotrigin" in rash.needs


def test_every_kind_of_medicine_with_withdrawal_has_a_row() -> None:
    named = [row.rule for row in findings.STOPS.rows if row.rule.startswith("Kind: ")]

    assert len(named) == len(WITHDRAWALS)


def test_the_lines_are_those_of_the_rules() -> None:
    [stop] = [row for row in findings.STOPS.rows if row.rule == "Symptoms after a stop"]

    assert stop.line.startswith(f"{DEFAULT.stop_symptoms} of 16")
