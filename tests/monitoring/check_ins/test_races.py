"""Many at once: one row, one assessment, one alert. Real connections, real commits."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections, transaction

from monitoring.alerts import alerts, evidence
from monitoring.assessments import assessments
from monitoring.check_ins import check_ins
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.engine.records import Domain, Tier
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent, Assessment, CheckIn, Notification
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.operations import tasks
from monitoring.worklists.transfers import hand_overs
from monitoring.worklists.transfers.hand_overs import HandOverConflict, HandOverWaits
from patients.care import teams
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World, build_world
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def committed(transactional_db: None) -> Iterator[World]:
    """Both clinics, committed, with a plan for Ann and her week open."""
    with transaction.atomic():
        world = build_world()
    with clinic_transaction(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=NOW.date())
        factories.open_week(world.episode)
    yield world
    connections.close_all()


def at_once(times: int, work: Callable[[int], object]) -> list[object]:
    """Run work in that many threads, each with its own connection; exceptions come back as values."""

    def one(number: int) -> object:
        try:
            return work(number)
        except Exception as problem:  # noqa: BLE001
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_forty_posts_of_one_key_give_one_row(committed: World) -> None:
    key = uuid4()
    answers = CheckInAnswers(ratings=dict.fromkeys(Domain, 5))
    with clinic_transaction(clinic_id=committed.clinic.pk):
        slot = factories.open_week(committed.episode)

    def post(_: int) -> bool:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            receipt = check_ins.submit(
                episode=committed.episode, slot_id=slot.pk, client_key=key, answers=answers, by=committed.ann, at=NOW
            )
            return receipt.is_repeat

    outcomes = at_once(40, post)

    assert sorted(outcomes, key=str) == [False] + [True] * 39
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert CheckIn.objects.count() == 1


def test_ten_workers_racing_for_one_episode_make_one_assessment(committed: World) -> None:
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_check_in(committed.episode, by=committed.ann)

    def work(_: int) -> bool:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            return assessments.assess_episode(episode_id=committed.episode.pk, at=NOW) is not None

    outcomes = at_once(10, work)

    assert sorted(outcomes, key=str) == [False] * 9 + [True]
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert Assessment.objects.count() == 1


def test_twenty_workers_raising_the_same_alert_raise_it_once(committed: World) -> None:
    def work(_: int) -> object:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            alert = evidence.raise_alert(
                episode=committed.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW
            )
            return alert.pk

    outcomes = at_once(20, work)

    assert len(set(outcomes)) == 1
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert Alert.objects.get().events.count() == 20
        assert Notification.objects.count() == 1


def test_of_two_people_closing_one_alert_one_wins_and_one_meets_a_conflict(committed: World) -> None:
    with clinic_transaction(clinic_id=committed.clinic.pk):
        alert = evidence.raise_alert(episode=committed.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
    people = [committed.chris, committed.cora]

    def close(number: int) -> str:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            alerts.close(
                alert=alert, by=people[number], version=alert.version, action=ActionCode.TALKED, note="Rang.", at=NOW
            )
        return "closed"

    outcomes = at_once(2, close)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlertConflict", "str"]


def test_ten_workers_deliver_a_message_once(committed: World, mailoutbox: list[object]) -> None:
    with clinic_transaction(clinic_id=committed.clinic.pk):
        evidence.raise_alert(episode=committed.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
        [message] = notifications.due(at=NOW)

    outcomes = at_once(
        10, lambda _: notifications.deliver(clinic_id=committed.clinic.pk, notification_id=message, at=NOW)
    )

    assert sorted(outcomes, key=str) == [False] * 9 + [True]
    assert len(mailoutbox) == 1


def test_five_sweeps_at_once_do_the_work_once(committed: World, mailoutbox: list[object]) -> None:
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_check_in(committed.episode, by=committed.ann, contact_wish=ContactWish.CONTACT_ME)

    at_once(5, lambda _: tasks.run_sweep(at=NOW))

    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert Assessment.objects.count() == 1
    assert len(mailoutbox) == 1


def test_patient_and_nurse_at_the_same_week_at_once_leave_one_row(committed: World) -> None:
    """Whoever comes second is told, and goes on in a correction."""
    with clinic_transaction(clinic_id=committed.clinic.pk):
        slot = factories.open_week(committed.episode)

    def send(number: int) -> str:
        by, mood = (committed.ann, 3) if number % 2 else (committed.chris, 8)
        with clinic_transaction(clinic_id=committed.clinic.pk):
            receipt = check_ins.submit(
                episode=committed.episode,
                slot_id=slot.pk,
                client_key=uuid4(),
                answers=CheckInAnswers(ratings={Domain.MOOD: mood}),
                is_by_phone=by == committed.chris,
                by=by,
                at=NOW,
            )
            return str(receipt.check_in.mode)

    outcomes = at_once(20, send)

    assert [one for one in outcomes if isinstance(one, str)] in (["web"], ["phone"])
    assert {type(one) for one in outcomes if not isinstance(one, str)} == {CheckInClosed}
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert CheckIn.versions.count() == 1


def test_a_hand_over_is_accepted_or_taken_back_and_never_both(committed: World) -> None:
    with clinic_transaction(clinic_id=committed.clinic.pk):
        asked = hand_overs.ask(episode=committed.episode, to=committed.dana, by=committed.chris, at=NOW)

    def answer(number: int) -> str:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            if number % 2:
                return hand_overs.accept(hand_over=asked, version=1, by=committed.dana, at=NOW).state
            return hand_overs.withdraw(hand_over=asked, version=1, by=committed.chris, at=NOW).state

    outcomes = at_once(20, answer)

    [winner] = [one for one in outcomes if isinstance(one, str)]
    assert {type(one) for one in outcomes if not isinstance(one, str)} == {HandOverConflict}
    with clinic_transaction(clinic_id=committed.clinic.pk):
        responsible = str(teams.responsible_clinician(committed.episode))
        assert (winner, responsible) in {("accepted", "Dana"), ("withdrawn", "Chris")}


def test_ten_who_ask_at_once_ask_once(committed: World) -> None:
    def ask(_: int) -> str:
        with clinic_transaction(clinic_id=committed.clinic.pk):
            return hand_overs.ask(episode=committed.episode, to=committed.dana, by=committed.chris, at=NOW).state

    outcomes = at_once(10, ask)

    assert [type(one) for one in outcomes if not isinstance(one, str)] == [HandOverWaits] * 9


def test_of_fifty_pairs_who_act_on_one_alert_one_wins_and_no_text_is_lost(committed: World) -> None:
    """Each pair opens the same version; the second meets a conflict that shows the first, and keeps the own words."""
    clinic_id = committed.clinic.pk
    pair = (committed.chris, committed.cora)
    written: list[str] = []
    for round_number in range(50):
        with clinic_transaction(clinic_id=clinic_id):
            alert = evidence.raise_alert(
                episode=committed.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW
            )
            version = alert.version

        def record(number: int, alert: Alert = alert, version: int = version, turn: int = round_number) -> str:
            note = f"{turn}: {pair[number]} was here"
            with clinic_transaction(clinic_id=clinic_id):
                alerts.start_work(alert=alert, by=pair[number], version=version, note=note, at=NOW)
            return note

        results = at_once(2, record)
        won = [result for result in results if isinstance(result, str)]
        lost = [result for result in results if isinstance(result, alerts.AlertConflict)]
        assert (len(won), len(lost)) == (1, 1), results
        assert lost[0].alert.version > version
        written += won
    with clinic_transaction(clinic_id=clinic_id):
        kept = list(AlertEvent.objects.filter(by__isnull=False).values_list("note", flat=True))
    assert sorted(kept) == sorted(written)
