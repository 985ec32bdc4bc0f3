"""The form that someone has open: read once for a request, with everything that its pages ask for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from monitoring.check_ins import contents, drafts, weeks
from monitoring.check_ins.contents import WORDS, Asked, FormContent
from monitoring.check_ins.forms import PRIVATE, SHARED
from monitoring.check_ins.pages import OWN_DOOR, Door, FormPage, Json, pages_of
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot
from monitoring.plans import plans
from patients.models import Episode


@dataclass(frozen=True, kw_only=True)
class OpenForm:
    """A form that was begun and can still be sent.

    Attributes:
        draft: what was answered in it so far.
        original: the check-in that it corrects; None for a first answer.
        at: now.
        door: by which addresses it is filled in.
    """

    draft: CheckInDraft
    original: CheckIn | None
    at: datetime
    door: Door = OWN_DOOR

    @property
    def slot(self) -> CheckInSlot:
        """Return the week."""
        return self.draft.slot

    @property
    def episode(self) -> Episode:
        """Return whose form it is."""
        return self.slot.episode

    @property
    def is_short(self) -> bool:
        """Say whether it is the form of a bad day."""
        return self.draft.is_short

    @property
    def answers(self) -> Mapping[str, Any]:
        """Return what is kept: key of the page -> answer."""
        kept: Mapping[str, Any] = self.draft.answers
        return kept

    @property
    def today(self) -> date:
        """Return the day of the person."""
        return plans.local_day(self.at, self.episode.patient.time_zone)

    @property
    def late_until(self) -> date | None:
        """Return the last day that a form of a week that is over is about; None for the present one."""
        if self.asked.is_late:
            return self.original.about_on if self.original else self.slot.due_on
        is_overdue = self.original is None and contents.is_overdue(self.slot, self.asked, at=self.at)
        return self.asked.on if is_overdue else None

    @cached_property
    def asked(self) -> Asked:
        """Return what it was begun with; decided now for one of a version that did not keep it."""
        return contents.asked_by(self.draft) or contents.decide(self.slot, original=self.original, at=self.at)

    @cached_property
    def content(self) -> FormContent:
        """Return what is asked."""
        answered = None if self.original else self.answers.keys()
        return contents.content_of(self.slot, asked=self.asked, is_short=self.is_short, answered=answered, at=self.at)

    @cached_property
    def pages(self) -> list[FormPage]:
        """Return the pages that ask, in their order; the page that sends comes after them."""
        is_change = self.slot.answered_at is not None
        return pages_of(self.content, until=self.late_until, is_change=is_change, door=self.door)

    def page(self, number: int, *, is_detour: bool = False) -> FormPage | None:
        """Return one page; None where the form has no such page.

        Args:
            number: from 1 on.
            is_detour: whether someone came here from the page that sends.
        """
        if not 1 <= number <= len(self.pages):
            return None
        return replace(self.pages[number - 1], is_detour=is_detour)

    @property
    def first_open_page(self) -> FormPage | None:
        """Return the first page without an answer; None where all have one, and on a bad day, which has one page."""
        pages = [] if self.is_short else self.pages
        return next((page for page in pages if page.key not in self.answers), None)

    @property
    def words(self) -> Json:
        """Return note, wish and event as fields: as written in this form, or as sent in the one that it corrects."""
        written: Json | None = self.answers.get(WORDS)
        if written is not None or self.original is None:
            return written or {}
        private = SHARED if self.original.note_is_shared else PRIVATE
        return {"note": self.original.note, "keep_private": private, "contact_wish": self.original.contact_wish}


def open_form(episode: Episode, *, slot_id: UUID | None = None, at: datetime) -> OpenForm | None:
    """Return the form that is being filled in: of the named week, or the one that was touched last; None if none."""
    begun = drafts.of_episode(episode.pk)
    return _first_open([draft for draft in begun if slot_id in {None, draft.slot_id}], at)


def _first_open(begun: Iterable[CheckInDraft], at: datetime) -> OpenForm | None:
    """Return the first form that can still be sent."""
    return next(filter(None, (_opened(draft, at) for draft in begun)), None)


def _opened(draft: CheckInDraft, at: datetime) -> OpenForm | None:
    """Return a form that was begun, if it can still be sent."""
    slot = draft.slot
    if slot.answered_at is None:
        return OpenForm(draft=draft, original=None, at=at) if weeks.is_open(slot, at=at) else None
    original = weeks.correctable(slot.episode, at=at)
    if original is None or original.slot_id != slot.pk:
        return None
    return OpenForm(draft=draft, original=original, at=at)


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """How far someone got in a form that is not sent: places and times, never an answer.

    Attributes:
        week_of: the Monday of its week.
        page: the page that is open; the last one where all are answered.
        pages: how many there are, the one that sends included.
        touched_at: when it was last answered in.
    """

    week_of: date
    page: int
    pages: int
    touched_at: datetime


def unsent(begun: Sequence[CheckInDraft], *, at: datetime) -> Unsent | None:
    """Return how far the newest form that holds an answer and was not sent has come; None where there is none.

    A correction that was begun is left out: its week is with the team.

    Args:
        begun: the forms that were begun, the one that was touched last first.
        at: now.
    """
    form = _first_open(begun, at)
    if form is None or form.original is not None or not form.answers:
        return None
    pages, open_page = len(form.pages) + 1, form.first_open_page
    return Unsent(
        week_of=form.slot.week_of,
        page=open_page.number if open_page else pages,
        pages=pages,
        touched_at=form.draft.updated_at,
    )


def by_phone(opened: OpenForm) -> OpenForm:
    """Return the same form as somebody of the team fills it in who reads the questions out."""
    return replace(opened, door=Door(episode_id=opened.episode.pk))


def begin(*, episode: Episode, is_short: bool, slot: CheckInSlot | None = None, at: datetime) -> OpenForm:
    """Begin the form of a week, or go on with it; see `drafts.begin`."""
    draft = drafts.begin(episode=episode, is_short=is_short, slot=slot, at=at)
    return OpenForm(draft=draft, original=None, at=at)


def begin_correction(*, episode: Episode, at: datetime) -> OpenForm:
    """Open the form of what was sent; see `drafts.begin_correction`."""
    draft = drafts.begin_correction(episode=episode, at=at)
    return OpenForm(draft=draft, original=weeks.answered(draft.slot), at=at)
