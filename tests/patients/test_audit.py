"""The only writer of the audit log: who, what, about whom, and numbers; never content."""

from datetime import timedelta

import pytest
from django.db import InternalError, ProgrammingError, transaction

from patients import audit
from patients.audit import request_id
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


def line() -> AuditEvent:
    return AuditEvent.objects.filter(at=NOW).get()


def test_a_line_says_who_did_what_to_which_row_of_whom_and_in_which_request(north: World) -> None:
    plan = factories.make_plan(north.episode)
    token = request_id.set("a-request")
    try:
        audit.record(AuditAction.PLAN_CHANGED, by=north.chris, about=plan, at=NOW, counts={"weeks": 2})
    finally:
        request_id.reset(token)

    kept = line()
    assert (kept.action, kept.actor_id, kept.clinic_id) == ("plan_changed", north.chris.pk, north.clinic.pk)
    assert (kept.object_kind, kept.object_id) == ("monitoringplan", plan.pk)
    assert (kept.patient_id, kept.request_id, kept.counts) == (north.episode.patient_id, "a-request", {"weeks": 2})


def test_the_patient_of_a_row_is_found_from_it(north: World) -> None:
    for about in (north.episode.patient, north.episode, north.episode.care_team.first()):
        audit.record(AuditAction.EPISODE_READ, by=north.chris, about=about, at=NOW)

    assert set(AuditEvent.objects.filter(at=NOW).values_list("patient_id", flat=True)) == {north.episode.patient_id}


def test_a_row_that_is_about_nobody_names_nobody(north: World) -> None:
    audit.record(AuditAction.CLINIC_CHANGED, by=north.sam, about=north.clinic, at=NOW)

    assert (line().patient_id, line().object_kind) == (None, "clinic")


def test_what_a_job_did_has_no_actor(north: World) -> None:
    audit.record(AuditAction.ALERT_RAISED, by=None, about=None, at=NOW)

    assert (line().actor_id, line().object_kind, line().object_id) == (None, "", None)


def test_a_limit_counts_the_lines_of_one_person_one_deed_and_one_kind_since_a_moment(north: World) -> None:
    done = AuditAction.DATA_DOWNLOADED
    for minutes, person, action, counts in (
        (0, north.ann, done, {"rows": 1}),
        (1, north.ann, done, {"rows": 1}),
        (2, north.ann, done, {}),
        (3, north.ben, done, {"rows": 1}),
        (4, north.ann, AuditAction.DATA_REQUESTED, {"rows": 1}),
    ):
        audit.record(action, by=person, about=None, at=NOW + timedelta(minutes=minutes), counts=counts)

    assert audit.count(done, by=north.ann, since=NOW) == 2
    assert audit.count(done, by=north.ann, since=NOW - timedelta(minutes=1)) == 3
    assert audit.count(done, by=north.ann, since=NOW, counting="rows") == 1


def test_a_limit_of_one_clinic_knows_nothing_of_another(north: World) -> None:
    audit.record(AuditAction.DATA_DOWNLOADED, by=north.ann, about=None, at=NOW)

    with clinic_context(clinic_id=north.other_clinic.pk):
        assert audit.count(AuditAction.DATA_DOWNLOADED, by=north.ann, since=NOW - timedelta(days=1)) == 0


def test_a_search_by_name_is_a_look_at_each_person_and_a_list_is_one_line(north: World) -> None:
    shown = [north.episode.patient_id, north.bens_episode.patient_id]

    audit.record_found(shown, by=north.chris, at=NOW)
    audit.record_list(by=north.chris, patients=2, at=NOW)

    looked = AuditEvent.objects.filter(at=NOW, action=AuditAction.CASELOAD_READ)
    assert set(looked.exclude(patient_id=None).values_list("patient_id", flat=True)) == set(shown)
    assert looked.get(patient_id=None).counts == {"patients": 2}


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_line_is_never_changed(north: World, change: str) -> None:
    audit.record(AuditAction.EPISODE_READ, by=north.chris, about=north.episode, at=NOW)
    lines = AuditEvent.objects.filter(at=NOW)

    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        lines.update(action="nothing") if change == "update" else lines.delete()
