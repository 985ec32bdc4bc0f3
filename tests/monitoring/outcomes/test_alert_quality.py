"""How alerts went: counted by raisings, answers by people only, small groups hidden, the command as the page."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.escalation import steps
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.outcomes import alert_quality
from patients.models import Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.patients.views.inviting import signed_in

HOUR = timedelta(hours=1)


def raised(episode: Episode, *, at=NOW, kind: AlertKind = AlertKind.DETERIORATION, tier: Tier = Tier.REVIEW) -> Alert:
    return evidence.raise_alert(episode=episode, kind=kind, tier=tier, at=at)


def close(world: World, alert: Alert, *, at, action: ActionCode = ActionCode.TALKED) -> None:
    alerts.close(alert=alert, by=world.chris, version=alert.version, action=action, note="Done.", at=at)


def people(world: World, number: int) -> list[Episode]:
    return [
        factories.make_episode(factories.make_patient(f"Person {index}"), team=(world.chris,))
        for index in range(number)
    ]


def load(world: World, *, at=NOW + timedelta(days=20)) -> alert_quality.AlertQuality:
    return alert_quality.load(clinic=world.clinic, at=at)


def test_medians_and_shares_are_counted_from_raising_to_the_first_answer_of_a_person(north: World) -> None:
    for hours, episode in enumerate(people(north, 12), start=1):
        alert = raised(episode)
        alert = alerts.acknowledge(alert=alert, by=north.chris, version=1, at=NOW + HOUR * hours)
        close(
            north,
            alert,
            at=NOW + HOUR * 24 * hours,
            action=ActionCode.TALKED if hours > 6 else ActionCode.NOTHING_NEEDED,
        )

    [tier] = load(north).by_tier

    assert (tier.name, tier.raised, tier.hours_to_answer, tier.hours_to_close) == ("Review", 12, 6.5, 156.0)
    assert tier.acted.share is not None
    assert (tier.acted.share.count, tier.acted.share.of) == (6, 12)
    assert tier.in_time.share is not None
    assert (tier.in_time.share.count, tier.in_time.share.of) == (12, 12)


def test_an_alert_that_is_opened_again_counts_twice_and_what_the_computer_did_is_no_answer(north: World) -> None:
    alert = raised(north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT)
    steps.run(at=NOW + HOUR)
    quality = load(north, at=NOW + HOUR)
    assert (quality.raised, quality.by_tier[0].hours_to_answer) == (1, None)

    alerts.start_work(alert=alert, by=north.chris, version=alert.version, note="Rang.", at=NOW + HOUR)
    alert.refresh_from_db()
    alerts.close(
        alert=alert, by=north.chris, version=alert.version, action=ActionCode.TALKED, note="Done.", at=NOW + HOUR,
        **factories.read(alert),
    )  # fmt: skip
    alert.refresh_from_db()
    alerts.reopen(alert=alert, by=north.chris, version=alert.version, note="Again.", at=NOW + HOUR * 2)

    assert load(north).raised == 2


def test_a_rule_that_nothing_follows_is_shown_as_one_to_look_at(north: World) -> None:
    for episode in people(north, 12):
        close(north, raised(episode), at=NOW + HOUR, action=ActionCode.NOTHING_NEEDED)

    [kind] = load(north).by_kind

    assert kind.is_to_look_at
    assert kind.name == "Getting worse"


def test_few_alerts_are_not_counted_out(north: World) -> None:
    for episode in people(north, 4):
        close(north, raised(episode), at=NOW + HOUR)

    [kind] = load(north).by_kind

    assert (kind.raised, kind.hours_to_answer, kind.acted.share) == (None, None, None)
    assert not kind.is_to_look_at


def test_safety_answers_that_waited_for_twelve_hours_are_counted(north: World) -> None:
    raised(north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT)
    steps.run(at=NOW + HOUR * 12)

    assert load(north).over_twelve_hours == 1


def test_what_lies_longer_ago_is_not_counted(north: World) -> None:
    raised(north.episode)

    assert load(north, at=NOW + timedelta(days=91)).raised == 0


def test_the_load_of_each_person_and_day_is_that_of_staffed_days(north: World) -> None:
    for episode in people(north, 26):
        raised(episode)

    quality = load(north, at=NOW + timedelta(days=1))

    # Chris, Dana and Cora; 90 days hold 64 working days here.
    assert quality.responders == 3
    assert quality.a_person_a_day == pytest.approx(26 / (3 * 64), abs=0.01)
    assert not quality.is_too_much


def test_who_has_how_many_is_named_with_what_is_overdue(north: World) -> None:
    first, second = people(north, 2)
    for episode in (first, second):
        alerts.acknowledge(alert=raised(episode), by=north.chris, version=1, at=NOW)

    assert alert_quality.staff_load(at=NOW) == [(north.chris, 2, 0)]
    assert alert_quality.staff_load(at=NOW + timedelta(days=9)) == [(north.chris, 2, 2)]


def test_the_command_prints_what_the_page_shows(world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        for episode in people(world, 7):
            close(world, raised(episode, at=now - HOUR * 30), at=now - HOUR * 3)
    printed = StringIO()
    call_command("alert_quality", clinic=world.clinic.name, json=True, stdout=printed)
    told = json.loads(printed.getvalue())

    page = signed_in(world.sam).get("/clinic/alerts/")

    shown = page.context["quality"]
    assert told["raised"] == shown.raised == 7
    assert told["per_hundred"] is shown.per_hundred is None, "nobody has sent a check-in"
    assert told["by_kind"][0]["hours_to_close"] == shown.by_kind[0].hours_to_close == 27.0
    assert "27.0" in page.content.decode()
    plain = StringIO()
    call_command("alert_quality", clinic=world.clinic.name, stdout=plain)
    assert "7 alerts" in plain.getvalue()
    with pytest.raises(CommandError):
        call_command("alert_quality", clinic="Nowhere")
