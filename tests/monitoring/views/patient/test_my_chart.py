"""The patient's own chart."""

import re

from django.test import Client
from django.urls import reverse

from monitoring.models import Signal
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.courses import FALL, make_course


def test_my_chart_speaks_to_the_patient(world: World, client: Client) -> None:
    client.force_login(world.ann)

    response = client.get(reverse("my_chart"))

    assert response.status_code == 200
    assert "Your first dots appear" in response.content.decode()


OWN_PAGES = ("home", "my_chart", "my_plan", "my_settings", "my_reminders", "my_requests", "my_download")


def test_a_chance_is_shown_to_the_care_team_and_on_no_page_of_the_patient(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        episode = make_course(world, FALL)
        (signal,) = Signal.objects.filter(episode=episode, kind="deterioration")
    assert signal.chance is not None
    told = re.compile(rf"simulated people|\b{round(100 * signal.chance)}\s?%")
    person = reverse("trajectory", args=[episode.pk])
    plain = f"{reverse('summary', args=[episode.pk])}?for=patient"

    client.force_login(world.chris)
    team, to_take_home = client.get(person).content.decode(), client.get(plain).content.decode()
    client.force_login(world.ann)
    own = {name: client.get(reverse(name)) for name in OWN_PAGES}

    assert told.search(team)
    assert "Mood" in to_take_home and not told.search(to_take_home)
    for name, response in own.items():
        assert response.status_code == 200, name
        content = response.getvalue() if response.streaming else response.content
        # What stands in tags are places of a chart.
        assert not told.search(re.sub(r"<[^>]*>", " ", content.decode(errors="replace"))), name
