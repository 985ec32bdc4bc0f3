"""The year of the demo clinic as sorted entries: each calls an ordinary use case at its simulated instant.

Nothing is written past the use cases except one thing: messages about the invented past are marked as sent, so that
no one is told today about last spring.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import F
from django.utils import translation

from monitoring.assessments import assessments
from monitoring.attention import sightings
from monitoring.check_ins import check_ins
from monitoring.demo.course import SEED, StoryAnswers
from monitoring.demo.happenings import Happening, Scene
from monitoring.demo.staff import CLINICIANS, COORDINATOR, morning_round
from monitoring.demo.stories import Account, Move, Story, TreatmentStep
from monitoring.models import CheckInSlot, MonitoringPlan, Notification
from monitoring.models.notifications import NotificationState
from monitoring.plans import own_items, plans, turns
from patients.accounts import invitations
from patients.accounts.invitations import InvitationLink
from patients.care import episodes, life_events, teams, treatments
from patients.clinics import hours
from patients.models import Clinic, Episode, Intervention, User
from patients.models.people import WORKING_WEEK
from patients.people import people

ZONE = "Europe/London"
DOMAIN = "northgate.example"
WEEK = timedelta(days=7)
OPENS_AT = time(8)
SWEEPS_AT = time(8, 30)
ROUND_AT = time(10, 30)
RECORDS_AT = time(15)
LOOKED_AT = time(16, 40)
# Assessing all weeks of all people takes minutes, and only the last weeks are looked at closely: before these the
# sweep runs once a week and assesses every eighth week only (docs/decisions/0052).
CLOSELY = 5 * WEEK
SELDOM_WEEKS = 8


@dataclass
class Enrolled:
    """An invented person once enrolled: the story, its rows, and the answers to come."""

    story: Story
    user: User | None
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
    staff: Mapping[str, User]
    passwords: Mapping[str, str]
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


def play(year: Year, stories: Sequence[Story], clinic: Clinic) -> None:
    """Let the years of some people happen, in the order of time, up to now."""
    for entry in sorted(_agenda(year, stories), key=lambda entry: entry.at):
        if entry.at <= year.now:
            entry.act(entry.at)
    _sweep(year, year.now)
    _look(year, clinic)
    told = Notification.objects.filter(alert__episode__in=_episodes(year))
    told.update(state=NotificationState.SENT, sent_at=F("queued_at"))


def _episodes(year: Year) -> list[Episode]:
    """Return whose years are played."""
    return [person.episode for person in year.enrolled.values()]


def _agenda(year: Year, stories: Sequence[Story]) -> Iterator[Entry]:
    """List everything that happens in the year, in any order."""
    for story in stories:
        yield from _of_person(year, story)
    day = min(year.due_on(story, story.weeks - 1) for story in stories)
    while day <= year.today:
        if day.isoweekday() == 1 or year.is_assessed_closely(instant(day, SWEEPS_AT)):
            yield Entry(instant(day, SWEEPS_AT), partial(_sweep, year))
        # Today's round is left to whoever tries the demo.
        if day.isoweekday() in WORKING_WEEK and day < year.today:
            yield Entry(instant(day, ROUND_AT), partial(_round, year))
        day += timedelta(days=1)


def _of_person(year: Year, story: Story) -> Iterator[Entry]:
    """List what happens to one person: enrolment, steps of care, events, check-ins."""
    first = year.due_on(story, story.weeks - 1)
    # Before the hour at which check-ins open in the person's own zone.
    yield Entry(plans.local_instant(first, time(7), story.zone), partial(_enrol, year, story))
    for step in story.steps:
        day = year.day(step.weeks_ago)
        # What began before the person came is recorded on the first day.
        yield Entry(instant(max(day, first), RECORDS_AT), partial(_take_step, year, story, step, day))
    for weeks_ago, title in story.events.items():
        day = year.day(weeks_ago)
        yield Entry(instant(day, time(20)), partial(_add_event, year, story, title, day))
    for happening in story.happenings:
        at = instant(year.day(happening.weeks_ago), happening.clock)
        yield Entry(at, partial(_happen, year, story, happening))
    minutes = Random(f"{SEED} {story.key} minutes")  # noqa: S311  # not a secret
    for week in reversed(range(story.weeks)):
        day = year.due_on(story, week) + timedelta(days=story.answers_after + story.late.get(week, 0))
        at = plans.local_instant(day, _time(minutes, story.hour), story.zone)
        yield Entry(at, partial(_answer, year, story, week))
    if story.ended_weeks_ago is not None:
        day = year.day(story.ended_weeks_ago)
        yield Entry(instant(day, RECORDS_AT), partial(_end, year, story, day))


def _enrol(year: Year, story: Story, at: datetime) -> None:
    """Add a patient with an account, an episode, a care team and a plan."""
    lead = year.staff[story.team[0]]
    patient = people.add_patient(
        name=story.name,
        birth_date=story.born_on,
        external_id=story.number,
        time_zone=story.zone,
        language=story.language,
        by=lead,
        at=at,
    )
    user = None
    if story.account is not Account.NONE:
        link = invitations.invite_patient(patient=patient, email=email(story.key), by=lead, at=at)
        patient = link.invitation.patient or patient
        if story.account is Account.OPENED:
            code = invitations.make_code(invitation=link.invitation, by=lead, at=at)
            user = accept(link, story.name, year.passwords.get(story.key), at, code=code)
    starts_on = plans.local_day(at, story.zone)
    episode = episodes.open_episode(
        patient=patient, started_on=starts_on, problems=story.problems, goal=story.goal, by=lead, at=at
    )
    _gather_team(year, story, episode, at)
    plan = plans.start(
        episode=episode,
        weekday=starts_on.isoweekday(),
        local_time=OPENS_AT,
        starts_on=starts_on,
        cadence_weeks=story.cadence_weeks,
        instruments_every=dict(story.instruments),
        by=lead,
        at=at,
    )
    year.enrolled[story.key] = Enrolled(story, user, episode, plan, StoryAnswers.of(story))


def accept(link: InvitationLink, name: str, password: str | None, at: datetime, *, code: str = "") -> User:
    """Accept an invitation on a page in its language; without a password only a code by mail opens the account."""
    language = link.invitation.language or settings.LANGUAGE_CODE
    with translation.override(language):
        user = invitations.accept(
            invitation=link.invitation, name=name, password=password, language=language, code=code, at=at
        )
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


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


def _happen(year: Year, story: Story, happening: Happening, at: datetime) -> None:
    """Let something happen; what changes a week is assessed as a worker would."""
    person, lead = year.enrolled[story.key], year.staff[story.team[0]]
    scene = Scene(
        episode=person.episode,
        user=person.user or lead,
        lead=lead,
        staff=year.staff,
        interventions=person.interventions,
        at=at,
        today=year.today,
    )
    happening.happen(scene)


def _answer(year: Year, story: Story, week: int, at: datetime) -> None:
    """Submit the check-in of a week, unless it is skipped, and let it be assessed as a worker would."""
    person = year.enrolled[story.key]
    # Who looks before the sweep finds the week open all the same.
    plans.open_due_weeks(episode=person.episode, at=at)
    slot = CheckInSlot.objects.filter(episode=person.episode, due_on=year.due_on(story, week)).first()
    if person.user is None or slot is None:
        return
    slot.episode = person.episode
    asked = own_items.own_item(person.episode)
    answers = person.course.answers(
        week,
        turns.instruments_due(slot, person.plan),
        tried={} if at < year.now - story.asked_weeks * WEEK else person.interventions,
        on=plans.local_day(at, story.zone),
        own_item=asked.pk if asked else None,
    )
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
    """Do what the sweep does each minute, once a day or a week: open weeks, mark missed ones, assess what is due."""
    plans.open_due_slots(at=at)
    plans.mark_missed(at=at)
    if year.is_assessed_closely(at) or at.isocalendar().week % SELDOM_WEEKS == 0:
        plans.mark_changed(at=at)
        for episode_id in assessments.due_episodes(at=at):
            assessments.assess_episode(episode_id=episode_id, at=at)


def _round(year: Year, at: datetime) -> None:
    """Let the staff go through the alerts of these people; those that a story leaves alone wait."""
    seen = [person.episode for person in year.enrolled.values() if not person.story.is_left_alone]
    morning_round(episodes=seen, coordinator=year.staff[COORDINATOR.key], at=at)


def _look(year: Year, clinic: Clinic) -> None:
    """Note that everyone's responsible clinician looked on the last working afternoon before today."""
    day = year.today - timedelta(days=1)
    while not hours.is_staffed(clinic, instant(day, LOOKED_AT)):
        day -= timedelta(days=1)
    for person in year.enrolled.values():
        if not person.story.is_left_alone and person.episode.started_on < day:
            sightings.seen(
                episode=person.episode, by=year.staff[person.story.team[0]], sent_at=None, at=instant(day, LOOKED_AT)
            )


def instant(day: date, at: time) -> datetime:
    """Return the instant of a wall-clock time at the clinic."""
    return plans.local_instant(day, at, ZONE)


def _time(random: Random, hour: int | None) -> time:
    """Return when someone answers: in the evening mostly, after the morning's sweep always."""
    return time(hour or random.choice((9, 12, 18, 19, 20, 20, 21)), random.randrange(60))


def email(key: str) -> str:
    """Return the address of a person."""
    return f"{key}@{DOMAIN}"
