"""People with scores, and instruments that a clinic declares."""

from datetime import date, timedelta

from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.models import ClinicInstrument, Score
from monitoring.outcomes.curves import Curve, CurvePoint
from monitoring.outcomes.estimates.survival import Watched
from monitoring.outcomes.score_courses import DatedScore, ScoreCourse
from patients.models import Episode
from tests import factories
from tests.conftest import World
from tests.factories import NOW

WORSE = InstrumentSpec(
    code="HAM-D",
    version="1",
    name="HAM-D",
    direction=Direction.HIGHER_IS_WORSE,
    minimum=0,
    maximum=52,
    response_drop=0.5,
    remission_below=8,
)
BETTER = InstrumentSpec(
    code="WHO-5",
    version="1",
    name="WHO-5",
    direction=Direction.HIGHER_IS_BETTER,
    minimum=0,
    maximum=100,
    response_drop=0.5,
    remission_below=50,
    reliable_change=20,
)


def watched(*weeks: float) -> list[Watched]:
    """Return people; a negative number left before it happened."""
    return [Watched(weeks=abs(week), happened=week > 0) for week in weeks]


def declare(code: str, direction: Direction = Direction.HIGHER_IS_WORSE, version: str = "1", **lines: float) -> None:
    ClinicInstrument.objects.create(
        code=code,
        version=version,
        name=code,
        direction=direction.value,
        minimum=0,
        maximum=56,
        source="Own rule",
        **lines,
    )


def at_week(curve: Curve, week: int) -> CurvePoint:
    return next(reading for reading in curve.at if reading.week == week)


def make_scores(
    world: World, *, people: int, first: int, last: int, started: date, prefix: str, instrument: str = "PHQ-9"
) -> list[Episode]:
    """Make people with a score at the start, one eight weeks later, and one two weeks after it that says the same."""
    made = []
    for number in range(people):
        patient = factories.make_patient(f"{prefix} {number}")
        episode = factories.make_episode(patient, team=(world.chris,), started_on=started)
        for week, value in ((0, first), (8, last), (10, last)):
            Score.objects.create(
                episode=episode,
                instrument=instrument,
                instrument_version="1",
                about_on=started + timedelta(weeks=week),
                entered_at=NOW,
                value=value,
            )
        made.append(episode)
    return made


def course(*values: float, person: str = "1", every: int = 7, observed: int | None = None) -> ScoreCourse:
    visits = tuple(DatedScore(day=every * number, value=value) for number, value in enumerate(values))
    return ScoreCourse(person=person, visits=visits, observed_days=visits[-1].day if observed is None else observed)


def declare_hamilton(code: str = "HAM-D") -> None:
    ClinicInstrument.objects.create(
        code=code,
        name=code,
        direction=Direction.HIGHER_IS_WORSE.value,
        minimum=0,
        maximum=52,
        response_drop=0.5,
        remission_below=8,
        source="test",
    )


def add_scores(episode: Episode, *values: float | None) -> None:
    for week, value in enumerate(values):
        Score.objects.create(
            episode=episode,
            instrument="HAM-D",
            instrument_version="1",
            about_on=episode.started_on + timedelta(weeks=week),
            entered_at=NOW,
            value=value,
        )


def add_scores_on(episode: Episode, instrument: str, version: str, weeks: dict[int, float]) -> None:
    """Give someone scores on one form, by week since the start."""
    for week, value in weeks.items():
        Score.objects.create(
            episode=episode,
            instrument=instrument,
            instrument_version=version,
            about_on=episode.started_on + timedelta(weeks=week),
            entered_at=NOW,
            value=value,
        )
