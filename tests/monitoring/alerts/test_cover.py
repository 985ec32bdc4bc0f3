"""Every open alert has someone who sees it and was told, whoever leaves; and whoever has one stands on a list."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.alerts import alerts, cover, evidence
from monitoring.assessments import assessments
from monitoring.attention import needs
from monitoring.engine.records import Tier
from monitoring.messages import notifications
from monitoring.models import Alert, Notification
from monitoring.models.alerts import AlertEventKind, AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.models.plans import AssessmentCause
from monitoring.operations import tasks
from monitoring.worklists import caseloads
from monitoring.worklists.caseloads import Filters
from patients.access.permissions import Whose, visible_episodes
from patients.care import episodes, teams
from patients.models import CareTeamMembership, ClinicRole, Episode, User
from patients.models.care import Profession
from patients.models.people import Role
from patients.people import people
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


def raise_one(world: World, *, kind: AlertKind = AlertKind.DETERIORATION, tier: Tier = Tier.REVIEW) -> Alert:
    return evidence.raise_alert(episode=world.episode, kind=kind, tier=tier, at=NOW)


def leave_clinic(user: User, role: Role = Role.CLINICIAN) -> None:
    ClinicRole.objects.filter(user=user, role=role, ended_at__isnull=True).update(ended_at=NOW)
    CareTeamMembership.objects.filter(user=user, left_at__isnull=True).update(left_at=NOW)


def test_an_alert_whose_owner_left_is_nobodys_and_is_told_to_who_can_answer_it(north: World) -> None:
    alert = raise_one(north)
    alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=NOW)
    leave_clinic(north.chris)

    assert cover.keep(at=NOW + timedelta(minutes=1)) == 1

    alert = Alert.objects.get()
    assert alert.owner is None
    left = alerts.history(alert)[0]
    assert (left.kind, left.receiver) == (AlertEventKind.OWNER_LEFT, north.chris)
    assert Notification.objects.filter(recipient=north.cora, occasion=alert.version).exists()
    assert cover.keep(at=NOW + timedelta(minutes=2)) == 0


def test_an_alert_whose_owner_left_can_be_taken_again(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        alert = raise_one(world)
        alerts.acknowledge(alert=alert, by=world.chris, version=alert.version, at=NOW)
        leave_clinic(world.chris)
        cover.keep(at=NOW)
        alert = Alert.objects.get()
    client.force_login(world.cora)
    assert "Take this alert" in client.get(reverse("alert_detail", args=[alert.pk])).content.decode()

    client.post(reverse("alert_step", args=[alert.pk]), {"step": "acknowledge", "version": str(alert.version)})

    with clinic_context(clinic_id=world.clinic.pk):
        assert Alert.objects.get().owner == world.cora


def test_an_alert_that_is_reopened_does_not_go_back_to_an_owner_who_left(north: World) -> None:
    alert = raise_one(north)
    alert = alerts.start_work(alert=alert, by=north.chris, version=alert.version, note="Rang.", at=NOW)
    alert = alerts.close(alert=alert, by=north.chris, version=alert.version, action="talked", note="Done.", at=NOW)
    leave_clinic(north.chris)

    back = evidence.raise_alert(
        episode=north.episode, kind=AlertKind(alert.kind), tier=Tier.REVIEW, at=NOW + timedelta(weeks=9)
    )

    assert back.owner is None
    assert {row.recipient for row in Notification.objects.filter(occasion=back.version)} == {north.cora}


def test_who_joins_the_care_team_after_everybody_left_is_told_of_what_is_open(north: World) -> None:
    raise_one(north)
    leave_clinic(north.chris)
    leave_clinic(north.cora, Role.COORDINATOR)
    teams.join_care_team(
        episode=north.episode, member=north.dana, profession=Profession.NURSE, is_responsible=True, by=north.sam, at=NOW
    )

    cover.keep(at=NOW)

    assert Notification.objects.filter(recipient=north.dana).exists()


def test_an_alert_that_nobody_may_see_is_told_to_the_admins_on_their_pages_and_to_monitors(
    world: World, client: Client, mailoutbox
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        leave_clinic(world.chris)
        leave_clinic(world.cora, Role.COORDINATOR)
        raise_one(world)
    tasks.run_sweep(at=timezone.now())

    health = client.get("/healthz")
    client.force_login(world.sam)
    page = client.get(reverse("people")).content.decode()

    assert (health.status_code, health.json()["alerts_nobody_sees"]) == (503, 1)
    assert "1 alert is open that nobody can see" in page
    assert {tuple(message.to) for message in mailoutbox} == {("sam@north.example",)}
    assert "nobody there may open it" in mailoutbox[0].body
    assert "Ann" not in mailoutbox[0].subject + mailoutbox[0].body

    with clinic_context(clinic_id=world.clinic.pk):
        people.grant_role(user=world.cora, role=Role.COORDINATOR, at=timezone.now())
    tasks.run_sweep(at=timezone.now())
    assert client.get("/healthz").status_code == 200
    assert mailoutbox[-1].to == ["cora@north.example"]
    assert "nobody can see" not in client.get(reverse("people")).content.decode()


def test_whoever_has_an_open_alert_stands_on_the_list_after_discharge_too(north: World) -> None:
    raise_one(north, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT)
    episodes.end_episode(episode=north.episode, ended_on=NOW.date(), by=north.chris, at=NOW)
    needs.mend(at=NOW)

    def listed() -> list[object]:
        found = caseloads.load_caseload(
            user=north.chris, roles=frozenset({Role.CLINICIAN}), filters=Filters(), at=timezone.now()
        )
        return [row.episode_id for row in found.rows]

    assert listed() == [north.episode.pk]
    alert = Alert.objects.get()
    alerts.close(
        alert=alert, by=north.chris, version=alert.version, action="talked", note="Rang.", **factories.read(alert),
        at=NOW,
    )  # fmt: skip
    assert listed() == []


def test_a_run_after_discharge_pages_nobody(north: World) -> None:
    factories.make_plan(north.episode)
    factories.make_history(north.episode, by=north.ann, moods=[7, 6, 7, 8] * 6 + [3, 2, 3, 2])
    episodes.end_episode(episode=north.episode, ended_on=NOW.date(), by=north.chris, at=NOW)
    episode = Episode.objects.get(pk=north.episode.pk)

    run = assessments.assess_as_of(episode=episode, as_of=NOW, cause=AssessmentCause.CHANGE, at=NOW)

    assert run.signals.exists()
    assert not Alert.objects.exists()


STEPS = st.lists(
    st.sampled_from(
        ["alert", "safety", "take", "leave chris", "leave cora", "join dana", "back cora", "end", "close", "sweep"]
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_happens_no_open_alert_is_without_a_person_who_is_told_and_a_list_that_shows_it(
    north: World, steps: list[str]
) -> None:
    sid = transaction.savepoint()
    for number, what in enumerate(steps):
        happen(north, what, number)
    cover.keep(at=NOW + timedelta(days=1))
    needs.mend(at=NOW + timedelta(days=1))

    for alert in Alert.objects.open().select_related("episode", "owner"):
        readers = [user for user in User.objects.filter(is_active=True) if sees(user, alert)]
        assert readers or alert in cover.unseen()
        told = {row.recipient for row in Notification.objects.filter(alert=alert)}
        assert alert.owner in readers if alert.owner else told & set(readers or [north.sam])
        for reader in readers:
            assert alert.episode_id in on_list_of(reader)
    transaction.savepoint_rollback(sid)


def happen(world: World, what: str, number: int) -> None:
    """Let one thing happen, where it can."""
    at = NOW + timedelta(minutes=number)
    alert = Alert.objects.open().first()
    episode = Episode.objects.get(pk=world.episode.pk)
    always: dict[str, Callable[[], object]] = {
        "alert": lambda: evidence.raise_alert(episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=at),
        "safety": lambda: evidence.raise_alert(episode=episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=at),
        "leave chris": lambda: leave_clinic(world.chris),
        "leave cora": lambda: leave_clinic(world.cora, Role.COORDINATOR),
        "join dana": lambda: teams.join_care_team(
            episode=episode, member=world.dana, profession=Profession.NURSE, is_responsible=True, by=None, at=at
        ),
        "back cora": lambda: people.grant_role(user=world.cora, role=Role.COORDINATOR, at=at),
        "end": lambda: (
            episode.ended_on or episodes.end_episode(episode=episode, ended_on=at.date(), by=world.chris, at=at)
        ),
        "sweep": lambda: cover.keep(at=at),
    }
    if what in always:
        always[what]()
    elif alert is not None:
        act_on(alert, what, world, at)


def act_on(alert: Alert, what: str, world: World, at: datetime) -> None:
    taker = next(iter(teams.answerers(alert.episode)), None)
    if what == "take" and alert.owner_id is None and taker is not None:
        alerts.acknowledge(alert=alert, by=taker, version=alert.version, at=at)
    if what == "close" and alert.kind != AlertKind.RISK_ANSWER:
        alerts.close(alert=alert, by=world.chris, version=alert.version, action="talked", note="Done.", at=at)


def roles_of(user: User) -> frozenset[str]:
    return frozenset(ClinicRole.objects.filter(user=user, ended_at__isnull=True).values_list("role", flat=True))


def sees(user: User, alert: Alert) -> bool:
    roles = roles_of(user) & {Role.CLINICIAN, Role.COORDINATOR}
    return bool(roles) and visible_episodes(user=user, roles=roles).filter(pk=alert.episode_id).exists()


def on_list_of(user: User) -> list[object]:
    found = caseloads.load_caseload(
        user=user, roles=roles_of(user), filters=Filters(whose=Whose.CLINIC), at=timezone.now()
    )
    return [row.episode_id for row in found.rows]


@pytest.mark.parametrize("is_safety", [True, False])
def test_whom_an_alert_is_told_is_who_can_answer_it(north: World, is_safety: bool) -> None:
    kind = AlertKind.RISK_ANSWER if is_safety else AlertKind.DETERIORATION
    alert = raise_one(north, kind=kind)

    assert set(notifications.recipients(alert, at=NOW)) == ({north.chris, north.cora} if is_safety else {north.chris})


def test_who_left_before_the_message_went_out_and_is_back_is_told_after_all(north: World) -> None:
    leave_clinic(north.cora, Role.COORDINATOR)
    raise_one(north)
    Notification.objects.update(state=NotificationState.DROPPED)

    cover.keep(at=NOW + timedelta(hours=1))

    assert Notification.objects.get(recipient=north.chris).state == NotificationState.QUEUED


def test_who_is_given_an_alert_is_told(north: World) -> None:
    alert = raise_one(north)

    alerts.give(alert=alert, to=north.cora, by=north.chris, version=alert.version, at=NOW)

    assert Notification.objects.filter(recipient=north.cora).count() == 1
