"""An alert that nobody answers gets louder at the exact minute, once; one that somebody has asks, and lapses."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.escalation import policies, steps
from monitoring.models import Alert, AlertEvent, EscalationStep, Notification
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, AlertState, NoStepReason, StepKind
from patients.models import Clinic, User
from patients.models.people import Role
from patients.people import absences
from tests import factories
from tests.conftest import World

ZONE = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZONE).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.fixture
def north(north: World) -> World:
    """Ann's clinic in Berlin, with a second responder and a lead."""
    Clinic.objects.filter(pk=north.clinic.pk).update(time_zone="Europe/Berlin")
    second = factories.make_user("sid@north.example", name="Sid Second", roles=(Role.COORDINATOR,))
    lead = factories.make_user("lea@north.example", name="Lea Lead", roles=(Role.COORDINATOR,))
    policies.change(
        second=second, lead=lead, on_call=None, urgent_minutes=[60, 240, 480], number=0, by=north.sam,
        at=at(2026, 1, 1),
    )  # fmt: skip
    return north


def user(name: str) -> User:
    return User.objects.get(name=name)


def raised(world: World, when: datetime, *, kind: AlertKind = AlertKind.RISK_ANSWER, tier: Tier = Tier.URGENT) -> Alert:
    world.episode.refresh_from_db()
    episode = type(world.episode).objects.select_related("clinic").get(pk=world.episode.pk)
    return evidence.raise_alert(episode=episode, kind=kind, tier=tier, at=when)


def walk(alert: Alert, until: datetime) -> list[tuple[str, datetime]]:
    """Let the sweep run a minute before each step, at its minute and a minute later; return what was made, and when."""
    made: list[tuple[str, datetime]] = []
    for _step in range(40):
        alert.refresh_from_db()
        due = alert.next_step_at
        if due is None or due > until:
            break
        assert steps.run(at=due - MINUTE) == 0
        assert steps.run(at=due) == 1
        assert steps.run(at=due + MINUTE) == 0
        row = EscalationStep.objects.filter(alert=alert).order_by("-made_at", "-id")[0]
        assert row.made_at == row.due_at == due
        made.append((row.kind, due))
    assert EscalationStep.objects.filter(alert=alert).count() == len(made)
    return made


def chain_of(made: list[tuple[str, datetime]]) -> list[datetime]:
    """Return when the second responder, the lead and everyone were told."""
    kinds = [kind for kind, _when in made if kind != StepKind.TWELVE_HOURS]
    assert kinds[:3] == [StepKind.SECOND, StepKind.LEAD, StepKind.EVERYONE]
    return [when for kind, when in made if kind != StepKind.TWELVE_HOURS][:3]


# Raised at -> the second responder, the lead, everyone: 60, 240 and 480 staffed minutes later, Monday to Friday from
# nine to five.
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (at(2026, 11, 17, 9, 0), [at(2026, 11, 17, 10), at(2026, 11, 17, 13), at(2026, 11, 17, 17)]),
        (at(2026, 11, 17, 1, 45), [at(2026, 11, 17, 10), at(2026, 11, 17, 13), at(2026, 11, 17, 17)]),
        (at(2026, 11, 17, 16, 30), [at(2026, 11, 18, 9, 30), at(2026, 11, 18, 12, 30), at(2026, 11, 18, 16, 30)]),
        (at(2026, 11, 21, 23, 0), [at(2026, 11, 23, 10), at(2026, 11, 23, 13), at(2026, 11, 23, 17)]),
        (at(2026, 4, 2, 16, 30), [at(2026, 4, 7, 9, 30), at(2026, 4, 7, 12, 30), at(2026, 4, 7, 16, 30)]),
        (at(2026, 11, 26, 16, 30), [at(2026, 11, 27, 8, 30), at(2026, 11, 27, 11, 30), at(2026, 11, 30, 12, 0)]),
        (at(2026, 3, 28, 23, 0), [at(2026, 3, 30, 10), at(2026, 3, 30, 13), at(2026, 3, 30, 17)]),
        (at(2026, 10, 24, 23, 0), [at(2026, 10, 26, 10), at(2026, 10, 26, 13), at(2026, 10, 26, 17)]),
    ],
    ids=["staffed", "night", "late", "weekend", "holiday", "other hours", "spring", "autumn"],
)
def test_each_step_of_an_urgent_alert_is_made_at_its_minute_and_once(
    north: World, when: datetime, expected: list[datetime]
) -> None:
    clinic = Clinic.objects.get(pk=north.clinic.pk)
    clinic.closed_days = [date(2026, 4, 3), date(2026, 4, 6)]
    clinic.other_hours = {"5": ["08:00", "12:30"]}
    clinic.save()

    made = walk(raised(north, when), until=expected[-1])

    assert chain_of(made) == expected


