"""Is it working for everyone: which share of the asked weeks was answered, by language, age and kind of reminder."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from django.db.models import F
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from monitoring.models import CheckInSlot
from monitoring.models.plans import ReminderChannel
from monitoring.outcomes.small_cells import Count, CountedGroup, ShownGroup, protect

# Completion looks back so far.
COMPLETION_WEEKS = 26
AGE_BANDS = ((0, 17), (18, 29), (30, 44), (45, 59), (60, 120))


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """One week that was asked."""

    patient_id: UUID
    language: str
    age: str
    channel: str
    hours: float | None


def completion(at: dt.datetime) -> tuple[tuple[str, tuple[ShownGroup, ...]], ...]:
    """Return which share of the weeks was answered, and after how many hours, by language, age and reminder."""
    weeks = _asked_weeks(at)
    dimensions: tuple[tuple[str, Callable[[Week], str]], ...] = (
        (_("Language"), lambda week: week.language),
        (_("Age"), lambda week: week.age),
        (_("Reminders"), lambda week: week.channel),
    )
    return tuple((title, _answered_by(weeks, of)) for title, of in dimensions)


def channel_words(channel: str) -> str:
    """Return how someone is reminded, as the pages of reminders say it; an unknown channel sends nothing."""
    return str(ReminderChannel(channel).label) if channel in ReminderChannel.values else _("no reminder")


def _asked_weeks(at: dt.datetime) -> list[Week]:
    """Return the weeks of the last half year that can no longer be answered.

    A week that is still open counts for nobody: only the answered ones of them would be known.
    """
    since = at - dt.timedelta(weeks=COMPLETION_WEEKS)
    slots = CheckInSlot.objects.filter(opens_at__gt=since, closes_at__lte=at).annotate(
        language=F("episode__patient__language"),
        born=F("episode__patient__birth_date"),
        channel=F("episode__plan__remind_by"),
    )
    rows = slots.values_list("episode__patient_id", "language", "born", "channel", "opens_at", "answered_at")
    return [
        Week(
            patient_id=patient_id,
            language=_language_name(language),
            age=_age_band(born, at.date()),
            channel=channel_words(channel),
            hours=(answered_at - opens_at).total_seconds() / 3600 if answered_at else None,
        )
        for patient_id, language, born, channel, opens_at, answered_at in rows
    ]


def _language_name(code: str) -> str:
    """Return the name of a language; an unknown code names itself."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _age_band(born: dt.date | None, today: dt.date) -> str:
    """Return the age band of a person, as far as the date of birth is known."""
    if born is None:
        return _("not known")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    low, high = next(((low, high) for low, high in AGE_BANDS if low <= years <= high), AGE_BANDS[-1])
    return f"{low} - {high}" if (low, high) != AGE_BANDS[-1] else f"{low}+"


def _answered_by(weeks: Sequence[Week], of: Callable[[Week], str]) -> tuple[ShownGroup, ...]:
    """Return the share of answered weeks and the median hours of each group; groups of few people are hidden."""
    groups: dict[str, list[Week]] = defaultdict(list)
    for week in weeks:
        groups[of(week)].append(week)
    lines = []
    for name, found in sorted(groups.items()):
        hours = [week.hours for week in found if week.hours is not None]
        people = len({week.patient_id for week in found})
        middle = median(hours) if hours else None
        lines.append(CountedGroup(name=name, people=people, counts=(Count(len(hours), len(found)),), number=middle))
    return protect(lines)
