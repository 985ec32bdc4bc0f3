"""Runs inside an installation of its own: makes the tables, a clinic, and people who each have a week to answer.

Prints what a client needs, as JSON: for every person a session, an episode and an open week.
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.test import Client
from django.utils import timezone

from config.management.commands.serve import bring_up_to_date
from patients.models import User
from patients.models.people import Role
from patients.tenancy import clinic_transaction
from tests import factories


@dataclass(frozen=True)
class Patient:
    """What a patient's device knows."""

    name: str
    episode: str
    slot: str
    session: str


@dataclass(frozen=True)
class Population:
    """Everyone who can sign in."""

    clinic: str
    coordinator: str
    patients: list[Patient]


def session_of(user: User) -> str:
    """Sign someone in and return the session's key."""
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


def make_patient(number: int, lead: User, at: datetime) -> Patient:
    """Make a patient whose week opened two days ago, so that it stays open all day."""
    opened = at - timedelta(days=2)
    name = f"Person Number{number:04}"
    user = factories.make_user(f"p{number}@north.example", name=name, roles=(Role.PATIENT,))
    episode = factories.make_episode(
        factories.make_patient(name, user=user), team=(lead,), started_on=(at - timedelta(weeks=10)).date()
    )
    factories.make_plan(episode, starts_on=opened.date(), weekday=opened.isoweekday())
    slot = factories.open_week(episode, at=at)
    return Patient(name, str(episode.pk), str(slot.pk), session_of(user))


def make(count: int) -> Population:
    """Make the clinic and its people in one go."""
    at = timezone.now()
    with transaction.atomic():
        clinic = factories.make_clinic(at=at)
    with clinic_transaction(clinic_id=clinic.pk):
        chris = factories.make_user("chris@north.example", roles=(Role.CLINICIAN,))
        cora = factories.make_user("cora@north.example", roles=(Role.COORDINATOR,))
        patients = [make_patient(number, chris, at) for number in range(count)]
        return Population(str(clinic.pk), session_of(cora), patients)


def main(count: int) -> None:
    """Make everything and print it."""
    bring_up_to_date()
    sys.stdout.write(json.dumps(asdict(make(count))))
