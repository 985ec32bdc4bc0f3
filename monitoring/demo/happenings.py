"""What happens in an invented life beside check-ins and treatments: each a sentence of a story that calls a use case.

Times count back from today in weeks, as in the stories; a negative one is still to come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar, Protocol
from uuid import uuid4

from monitoring.alerts import alerts
from monitoring.check_ins import check_ins, drafts, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn
from monitoring.models.alerts import AlertKind
from monitoring.models.plans import PauseReason
from monitoring.plans import medicines, own_items, plans
from monitoring.reviews import reviews
from patients.care import context, exposure
from patients.mending import entries
from patients.models import Episode, Intervention, User
from patients.models.consent import ConsentPurpose
from patients.models.context import ContextKind
from patients.models.exposure import Homework, Kept, Measure
from patients.models.people import WORKING_WEEK
from patients.models.rights import RequestKind
from patients.rights import consent, data_requests


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who is there when something happens, and when it is."""

    episode: Episode
    user: User
    lead: User
    staff: Mapping[str, User]
    interventions: Mapping[str, Intervention]
    at: datetime
    # The day on which the story ends.
    today: date

    def day(self, weeks_ago: float) -> date:
        """Return the day so many weeks ago."""
        return self.today - timedelta(days=round(weeks_ago * 7))


def working_day(day: date) -> date:
    """Return a day, or the next one on which the clinic is staffed, whatever day the demo is made on."""
    while day.isoweekday() not in WORKING_WEEK:
        day += timedelta(days=1)
    return day


class Happening(Protocol):
    """Something that happens at the clinic's wall-clock time on a day."""

    @property
    def weeks_ago(self) -> float:
        """Return how long ago."""
        ...

    @property
    def clock(self) -> time:
        """Return at what time of the day."""
        ...

    def happen(self, scene: Scene) -> object:
        """Call the use case."""
        ...


@dataclass(frozen=True, kw_only=True)
class OwnQuestion:
    """A question in the patient's own words, asked from then on."""

    weeks_ago: float
    wording: str
    low: str
    high: str
    higher_is_better: bool = True
    clock: ClassVar[time] = time(8, 5)

    def happen(self, scene: Scene) -> None:
        """Let the patient ask it."""
        own_items.set_own_item(
            episode=scene.episode,
            wording=self.wording,
            low=self.low,
            high=self.high,
            higher_is_better=self.higher_is_better,
            by=scene.user,
            at=scene.at,
        )


