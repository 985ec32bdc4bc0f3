"""The admin's page about who is told when nobody answers."""

from typing import Any

from django.test import Client

from monitoring.escalation import policies
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.views.inviting import signed_in

URL = "/clinic/responders/"


def sent(world: World, **more: Any) -> dict[str, Any]:
    people = {"second": world.cora.pk, "lead": "", "on_call": ""}
    return {"number": 0, "second_after": 45, "lead_after": 120, "everyone_after": 240, **people, **more}


def test_a_version_is_made_and_the_page_shows_it(world: World) -> None:
    page = signed_in(world.sam).post(URL, sent(world), follow=True).content.decode()

    assert "45, 120, 240" in page
    with clinic_context(clinic_id=world.clinic.pk):
        present = policies.present()
        assert present is not None and present.second == world.cora


def test_minutes_that_do_not_rise_and_people_who_may_not_see_everyone_are_refused(world: World) -> None:
    client = signed_in(world.sam)

    assert client.post(URL, sent(world, lead_after=45)).status_code == 422
    assert client.post(URL, sent(world, second=world.chris.pk)).status_code == 422
    assert client.post(URL, sent(world, second=world.eve.pk)).status_code == 422


def test_who_comes_second_is_told(world: World) -> None:
    client = signed_in(world.sam)
    client.post(URL, sent(world))

    answer = client.post(URL, sent(world, lead=world.cora.pk))

    assert answer.status_code == 422
    assert "Somebody else changed this meanwhile" in answer.content.decode()


def test_nobody_but_the_admin_sees_it(world: World, client: Client) -> None:
    for who in (world.ann, world.chris, world.cora, world.eve):
        assert signed_in(who).get(URL).status_code == 404
