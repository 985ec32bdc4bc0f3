"""Asking once more who is there."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.conftest import World
from tests.patients.access.browsers import move_session


@pytest.mark.parametrize("path", ["/me/download/", "/accounts/2fa/totp/activate/"])
def test_who_has_no_password_signs_in_anew_before_what_a_lost_phone_must_not_do(
    client: Client, world: World, path: str
) -> None:
    world.ann.set_unusable_password()
    world.ann.save()
    client.force_login(world.ann)
    move_session(client, signed_in_at=timedelta(minutes=6), active_at=timedelta(0))

    response = client.get(path)

    assert response.headers["Location"].startswith("/accounts/login/?next=")
    assert "_auth_user_id" not in client.session