@dataclass(frozen=True, kw_only=True)
class SessionHeld:
    """One occasion of something that is tried, and what became of its homework."""

    weeks_ago: float
    name: str
    kept: Kept = Kept.KEPT
    homework: Homework | None = None
    clock: ClassVar[time] = time(15, 30)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician record it."""
        exposure.record_session(
            intervention=scene.interventions[self.name],
            on=scene.day(self.weeks_ago),
            kept=self.kept,
            homework=self.homework,
            by=scene.lead,
            at=scene.at,
        )


def sessions(
    name: str, *, first: int, last: int = 0, every: int = 1, missed: frozenset[int] = frozenset()
) -> tuple[SessionHeld, ...]:
    """Return the sessions of many weeks: homework is mostly done, now and then in part; a missed one has none."""
    return tuple(
        SessionHeld(weeks_ago=week + 0.4, name=name, kept=Kept.MISSED)
        if week in missed
        else SessionHeld(
            weeks_ago=week + 0.4,
            name=name,
            homework={0: Homework.PARTLY, 3: Homework.NOT_DONE}.get(week % 5, Homework.DONE),
        )
        for week in range(first, last - 1, -every)
    )


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What something that is tried should bring, by so many points and by a day."""

    weeks_ago: float
    name: str
    measure: Measure
    points: int
    by_weeks_ago: float
    clock: ClassVar[time] = time(15, 10)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician write it down."""
        exposure.expect(
            intervention=scene.interventions[self.name],
            measure=self.measure,
            points=Decimal(self.points),
            by_on=scene.day(self.by_weeks_ago),
            by=scene.lead,
            at=scene.at,
        )


@dataclass(frozen=True, kw_only=True)
class Paused:
    """No check-ins for a while; without a last week until somebody says so."""

    weeks_ago: float
    reason: PauseReason
    until_weeks_ago: float | None = None
    clock: ClassVar[time] = time(12)

    def happen(self, scene: Scene) -> None:
        """Let the patient pause."""
        plan = plans.of_episode(scene.episode)
        if plan is None:
            return
        until = None if self.until_weeks_ago is None else scene.day(self.until_weeks_ago)
        plans.pause(plan=plan, reason=self.reason, until=until, by=scene.user, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class ReviewPlanned:
    """The day of the next review is agreed, or moved."""

    weeks_ago: float
    for_weeks_ago: float
    clock: ClassVar[time] = time(14)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician plan it, for eleven o'clock."""
        day = working_day(scene.day(self.for_weeks_ago))
        planned_at = plans.local_instant(day, time(11), scene.episode.clinic.time_zone)
        reviews.plan(episode=scene.episode, planned_at=planned_at, by=scene.lead, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class ReviewSettled:
    """Somebody says that the review was held, or missed."""

    weeks_ago: float
    was_held: bool
    clock: ClassVar[time] = time(16)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician say it."""
        review = reviews.waiting_for_word(scene.episode, at=scene.at)
        if review is not None:
            reviews.settle(review=review, was_held=self.was_held, by=scene.lead, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn:
    """The patient does not want check-ins to be used any more."""

    weeks_ago: float
    clock: ClassVar[time] = time(19)

    def happen(self, scene: Scene) -> None:
        """Let the patient decide."""
        consent.decide(
            patient=scene.episode.patient,
            purpose=ConsentPurpose.CHECK_INS,
            is_given=False,
            by=scene.user,
            at=scene.at,
        )


@dataclass(frozen=True, kw_only=True)
class Requested:
    """The patient asks for a correction or for erasure; answered by the admin where there is an answer."""

    weeks_ago: float
    kind: RequestKind
    text: str
    answer: str = ""
    clock: ClassVar[time] = time(10)

    def happen(self, scene: Scene) -> None:
        """Put the request before the clinic, and answer it."""
        asked = data_requests.ask(
            patient=scene.episode.patient, kind=self.kind, text=self.text, by=scene.user, at=scene.at
        )
        if self.answer:
            data_requests.answer(
                data_request=asked, is_granted=True, words=self.answer, by=scene.staff["admin"], at=scene.at
            )


@dataclass(frozen=True, kw_only=True)
class Background:
    """A fact that surrounds the treatment."""

    weeks_ago: float
    kind: ContextKind
    text: str
    clock: ClassVar[time] = time(15, 20)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician note it."""
        day = scene.day(self.weeks_ago)
        context.note(episode=scene.episode, kind=self.kind, text=self.text, from_on=day, by=scene.lead, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class TakenOut:
    """A treatment that was entered in error is taken out, with the reason."""

    weeks_ago: float
    name: str
    reason: str
    clock: ClassVar[time] = time(16, 10)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician take it out."""
        entry = scene.interventions[self.name]
        entries.void(episode=scene.episode, entry=entry, reason=self.reason, by=scene.lead, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """The answers of the newest week are changed: some ratings were meant otherwise."""

    weeks_ago: float
    ratings: Mapping[Domain, int]
    clock: ClassVar[time] = time(21, 30)

    def happen(self, scene: Scene) -> None:
        """Let the patient send the form again."""
        original = weeks.correctable(scene.episode, at=scene.at)
        if original is not None and original.slot_id is not None:
            check_ins.submit(
                episode=scene.episode,
                slot_id=original.slot_id,
                client_key=uuid4(),
                answers=replace(_as_sent(original), ratings={**original.ratings, **self.ratings}),
                corrects=original.pk,
                by=scene.user,
                at=scene.at,
            )


def _as_sent(original: CheckIn) -> CheckInAnswers:
    """Return what a stored check-in says."""
    return CheckInAnswers(
        ratings=original.ratings,
        own_item=original.own_item_id,
        own_rating=original.own_rating,
        medicines=medicines.reported(original),
        items=original.answers,
        note=original.note,
        note_is_shared=original.note_is_shared,
        is_short=original.is_short,
        language=original.language,
    )


@dataclass(frozen=True, kw_only=True)
class LeftUnsent:
    """A form that was begun and not sent; safety answers in it count at once."""

    weeks_ago: float
    answers: Mapping[str, object] = field(default_factory=dict)
    clock: ClassVar[time] = time(9, 15)

    def happen(self, scene: Scene) -> None:
        """Let the patient begin the form and answer some pages."""
        plans.open_due_weeks(episode=scene.episode, at=scene.at)
        draft = drafts.begin(episode=scene.episode, is_short=False, at=scene.at)
        drafts.save_answers(draft=draft, answers=self.answers, episode=scene.episode, by=scene.user, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class OpenedAgain:
    """Somebody opens a closed alert again."""

    weeks_ago: float
    kind: AlertKind
    note: str
    clock: ClassVar[time] = time(11, 30)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician open it again."""
        alert = alerts.latest(scene.episode, self.kind)
        if alert is not None and not alert.is_open:
            alerts.reopen(alert=alert, by=scene.lead, version=alert.version, note=self.note, at=scene.at)


@dataclass(frozen=True, kw_only=True)
class GivenTo:
    """An open alert is given to a named colleague."""

    weeks_ago: float
    kind: AlertKind
    to: str
    note: str
    clock: ClassVar[time] = time(11, 40)

    def happen(self, scene: Scene) -> None:
        """Let the responsible clinician give it."""
        alert = Alert.objects.open().filter(episode=scene.episode, kind=self.kind).first()
        if alert is not None:
            to = scene.staff[self.to]
            alerts.give(alert=alert, to=to, by=scene.lead, version=alert.version, note=self.note, at=scene.at)
