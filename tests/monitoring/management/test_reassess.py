"""The command that assesses a clinic anew."""

from io import StringIO

from django.core.management import call_command

from tests.conftest import World


def test_the_command_says_how_far_it_is_and_finishes(unheard: World) -> None:
    before, after = StringIO(), StringIO()

    call_command("reassess", "--status", stdout=before)
    call_command("reassess", stdout=after)

    assert "Northgate Clinic: 1 of 1 episodes not on the present version yet" in before.getvalue()
    assert "Northgate Clinic: 0 of 1 episodes not on the present version yet" in after.getvalue()
