"""Ann's course with everything that can stand on the one page."""

import shutil
import subprocess
from pathlib import Path

import pytest

from monitoring.alerts import evidence
from monitoring.assessments import assessments
from monitoring.course.pictures import Answer, Panel
from monitoring.engine.records import Direction, Tier
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.reviews import summaries
from monitoring.reviews.summaries import Audience, Summary
from patients.care import exposure, treatments
from patients.care.treatments import Dose
from patients.models import Episode
from patients.models.care import InterventionKind
from patients.models.exposure import Kept, Measure
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

FALL = [6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6, 3, 2, 2, 1]
NOTE = "I lie there until three."


def furnish(world: World) -> Episode:
    """Give Ann a course with everything that can stand on the page."""
    episode, at = world.episode, NOW
    Episode.objects.filter(pk=episode.pk).update(goal="Walk to the sea wall")
    episode.refresh_from_db()
    factories.make_plan(episode, starts_on=(NOW - 15 * WEEK).date())
    factories.make_history(episode, by=world.ann, moods=FALL[:-1], until=NOW - WEEK)
    factories.make_check_in(
        episode,
        by=world.ann,
        at=NOW,
        mood=1,
        note=NOTE,
        contact_wish=ContactWish.CONTACT_ME,
        items={"PHQ-9": factories.phq9(item_9=2)},
    )
    medicine = treatments.start_intervention(
        episode=episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - 8 * WEEK).date(),
        dose=Dose(label="50 mg"),
        by=world.chris,
        at=at,
    )
    exposure.record_session(intervention=medicine, on=NOW.date(), kept=Kept.KEPT, by=world.chris, at=at)
    exposure.expect(
        intervention=medicine, measure=Measure.MOOD, points=2, by_on=(NOW + 4 * WEEK).date(), by=world.chris, at=at
    )
    evidence.raise_alert(episode=episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=at)
    assessments.assess_as_of(episode=episode, as_of=NOW, at=NOW)
    return episode


def load(world: World, audience: Audience = Audience.STAFF, at=NOW) -> Summary:
    return summaries.load_summary(episode=world.episode, clinic=world.clinic, audience=audience, by=world.chris, at=at)


def panel(key: str, *, answered: bool = True) -> Panel:
    answers = (Answer(on=NOW.date(), value=3),) if answered else ()
    return Panel(
        key=key, name=key, direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=27, answers=answers, levels=()
    )


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """Return what a reader can copy out of a PDF; skips where poppler is not installed."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    return subprocess.run(
        [program, "-layout", tmp_path / "sheet.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
