"""The demo clinic: believable, complete, and never a word to anyone about an invented past."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from pytest_django import DjangoDbBlocker

from monitoring import demo
from monitoring.demo import cast
from monitoring.models import Alert, AlertEvent, CheckIn, Notification, Score
from monitoring.models.alerts import AlertKind, AlertState
from monitoring.models.notifications import NotificationState
from monitoring.plans import plans
from patients.models import Clinic, Episode, User
from patients.tenancy import clinic_context
from tests.monitoring.demo.played import BY_KEY

# One worker builds what these tests share.
pytestmark = pytest.mark.xdist_group("demo")

# A Thursday morning, after the round and in staffed hours.
NOW = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
SOME = [BY_KEY[key] for key in ("amira", "jonas.weber", "tomasz.zielinski", "ruth.abelson", "arjun.mehta")]


@pytest.fixture(scope="module")
def northgate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """Make the clinic once for the tests that only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.build(at=NOW, stories=SOME)
        yield Clinic.objects.get(name=demo.CLINIC_NAME)
        transaction.set_rollback(True)


def open_kinds(name: str) -> set[str]:
    return set(Alert.objects.open().filter(episode__patient__name=name).values_list("kind", flat=True))


def test_the_written_turns_become_open_alerts(northgate: Clinic) -> None:
    with clinic_context(clinic_id=northgate.pk):
        assert AlertKind.DETERIORATION in open_kinds("Amira Haddad")
        assert open_kinds("Tomasz Zielinski") >= {AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH}
        assert open_kinds("Ruth Abelson") == {AlertKind.MISSED_CHECK_INS}
        assert open_kinds("Arjun Mehta") == set()


def test_the_demo_patient_can_give_a_check_in_right_away(northgate: Clinic) -> None:
    with clinic_context(clinic_id=northgate.pk):
        amira = Episode.objects.get(patient__name="Amira Haddad")

        assert plans.open_slot(amira, at=NOW) is not None
        assert CheckIn.objects.filter(episode=amira).count() == 24


def test_nothing_happens_after_now(northgate: Clinic) -> None:
    with clinic_context(clinic_id=northgate.pk):
        assert not CheckIn.objects.filter(submitted_at__gt=NOW).exists()
        assert not AlertEvent.objects.filter(at__gt=NOW).exists()


def test_nobody_is_told_today_about_an_invented_past(northgate: Clinic, mailoutbox: list[EmailMessage]) -> None:
    with clinic_context(clinic_id=northgate.pk):
        assert Notification.objects.exists()
        assert not Notification.objects.filter(state=NotificationState.QUEUED).exists()
    assert mailoutbox == []


def test_staff_work_on_alerts_in_the_allowed_steps_and_with_notes(northgate: Clinic) -> None:
    with clinic_context(clinic_id=northgate.pk):
        assert AlertEvent.objects.filter(by__isnull=False).exists()
        for alert in Alert.objects.filter(state=AlertState.IN_PROGRESS):
            assert alert.owner is not None
            assert alert.events.exclude(note="").exists()


def test_questionnaires_are_scored_every_four_weeks(northgate: Clinic) -> None:
    with clinic_context(clinic_id=northgate.pk):
        scores = Score.objects.filter(episode__patient__name="Tomasz Zielinski", instrument="PHQ-9")

        assert 9 <= scores.count() <= 11
        assert all(score.value is not None for score in scores)


def test_other_people_have_no_password_at_all(northgate: Clinic) -> None:
    assert not User.objects.get(email="tomasz.zielinski@northgate.example").has_usable_password()


def test_about_fifty_people_with_their_own_addresses() -> None:
    assert 45 <= len(cast.STORIES) <= 55
    assert len({story.key for story in cast.STORIES}) == len(cast.STORIES)
    assert len({story.name for story in cast.STORIES}) == len(cast.STORIES)
