"""The inbox: which alerts, in which words, and the clock of each."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.worklists import queues
from tests.conftest import World

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday, one o'clock in Berlin


@pytest.mark.parametrize(
    ("due_in", "words", "is_over"),
    [
        (timedelta(minutes=38, seconds=10), "38 min left", False),
        (timedelta(hours=5), "Due 18:00", False),
        (timedelta(days=2), "Due Fri 13:00", False),
        (timedelta(days=10), "Due 28 Nov", False),
        (-timedelta(seconds=5), "1 min overdue", True),
        (-timedelta(minutes=59), "59 min overdue", True),
        (-timedelta(hours=6, minutes=50), "6 h overdue", True),
        (-timedelta(hours=47), "47 h overdue", True),
        (-timedelta(days=3), "3 days overdue", True),
        (None, "No deadline", False),
    ],
    ids=str,
)
def test_the_clock_speaks_in_words(north: World, due_in: timedelta | None, words: str, is_over: bool) -> None:
    alert = Alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW)
    alert.due_at = NOON + due_in if due_in is not None else None

    said = queues.clock(alert, at=NOON)

    assert (said.words, said.is_over) == (words, is_over)


def test_the_clock_is_the_clinics_own(north: World) -> None:
    north.episode.clinic.time_zone = "America/New_York"
    alert = Alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW)
    alert.due_at = NOON + timedelta(hours=5)

    assert queues.clock(alert, at=NOON).words == "Due 12:00"
