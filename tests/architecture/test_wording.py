"""Every number has a source, every rating the words that were agreed."""

from dataclasses import fields

import pytest

from monitoring import engine
from monitoring.engine.rules import RuleSet


def test_every_threshold_has_a_unit_and_a_source() -> None:
    bare = [rule.name for rule in fields(RuleSet) if not rule.metadata.get("unit") or not rule.metadata.get("source")]

    assert bare == []


@pytest.mark.parametrize("code", engine.INSTRUMENTS)
def test_every_number_of_an_instrument_has_its_source(code: str) -> None:
    instrument = engine.INSTRUMENTS[code]
    numbers = {name for name in ("sem", "reliable_change", "mcid", "response_drop", "remission_below", "relapse_at")
               if getattr(instrument, name) is not None}  # fmt: skip

    assert instrument.licence
    assert instrument.sources
    assert all(source.strip() for source in instrument.sources.values())
    assert numbers <= set(instrument.sources), numbers - set(instrument.sources)
