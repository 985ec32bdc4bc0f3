"""`manage.py measure_nightly`: how long the nightly comparison takes for many people, measured in this database.

Writes simulated people into a clinic of their own and takes everything back at the end; nothing of it is ever visible.
"""

import time
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from monitoring import engine
from monitoring.assessments import nightly
from monitoring.engine import Domain
from monitoring.engine.detectors.series import RATING_MAXIMUM, RATING_MINIMUM, flip
from monitoring.engine.lab.people.simulate import simulate
from monitoring.models import CheckIn, MonitoringPlan
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients.models import Clinic, Episode, Patient
from patients.tenancy import clinic_context

SEED = 8100
# Answers are drawn for this many people and given to all in turn: drawing is not what is measured.
DRAWN = 1000
WRITE = """
INSERT INTO monitoring_checkin (id, clinic_id, episode_id, client_key, body_digest, about_on, submitted_at, is_late,
  is_short, side_effects, answers, note, note_is_shared, contact_wish, sleep, mood, energy, pain, function)
SELECT gen_random_uuid(), %(clinic)s, episode_id, gen_random_uuid(), '', about_on, about_on + time '18:00', false,
  false, '{}', '{}', '', true, 'just_record', sleep, mood, energy, pain, function
FROM unnest(%(episodes)s::uuid[], %(days)s::date[], %(sleep)s::smallint[], %(mood)s::smallint[],
  %(energy)s::smallint[], %(pain)s::smallint[], %(function)s::smallint[])
  AS given (episode_id, about_on, sleep, mood, energy, pain, function)
"""


class Command(BaseCommand):
    """Measure read, evaluate and write for each chunk, all of them due: the most a night can have to write."""

    help = "Measure the nightly comparison on simulated people in this database; leaves nothing behind."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the size."""
        parser.add_argument("--people", type=int, default=5000)
        parser.add_argument("--weeks", type=int, default=104)

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, measure, take back."""
        at = timezone.now()
        if CheckIn._meta.db_table not in connection.introspection.table_names():
            raise CommandError("the database has no tables yet: start the product once (make run)")
        with transaction.atomic():
            clinic = Clinic.objects.create(name=f"Measurement {uuid4()}", public_name="Measurement", created_at=at)
            with clinic_context(clinic_id=clinic.pk):
                fill(clinic, people=options["people"], weeks=options["weeks"], at=at)
                self.stdout.write(f"{options['people']} people x {options['weeks']} weeks in the database")
                for chunk in nightly.chunks():
                    self.stdout.write(measured(chunk, at))
            transaction.set_rollback(True)


def measured(chunk: nightly.Chunk, at: datetime) -> str:
    """Return the seconds of one chunk: reading, evaluating, writing."""
    began = time.perf_counter()
    people = nightly.read(chunk, rules=engine.DEFAULT)
    read = time.perf_counter()
    due = nightly.changed(people, nightly.judge(people, engine.DEFAULT), engine.DEFAULT)
    judged = time.perf_counter()
    plans.make_due(episode_ids=due, cause=AssessmentCause.PANEL, at=at)
    written = time.perf_counter()
    check_ins = int(people.counts.sum())
    return (
        f"chunk of {chunk.episodes} people, {check_ins} check-ins: read {read - began:.2f} s, "
        f"evaluate {judged - read:.2f} s, write {written - judged:.2f} s ({len(due)} due)"
    )


def fill(clinic: Clinic, *, people: int, weeks: int, at: datetime) -> None:
    """Write people with plans and a check-in for each week that they answered."""
    started = (at - timedelta(weeks=weeks)).date()
    patients = [Patient(clinic=clinic, name=f"Nobody {number}", created_at=at) for number in range(people)]
    Patient.objects.bulk_create(patients, batch_size=1000)
    episodes = [Episode(clinic=clinic, patient=patient, started_on=started, changed_at=at) for patient in patients]
    Episode.objects.bulk_create(episodes, batch_size=1000)
    MonitoringPlan.objects.bulk_create([_plan(episode, started, at) for episode in episodes], batch_size=1000)
    ratings = simulate(n=min(people, DRAWN), seed=SEED, t=weeks).ratings
    for begin in range(0, people, DRAWN):
        _answer(clinic, episodes[begin : begin + DRAWN], ratings, started)


def _plan(episode: Episode, started: date, at: datetime) -> MonitoringPlan:
    return MonitoringPlan(
        clinic_id=episode.clinic_id,
        episode=episode,
        weekday=1,
        local_time=at.time(),
        time_zone="UTC",
        starts_on=started,
    )


def _answer(clinic: Clinic, episodes: list[Episode], ratings: Any, started: date) -> None:
    """Write the answers of some people with one statement."""
    person, week = np.nonzero(~np.isnan(ratings[: len(episodes)]).all(axis=2))
    columns: dict[str, list[Any]] = {
        "episodes": [episodes[row].pk for row in person],
        "days": [started + timedelta(weeks=int(column)) for column in week],
    }
    for d, domain in enumerate(Domain):
        natural = flip(ratings[person, week, d], domain.direction, RATING_MINIMUM, RATING_MAXIMUM)
        columns[domain.value] = [None if np.isnan(value) else int(value) for value in natural]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"clinic": clinic.pk, **columns})
