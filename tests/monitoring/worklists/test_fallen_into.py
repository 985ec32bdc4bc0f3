"""What falls into days on which nobody is there."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.models import Review
from monitoring.worklists import fallen_into
from tests.conftest import World
from tests.monitoring.alerts.raising import raise_one


def test_visits_and_promised_answers_of_those_days_are_counted(north: World) -> None:
    zone = ZoneInfo(north.clinic.time_zone)
    Review.objects.create(episode=north.episode, planned_at=datetime(2026, 12, 24, 23, 30, tzinfo=zone))
    Review.objects.create(episode=north.bens_episode, planned_at=datetime(2026, 12, 25, 0, 0, tzinfo=zone))
    alert = raise_one(north)
    alert.due_at = datetime(2026, 12, 24, 17, tzinfo=zone)
    alert.save()

    day = date(2026, 12, 24)
    assert fallen_into.count(north.clinic, day, day) == fallen_into.Fallen(reviews=1, alerts=1)
    assert fallen_into.count(north.clinic, day, day + timedelta(days=1)).reviews == 2
    assert fallen_into.count(north.clinic, day - timedelta(days=1), day - timedelta(days=1)).alerts == 0
