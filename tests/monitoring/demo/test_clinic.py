"""Who can sign in to the demo, and who comes first."""

from monitoring.demo import agenda, clinic
from monitoring.demo.cast import STORIES
from monitoring.demo.staff import ADMIN, STAFF


def test_each_role_can_be_tried_and_each_sign_in_is_somebodys() -> None:
    known = {story.key for story in STORIES} | {person.key for person in (ADMIN, *STAFF)}

    roles = ["Patient", "Patient, in German", "Clinician", "Coordinator", "Clinic admin"]
    assert [role for role, _key in clinic.SIGN_INS] == roles
    assert {key for _role, key in clinic.SIGN_INS} < known
    assert agenda.DOMAIN.endswith(".example")


def test_a_password_can_be_typed_from_a_screen() -> None:
    assert not set("l1o0i") & set(clinic.LETTERS)


def test_the_numbers_to_call_can_be_called() -> None:
    assert [contact["number"].replace(" ", "") for contact in clinic.CRISIS_CONTACTS] == ["999", "111", "116123"]


def test_everybody_who_can_sign_in_comes_first() -> None:
    first = {story.key for story in clinic.first_part(STORIES)}

    assert {clinic.DEMO_PATIENT, clinic.GERMAN_PATIENT} < first
    assert len(first) <= 14
