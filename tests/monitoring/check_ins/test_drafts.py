"""What is kept of a form that is not sent."""

from datetime import timedelta

from monitoring.check_ins import contents, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine.records import Domain
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.plans import own_items
from monitoring.plans.medicines import Intake, MedicineAnswers
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, WALK, prescribe, submit, symptoms


def test_the_form_of_a_correction_holds_what_was_given_in_it(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK * 4).date())
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK * 4, **WALK)
    intake = Intake(taken=DosesTaken.SOME_MISSED, reason=WhyMissed.FORGOT)
    said = MedicineAnswers(intakes={medicine.pk: intake}, symptoms=symptoms(nausea=2).symptoms)
    submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=4, medicines=said))

    draft = drafts.begin_correction(episode=planned.episode, at=NOW + timedelta(hours=1))

    assert {domain: draft.answers[domain.value] for domain in Domain} == STEADY
    assert draft.answers[contents.own_key(item.pk)] == 4
    kept = draft.answers[contents.MEDICINES]
    assert kept[f"taken_{medicine.pk}"] == "some_missed"
    assert (kept["checklist"], kept["has_nausea"], kept["severity_nausea"]) == ("side-effects", "on", "2")
    assert "has_headache" not in kept
