"""The sweep does first what people wait for; long nightly work and slow mail never stand in the way."""

import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.alerts import evidence
from monitoring.assessments import assessments
from monitoring.engine.records import Tier
from monitoring.models import Assessment, MonitoringPlan
from monitoring.models.alerts import AlertKind
from monitoring.operations import heartbeats, tasks
from monitoring.plans import plans
from patients.care import episodes
from patients.models import Patient
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


def test_between_two_pieces_of_nightly_work_it_looks_for_what_became_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=NOW.date())
    really_measure, seen = tasks.measure, []

    def measure_while_ann_submits(**piece: object) -> None:
        with clinic_context(clinic_id=world.clinic.pk):
            seen.append(Assessment.objects.count())
            if len(seen) == 1:
                factories.make_check_in(world.episode, by=world.ann, pain=10, function=0)
        really_measure(**piece)

    monkeypatch.setattr(tasks, "measure", measure_while_ann_submits)
    tasks.run_sweep(at=NOW)

    assert seen == [0, 1], "each clinic is one piece, and Ann's check-in was assessed before the second"


def test_what_came_in_while_somebody_was_assessed_is_assessed_by_the_next_sweep(world: World) -> None:
    """The mark was set already when Ann sent, and the worker took it away without having seen what she sent."""
    later = NOW + timedelta(seconds=20)
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=NOW.date())
        plans.open_due_slots(at=NOW)
        plans.make_due(episode_ids=[world.episode.pk], at=NOW)
        factories.make_check_in(world.episode, by=world.ann, at=later, pain=10, function=0)
        assert assessments.assess_episode(episode_id=world.episode.pk, at=NOW) is not None
        assert not MonitoringPlan.objects.filter(assessment_due_at__isnull=False).exists()

    tasks.sweep_clinic(clinic_id=world.clinic.pk, at=NOW + timedelta(minutes=1))

    with clinic_context(clinic_id=world.clinic.pk):
        assert Assessment.objects.order_by("as_of").last().check_ins_known == 1
        assert assessments.mark_overlooked(at=NOW + timedelta(minutes=2)) == 0


def test_a_week_that_was_open_when_care_ended_was_not_missed(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=NOW.date())
        plans.open_due_slots(at=NOW)
        episodes.end_episode(episode=world.episode, ended_on=NOW.date(), by=world.chris, at=NOW)
        assert plans.mark_missed(at=NOW + timedelta(weeks=3)) == 0


def test_the_nightly_work_of_a_night_is_done_once(world: World) -> None:
    tasks.run_sweep(at=NOW)
    begun = heartbeats.find(heartbeats.PANEL)
    tasks.run_sweep(at=NOW + timedelta(minutes=1))

    again = heartbeats.find(heartbeats.PANEL)
    assert begun is not None and again is not None
    assert again.last_started_at == begun.last_started_at


class SlowMail(EmailBackend):
    """A mail server that takes its time."""

    def send_messages(self, messages: object) -> int:
        time.sleep(0.3)
        return int(super().send_messages(messages))


def test_slow_mail_is_left_for_the_next_sweep(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[mail.EmailMessage]
) -> None:
    settings.EMAIL_BACKEND = "tests.monitoring.operations.test_tasks.SlowMail"
    monkeypatch.setattr(tasks, "MAIL_SECONDS", 0.2)
    with clinic_context(clinic_id=world.clinic.pk):
        for kind in (AlertKind.DETERIORATION, AlertKind.RELAPSE, AlertKind.SIDE_EFFECT):
            evidence.raise_alert(episode=world.episode, kind=kind, tier=Tier.REVIEW, at=NOW)

    sent = [tasks.deliver_due(clinic_id=world.clinic.pk, at=NOW) for _ in range(4)]

    assert sent == [1, 1, 1, 0]
    assert len(mailoutbox) == 3


def test_monitors_are_told_of_zones_that_the_database_reads_otherwise_and_nobody_is_woken(
    world: World, client: Client
) -> None:
    """PostgreSQL takes CET, which old versions offered, for a fixed distance."""
    with clinic_context(clinic_id=world.clinic.pk):
        Patient.objects.filter(pk=world.episode.patient_id).update(time_zone="CET")

    tasks.run_sweep(at=timezone.now())

    health = client.get("/healthz")
    assert (health.status_code, health.json()["zones_read_differently"]) == (200, 1)
