"""The year of the demo clinic as one sorted agenda: each entry calls an ordinary use case at its simulated instant.

Nothing is written past the use cases except one thing: messages about the invented past are marked as sent, so that
no one is told today about last spring.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F

from monitoring.alerts import sightings
from monitoring.assessments import assessments
from monitoring.check_ins import check_ins
from monitoring.demo import agreements
from monitoring.demo.cast import STORIES
from monitoring.demo.course import SEED, StoryAnswers
from monitoring.demo.staff import ADMIN, CLINICIANS, COORDINATOR, STAFF, DemoColleague, morning_round
from monitoring.demo.stories import Move, Story, TreatmentStep
from monitoring.models import MonitoringPlan, Notification
from monitoring.models.notifications import NotificationState
from monitoring.plans import plans
from patients.accounts import clinics, invitations, proposals
from patients.accounts.invitations import InvitationLink
from patients.care import episodes, life_events, teams, treatments
from patients.clinics import hours
from patients.models import Clinic, Episode, Intervention, User
from patients.models.people import WORKING_WEEK
from patients.people import people
from patients.tenancy import clinic_context

CLINIC_NAME = "Northgate Clinic"
PUBLIC_NAME = "Northgate"
ZONE = "Europe/London"
DOMAIN = "northgate.example"
CRISIS_CONTACTS = [
    {"label": "emergency services", "number": "999", "note": "If you are in danger now"},
    {"label": "NHS 111, then press 2", "number": "111", "note": "A mental health nurse, day or night"},
    {"label": "Samaritans", "number": "116 123", "note": "Someone to talk to, free, any time"},
]
DEMO_PATIENT = "amira"
SIGN_INS = (("Patient", DEMO_PATIENT), ("Clinician", "rao"), ("Coordinator", "lindqvist"), ("Clinic admin", "admin"))

WEEK = timedelta(days=7)
OPENS_AT = time(8)
SWEEPS_AT = time(8, 30)
ROUND_AT = time(10, 30)
RECORDS_AT = time(15)
LOOKED_AT = time(16, 40)
REVIEWS_AT = time(10)
SET_UP_BEFORE = timedelta(days=10)
# Assessing all weeks of all people takes minutes, and only the last weeks are looked at closely: before these the
# sweep marks missed weeks once a week and assesses every eighth week only (docs/decisions/0052).
CLOSELY = 5 * WEEK
SELDOM_DAYS = 56
# Without look-alikes, since someone will type it from a terminal.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class SignIn:
    """One way into the demo."""

    role: str
    name: str
    email: str
    password: str


@dataclass
class Enrolled:
    """An invented person once enrolled: the story, its rows, and the answers to come."""

    story: Story
    user: User
    episode: Episode
    plan: MonitoringPlan
    course: StoryAnswers
    interventions: dict[str, Intervention] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One thing that happens at one instant."""

    at: datetime
    act: Callable[[datetime], object]


@dataclass
class Year:
    """What the agenda needs to know: now, the staff by key, the people enrolled so far."""

    now: datetime
    staff: dict[str, User]
    passwords: dict[str, str]
    enrolled: dict[str, Enrolled] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the present day at the clinic."""
        return plans.local_day(self.now, ZONE)

    def is_assessed_closely(self, at: datetime) -> bool:
        """Say whether a moment is so recent that every check-in is assessed at once."""
        return at >= self.now - CLOSELY

    def day(self, weeks_ago: float) -> date:
        """Return the day so many weeks ago."""
        return self.today - timedelta(days=round(weeks_ago * 7))

    def due_on(self, story: Story, week: int) -> date:
        """Return the day on which a week's check-in opens; 0 is the newest."""
        return self.today - timedelta(days=story.due_days_ago) - week * WEEK


@transaction.atomic
def build(*, at: datetime, stories: Sequence[Story] = STORIES) -> list[SignIn]:
    """Make the demo clinic as of now, all of it or nothing, and return its sign-ins.

    Args:
        at: now. The year before it is simulated; the newest check-in of the demo patient is left open to try.
        stories: whose year; the demo patient must be among them.
    """
    passwords = {key: _password() for _, key in SIGN_INS}
    opened = at - WEEK * max(story.weeks for story in stories) - SET_UP_BEFORE
    clinic, admin = _set_up(passwords, opened)
    with clinic_context(clinic_id=clinic.pk):
        year = Year(now=at, staff=_employ_all(admin, passwords, opened), passwords=passwords)
        for entry in sorted(_agenda(year, stories, opened), key=lambda entry: entry.at):
            if entry.at <= at:
                entry.act(entry.at)
        _sweep(year, at)
        _look(year, clinic)
        _agree(year)
        Notification.objects.update(state=NotificationState.SENT, sent_at=F("queued_at"))
        return [_sign_in(year, role, key) for role, key in SIGN_INS]


