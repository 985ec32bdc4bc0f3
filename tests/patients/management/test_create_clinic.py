"""The command that makes a clinic."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from patients.models import Clinic
from tests.patients.views.inviting import (
    PASSWORD,
)


def test_create_clinic_prints_a_link_that_opens_the_first_admins_account(db: None) -> None:
    out = StringIO()
    call_command(
        "create_clinic",
        name="Harbour Clinic",
        public_name="Harbour",
        time_zone="Europe/Paris",
        admin_email="Admin@Harbour.example",
        stdout=out,
    )
    path = re.search(r"http://127\.0\.0\.1:8000(/join/\S+)", out.getvalue())
    assert path is not None
    client = Client()

    client.post(path.group(1), {"name": "Ada Admin", "password": PASSWORD})

    assert client.get("/clinic/people/").status_code == 200


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars"}, {"admin_email": "ada"}], ids=str)
def test_create_clinic_refuses_nonsense_in_one_sentence(db: None, wrong: dict[str, str]) -> None:
    options = {"name": "Harbour Clinic", "public_name": "Harbour", "time_zone": "UTC", "admin_email": "a@b.example"}

    with pytest.raises(CommandError):
        call_command("create_clinic", **(options | wrong))
    assert not Clinic.objects.exists()