@pytest.mark.parametrize("night", [at(2026, 3, 28, 23, 30), at(2026, 10, 24, 23, 30)], ids=["spring", "autumn"])
def test_on_a_ward_that_never_closes_minutes_are_real_ones_in_the_nights_the_clocks_change(
    north: World, night: datetime
) -> None:
    clinic = Clinic.objects.get(pk=north.clinic.pk)
    clinic.staffed_weekdays, clinic.other_hours = list(range(1, 8)), {}
    clinic.staffed_from, clinic.staffed_until = datetime.min.time(), datetime.max.time().replace(microsecond=0)
    clinic.save()

    waits = [when - night for when in chain_of(walk(raised(north, night), until=night + timedelta(hours=9)))]

    for wait, minutes in zip(waits, (60, 240, 480), strict=True):
        assert timedelta(0) <= wait - timedelta(minutes=minutes) <= timedelta(seconds=2)


def test_saturday_night_who_is_told_and_when_nobody_answers(north: World) -> None:
    alert = raised(north, at(2026, 11, 21, 23, 0))

    made = walk(alert, until=at(2026, 11, 25, 9, 0))

    assert made == [
        (StepKind.TWELVE_HOURS, at(2026, 11, 22, 11)),
        (StepKind.SECOND, at(2026, 11, 23, 10)),
        (StepKind.LEAD, at(2026, 11, 23, 13)),
        (StepKind.EVERYONE, at(2026, 11, 23, 17)),
        (StepKind.AGAIN, at(2026, 11, 24, 9)),
        (StepKind.AGAIN, at(2026, 11, 25, 9)),
    ]
    told = {
        row.made_at: {person.recipient.name for person in notes}
        for row in EscalationStep.objects.filter(alert=alert)
        if (notes := Notification.objects.filter(alert=alert, queued_at=row.made_at, step__gt=0))
    }
    everyone = {"Chris", "Cora", "Sid Second", "Lea Lead"}
    assert told[at(2026, 11, 22, 11)] == everyone | {"Sam"}
    assert told[at(2026, 11, 23, 10)] == {"Sid Second"}
    assert told[at(2026, 11, 23, 13)] == {"Lea Lead"}
    assert told[at(2026, 11, 23, 17)] == everyone
    alert.refresh_from_db()
    assert (alert.state, alert.owner) == (AlertState.NEW, None)


def test_after_an_outage_only_the_latest_step_is_made(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))

    assert steps.run(at=at(2026, 11, 17, 15, 0)) == 1

    assert [row.kind for row in EscalationStep.objects.filter(alert=alert)] == [StepKind.LEAD]
    assert steps.run(at=at(2026, 11, 17, 15, 1)) == 0
    assert steps.run(at=at(2026, 11, 17, 17, 0)) == 1
    made = EscalationStep.objects.filter(alert=alert).order_by("made_at").values_list("kind", flat=True)
    assert list(made) == [StepKind.LEAD, StepKind.EVERYONE]


