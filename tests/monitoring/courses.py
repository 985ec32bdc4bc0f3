"""Courses that tests read: a history that was assessed, and what was found in it."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from monitoring.assessments import assessments
from monitoring.attention import needs
from monitoring.course.pictures import Course, Panel
from monitoring.engine import FindingKind, Tier
from monitoring.models import Assessment, CheckIn, Score, Signal
from monitoring.worklists import caseloads
from monitoring.worklists.caseloads import Filters
from patients.models import Episode, User
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

STEADY: list[int | None] = [6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6, 5, 6, 6, 5]
FALL: list[int | None] = [*STEADY[:12], 3, 2, 2, 1]


def make_course(
    world: World, moods: list[int | None], episode: Episode | None = None, by: User | None = None
) -> Episode:
    """Give an episode a history and assess it."""
    episode = episode or world.episode
    factories.make_plan(episode, starts_on=(NOW - WEEK * (len(moods) - 1)).date())
    factories.make_history(episode, by=by or world.ann, moods=moods)
    assessments.assess_as_of(episode=episode, as_of=NOW, at=NOW)
    return episode


def load(user: User, roles: set[str], **filters: Any) -> caseloads.Caseload:
    asked = Filters(**filters)
    return caseloads.load_caseload(user=user, roles=frozenset(roles), filters=asked, at=NOW)


def panel_of(course: Course, key: str) -> Panel:
    return next(panel for panel in course.panels if panel.key == key)


def judge(episode: Episode, *found: tuple[FindingKind, Tier, str], at: datetime = NOW) -> Assessment:
    """Store an assessment that found what is given: kind, tier, rating."""
    run = Assessment.objects.create(episode=episode, as_of=at, engine_version="0", rules_digest="", assessed_at=at)
    for kind, tier, domain in found:
        Signal.objects.create(assessment=run, episode=episode, kind=kind, tier=tier, domain=domain)
    needs.update(episode_ids=[episode.pk], at=NOW)
    return run


def answer_once(world: World, episode: Episode) -> None:
    """Store one check-in of an episode, at NOW."""
    CheckIn.objects.create(
        episode=episode, client_key=uuid4(), body_digest="x", about_on=NOW.date(), submitted_at=NOW, mood=6
    )


def import_scores(world: World, *values: float) -> None:
    """Give Ann weekly scores of an instrument that ended in February, and no ratings."""
    for week, value in enumerate(values):
        Score.objects.create(
            episode=world.episode,
            instrument="HAM-D",
            instrument_version="1",
            about_on=date(2026, 2, 9) - WEEK * (len(values) - 1 - week),
            entered_at=NOW,
            value=value,
        )
