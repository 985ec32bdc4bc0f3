"""What the patient's start page says: what is to be answered, what was sent, who reads it, and what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.alerts import promises
from monitoring.attention import sightings
from monitoring.check_ins import contents, drafts, pages, weeks
from monitoring.course.answers import is_labelled_corrected
from monitoring.messages import reminders
from monitoring.models import CheckIn, CheckInSlot, Sighting
from monitoring.plans import cadences, plans
from patients.care import teams
from patients.clinics import hours
from patients.models import Clinic, Episode, User
from patients.rights import consent


@dataclass(frozen=True, kw_only=True)
class StartPage:
    """Everything that the start page shows.

    Attributes:
        episode: whose page it is.
        slot: the week that is open; None where nothing is to be answered.
        has_begun: whether its form holds an answer already.
        may_answer: whether the patient agreed to check-ins.
        questions: how many pages the whole form has, the one that sends included; 0 without a week.
        minutes: about how long that takes; 0 without a week.
        short_questions: how many questions a bad day has.
        late_slot: a missed week that can still be entered.
        asked_at: until when the patient has put the question off.
        is_asked_today: whether that is today for the person.
        pause: of the check-ins; None while they run.
        next_due: the day of the next week.
        opens_today_at: when today's check-in opens; None where it is open, or comes on another day.
        last: the newest check-in.
        last_on: the day it is about; of an earlier week the day on which it was entered.
        is_corrected: whether it was changed on a later day.
        can_change: whether the newest answers can still be changed.
        may_ask_less: whether a slower rhythm is to be offered.
        sighting: who of the team looked first at what was sent last, and when; None while no one has.
        read_by: the day on which someone reads what is sent now.
        hours: of the clinic, in words.
        opens: when the clinic opens next, in words.
        clinician: who is responsible.
        promises: what was promised about open alerts.
    """

    episode: Episode
    slot: CheckInSlot | None
    has_begun: bool
    may_answer: bool
    questions: int
    minutes: int
    short_questions: int
    late_slot: CheckInSlot | None
    asked_at: datetime | None
    is_asked_today: bool
    pause: plans.Pause | None
    next_due: date | None
    opens_today_at: datetime | None
    last: CheckIn | None
    last_on: date | None
    is_corrected: bool
    can_change: bool
    may_ask_less: bool
    sighting: Sighting | None
    read_by: date | None
    hours: str
    opens: str
    clinician: User | None
    promises: Sequence[str]


def load_start_page(episode: Episode, *, clinic: Clinic, at: datetime) -> StartPage:
    """Return the start page of a patient."""
    slot, late_slot = plans.open_slot(episode, at=at), weeks.late_slot(episode, at=at)
    last = weeks.last_check_in(episode)
    opening, zone = plans.next_opening(episode, at=at), episode.patient.time_zone
    questions = pages.page_count(_content(slot, at)) if slot else 0
    asked_at = reminders.postponed_to(slot, at=at) if slot else None
    return StartPage(
        episode=episode,
        slot=slot,
        has_begun=slot is not None and drafts.has_begun(slot),
        may_answer=consent.has_check_in_consent(episode.patient),
        questions=questions,
        minutes=pages.minutes_for(questions) if slot else 0,
        short_questions=len(contents.SHORT_FORM),
        late_slot=late_slot,
        asked_at=asked_at,
        is_asked_today=asked_at is not None and plans.local_day(asked_at, zone) == plans.local_day(at, zone),
        pause=plans.pause_in(episode.pk),
        next_due=opening.date() if opening else None,
        opens_today_at=opening if opening and opening.date() == plans.local_day(at, zone) else None,
        last=last,
        last_on=_last_on(last, zone),
        is_corrected=last is not None and is_labelled_corrected(last),
        can_change=weeks.correctable(episode, at=at) is not None,
        may_ask_less=cadences.may_be_lowered(episode, at=at),
        sighting=sightings.first_since(episode, last.submitted_at) if last else None,
        read_by=hours.read_by(clinic, at, reader_zone=zone),
        hours=hours.in_words(clinic, at, reader_zone=zone),
        opens=hours.opening_in_words(clinic, at, reader_zone=zone),
        clinician=teams.responsible_clinician(episode),
        promises=promises.open_promises(episode, at=at),
    )


def _last_on(last: CheckIn | None, zone: str) -> date | None:
    """Return the day of the newest check-in as its chart has it: a journey since then makes it no other day."""
    if last is None:
        return None
    return plans.local_day(last.submitted_at, zone) if last.is_late else last.about_on


def _content(slot: CheckInSlot, at: datetime) -> contents.FormContent:
    """Return what the whole form of a week asks, as it was begun or would be now."""
    asked = contents.asked_by(drafts.of_slot(slot))
    return contents.content_of(slot, asked=asked, is_short=False, at=at)
