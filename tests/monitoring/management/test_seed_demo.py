"""Making the demo clinic: all or nothing, safe to repeat, safe beside other clinics, on any day."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from pytest_django import Settings

from monitoring import demo
from monitoring.alerts import evidence
from monitoring.demo import cast, nights
from monitoring.demo.course import StoryAnswers
from monitoring.engine.records import Tier
from monitoring.management.commands.seed_demo import write_sign_ins
from monitoring.models import Alert, CheckIn, Notification
from monitoring.models.alerts import AlertKind, AlertState
from monitoring.models.notifications import NotificationState
from monitoring.operations import heartbeats
from monitoring.plans import plans
from patients.models import Clinic, Episode, Patient, User
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World

NOW = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
AMIRA = next(story for story in cast.STORIES if story.key == "amira")
JONAS = next(story for story in cast.STORIES if story.key == "jonas.weber")
ARJUN = next(story for story in cast.STORIES if story.key == "arjun.mehta")
BARE: dict[str, Any] = {"steps": (), "events": {}, "silent": frozenset(), "late": {}, "happenings": ()}
# A month of who can sign in, so that each test takes a moment.
SOME = [replace(AMIRA, weeks=5, **BARE), replace(JONAS, weeks=2, **BARE)]


def test_each_sign_in_opens_a_verified_account_with_its_own_password(db: None) -> None:
    sign_ins = demo.build(at=NOW, stories=SOME)

    roles = {"Patient", "Patient, in German", "Clinician", "Coordinator", "Clinic admin"}
    assert {sign_in.role for sign_in in sign_ins} == roles
    assert len({sign_in.password for sign_in in sign_ins}) == len(sign_ins)
    for sign_in in sign_ins:
        assert User.objects.get(email=sign_in.email).check_password(sign_in.password)
        assert EmailAddress.objects.get(email=sign_in.email).verified


def test_a_demo_that_fails_half_way_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoryAnswers, "answers", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        demo.build(at=NOW, stories=SOME)

    assert not Clinic.objects.exists()
    assert not User.objects.exists()


def test_a_run_that_was_stopped_is_gone_on_with(
    db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path
    stories = [*SOME, ARJUN, replace(ARJUN, key="other", name="Other Person")]
    monkeypatch.setattr(demo, "STORIES", stories)
    monkeypatch.setattr(demo, "begin", partial(demo.begin, stories=stories))
    whole = partial(demo.fill, stories=stories)
    monkeypatch.setattr(demo, "fill", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("seed_demo")
    stopped = heartbeats.find(heartbeats.DEMO)
    assert (stopped.items, stopped.total, stopped.error) == (2, 4, "ZeroDivisionError")
    passwords = (tmp_path / "demo.json").read_text()

    monkeypatch.setattr(demo, "fill", whole)
    call_command("seed_demo")

    assert (tmp_path / "demo.json").read_text() == passwords
    full = heartbeats.find(heartbeats.DEMO)
    assert (full.items, full.total, full.error) == (4, 4, "")
    with clinic_context(clinic_id=Clinic.objects.get(name=demo.CLINIC_NAME).pk):
        names = sorted(Patient.objects.values_list("name", flat=True))
    assert names == ["Amira Haddad", "Arjun Mehta", "Jonas Weber", "Other Person", nights.WEARER]
    call_command("seed_demo")
    assert "nothing changed" in capsys.readouterr().out


def test_what_people_do_while_the_demo_is_being_filled_is_still_told(db: None) -> None:
    demo.begin(at=NOW, stories=SOME)
    with clinic_context(clinic_id=Clinic.objects.get(name=demo.CLINIC_NAME).pk):
        amira = Episode.objects.get(patient__name="Amira Haddad")
        evidence.raise_alert(episode=amira, kind=AlertKind.CONTACT_WISH, tier=Tier.PRIORITY, at=NOW)

    assert list(demo.fill(at=NOW, stories=[*SOME, ARJUN])) == [3]

    with clinic_context(clinic_id=Clinic.objects.get(name=demo.CLINIC_NAME).pk):
        assert Notification.objects.filter(state=NotificationState.QUEUED, alert__episode=amira).exists()
        assert Alert.objects.open().get(episode=amira, kind=AlertKind.CONTACT_WISH).state == AlertState.NEW


def test_a_second_run_changes_nothing(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    clinic = factories.make_clinic(demo.CLINIC_NAME)

    call_command("seed_demo")

    assert "nothing changed" in capsys.readouterr().out
    with clinic_context(clinic_id=clinic.pk):
        assert not Patient.objects.exists()


def test_the_demo_leaves_another_clinic_alone(world: World) -> None:
    world.clinic.name = "Westside Clinic"
    world.clinic.save()
    demo.build(at=NOW, stories=SOME)

    for clinic in (world.clinic, world.other_clinic):
        with clinic_context(clinic_id=clinic.pk):
            assert not CheckIn.objects.exists()
            assert not Patient.objects.filter(name="Amira Haddad").exists()


def test_only_the_operator_can_read_the_passwords(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"

    write_sign_ins(path, [demo.SignIn("Patient", "Amira Haddad", "amira@northgate.example", "secret")])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (entry,) = json.loads(path.read_text())["sign_ins"]
    assert entry["who"] == "Patient: Amira Haddad"
    assert entry["password"] == "secret"


@pytest.mark.parametrize("days", range(7))
def test_it_can_be_made_on_any_day_of_the_week(db: None, days: int) -> None:
    at = NOW + timedelta(days=days)
    sign_ins = demo.build(at=at, stories=SOME)

    assert len(sign_ins) == 5
    with clinic_context(clinic_id=Clinic.objects.get(name=demo.CLINIC_NAME).pk):
        amira = Episode.objects.get(patient__name="Amira Haddad")
        assert plans.open_slot(amira, at=at) is not None
