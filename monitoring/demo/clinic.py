"""The demo clinic: who works there, who can sign in, and in which parts its people come.

The first part brings everybody who can sign in and a person for most states of the pages; it takes seconds. The others
come a few people at a time, each time all of them or none (docs/decisions/0168).
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from monitoring.demo import agenda, agreements, nights
from monitoring.demo.agenda import WEEK, ZONE, Year, accept, email
from monitoring.demo.cast import STORIES
from monitoring.demo.staff import ADMIN, CLINICIANS, COORDINATOR, INVITED, LEAD, STAFF, DemoColleague
from monitoring.demo.stories import Story
from monitoring.escalation import policies
from patients.accounts import clinics, invitations, proposals
from patients.accounts.invitations import InvitationLink
from patients.care import interactions
from patients.care.interactions import Pair
from patients.clinics import days_off
from patients.models import Clinic, Patient, User
from patients.people import absences, people
from patients.tenancy import clinic_context

CLINIC_NAME = "Northgate Clinic"
PUBLIC_NAME = "Northgate"
CRISIS_CONTACTS = [
    {"label": "emergency services", "number": "999", "note": "If you are in danger now"},
    {"label": "NHS 111, then press 2", "number": "111", "note": "A trained mental health professional, day or night"},
    {"label": "Samaritans", "number": "116 123", "note": "Someone to talk to, free, any time"},
]
PAIRS = [
    Pair(
        first="Sertraline",
        second="St John's wort",
        note="Ask about agitation, fever and tremor.",
        source="Clinic list, agreed by the medicines group",
    )
]
DEMO_PATIENT, GERMAN_PATIENT = "amira", "jonas.weber"
SIGN_INS = (
    ("Patient", DEMO_PATIENT),
    ("Patient, in German", GERMAN_PATIENT),
    ("Clinician", "rao"),
    ("Coordinator", "lindqvist"),
    ("Clinic admin", "admin"),
)
REVIEWS_AT = time(10)
SET_UP_BEFORE = timedelta(days=10)
INVITED_BEFORE = timedelta(hours=20)
# Of which country and region the public holidays are; when somebody is away, and for how long.
HOLIDAYS = ("GB", "ENG")
AWAY_IN, AWAY_FOR = timedelta(days=4), timedelta(days=6)
# People in one part: few enough that the sign-in page has something new to say every few seconds.
TOGETHER = 8
# Without look-alikes, since someone will type it from a terminal.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class SignIn:
    """One way into the demo."""

    role: str
    name: str
    email: str
    password: str


def build(
    *, at: datetime, stories: Sequence[Story] = STORIES, told: Callable[[int], object] | None = None
) -> list[SignIn]:
    """Make the demo clinic as of now, part by part, and return its sign-ins.

    Args:
        at: now. The year before it is simulated; the newest check-in of the demo patient is left open to try.
        stories: whose year; the demo patient must be among them.
        told: is told after each part how many people have come.
    """
    sign_ins = begin(at=at, stories=stories)
    for count in [len(first_part(stories)), *fill(at=at, stories=stories)]:
        if told is not None:
            told(count)
    return sign_ins


def first_part(stories: Sequence[Story]) -> list[Story]:
    """Return who comes first: everybody who can sign in, and who shows most."""
    can_sign_in = {key for _role, key in SIGN_INS}
    return [story for story in stories if story.key in can_sign_in or story.comes_first]


@transaction.atomic
def begin(*, at: datetime, stories: Sequence[Story] = STORIES) -> list[SignIn]:
    """Set the clinic up with its staff and the first part of its people, all of it or nothing; return the sign-ins."""
    passwords = {key: _password() for _, key in SIGN_INS}
    opened = at - WEEK * max(story.weeks for story in stories) - SET_UP_BEFORE
    clinic, admin = _set_up(passwords, opened)
    with clinic_context(clinic_id=clinic.pk):
        year = Year(now=at, staff=_employ_all(admin, passwords, opened, at), passwords=passwords)
        agenda.play(year, first_part(stories), clinic)
        _agree(year)
        _keep_a_calendar(clinic, year, at)
        return [_sign_in(year, role, key) for role, key in SIGN_INS if key in year.enrolled or key in year.staff]


def fill(*, at: datetime, stories: Sequence[Story] = STORIES) -> Iterator[int]:
    """Bring everybody who is not there yet, a few at a time, and say after each time how many have come.

    What an earlier run has brought stays: a run that was stopped is gone on with.
    """
    clinic = Clinic.objects.get(name=CLINIC_NAME)
    with transaction.atomic(), clinic_context(clinic_id=clinic.pk):
        here = set(Patient.objects.values_list("name", flat=True))
    if nights.WEARER not in here:
        with transaction.atomic(), clinic_context(clinic_id=clinic.pk):
            nights.bring(responsible=_staff_here()[CLINICIANS[0].key], today=Year(at, {}, {}).today, at=at)
    to_come = [story for story in stories if story.name not in here]
    done = len(stories) - len(to_come)
    for start in range(0, len(to_come), TOGETHER):
        some = to_come[start : start + TOGETHER]
        with transaction.atomic(), clinic_context(clinic_id=clinic.pk):
            agenda.play(Year(now=at, staff=_staff_here(), passwords={}), some, clinic)
        done += len(some)
        yield done


def _staff_here() -> dict[str, User]:
    """Return the staff by key, as an earlier part has employed them."""
    return {person.key: User.objects.get(email=email(person.key)) for person in (ADMIN, *STAFF)}


def _set_up(passwords: dict[str, str], at: datetime) -> tuple[Clinic, User]:
    """Set up the clinic with hours and numbers, so that it may ask about self-harm."""
    first = clinics.set_up_clinic(
        name=CLINIC_NAME, public_name=PUBLIC_NAME, time_zone=ZONE, admin_email=email(ADMIN.key), at=at
    )
    clinic = first.clinic
    clinic.crisis_contacts = CRISIS_CONTACTS
    with clinic_context(clinic_id=clinic.pk):
        admin = accept(first.admin, ADMIN.name, passwords.get(ADMIN.key), at)
        people.change_clinic(clinic=clinic, by=admin, at=at)
    return clinic, admin


def _keep_a_calendar(clinic: Clinic, year: Year, at: datetime) -> None:
    """Check the public holidays, and note who is away soon."""
    admin, away, stand_in = (year.staff[key] for key in (ADMIN.key, CLINICIANS[1].key, CLINICIANS[0].key))
    years = (year.today.year, year.today.year + 1)
    closed = [one.day for one in days_off.public_holidays(*HOLIDAYS, years=years)]
    until = date(years[1], 12, 31)
    days_off.keep_holidays(
        clinic=clinic, country=HOLIDAYS[0], region=HOLIDAYS[1], closed=closed, until=until, by=admin, at=at
    )
    first = year.today + AWAY_IN
    last = first + AWAY_FOR
    absences.plan(user=away, first=first, last=last, stand_in=stand_in, by=away, today=year.today, at=at)


def _employ_all(admin: User, passwords: dict[str, str], opened: datetime, at: datetime) -> dict[str, User]:
    """Let the admin propose everyone: the operator confirms the first clinician, who confirms the others.

    One more was invited today and waits for the second person.
    """
    founder = CLINICIANS[0]
    staff = {ADMIN.key: admin, founder.key: _employ(founder, admin, None, passwords, opened)}
    for person in STAFF:
        if person is not founder:
            staff[person.key] = _employ(person, admin, staff[founder.key], passwords, opened)
    interactions.add(pairs=PAIRS, by=admin, at=opened)
    policies.change(
        second=staff[COORDINATOR.key],
        lead=staff[LEAD.key],
        on_call=None,
        urgent_minutes=policies.default_minutes(),
        number=0,
        by=admin,
        at=opened,
    )
    _invite(INVITED, admin, at - INVITED_BEFORE)
    return staff


def _invite(person: DemoColleague, admin: User, at: datetime) -> InvitationLink:
    """Invite a member of staff."""
    return invitations.invite(
        email=email(person.key), name=person.name, role=person.role, title=person.title, by=admin, at=at
    )


def _employ(person: DemoColleague, admin: User, second: User | None, passwords: dict[str, str], at: datetime) -> User:
    """Invite a member of staff, whom a second person confirms, and who accepts."""
    link = _invite(person, admin, at)
    if second is None:
        proposals.confirm_by_operator(invitation=link.invitation, at=at)
    else:
        proposals.confirm(invitation=link.invitation, by=second, at=at)
    return accept(link, person.name, passwords.get(person.key), at)


def _agree(year: Year) -> None:
    """Let the demo patient and her clinician share a plan; the review is at ten, wall-clock time."""
    person = year.enrolled[DEMO_PATIENT]
    if person.user is not None:
        lead = year.staff[person.story.team[0]]
        at = agenda.instant(year.today, REVIEWS_AT)
        agreements.agree(episode=person.episode, patient=person.user, clinician=lead, at=at)


def _sign_in(year: Year, role: str, key: str) -> SignIn:
    """Return how to get in as one person."""
    user = (year.enrolled[key].user if key in year.enrolled else None) or year.staff[key]
    return SignIn(role, user.name, user.email, year.passwords[key])


def _password() -> str:
    """Return a new password, one that can be typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
