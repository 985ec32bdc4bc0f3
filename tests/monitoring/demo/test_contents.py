"""What the demo holds: each thing that a page can show, and a person for each state in which a page can be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoDbBlocker

from monitoring import demo
from monitoring.assessments import assessments
from monitoring.check_ins import drafts, open_forms, weeks
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.course.pictures import Reached
from monitoring.demo.cast.states import STATES
from monitoring.demo.nights import HOURS, WEARER
from monitoring.engine.records import Direction
from monitoring.models import (
    Alert,
    AlertEvent,
    CheckIn,
    ClinicInstrument,
    MedicineReport,
    MonitoringPlan,
    Need,
    OwnItem,
    Review,
    Score,
)
from monitoring.models.alerts import AlertEventKind, AlertKind, AlertState
from monitoring.models.check_ins import DosesTaken
from monitoring.plans import plans
from monitoring.words.states import State
from patients.accounts import proposals
from patients.care import interactions
from patients.models import (
    Clinic,
    ContextNote,
    DataRequest,
    Episode,
    Intervention,
    Invitation,
    Patient,
    SafetyPlan,
    Session,
    User,
)
from patients.models.exposure import Homework, Kept
from patients.models.rights import RequestState
from patients.rights import consent
from patients.tenancy import clinic_context
from tests.monitoring.demo.played import BY_KEY

# One worker builds what these tests share.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.slow]

# A Monday morning, before the round.
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
KEYS = (
    "amira", "noor.rahman", "fatima.alsayed", "daniel.osei", "chloe.bernard", "amara.nwosu", "arjun.mehta", "ewa.nowak",
    "maria.santos",
)  # fmt: skip
# A month of the demo patient, who must be among them.
AMIRA = replace(BY_KEY["amira"], weeks=5, steps=(), events={}, silent=frozenset(), late={}, happenings=())
SOME = [*STATES, *(BY_KEY[key] for key in KEYS)]


@pytest.fixture(scope="module")
def northgate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the clinic once for the tests that only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.build(at=NOW, stories=SOME)
        clinic = Clinic.objects.get(name=demo.CLINIC_NAME)
        with clinic_context(clinic_id=clinic.pk):
            yield
        transaction.set_rollback(True)


def episode_of(name: str) -> Episode:
    return Episode.objects.select_related("patient", "clinic").get(patient__name__startswith=name)


def alerts_of(name: str) -> list[Alert]:
    return list(Alert.objects.filter(episode__patient__name__startswith=name))


def reached(name: str) -> set[Reached]:
    """Return how far the expectations of one person have come, as the person's page says it."""
    person = persons.load_person(episode_of(name), View(window="all"), at=NOW)
    return {target.reached for target in person.course.targets}


THINGS: dict[str, Callable[[], Iterable[object]]] = {
    "side effects that were rated": lambda: CheckIn.objects.filter(side_effects__insomnia__severity=2),
    "a side effect that stands on no list": lambda: CheckIn.objects.exclude(other_symptom=""),
    "symptoms after a stop": lambda: CheckIn.objects.filter(side_effects__electric_shocks__severity=2),
    "missed doses with a reason": lambda: MedicineReport.objects.filter(taken=DosesTaken.SOME_MISSED).exclude(
        reason=""
    ),
    "doses as agreed": lambda: MedicineReport.objects.filter(taken=DosesTaken.ALL),
    "a week entered late": lambda: CheckIn.objects.filter(is_late=True),
    "a corrected week": lambda: CheckIn.objects.filter(corrects__isnull=False),
    "a bad day": lambda: CheckIn.objects.filter(is_short=True),
    "an own question, more is better": lambda: OwnItem.objects.filter(higher_is_better=True),
    "an own question, less is better": lambda: OwnItem.objects.filter(higher_is_better=False),
    "answers to own questions": lambda: CheckIn.objects.filter(own_rating__isnull=False),
    "a medicine in the place of another": lambda: Intervention.objects.filter(
        kind="medication",
        stopped_on__isnull=False,
        episode__interventions__kind="medication",
        episode__interventions__started_on__gte=F("stopped_on"),
    ),
    "a rhythm of two weeks": lambda: MonitoringPlan.objects.filter(cadence_weeks=2),
    "a safety plan": SafetyPlan.objects.all,
    "background": ContextNote.objects.all,
    "an entry that was taken out": lambda: Intervention.versions.filter(voided_at__isnull=False),
    "a request that waits": lambda: DataRequest.objects.filter(state=RequestState.OPEN),
    "a request that was answered": lambda: DataRequest.objects.filter(state=RequestState.GRANTED),
    "a colleague who waits for the second person": lambda: proposals.waiting(at=NOW),
    "a pair on the clinic's list": interactions.listed,
    "a review to come": lambda: Review.objects.filter(planned_at__gt=NOW, prepared_at__isnull=False),
    "a review that was held": lambda: Review.objects.filter(held_at__isnull=False),
    "a review that was missed": lambda: Review.objects.filter(missed_at__isnull=False),
    "a review of which nobody has spoken": lambda: Review.objects.filter(
        planned_at__lt=NOW, held_at__isnull=True, missed_at__isnull=True
    ),
    "a new alert": lambda: Alert.objects.filter(state=AlertState.NEW, owner__isnull=True, due_at__gt=NOW),
    "an alert that someone has": lambda: Alert.objects.open().filter(owner__isnull=False),
    "an alert that is being worked on": lambda: Alert.objects.filter(state=AlertState.IN_PROGRESS),
    "an alert that is overdue and no one's": lambda: Alert.objects.open().filter(owner__isnull=True, due_at__lt=NOW),
    "a closed alert": lambda: Alert.objects.filter(state=AlertState.CLOSED),
    "an alert that was opened again": lambda: AlertEvent.objects.filter(
        kind=AlertEventKind.REOPENED, by__isnull=False, alert__state=AlertState.NEW
    ),
    "an alert that was given": lambda: AlertEvent.objects.filter(kind=AlertEventKind.GIVEN),
    "silence": lambda: Alert.objects.open().filter(kind=AlertKind.MISSED_CHECK_INS),
    "somebody still learned about": lambda: Need.objects.filter(rank=State.LEARNING.rank),
    "somebody discharged": lambda: Episode.objects.filter(ended_on__isnull=False),
    "somebody invited": lambda: Invitation.objects.filter(patient__name__startswith="Ali Haidar", accepted_at=None),
    "somebody without an account": lambda: Patient.objects.filter(user=None, name="Dorothy Marsh"),
    "a pause with an end": lambda: MonitoringPlan.objects.filter(paused_at__lt=NOW, paused_until__gt=NOW.date()),
    "a pause without one": lambda: MonitoringPlan.objects.filter(paused_at__lt=NOW, paused_until=None),
}


