"""Clinics with a simulated past, written straight into the tables: hundreds of people, as an import would bring them."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from monitoring.engine import Domain
from monitoring.engine.detectors.series import flip
from monitoring.engine.lab.people.simulate import Shape, simulate
from monitoring.models import CheckIn
from patients.models import Episode, Patient
from patients.tenancy import current_clinic_id, uuid7
from tests.factories import NOW


def make_past(*, people: int, weeks: int, seed: int, shape: Shape = Shape.STABLE, until: datetime = NOW) -> list[UUID]:
    """Write people with weekly ratings from World A, the newest at `until`, and return their episodes."""
    window = (weeks // 4, weeks // 2) if shape is not Shape.STABLE else (26, 79)
    panel = simulate(n=people, seed=seed, t=weeks, shape=shape, onset_between=window)
    started = (until - timedelta(weeks=weeks)).date()
    patients = [Patient(clinic_id=current_clinic_id(), name=f"P {n}", created_at=until) for n in range(people)]
    Patient.objects.bulk_create(patients)
    episodes = [
        Episode(id=uuid7(), clinic_id=patient.clinic_id, patient=patient, started_on=started, changed_at=until)
        for patient in patients
    ]
    Episode.objects.bulk_create(episodes)
    for episode, ratings in zip(episodes, panel.ratings, strict=True):
        _write(episode, ratings, started, until)
    return [episode.pk for episode in episodes]


def _write(episode: Episode, ratings: NDArray[np.float64], started: date, until: datetime) -> None:
    natural = np.stack([flip(ratings[:, d], domain.direction, 0, 10) for d, domain in enumerate(Domain)], axis=1)
    rows = []
    for week, answers in enumerate(natural, start=1):
        if np.isnan(answers).all():
            continue
        about_on = started + timedelta(weeks=week)
        given = {domain.value: None if np.isnan(v) else int(v) for domain, v in zip(Domain, answers, strict=True)}
        entered = until - timedelta(days=(until.date() - about_on).days)
        rows.append(
            CheckIn(
                clinic_id=episode.clinic_id,
                episode=episode,
                client_key=uuid4(),
                body_digest="x",
                about_on=about_on,
                submitted_at=entered,
                **given,
            )
        )
    CheckIn.objects.bulk_create(rows)