def _set_up(passwords: dict[str, str], at: datetime) -> tuple[Clinic, User]:
    """Set up the clinic with hours and numbers, so that it may ask about self-harm."""
    first = clinics.set_up_clinic(
        name=CLINIC_NAME, public_name=PUBLIC_NAME, time_zone=ZONE, admin_email=_email(ADMIN.key), at=at
    )
    clinic = first.clinic
    clinic.crisis_contacts = CRISIS_CONTACTS
    with clinic_context(clinic_id=clinic.pk):
        admin = _accept(first.admin, ADMIN.name, passwords.get(ADMIN.key), at)
        people.change_clinic(clinic=clinic, by=admin, at=at)
    return clinic, admin


def _employ_all(admin: User, passwords: dict[str, str], at: datetime) -> dict[str, User]:
    """Let the admin propose everyone: the operator confirms the first clinician, who confirms the others."""
    founder = CLINICIANS[0]
    staff = {ADMIN.key: admin, founder.key: _employ(founder, admin, None, passwords, at)}
    for person in STAFF:
        if person is not founder:
            staff[person.key] = _employ(person, admin, staff[founder.key], passwords, at)
    return staff


def _employ(person: DemoColleague, admin: User, second: User | None, passwords: dict[str, str], at: datetime) -> User:
    """Invite a member of staff, whom a second person confirms, and who accepts."""
    link = invitations.invite(
        email=_email(person.key), name=person.name, role=person.role, title=person.title, by=admin, at=at
    )
    if second is None:
        proposals.confirm_by_operator(invitation=link.invitation, at=at)
    else:
        proposals.confirm(invitation=link.invitation, by=second, at=at)
    return _accept(link, person.name, passwords.get(person.key), at)


def _accept(link: InvitationLink, name: str, password: str | None, at: datetime, *, code: str = "") -> User:
    """Accept an invitation; without a password only a code by mail opens the account."""
    user = invitations.accept(invitation=link.invitation, name=name, password=password, code=code, at=at)
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def _agenda(year: Year, stories: Sequence[Story], opened: datetime) -> Iterator[Entry]:
    """List everything that happens in the year, in any order."""
    for story in stories:
        yield from _of_person(year, story)
    day = plans.local_day(opened, ZONE)
    while day <= year.today:
        yield Entry(_instant(day, SWEEPS_AT), partial(_sweep, year))
        # Today's round is left to whoever tries the demo.
        if day.isoweekday() in WORKING_WEEK and day < year.today:
            yield Entry(_instant(day, ROUND_AT), partial(_round, year))
        day += timedelta(days=1)


def _of_person(year: Year, story: Story) -> Iterator[Entry]:
    """List what happens to one person: enrolment, steps of care, events, check-ins."""
    first = year.due_on(story, story.weeks - 1)
    yield Entry(_instant(first, time(7)), partial(_enrol, year, story))
    for step in story.steps:
        day = year.day(step.weeks_ago)
        # What began before the person came is recorded on the first day.
        yield Entry(_instant(max(day, first), RECORDS_AT), partial(_take_step, year, story, step, day))
    for weeks_ago, title in story.events.items():
        day = year.day(weeks_ago)
        yield Entry(_instant(day, time(20)), partial(_add_event, year, story, title, day))
    minutes = Random(f"{SEED} {story.key} minutes")  # noqa: S311  # not a secret
    for week in reversed(range(story.weeks)):
        day = year.due_on(story, week) + timedelta(days=story.answers_after)
        yield Entry(_instant(day, _time(minutes, story.hour)), partial(_answer, year, story, week))
    if story.ended_weeks_ago is not None:
        day = year.day(story.ended_weeks_ago)
        yield Entry(_instant(day, RECORDS_AT), partial(_end, year, story, day))


def _enrol(year: Year, story: Story, at: datetime) -> None:
    """Add a patient with an account, an episode, a care team and a plan."""
    lead = year.staff[story.team[0]]
    patient = people.add_patient(name=story.name, birth_date=story.born_on, time_zone=ZONE, by=lead, at=at)
    link = invitations.invite_patient(patient=patient, email=_email(story.key), by=lead, at=at)
    code = invitations.make_code(invitation=link.invitation, by=lead, at=at)
    user = _accept(link, story.name, year.passwords.get(story.key), at, code=code)
    starts_on = plans.local_day(at, ZONE)
    episode = episodes.open_episode(
        patient=link.invitation.patient or patient,
        started_on=starts_on,
        problems=story.problems,
        goal=story.goal,
        by=lead,
        at=at,
    )
    _gather_team(year, story, episode, at)
    plan = plans.start(
        episode=episode,
        weekday=starts_on.isoweekday(),
        local_time=OPENS_AT,
        starts_on=starts_on,
        instruments_every=dict(story.instruments),
        by=lead,
        at=at,
    )
    year.enrolled[story.key] = Enrolled(story, user, episode, plan, StoryAnswers.of(story))


