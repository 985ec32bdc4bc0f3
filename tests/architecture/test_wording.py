"""Every number has a source, every rating the words that were agreed."""

import pytest

from monitoring import engine
from monitoring.engine.instruments import UNCLAIMED
from monitoring.engine.sources.rule_source import RuleSource


@pytest.mark.parametrize("code", engine.INSTRUMENTS)
def test_every_number_of_an_instrument_has_its_source(code: str) -> None:
    instrument = engine.INSTRUMENTS[code]
    numbers = {name for name in ("sem", "reliable_change", "mcid", "response_drop", "remission_below", "relapse_at")
               if getattr(instrument, name) is not None}  # fmt: skip

    assert instrument.licence
    assert instrument.sources
    assert all(isinstance(instrument.sources[name], RuleSource) for name in set(instrument.sources) - UNCLAIMED)
    assert numbers <= set(instrument.sources), numbers - set(instrument.sources)
