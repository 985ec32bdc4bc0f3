"""A clinic of any size in seconds: one person's half year through the use cases, then copies made by the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.db import connections, transaction

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine.records import Domain
from monitoring.models import CheckInSlot
from monitoring.plans import plans
from patients.care import episodes, teams
from patients.models import Clinic, Episode, User
from patients.models.care import Profession
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import people
from patients.queries import BETWEEN
from patients.rights import consent
from patients.tenancy import clinic_transaction

WEEKS = 26
WEEK = timedelta(days=7)
# A course that gets worse in its last weeks, so that there are signals and an alert to show for everyone.
STEADY, WORSE = (3, 4), (8, 2)
WORSE_WEEKS = 6

# Table, its columns that point into the copied rows, and the column that says whose rows they are. In this order each
# row finds its parent.
COPIED = (
    ("patients_patient", ("id",), "id"),
    ("patients_consent", ("id", "patient_id"), "patient_id"),
    ("patients_episode", ("id", "patient_id"), "patient_id"),
    ("patients_careteammembership", ("id", "episode_id"), "episode_id"),
    ("monitoring_monitoringplan", ("id", "episode_id"), "episode_id"),
    ("monitoring_checkinslot", ("id", "episode_id"), "episode_id"),
    ("monitoring_checkin", ("id", "episode_id", "slot_id", "client_key"), "episode_id"),
    ("monitoring_assessment", ("id", "episode_id"), "episode_id"),
    ("monitoring_signal", ("id", "episode_id", "assessment_id"), "episode_id"),
    ("monitoring_alert", ("id", "episode_id", "signal_id", "check_in_id"), "episode_id"),
    ("monitoring_need", ("id", "episode_id", "assessment_id"), "episode_id"),
)


@dataclass(frozen=True)
class Bench:
    """The clinic to measure: the person who was entered by hand, and who looks."""

    clinic: Clinic
    patient: User
    clinician: User
    episode: Episode
    slot: CheckInSlot

    def take_back(self) -> None:
        """Undo this week's submit, so that it can be measured again."""
        with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM monitoring_checkin WHERE slot_id = %s", [self.slot.pk])
            cursor.execute("UPDATE monitoring_checkinslot SET answered_at = NULL WHERE id = %s", [self.slot.pk])


def statements(captured: Iterable[Mapping[str, str]]) -> int:
    """Return how many statements were sent; what goes together is counted one by one."""
    return sum(1 + query["sql"].count(BETWEEN) for query in captured)


def make(name: str, *, at: datetime) -> Bench:
    """Make a clinic with one patient, half a year of check-ins, and this week's still to answer."""
    with transaction.atomic():
        clinic = Clinic.objects.create(name=name, public_name=name, created_at=at)
    with clinic_transaction(clinic_id=clinic.pk):
        clinician = make_user(f"clinician.{name}", Role.CLINICIAN, at)
        patient = make_user(f"patient.{name}", Role.PATIENT, at)
        episode = admit(patient, clinician, at)
        for week in reversed(range(1, WEEKS)):
            _answer(episode, patient, week, at - WEEK * week)
        plans.open_due_slots(at=at)
        slot = plans.open_slot(episode, at=at)
        if slot is None:
            raise RuntimeError("no week is open")
        return Bench(clinic, patient, clinician, episode, slot)


def make_user(name: str, role: Role, at: datetime) -> User:
    """Make an account with a role; no one signs in with a password here."""
    user = User.objects.create_user(f"{name}@bench.example", name=f"Bench {name.title()}", claimed_at=at)
    people.grant_role(user=user, role=role, at=at)
    return user


def admit(user: User, clinician: User, at: datetime, *, weeks: int = WEEKS) -> Episode:
    """Admit the patient so many weeks ago, half a year by default; the weeks open two days ago."""
    began = at - WEEK * weeks
    opened = at - timedelta(days=2)
    patient = people.add_patient(name=user.name, user=user, by=clinician, at=began)
    consent.decide(patient=patient, purpose=ConsentPurpose.CHECK_INS, is_given=True, by=user, at=began)
    episode = episodes.open_episode(patient=patient, started_on=began.date(), problems="", by=clinician, at=began)
    teams.join_care_team(
        episode=episode, member=clinician, profession=Profession.OTHER, is_responsible=True, by=clinician, at=began
    )
    plans.start(
        episode=episode,
        weekday=opened.isoweekday(),
        local_time=time(0),
        starts_on=began.date(),
        by=clinician,
        at=began,
    )
    return episode


def _answer(episode: Episode, user: User, week: int, at: datetime) -> None:
    """Submit one week and assess it as a worker would."""
    plans.open_due_slots(at=at)
    slot = plans.open_slot(episode, at=at)
    if slot is None:
        raise RuntimeError("no week is open")
    bad, good = WORSE if week <= WORSE_WEEKS else STEADY
    ratings = dict.fromkeys(Domain, good + week % 2) | {Domain.PAIN: bad - week % 2}
    check_ins.submit(
        episode=episode, slot_id=slot.pk, client_key=uuid4(), answers=CheckInAnswers(ratings=ratings), by=user, at=at
    )
    assessments.assess_episode(episode_id=episode.pk, at=at)


def copy(bench: Bench, *, first: int, last: int) -> None:
    """Add numbered copies of the patient, as the tables' owner and inside the database."""
    patient = bench.episode.patient.pk
    of = {"id": patient, "patient_id": patient, "episode_id": bench.episode.pk}
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        for table, pointers, owner in COPIED:
            cursor.execute(_copy_statement(table, pointers, owner), [first, last, of[owner]])
    # A clinic of this size has long been tidied up; left to itself the server would do it while pages are timed.
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copy_statement(table: str, pointers: tuple[str, ...], owner: str) -> str:
    """Return the statement that copies one person's rows; a copy's ids follow from the original's and its number."""
    changed = ", ".join(f"'{name}', md5(t.{name}::text || n)::uuid" for name in pointers)
    if table == "patients_patient":
        changed += ", 'user_id', NULL, 'name', 'Copy ' || n"
    return (
        f"INSERT INTO {table} SELECT r.* FROM {table} t CROSS JOIN generate_series(%s, %s) n "  # noqa: S608
        f"CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object({changed})) r WHERE t.{owner} = %s"
    )
