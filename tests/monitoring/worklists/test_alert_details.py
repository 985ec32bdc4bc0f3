"""What the page of an alert says beside its reason: what happens next, who else waits, what was agreed."""

from datetime import timedelta

from monitoring.alerts import alerts, evidence, pauses
from monitoring.alerts.pauses import Agreed
from monitoring.engine.records import Tier
from monitoring.escalation import policies, steps
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.worklists import alert_details, queues
from patients.models import Episode
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.alerts.raising import raise_one
from tests.monitoring.alerts.test_pauses import the_alert


def again(alert: Alert) -> Alert:
    return alerts.seen_alerts(episodes=Episode.objects.all()).get(pk=alert.pk)


def following(alert: Alert) -> str:
    return alert_details.load_detail(again(alert), at=NOW).following


def test_it_names_who_is_notified_when_nobody_takes_it(north: World) -> None:
    policies.change(
        second=north.cora, lead=None, on_call=None, urgent_minutes=[60, 240, 480], number=0, by=north.sam, at=NOW
    )
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    assert following(alert).startswith(f"If nobody takes it: {north.cora} is notified on Mon 16 Nov")
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=NOW)
    assert following(alert).startswith("If its owner records nothing: they are asked on Mon 16 Nov")


def test_an_owner_who_was_asked_sees_the_question(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=NOW)
    assert not alert_details.load_detail(again(alert), at=NOW).is_owner_asked

    steps.run(at=NOW + timedelta(minutes=61))

    assert alert_details.load_detail(again(alert), at=NOW).is_owner_asked


def test_alerts_of_one_person_stand_together_and_name_each_other(north: World) -> None:
    quiet = raise_one(north)
    loud = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    evidence.raise_alert(episode=north.bens_episode, kind=AlertKind.CONTACT_WISH, tier=Tier.PRIORITY, at=NOW)

    queue = queues.load_queue(
        episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, page_number="1", user=north.cora, at=NOW
    )

    assert [group.heading for group in queue.groups] == ["Safety: now", "Priority: next working day"]
    first = queue.groups[0].rows[0]
    assert (first.id, [row.id for row in first.more]) == (loud.pk, [quiet.pk])
    assert [row.id for row in alert_details.load_detail(again(loud), at=NOW).others] == [quiet.pk]


def test_a_level_that_was_agreed_is_told(north: World) -> None:
    alert = the_alert(north)
    pauses.pause(
        alert=alert, by=north.chris, version=alert.version, until=NOW + timedelta(days=7), agreed=Agreed(level=3.5),
        note="Moving house.", at=NOW,
    )  # fmt: skip

    detail = alert_details.load_detail(again(alert), at=NOW)

    assert detail.levels == ("Sleep: 3.5 is agreed until 23 Nov",)
    assert detail.row.clock.words.startswith("Paused until Mon 23 Nov")
    assert detail.following.startswith("Paused until Mon 23 Nov")
