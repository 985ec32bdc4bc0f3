"""What falls into days on which nobody is there: visits that were planned, and answers that were promised."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from monitoring.models import Alert, Review
from patients import zones
from patients.models import Clinic


@dataclass(frozen=True, kw_only=True)
class Fallen:
    """How much falls into some days."""

    reviews: int
    alerts: int


def count(clinic: Clinic, first: date, last: date) -> Fallen:
    """Count the planned reviews and the open alerts whose time ends within days of the present clinic.

    Args:
        clinic: on whose calendar.
        first: the first day.
        last: the last day, included.
    """
    begins = zones.local_instant(first, time(0), clinic.time_zone)
    ends = zones.local_instant(last + timedelta(days=1), time(0), clinic.time_zone)
    reviews = Review.objects.filter(held_at__isnull=True, missed_at__isnull=True)
    return Fallen(
        reviews=reviews.filter(planned_at__gte=begins, planned_at__lt=ends).count(),
        alerts=Alert.objects.open().filter(due_at__gte=begins, due_at__lt=ends).count(),
    )
