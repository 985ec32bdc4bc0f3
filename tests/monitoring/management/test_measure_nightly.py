"""The command that measures how long a clinic's night takes."""

from io import StringIO

from django.core.management import call_command

from monitoring.models import CheckIn
from patients.models import Clinic
from tests.conftest import World


def test_the_measurement_leaves_nothing_behind(north: World) -> None:
    before = (Clinic.objects.count(), CheckIn.objects.count())
    out = StringIO()

    call_command("measure_nightly", "--people", "5", "--weeks", "20", stdout=out)

    assert "chunk of 5 people" in out.getvalue()
    assert "(5 due)" in out.getvalue()
    assert (Clinic.objects.count(), CheckIn.objects.count()) == before