def test_the_twelve_hours_are_reported_even_after_an_outage(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))

    steps.run(at=at(2026, 11, 18, 9, 30))

    assert {row.kind for row in EscalationStep.objects.filter(alert=alert)} == {StepKind.TWELVE_HOURS, StepKind.AGAIN}


def test_two_sweeps_at_once_make_a_step_once(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    steps.run(at=at(2026, 11, 17, 10, 0))
    row = EscalationStep.objects.get(alert=alert)

    with pytest.raises(IntegrityError), connection.cursor():
        EscalationStep.objects.create(alert=alert, kind=row.kind, due_at=row.due_at, made_at=row.made_at)


def test_who_takes_an_alert_stops_the_chain(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=at(2026, 11, 17, 9, 40))
    alert.refresh_from_db()

    assert (alert.next_step, alert.next_step_at) == (StepKind.STILL_ON_IT, at(2026, 11, 17, 10, 40))
    assert steps.run(at=at(2026, 11, 17, 10, 0)) == 0


def test_an_owner_who_does_nothing_is_asked_and_then_loses_the_alert(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=at(2026, 11, 17, 9, 40))

    steps.run(at=at(2026, 11, 17, 10, 40))
    asked = EscalationStep.objects.get(alert=alert)
    assert (asked.kind, asked.told) == (StepKind.STILL_ON_IT, 1)

    steps.run(at=at(2026, 11, 17, 11, 10))
    alert.refresh_from_db()
    assert alert.owner is None
    assert (alert.next_step, alert.next_step_at) == (StepKind.SECOND, at(2026, 11, 17, 12, 10))
    lapsed = EscalationStep.objects.get(alert=alert, kind=StepKind.LAPSED)
    assert lapsed.told == 4
    # Somebody takes it again: the list of steps goes on from there.
    alerts.acknowledge(alert=alert, by=north.cora, version=alert.version, at=at(2026, 11, 17, 11, 30))
    alert.refresh_from_db()
    assert alert.owner == north.cora


def test_still_on_it_begins_the_owners_clock_anew(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=at(2026, 11, 17, 9, 40))
    steps.run(at=at(2026, 11, 17, 10, 40))

    alerts.keep(alert=alert, by=north.chris, version=2, at=at(2026, 11, 17, 10, 50))

    alert.refresh_from_db()
    assert (alert.owner, alert.next_step) == (north.chris, StepKind.STILL_ON_IT)
    assert alert.next_step_at == at(2026, 11, 17, 11, 50)


def test_not_me_tells_the_next_one_at_once_and_not_the_one_who_said_so(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))

    alerts.pass_on(alert=alert, by=user("Sid Second"), version=1, note="", at=at(2026, 11, 17, 9, 5))

    row = EscalationStep.objects.get(alert=alert)
    assert (row.kind, row.made_at) == (StepKind.LEAD, at(2026, 11, 17, 9, 5))
    assert Notification.objects.get(alert=alert, step=1).recipient == user("Lea Lead")
    # The lead was told: the clock goes on with everyone.
    alert.refresh_from_db()
    assert [kind for kind, _ in walk_kinds(alert, at(2026, 11, 17, 17))][-1] == StepKind.EVERYONE


def walk_kinds(alert: Alert, until: datetime) -> list[tuple[str, datetime]]:
    while alert.next_step_at is not None and alert.next_step_at <= until:
        steps.run(at=alert.next_step_at)
        alert.refresh_from_db()
    return list(EscalationStep.objects.filter(alert=alert).order_by("made_at", "id").values_list("kind", "made_at"))


def test_not_me_frees_an_alert_that_somebody_had(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=at(2026, 11, 17, 9, 1))

    alerts.pass_on(alert=alert, by=north.chris, version=2, note="On the ward.", at=at(2026, 11, 17, 9, 5))

    alert.refresh_from_db()
    assert alert.owner is None
    assert EscalationStep.objects.get(alert=alert).kind == StepKind.SECOND
    kinds = list(AlertEvent.objects.filter(alert=alert).order_by("at", "id").values_list("kind", flat=True))
    assert kinds[-2:] == [AlertEventKind.NOT_ME, AlertEventKind.ESCALATED]


