"""From which score on something counts."""

import pytest

from monitoring.engine.records import InstrumentSpec
from monitoring.outcomes import thresholds
from tests.monitoring.outcomes.scored import BETTER, WORSE


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [(7, WORSE, True), (8, WORSE, False), (51, BETTER, True), (50, BETTER, False)],
)
def test_the_remission_line_itself_does_not_count(value: float, spec: InstrumentSpec, expected: bool) -> None:
    assert thresholds.is_remission(value, spec) is expected
