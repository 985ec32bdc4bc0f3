"""Two years of one person: the trajectory with everything on it, against a bare query of the same rows."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.clinic import WEEK, Bench, admit, make_user, statements
from monitoring.assessments import assessments
from monitoring.check_ins import check_ins
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.engine.records import Domain
from monitoring.plans import plans
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models import Episode, User
from patients.models.care import InterventionKind
from patients.models.people import Role
from patients.tenancy import clinic_transaction

WEEKS = 104
INTERVENTIONS = 10
# Source: issue 5, targets.
MOST_MS, MOST_QUERIES, MOST_KILOBYTES = 60, 12, 60
PAGE = "trajectory, 104 weeks"


@dataclass(frozen=True)
class Course:
    """The person with the long past."""

    bench: Bench
    episode: Episode

    @property
    def url(self) -> str:
        """Return the address of everything there is."""
        return f"/p/{self.episode.pk}/?window=all"

    def bare(self) -> object:
        """Fetch the check-ins that the page draws, in one query."""
        with clinic_transaction(clinic_id=self.bench.clinic.pk), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM monitoring_checkin WHERE episode_id = %s", [self.episode.pk])
            return cursor.fetchall()

    def own_queries(self, *, at: datetime) -> int:
        """Return how many queries the page makes beside those of every page: session, role, rule, navigation."""
        with clinic_transaction(clinic_id=self.bench.clinic.pk), CaptureQueriesContext(connection) as captured:
            persons.load_person(self.episode, View(window="all"), at=at)
            return statements(captured)

    def kilobytes(self, client: Client) -> float:
        """Return the size of the page as it travels."""
        response = client.get(self.url, headers={"Accept-Encoding": "gzip"})
        if response.headers.get("Content-Encoding") != "gzip" or not gzip.decompress(response.content):
            raise RuntimeError("the page was not compressed")
        return len(response.content) / 1000


def make(bench: Bench, *, at: datetime) -> Course:
    """Let someone answer every week for two years, while ten things are tried."""
    with clinic_transaction(clinic_id=bench.clinic.pk):
        user = make_user("long", Role.PATIENT, at)
        episode = admit(user, bench.clinician, at, weeks=WEEKS)
        for week in reversed(range(WEEKS)):
            _answer(episode, user, week, at - WEEK * week)
        for number in range(INTERVENTIONS):
            _try(episode, bench.clinician, number, at)
    return Course(bench, episode)


def _answer(episode: Episode, user: User, week: int, at: datetime) -> None:
    """Submit one week of a course with ups, downs and a missed week now and then, and assess it as a worker would."""
    plans.open_due_slots(at=at)
    plans.mark_missed(at=at)
    slot = plans.open_slot(episode, at=at)
    if slot is None or week % 17 == 5:
        return
    ratings = {domain: (week * 7 + 3 * place + week // 13 * place) % 5 + 3 for place, domain in enumerate(Domain)}
    check_ins.submit(
        episode=episode, slot_id=slot.pk, client_key=uuid4(), answers=CheckInAnswers(ratings=ratings), by=user, at=at
    )
    assessments.assess_episode(episode_id=episode.pk, at=at)


def _try(episode: Episode, clinician: User, number: int, at: datetime) -> None:
    """Start something, change it later, and stop every second one."""
    kinds = list(InterventionKind)
    started = (at - WEEK * (WEEKS - 10 * number)).date()
    row = treatments.start_intervention(
        episode=episode,
        kind=kinds[number % len(kinds)],
        name=f"Intervention {number}",
        started_on=started,
        dose=Dose(label="50 mg", amount=Decimal(50), unit="mg"),
        by=clinician,
        at=at,
    )
    treatments.change_intervention(
        intervention=row,
        dose=Dose(label="100 mg", amount=Decimal(100), unit="mg"),
        from_on=started + 4 * WEEK,
        by=clinician,
        at=at,
    )
    if number % 2:
        treatments.stop_intervention(intervention=row, stopped_on=started + 9 * WEEK, reason="", by=clinician, at=at)


def targets(course: Course, client: Client, p95_ms: float, ratio: float) -> Iterator[str]:
    """Say how the page keeps to its targets."""
    found = (
        ("p95 ms", p95_ms, MOST_MS),
        ("own queries", course.own_queries(at=timezone.now()), MOST_QUERIES),
        ("kB compressed", course.kilobytes(client), MOST_KILOBYTES),
    )
    for name, value, most in found:
        word = "kept" if value <= most else "MISSED"
        yield f"target: {PAGE}, {name} <= {most}: {value:.1f} {word} (bare ratio {ratio:.1f})"


def asker(course: Course, client: Client) -> Callable[[], Any]:
    """Return a function that asks for the page."""
    return lambda: client.get(course.url)
