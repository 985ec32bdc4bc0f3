"""People with scores, and instruments that a clinic declares."""

from monitoring.engine.records import Direction
from monitoring.models import ClinicInstrument
from monitoring.outcomes.survival import Watched


def watched(*weeks: float) -> list[Watched]:
    """Return people; a negative number left before it happened."""
    return [Watched(weeks=abs(week), happened=week > 0) for week in weeks]


def declare(code: str, direction: Direction = Direction.HIGHER_IS_WORSE, **lines: float) -> None:
    ClinicInstrument.objects.create(
        code=code, name=code, direction=direction.value, minimum=0, maximum=56, source="Own rule", **lines
    )
