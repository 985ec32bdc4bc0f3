"""Builders that reach a state through the use cases, so that a test never stands on rows that could not exist."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from monitoring.alerts import closing
from monitoring.alerts.closing import PlanReviewed, SafetyAssessment
from monitoring.assessments import assessments
from monitoring.check_ins import check_ins
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.check_ins import Receipt
from monitoring.engine.records import Domain, History
from monitoring.models import Alert, CheckInSlot, MonitoringPlan
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.plans import plans
from patients.care import episodes, teams
from patients.models import Clinic, Episode, Patient, User
from patients.models.care import Profession
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import people
from patients.rights import consent

# A Monday morning; every test tells its own time from here.
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def make_clinic(name: str = "Northgate Clinic", *, at: datetime = NOW) -> Clinic:
    """Make a clinic that is ready to ask about risk."""
    return Clinic.objects.create(
        name=name,
        public_name=name.split()[0],
        time_zone="Europe/Berlin",
        crisis_contacts=[{"label": "Emergency", "number": "999", "note": "If you are in danger now"}],
        created_at=at,
    )


def make_user(email: str, *, name: str = "", password: str | None = None, roles: tuple[Role, ...] = ()) -> User:
    """Make an account with roles in the present clinic."""
    user = User.objects.create_user(email, password, name=name or email.split("@")[0].title(), claimed_at=NOW)
    for role in roles:
        people.grant_role(user=user, role=role, at=NOW - timedelta(days=800))
    return user


def make_patient(name: str = "Ann Archer", *, user: User | None = None, time_zone: str = "Asia/Kolkata") -> Patient:
    """Make a patient who has agreed to check-ins."""
    patient = people.add_patient(name=name, user=user, time_zone=time_zone, by=None, at=NOW - timedelta(days=800))
    consent.decide(
        patient=patient, purpose=ConsentPurpose.CHECK_INS, is_given=True, by=user, at=NOW - timedelta(days=800)
    )
    return patient


def make_episode(patient: Patient, *, team: tuple[User, ...] = (), started_on: date | None = None) -> Episode:
    """Open an episode with a care team; the first member is responsible."""
    started = started_on or (NOW - timedelta(weeks=60)).date()
    at = datetime.combine(started, time(9), tzinfo=UTC)
    episode = episodes.open_episode(patient=patient, started_on=started, problems="Depression", by=None, at=at)
    for index, member in enumerate(team):
        teams.join_care_team(
            episode=episode,
            member=member,
            profession=Profession.PSYCHIATRIST,
            is_responsible=index == 0,
            by=None,
            at=at,
        )
    return episode


def make_plan(
    episode: Episode, *, starts_on: date | None = None, instruments: Mapping[str, int] | None = None, weekday: int = 1
) -> MonitoringPlan:
    """Agree on a weekly plan, Mondays at nine."""
    return plans.start(
        episode=episode,
        weekday=weekday,
        local_time=time(9),
        starts_on=starts_on or episode.started_on,
        instruments_every=dict(instruments or {}),
        by=None,
        at=NOW - timedelta(weeks=60),
    )


def open_week(episode: Episode, *, at: datetime = NOW) -> CheckInSlot:
    """Open what is due and return the week that can be answered now."""
    plans.open_due_slots(at=at)
    slot = plans.open_slot(episode, at=at)
    assert slot is not None
    return slot


def make_check_in(
    episode: Episode,
    *,
    by: User,
    at: datetime = NOW,
    items: Mapping[str, Mapping[str, int | None]] | None = None,
    contact_wish: ContactWish = ContactWish.JUST_RECORD,
    note: str = "",
    **ratings: int | None,
) -> Receipt:
    """Submit this week's check-in."""
    slot = open_week(episode, at=at)
    usual: dict[Domain, int | None] = {
        Domain.SLEEP: 6,
        Domain.MOOD: 6,
        Domain.ENERGY: 5,
        Domain.PAIN: 3,
        Domain.FUNCTION: 6,
    }
    usual.update({Domain(name): value for name, value in ratings.items()})
    answers = CheckInAnswers(ratings=usual, items=items or {}, note=note, contact_wish=contact_wish)
    return check_ins.submit(episode=episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=by, at=at)


def make_history(
    episode: Episode, *, by: User, moods: list[int | None], until: datetime = NOW, **ratings: list[int | None]
) -> None:
    """Submit one check-in a week, the last one at `until`; None is a missed week."""
    first = until - WEEK * (len(moods) - 1)
    for index, mood in enumerate(moods):
        at = first + WEEK * index
        plans.open_due_slots(at=at)
        plans.mark_missed(at=at)
        if mood is not None:
            extra = {name: values[index] for name, values in ratings.items()}
            make_check_in(episode, by=by, at=at, mood=mood, **extra)


def phq9(*, item_9: int | None = 0, others: int = 1) -> dict[str, int | None]:
    """Return answers to the PHQ-9."""
    return {str(number): others for number in range(1, 9)} | {"9": item_9}


EXPLORED = SafetyAssessment(explored="What keeps her here.", plan=PlanReviewed.UNCHANGED, others="Her sister.")


def read(alert: Alert) -> dict[str, Any]:
    """Return what the page of an alert sends along with a closing: the newest evidence that was on it, and what was
    found where it is a safety answer.
    """
    is_safety = alert.kind == AlertKind.RISK_ANSWER
    return {"shown": closing.since_opened(alert)[-1].pk} | ({"assessment": EXPLORED} if is_safety else {})


def load_history(episode: Episode, *, as_of: datetime) -> History:
    """Return everything known about an episode up to a moment, as the engine gets it."""
    return assessments.history_of(episode, assessments.load_rows(episode, as_of=as_of), as_of=as_of)
