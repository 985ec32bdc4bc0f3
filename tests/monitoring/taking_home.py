"""Whose page it is, what was agreed, and what a person takes home."""

import io
import zipfile
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.models import AgreedAction, Review
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from monitoring.take_home import columns
from patients.rights import own_record as care_record
from tests.conftest import World
from tests.factories import NOW
from tests.furnished import Furnished

SOURCES = (*care_record.SOURCES, *columns.SOURCES)


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(getattr(world, name))
    return client


def plan_review(world: World, *, in_days: int = 7) -> Review:
    now = timezone.now()
    return reviews.plan(episode=world.episode, planned_at=now + timedelta(days=in_days), by=world.chris, at=now)


def agree(world: World, text: str, owner: ActionOwner = ActionOwner.PATIENT, **more: Any) -> AgreedAction:
    return reviews.agree(episode=world.episode, text=text, owner=owner, by=world.chris, at=NOW, **more)


def archive_of(furnished: Furnished, person: str) -> zipfile.ZipFile:
    answer = signed_in(furnished.world, person).post(reverse("my_download"), {"form": "zip"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))
