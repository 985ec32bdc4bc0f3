"""Medicines after whose stop withdrawal is known."""

import pytest

from monitoring.engine.detectors.withdrawal import WITHDRAWALS, Begins, StopWarning, withdrawal_of


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sertraline", "antidepressant"),
        ("sertralin 50 mg", "antidepressant"),
        ("Venlafaxin retard", "antidepressant"),
        ("PREGABALIN", "gabapentinoid"),
        ("Zopiclone 7.5", "benzodiazepine"),
        ("Quetiapin", "antipsychotic"),
        ("Tilidin/Naloxon", "opioid"),
        ("Ibuprofen", None),
        ("Lithium", None),
        ("", None),
    ],
)
def test_a_medicine_is_known_by_the_beginning_of_a_word_of_its_name(name: str, code: str | None) -> None:
    known = withdrawal_of(name)

    assert (known.code if known else None) == code


def test_long_acting_antidepressants_begin_late_and_dangerous_stops_carry_a_warning() -> None:
    assert [withdrawal_of(name).begins for name in ("fluoxetine", "vortioxetine", "paroxetine")] == [
        Begins.WEEKS,
        Begins.WEEKS,
        Begins.DAYS,
    ]
    assert withdrawal_of("lorazepam").warning is StopWarning.FITS
    assert withdrawal_of("morphine").warning is StopWarning.DISTRESS


def test_each_kind_names_its_source_and_no_name_stands_in_two() -> None:
    names = [name for kind in WITHDRAWALS for name in kind.names]

    assert all(kind.source for kind in WITHDRAWALS)
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
