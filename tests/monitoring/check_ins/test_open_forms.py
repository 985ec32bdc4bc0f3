"""The form that is being filled in."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.check_ins import open_forms, weeks
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.views.patient.test_check_ins import START, step


def test_two_weeks_in_two_windows_never_mix(ann: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        late = weeks.late_slot(world.episode, at=timezone.now())
        present = plans.open_slot(world.episode, at=timezone.now())
    ann.post(START, {"form": "late", "slot": str(late.pk)})
    ann.post(START, {"form": "full"})
    ann.post(step(1), {"sleep": "1", "slot": str(late.pk)})
    ann.post(reverse("autosave", args=[1]), {"sleep": "9", "slot": str(present.pk)})

    with clinic_context(clinic_id=world.clinic.pk):
        kept = {
            slot: open_forms.open_form(world.episode, slot_id=slot.pk, at=timezone.now()) for slot in (late, present)
        }
        assert {slot.pk: draft.answers for slot, draft in kept.items()} == {
            late.pk: {"sleep": 1},
            present.pk: {"sleep": 9},
        }
