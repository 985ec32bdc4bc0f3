"""Nights of a wearable, brought in by the import of series."""

from datetime import timedelta

from monitoring.demo import nights
from monitoring.models import Alert, Score
from patients.models import Patient
from tests.conftest import World
from tests.factories import NOW

TODAY = NOW.date()


def test_each_night_is_a_value_of_its_day_up_to_last_night(north: World) -> None:
    nights.bring(responsible=north.chris, today=TODAY, at=NOW, hours=(6.5, 7.0))

    assert list(Score.objects.order_by("about_on").values_list("about_on", "value")) == [
        (TODAY - timedelta(days=2), 6.5),
        (TODAY - timedelta(days=1), 7.0),
    ]


def test_it_belongs_to_somebody_who_came_with_it_and_pages_nobody(north: World) -> None:
    before = Patient.objects.count()

    nights.bring(responsible=north.chris, today=TODAY, at=NOW, hours=(3.0, 12.0))

    assert Patient.objects.count() == before + 1
    assert Patient.objects.get(name=nights.WEARER).user is None
    assert not Alert.objects.exists()
