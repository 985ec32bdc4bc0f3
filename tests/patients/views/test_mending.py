"""The pages on which the team puts right what was entered wrong."""

from django.test import Client
from django.urls import reverse

from tests.conftest import World
from tests.patients.care.trying import start


def test_the_persons_page_leads_to_details_and_entries(north: World, client: Client) -> None:
    start(north, "Sertraline", kind="medication")
    client.force_login(north.chris)

    page = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()
    listed = client.get(reverse("episode_entries", args=[north.episode.pk])).content.decode()

    for route in ("edit_details", "episode_entries"):
        assert reverse(route, args=[north.episode.pk]) in page
    assert "Sertraline" in listed and "/take-out/" in listed


def test_an_episode_without_entries_says_so(north: World, client: Client) -> None:
    client.force_login(north.chris)

    page = client.get(reverse("episode_entries", args=[north.episode.pk])).content.decode()

    assert "Nothing has been recorded yet." in page