@pytest.mark.parametrize("action", [ActionCode.TALKED, ActionCode.NO_ANSWER, ActionCode.MESSAGE_LEFT])
def test_whoever_tries_to_reach_the_person_keeps_the_twelve_hours(north: World, action: ActionCode) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.start_work(alert=alert, by=north.chris, version=1, action=action, at=at(2026, 11, 17, 20, 59))
    alert.refresh_from_db()

    assert StepKind.TWELVE_HOURS not in {kind for kind, _ in walk_kinds(alert, at(2026, 11, 18, 12))}


def test_taking_an_alert_alone_does_not_keep_the_twelve_hours(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=at(2026, 11, 17, 9, 1))
    alert.refresh_from_db()

    assert (StepKind.TWELVE_HOURS, at(2026, 11, 17, 21)) in walk_kinds(alert, at(2026, 11, 17, 21))


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.PRIORITY, [at(2026, 11, 18, 12), at(2026, 11, 19, 17), at(2026, 11, 20, 17), at(2026, 11, 23, 17)]),
        (Tier.REVIEW, [at(2026, 11, 19, 17), at(2026, 11, 26, 17)]),
    ],
)
def test_the_lead_hears_of_other_alerts_that_nobody_takes(north: World, tier: Tier, expected: list[datetime]) -> None:
    alert = raised(north, at(2026, 11, 17, 10, 0), kind=AlertKind.DETERIORATION, tier=tier)

    made = walk(alert, until=expected[-1])

    assert [when for _kind, when in made] == expected
    assert made[0][0] == StepKind.LEAD
    assert {kind for kind, _ in made[1:]} == {StepKind.AGAIN}
    recipients = Notification.objects.filter(alert=alert, step__gt=0).values_list("recipient__name", flat=True)
    assert set(recipients) == {"Lea Lead"}


def test_where_the_second_is_away_the_stand_in_is_told_and_without_one_the_lead(north: World) -> None:
    day = date(2026, 11, 17)
    absences.plan(
        user=user("Sid Second"), first=day, last=day, stand_in=north.cora, by=north.sam, today=day, at=at(2026, 11, 1)
    )
    alert = raised(north, at(2026, 11, 17, 9, 0))
    steps.run(at=at(2026, 11, 17, 10, 0))
    assert Notification.objects.get(alert=alert, step=1).recipient == north.cora

    absences.plan(user=north.cora, first=day, last=day, stand_in=None, by=north.sam, today=day, at=at(2026, 11, 1))
    bens = evidence.raise_alert(
        episode=north.bens_episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=at(2026, 11, 17, 9, 0)
    )
    steps.run(at=at(2026, 11, 17, 10, 0))
    assert Notification.objects.get(alert=bens, step=1).recipient == user("Lea Lead")


def test_when_everybody_is_away_everybody_is_told_all_the_same(north: World) -> None:
    day = date(2026, 11, 17)
    for person in (user("Sid Second"), user("Lea Lead"), north.cora, north.chris):
        absences.plan(user=person, first=day, last=day, stand_in=None, by=north.sam, today=day, at=at(2026, 11, 1))

    alert = raised(north, at(2026, 11, 17, 9, 0))
    steps.run(at=at(2026, 11, 17, 10, 0))

    assert Notification.objects.filter(alert=alert, step=0).count() == 4
    assert Notification.objects.filter(alert=alert, step=1).count() == 4


