"""Who reads which page of a patient's rights."""

from typing import Any

from django.test import Client
from django.urls import reverse

from patients.models import SafetyPlan
from patients.rights import safety_plans
from tests.conftest import World
from tests.factories import NOW

WORDS = {
    "warning_signs": "I stop answering messages",
    "people_to_ask": "Maria, my sister, 07700 900123\nTom next door",
    "professionals": "Crisis line: 116 123\nDr Rao +44 (0)20 7946 0000",
    "reasons": "Since 1998: the dog",
}


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(getattr(world, name))
    return client


def page(world: World, name: str, route: str, *args: Any, query: str = "") -> str:
    answer = signed_in(world, name).get(reverse(route, args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def write_plan(world: World, **words: str) -> SafetyPlan:
    return safety_plans.save_safety_plan(patient=world.episode.patient, words=WORDS | words, by=world.ann, at=NOW)
