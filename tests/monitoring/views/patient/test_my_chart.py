"""The patient's own chart."""

from django.test import Client
from django.urls import reverse

from tests.conftest import World


def test_my_chart_speaks_to_the_patient(world: World, client: Client) -> None:
    client.force_login(world.ann)

    response = client.get(reverse("my_chart"))

    assert response.status_code == 200
    assert "Your first dots appear" in response.content.decode()