def test_who_is_on_call_hears_of_a_safety_answer_at_night_and_only_then(north: World) -> None:
    night_nurse = factories.make_user("nia@north.example", name="Nia Night", roles=(Role.COORDINATOR,))
    policies.change(
        second=None, lead=None, on_call=night_nurse, urgent_minutes=[60, 240, 480], number=1, by=north.sam,
        at=at(2026, 1, 2),
    )  # fmt: skip
    absences.plan(
        user=night_nurse, first=date(2026, 11, 16), last=date(2026, 11, 20), stand_in=None, by=north.sam,
        today=date(2026, 11, 16), at=at(2026, 11, 16),
    )  # fmt: skip

    by_day = raised(north, at(2026, 11, 17, 9, 0))
    assert not Notification.objects.filter(alert=by_day, recipient=night_nurse).exists()
    by_night = evidence.raise_alert(
        episode=north.bens_episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=at(2026, 11, 17, 23, 0)
    )
    assert Notification.objects.filter(alert=by_night, recipient=night_nurse).exists()


def test_an_open_alert_keeps_the_policy_it_began_with(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))
    policies.change(
        second=north.cora, lead=north.cora, on_call=None, urgent_minutes=[10, 20, 30], number=1, by=north.sam,
        at=at(2026, 11, 17, 9, 1),
    )  # fmt: skip

    assert steps.run(at=at(2026, 11, 17, 9, 30)) == 0
    steps.run(at=at(2026, 11, 17, 10, 0))
    assert Notification.objects.get(alert=alert, step=1).recipient == user("Sid Second")


def test_clocks_are_worked_out_again_when_the_calendar_changes(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 8, 0))
    clinic = Clinic.objects.get(pk=north.clinic.pk)
    clinic.staffed_from = time(7)
    clinic.calendar_version += 1
    clinic.save()

    steps.run(at=at(2026, 11, 17, 8, 1))

    alert.refresh_from_db()
    assert alert.next_step_at == at(2026, 11, 17, 9, 0)


def test_without_hours_no_clock_runs_and_the_alert_says_so(north: World) -> None:
    Clinic.objects.filter(pk=north.clinic.pk).update(staffed_weekdays=[])
    alert = raised(north, at(2026, 11, 17, 9), kind=AlertKind.DETERIORATION, tier=Tier.REVIEW)

    assert (alert.next_step_at, alert.standing) == (None, NoStepReason.NO_HOURS)
    assert not steps.unwatched(at=at(2026, 11, 18, 9)).exists()


def test_an_alert_from_before_there_were_clocks_gets_one_and_nobody_hears_of_the_past(north: World) -> None:
    alert = raised(north, at(2026, 11, 10, 9, 0))
    Alert.objects.filter(pk=alert.pk).update(clock_from=None, next_step="", next_step_at=None, calendar_version=0)
    assert steps.unwatched(at=at(2026, 11, 17, 9)).get() == alert

    assert steps.run(at=at(2026, 11, 17, 9, 0)) == 0

    alert.refresh_from_db()
    assert alert.next_step == StepKind.SECOND
    assert not EscalationStep.objects.exists()
    assert not steps.unwatched(at=at(2026, 11, 17, 9)).exists()


def test_the_auditor_finds_a_step_that_nobody_made(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0))

    assert not steps.unwatched(at=at(2026, 11, 17, 10, 1)).exists()
    assert steps.unwatched(at=at(2026, 11, 17, 10, 3)).get() == alert
    assert steps.late_since(at=at(2026, 11, 17, 10, 3)) == at(2026, 11, 17, 10)


def test_a_closed_alert_has_no_clock(north: World) -> None:
    alert = raised(north, at(2026, 11, 17, 9, 0), kind=AlertKind.DETERIORATION, tier=Tier.REVIEW)
    alerts.close(
        alert=alert, by=north.chris, version=1, action=ActionCode.TALKED, note="Rang her.", at=at(2026, 11, 17, 9, 30)
    )
    alert.refresh_from_db()

    assert (alert.next_step, alert.next_step_at) == ("", None)
    assert steps.run(at=at(2026, 12, 17, 9, 30)) == 0
    assert not steps.unwatched(at=at(2026, 12, 17, 9, 30)).exists()
