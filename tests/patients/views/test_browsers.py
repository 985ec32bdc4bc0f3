"""What belongs to the browser someone sits at: its language, and the end of every session elsewhere."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import World


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("next_page", "goes_to"), [("/help/", "/help/"), ("https://elsewhere.example/", "/"), ("//elsewhere.example", "/")]
)
def test_a_chosen_language_leads_back_to_a_page_of_ours_alone(client: Client, next_page: str, goes_to: str) -> None:
    answer = client.post(reverse("choose_language"), {"language": "de", "next": next_page})

    assert answer.headers["Location"] == goes_to


def test_signing_out_everywhere_ends_the_session_of_every_browser(world: World) -> None:
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        browser.force_login(world.ann)

    here.post(reverse("sign_out_everywhere"))

    for browser in (here, elsewhere):
        assert browser.get(reverse("my_chart")).status_code == 302
