"""The log of who looked, as a patient reads it."""

from datetime import timedelta
from typing import Any

from patients.models import AuditEvent
from patients.models.audit import AuditAction
from patients.rights import access_log
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.patients.rights.readers import page


def add_lines(world: World, actions: list[AuditAction], *, actor: Any = None, minutes: int = 1) -> None:
    for number, action in enumerate(actions):
        AuditEvent.objects.create(
            clinic_id=world.clinic.pk,
            at=NOW + timedelta(minutes=minutes * number),
            action=action,
            actor_id=actor.pk if actor else None,
            patient_id=world.episode.patient_id,
        )


def visits(world: World, *, with_own: bool = False, number: int = 1) -> access_log.AccessLog:
    return access_log.read(world.episode.patient, with_own=with_own, page=number)


def test_looks_of_one_person_on_one_day_are_one_line(north: World) -> None:
    add_lines(north, [AuditAction.EPISODE_READ] * 3, actor=north.chris, minutes=10)

    [first, *_rest] = visits(north).visits

    assert (first.who, first.title, first.times) == ("Chris", "Psychiatrist", 3)
    assert (first.first_at, first.last_at) == (NOW, NOW + timedelta(minutes=20))


def test_what_a_job_found_is_not_in_the_log(north: World) -> None:
    before = {visit.what for visit in visits(north, with_own=True).visits}

    add_lines(north, [AuditAction.ALERT_RAISED, AuditAction.EPISODE_ASSESSED, AuditAction.ALERT_REOPENED])

    assert {visit.what for visit in visits(north, with_own=True).visits} == before


def test_own_lines_are_counted_and_shown_on_request(north: World) -> None:
    add_lines(north, [AuditAction.CHECK_IN_SUBMITTED, AuditAction.RISK_ANSWERED], actor=north.ann)

    assert "Ann Archer" not in {visit.who for visit in visits(north).visits}
    assert visits(north).own_count >= 2
    own = [visit.what for visit in visits(north, with_own=True).visits if visit.who == "Ann Archer"]
    assert "Filled in a check-in" in own


def test_no_line_is_a_risk_label_and_every_action_has_words() -> None:
    shown = " ".join(str(words) for words in access_log.WORDS.values()).lower()

    assert not {"risk", "alert", "worse", "safety answer"} & set(shown.split())
    lines = [AuditEvent(action=action) for action in AuditAction]
    assert all(access_log.words_for(line) for line in lines)


def test_a_long_log_has_pages(north: World) -> None:
    add_lines(north, [AuditAction.EPISODE_READ] * (access_log.LINES_PER_PAGE * 2), actor=north.chris, minutes=60 * 24)

    first, last = visits(north, number=1), visits(north, number=999)

    assert len(first.visits) == access_log.LINES_PER_PAGE
    assert last.page.number == last.page.paginator.num_pages >= 2


def test_nobody_reads_the_log_of_another(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        add_lines(world, [AuditAction.EPISODE_READ], actor=world.chris)

    assert "Chris" not in page(world, "ben", "access_log")
    assert "Chris" not in page(world, "zoe", "access_log")
    assert "Chris" in page(world, "ann", "access_log", query="?page=2&own=yes")