def _gather_team(year: Year, story: Story, episode: Episode, at: datetime) -> None:
    """Let the care team join, the responsible clinician first."""
    professions = {person.key: person.profession for person in CLINICIANS}
    for position, key in enumerate(story.team):
        teams.join_care_team(
            episode=episode,
            member=year.staff[key],
            profession=professions[key],
            is_responsible=position == 0,
            by=year.staff[story.team[0]],
            at=at,
        )


def _take_step(year: Year, story: Story, step: TreatmentStep, day: date, at: datetime) -> None:
    """Start, change or stop something that is tried."""
    person, by = year.enrolled[story.key], year.staff[story.team[0]]
    if step.move is Move.START:
        person.interventions[step.name] = treatments.start_intervention(
            episode=person.episode, kind=step.kind, name=step.name, started_on=day, dose=step.dose, by=by, at=at
        )
        return
    intervention = person.interventions[step.name]
    if step.dose is not None:
        treatments.change_intervention(intervention=intervention, dose=step.dose, from_on=day, by=by, at=at)
    else:
        treatments.stop_intervention(intervention=intervention, stopped_on=day, reason=step.reason, by=by, at=at)


def _add_event(year: Year, story: Story, title: str, day: date, at: datetime) -> None:
    """Let the patient pin an event to a day."""
    person = year.enrolled[story.key]
    life_events.add_life_event(episode=person.episode, title=title, happened_on=day, by=person.user, at=at)


def _answer(year: Year, story: Story, week: int, at: datetime) -> None:
    """Submit the check-in of a week, unless it is skipped, and let it be assessed as a worker would."""
    person = year.enrolled[story.key]
    slot = plans.open_slot(person.episode, at=at)
    if slot is None:
        return
    answers = person.course.answers(week, plans.instruments_due(slot, person.plan))
    if answers is None:
        return
    check_ins.submit(
        episode=person.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=person.user, at=at
    )
    if year.is_assessed_closely(at):
        assessments.assess_episode(episode_id=person.episode.pk, at=at + timedelta(seconds=2))


def _end(year: Year, story: Story, day: date, at: datetime) -> None:
    """End an episode of care."""
    episodes.end_episode(episode=year.enrolled[story.key].episode, ended_on=day, by=year.staff[story.team[0]], at=at)


def _sweep(year: Year, at: datetime) -> None:
    """Do what the sweep does each minute, once a day or less: open weeks, mark missed ones, assess what is due."""
    is_close = year.is_assessed_closely(at)
    plans.open_due_slots(at=at)
    if is_close or at.isoweekday() == 1:
        plans.mark_missed(at=at)
    if is_close or at.toordinal() % SELDOM_DAYS == 0:
        plans.mark_changed(at=at)
        for episode_id in assessments.due_episodes(at=at):
            assessments.assess_episode(episode_id=episode_id, at=at)


def _round(year: Year, at: datetime) -> None:
    """Let the staff go through the alerts."""
    morning_round(coordinator=year.staff[COORDINATOR.key], at=at)


def _look(year: Year, clinic: Clinic) -> None:
    """Note that everyone's responsible clinician looked on the last working afternoon before today."""
    day = year.today - timedelta(days=1)
    while not hours.is_staffed(clinic, _instant(day, LOOKED_AT)):
        day -= timedelta(days=1)
    for person in year.enrolled.values():
        sightings.seen(
            episode=person.episode, by=year.staff[person.story.team[0]], sent_at=None, at=_instant(day, LOOKED_AT)
        )


def _agree(year: Year) -> None:
    """Let the demo patient and her clinician share a plan; the review is at ten, wall-clock time."""
    person = year.enrolled[DEMO_PATIENT]
    at = _instant(year.today, REVIEWS_AT)
    agreements.agree(episode=person.episode, patient=person.user, clinician=year.staff[person.story.team[0]], at=at)


def _sign_in(year: Year, role: str, key: str) -> SignIn:
    """Return how to get in as one person."""
    user = year.enrolled[key].user if key in year.enrolled else year.staff[key]
    return SignIn(role, user.name, user.email, year.passwords[key])


def _instant(day: date, at: time) -> datetime:
    """Return the instant of a wall-clock time at the clinic."""
    return plans.local_instant(day, at, ZONE)


def _time(random: Random, hour: int | None) -> time:
    """Return when someone answers: in the evening mostly, after the morning's sweep always."""
    return time(hour or random.choice((9, 12, 18, 19, 20, 20, 21)), random.randrange(60))


def _email(key: str) -> str:
    """Return the address of a person."""
    return f"{key}@{DOMAIN}"


def _password() -> str:
    """Return a new password, one that can be typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
