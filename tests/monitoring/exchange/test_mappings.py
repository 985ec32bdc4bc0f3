"""What a mapping declares, and what it cannot."""

from pathlib import Path

import pytest

from monitoring import exchange
from monitoring.exchange import MappingRefused
from tests.monitoring.exchange.series import MAPPINGS


def test_an_instrument_of_the_command_line() -> None:
    spec = exchange.instrument_from_text(
        "HAM-D:higher_is_worse:0:52:response_drop=0.5:remission_below=8:source=Frank 1991"
    )

    assert (spec.minimum, spec.maximum, spec.response_drop, spec.remission_below) == (0, 52, 0.5, 8)
    assert spec.sources == {"all": "Frank 1991"}
    assert spec.is_judged


def test_a_measure_without_a_line_is_never_judged() -> None:
    assert not exchange.instrument_from_text("sodium:higher_is_better:100:200").is_judged


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HAM-D", "expected CODE:direction:minimum:maximum"),
        ("HAM-D:sideways:0:52", "direction must be one of"),
        ("HAM-D:higher_is_worse:52:0", "minimum must lie below maximum"),
        ("HAM-D:higher_is_worse:0:x", "maximum must be a number"),
        ("HAM-D:higher_is_worse:0:nan", "must be finite"),
        ("HAM-D:higher_is_worse:0:52:remision=7", "unknown remision"),
        (":higher_is_worse:0:52", "code must be text"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(MappingRefused, match=says):
        exchange.instrument_from_text(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("people = ", "not TOML"),
        ("poeple = 'x'", "unknown poeple"),
        ("instrument = 3", r"write \[\[instrument\]\]"),
        ("[[intervention]]\nname = 'x'", "kind must be one of"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nfrom_day = -1", "from_day must be a whole number"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nfrom_day = 3\nuntil_day = 2", "until_day lies before"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\namount = -1", "amount must lie between 0 and 999999"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\namount = 1e9", "amount must lie between 0 and 999999"),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nfrom_day = 1000000000", "a whole number of days, 0 to 36525"),
        ('people = "a\\u0000b"', "printable characters"),
        (
            2 * "[[instrument]]\ncode = 'X'\ndirection = 'higher_is_worse'\nminimum = 0\nmaximum = 9\n",
            "X stands there twice",
        ),
        ("[[intervention]]\nname = 'x'\nkind = 'other'\nwhen = 'a'", "write when"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(MappingRefused, match=says):
        exchange.read_mapping(text)


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_mapping_that_ships_can_be_read_and_names_its_sources(path: Path) -> None:
    mapping = exchange.read_mapping(path.read_text(encoding="utf-8"))

    assert mapping.instruments
    assert mapping.interventions
    assert all(spec.sources["all"] != exchange.mappings.UNKNOWN_SOURCE for spec in mapping.instruments.values())