@pytest.mark.parametrize("thing", THINGS)
def test_the_demo_holds(northgate: None, thing: str) -> None:
    assert list(THINGS[thing]())


def test_sessions_were_held_and_missed_with_homework_of_every_kind(northgate: None) -> None:
    assert {Kept.KEPT, Kept.MISSED} <= set(Session.objects.values_list("kept", flat=True))
    assert set(Homework) <= set(Session.objects.values_list("homework", flat=True))


def test_expectations_were_met_and_missed(northgate: None) -> None:
    assert {Reached.MET, Reached.MISSED} <= reached("Amira") | reached("Fatima")


def test_people_have_two_languages_and_live_in_three_zones(northgate: None) -> None:
    assert set(Patient.objects.values_list("language", flat=True)) == {"en", "de"}
    assert User.objects.get(email="jonas.weber@northgate.example").language == "de"
    assert {"Europe/London", "Europe/Berlin", "America/Los_Angeles"} == plans.zones_in_use()


def test_names_have_letters_of_three_scripts(northgate: None) -> None:
    names = "".join(Patient.objects.values_list("name", flat=True))

    assert {"A", "陈", "ع"} <= set(names)


def test_a_second_week_can_be_answered_beside_the_one_that_is_open(northgate: None) -> None:
    jonas = episode_of("Jonas")

    assert plans.open_slot(jonas, at=NOW) is not None
    assert weeks.late_slot(jonas, at=NOW) is not None


def test_nights_of_a_wearable_stand_on_the_same_axis_and_judge_nobody(northgate: None) -> None:
    wearer = episode_of(WEARER)

    assert Score.objects.filter(episode=wearer).count() == len(HOURS)
    assert ClinicInstrument.objects.get().direction == Direction.NEUTRAL
    assert alerts_of(WEARER) == []


def test_a_form_that_was_not_sent_has_raised_its_safety_answer(northgate: None) -> None:
    noah = episode_of("Noah")

    assert open_forms.unsent(drafts.of_episode(noah.pk), at=NOW) is not None
    assert [alert.check_in for alert in alerts_of("Noah") if alert.kind == AlertKind.RISK_ANSWER] == [None]


def test_somebody_has_withdrawn_consent(northgate: None) -> None:
    assert not consent.has_check_in_consent(episode_of("Beatrice").patient)


def test_somebody_new_with_an_account_has_answered_nothing(northgate: None) -> None:
    chen = episode_of("Chen")

    assert chen.patient.user is not None
    assert not CheckIn.objects.filter(episode=chen).exists()


def test_everybody_could_be_assessed(northgate: None) -> None:
    assert list(assessments.due_episodes(at=NOW)) == []
    assert not MonitoringPlan.objects.exclude(failed_assessments=0).exists()
    assert not Alert.objects.filter(kind=AlertKind.NOT_ASSESSED).exists()


def test_every_review_lies_on_a_day_on_which_the_clinic_is_staffed(northgate: None) -> None:
    assert {review.planned_at.isoweekday() for review in Review.objects.all()} <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("days", [1, 3, 5, 6])
def test_a_person_for_each_state_is_there_whatever_the_day(db: None, days: int) -> None:
    at = NOW + timedelta(days=days, hours=-6)
    some = [BY_KEY[key] for key in ("jonas.weber", "olga.ivanova", "chen.meiling", "arjun.mehta")]
    demo.build(at=at, stories=[AMIRA, *some, replace(BY_KEY["noah.brandt"], weeks=3)])

    with clinic_context(clinic_id=Clinic.objects.get(name=demo.CLINIC_NAME).pk):
        assert open_forms.unsent(drafts.of_episode(episode_of("Noah").pk), at=at) is not None
        assert weeks.late_slot(episode_of("Jonas"), at=at) is not None
        assert episode_of("Chen").started_on <= at.date()
        assert Review.objects.filter(missed_at__isnull=False).exists()
