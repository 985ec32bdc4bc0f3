"""What tests of a week send: answers, corrections, medicines and their symptoms."""

from datetime import date, timedelta
from uuid import uuid4

from monitoring.check_ins import check_ins, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine import CHECKLISTS
from monitoring.engine.records import Domain
from monitoring.models import CheckIn, CheckInSlot
from monitoring.plans import medicines, plans
from monitoring.plans.medicines import ABSENT, MedicineAnswers
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models import Intervention
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW

SIDE_EFFECTS = CHECKLISTS[medicines.SIDE_EFFECTS]
STEADY: dict[Domain, int | None] = dict.fromkeys(Domain, 6)
WALK = {"wording": "How far could I walk?", "low": "Not at all", "high": "As far as I like", "higher_is_better": True}


def submit(world: World, answers: CheckInAnswers, *, at=NOW):
    slot = factories.open_week(world.episode, at=at)
    return check_ins.submit(
        episode=world.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=world.ann, at=at
    ).check_in


def correct(
    world: World, original: CheckIn, answers: CheckInAnswers, *, at=NOW + timedelta(hours=1)
) -> check_ins.Receipt:
    return check_ins.submit(
        episode=world.episode,
        slot_id=original.slot_id,
        client_key=uuid4(),
        answers=answers,
        corrects=original.pk,
        by=world.ann,
        at=at,
    )


def prescribe(world: World, *, on: date, name: str = "Sertraline", at=NOW) -> Intervention:
    return treatments.start_intervention(
        episode=world.episode,
        kind=InterventionKind.MEDICATION,
        name=name,
        started_on=on,
        dose=Dose(label="50 mg", amount=50, unit="mg"),
        by=world.chris,
        at=at,
    )


def symptoms(**severities: int) -> MedicineAnswers:
    """Return the whole list as asked, with some symptoms there."""
    asked = {symptom.code: dict(ABSENT) for symptom in SIDE_EFFECTS.symptoms}
    present = {code: dict.fromkeys(medicines.PARTS, severity) for code, severity in severities.items()}
    return MedicineAnswers(symptoms=asked | present)


def missed_week(world: World, *, at=NOW) -> CheckInSlot:
    plans.open_due_slots(at=at)
    plans.mark_missed(at=at)
    slot = weeks.late_slot(world.episode, at=at)
    assert slot is not None
    return slot
