"""What the form of a week asks, and under which keys a draft keeps the answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitoring import engine
from monitoring.engine.records import Checklist, Domain, InstrumentSpec
from monitoring.models import CheckIn, CheckInSlot, MonitoringPlan, OwnItem
from monitoring.plans import medicines, own_items, plans
from patients.models import Intervention

# A bad day asks these three; it counts the same. Source: docs/design.md#check-in; choice of the three:
# docs/decisions/0040.
SHORT_FORM = (Domain.SLEEP, Domain.MOOD, Domain.FUNCTION)
# Under this key a draft keeps what was said about medicines, as the fields of the form.
MEDICINES = "medicines"
# And under this one note, wish and event, as the fields of the form.
WORDS = "words"


@dataclass(frozen=True, kw_only=True)
class FormContent:
    """What one form asks, in the order of its pages."""

    domains: tuple[Domain, ...]
    own_item: OwnItem | None = None
    medicines: tuple[Intervention, ...] = ()
    checklist: Checklist | None = None
    instruments: tuple[InstrumentSpec, ...] = ()


def own_key(item_id: UUID) -> str:
    """Return the key of an own question in a draft: an answer never passes to other words."""
    return f"own:{item_id}"


def domains_asked(*, is_short: bool) -> tuple[Domain, ...]:
    """Return the ratings of the form, in the order of every page."""
    return SHORT_FORM if is_short else tuple(Domain)


def instruments_asked(slot: CheckInSlot, *, is_short: bool) -> list[InstrumentSpec]:
    """Return the questionnaires that this week asks for; none on a bad day."""
    if is_short:
        return []
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    return [engine.INSTRUMENTS[code] for code in plans.instruments_due(slot, plan)]


def is_late(slot: CheckInSlot, original: CheckIn | None, *, at: datetime) -> bool:
    """Say whether a form is about a week that is over: a late entry, or the correction of one."""
    return original.is_late if original else slot.closes_at <= at


def content_of(slot: CheckInSlot, *, original: CheckIn | None = None, is_short: bool, at: datetime) -> FormContent:
    """Return what the form of a week asks: a correction asks what was asked, a late entry the ratings alone.

    Questionnaires and medicines are about the days before they are answered, so that they cannot be entered late.

    Args:
        slot: the week.
        original: the check-in that is corrected; None for a first answer.
        is_short: whether it is the form of a bad day.
        at: now.
    """
    domains = domains_asked(is_short=is_short)
    if is_short:
        return FormContent(domains=domains)
    own_item = original.own_item if original else own_items.own_item(slot.episode)
    if is_late(slot, original, at=at):
        return FormContent(domains=domains, own_item=own_item)
    every = medicines.of_episode(slot.episode)
    day = original.about_on if original else plans.local_day(at, slot.episode.patient.time_zone)
    return FormContent(
        domains=domains,
        own_item=own_item,
        medicines=tuple(medicines.taken_on(every, day)),
        checklist=medicines.checklist_on(every, day),
        instruments=tuple(instruments_asked(slot, is_short=False)),
    )
