"""A clinic in any zone with any staffed hours, and moments on its clock."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from patients.models import Clinic

ZONES = [
    "America/Los_Angeles", "America/St_Johns", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati",
]  # fmt: skip


def clinic(
    zone: str, *, opens: time = time(9), closes: time = time(17), days: tuple[int, ...] = (1, 2, 3, 4, 5)
) -> Clinic:
    return Clinic(name="C", public_name="C", time_zone=zone, staffed_from=opens, staffed_until=closes,
                  staffed_weekdays=list(days))  # fmt: skip


def local(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]


EVENING = datetime(2026, 11, 25, 19, 42, tzinfo=UTC)
