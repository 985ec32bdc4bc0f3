"""Nights that a wearable has counted, brought in by the import of series: hours of sleep, shown and never judged.

The import knows people by the number of its file and by the name it gave them itself. So the nights belong to somebody
who came with them, not to a person of the other stories.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from monitoring.exchange import files, imports, mappings
from patients.models import User

PEOPLE, NUMBER = "Sleep clinic", "1042"
WEARER = f"{PEOPLE} {NUMBER}"
# No line and no good end: what a wearable takes for sleep is not what a sleep laboratory measures.
MAPPING = f"""
people = "{PEOPLE}"
problems = "Poor sleep"

[[instrument]]
code = "SLEEP-TRACKER"
name = "Hours asleep, as a wristband counted them"
direction = "neutral"
minimum = 0
maximum = 14
source = "The person's own wearable: it counts movement and pulse, and decides nothing here."
"""
# Up to last night.
HOURS = (6.1, 5.8, 6.6, 7.0, 6.4, 5.2, 6.9, 6.3, 6.7, 7.1, 6.0, 5.9, 6.8, 6.5, 6.2, 7.2, 6.6, 5.7, 6.4, 6.9, 7.0)


def bring(*, responsible: User, today: date, at: datetime, hours: Sequence[float] = HOURS) -> None:
    """Import one value for each night, as an operator does."""
    mapping = mappings.read_mapping(MAPPING)
    rows = [f"sleep_clinic,{NUMBER},{day},,SLEEP-TRACKER,{value}" for day, value in enumerate(hours)]
    content = "\n".join(["dataset,subject,day,week,instrument,value", *rows])
    imports.import_series(
        file=files.read_series(content.encode(), mapping.instruments),
        mapping=mapping,
        start_on=today - timedelta(days=len(hours)),
        responsible=responsible,
        by=None,
        at=at,
    )
