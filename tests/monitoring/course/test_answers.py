"""One check-in looked into: every answer beside the one before, both versions of a corrected one."""

from datetime import timedelta

import pytest

from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import answers
from monitoring.engine.records import Domain
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.sending import STEADY, correct, submit


@pytest.mark.parametrize(("hours", "labelled"), [(1, False), (8.4, False), (8.6, True), (40, True)])
def test_until_midnight_a_change_has_no_label(planned: World, hours: float, labelled: bool) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    corrected = correct(
        planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}), at=NOW + timedelta(hours=hours)
    )

    assert answers.is_labelled_corrected(corrected.check_in) is labelled
    assert not answers.is_labelled_corrected(original)
