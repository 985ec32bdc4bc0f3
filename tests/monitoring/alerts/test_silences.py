"""Alerts about silence speak of today."""

from django.utils import timezone

from monitoring.engine.records import FindingKind
from monitoring.models import CheckIn, CheckInSlot, Signal
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.views.team.readers import signed_in, silent_for


def test_the_numbers_of_a_silence_are_as_of_today(world: World) -> None:
    alert = silent_for(world, weeks=4)
    with clinic_context(clinic_id=world.clinic.pk):
        stored = Signal.objects.get(kind=FindingKind.LOST_CONTACT).parts
        missed = CheckInSlot.objects.filter(missed_at__isnull=False).count()
        last_on = CheckIn.objects.get().about_on
    today = plans.local_day(timezone.now(), world.episode.patient.time_zone)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()
    queue = signed_in(world.chris).get("/alerts/").content.decode()

    assert stored["missed"] < missed
    assert f"{missed} missed in a row" in page and f"{missed} missed in a row" in queue
    assert f">{(today - last_on).days}<" in page
    assert f">{stored['silent_days']}<" not in page
