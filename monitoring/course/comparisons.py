"""Before and after each start, change and stop, in words: two averages, their difference, and what cannot be told apart.

The newest first, never ranked; medicines and psychotherapy side by side. Timing, never cause.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring import engine
from monitoring.engine import DEFAULT, BadWeek, BeforeAfter, Difference, History, InterventionRecord
from monitoring.words import wording
from monitoring.words.formats import change_words, day_words, short_number
from patients.models.care import InterventionKind
from patients.people import languages

PAIR = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedSeries:
    """One series around one day: what to say first, and the numbers behind it."""

    name: str
    words: str
    detail: str
    # What a sentence says of it: the change where it is clear; empty where nothing can be said.
    change: str = ""
    is_known: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One start, change or stop with every series around it."""

    on: dt.date
    kind: str
    event: str
    together: str
    series: tuple[ComparedSeries, ...]
    # What is said of a change that was made in a bad week; empty where it was not.
    bad_week: str = ""

    @property
    def sentence(self) -> str:
        """Return in one sentence what was clearly different after it, what was not, and of what too little is known."""
        clear = [f"{one.name} {one.change}" for one in self.series if one.change]
        alike = [one.name for one in self.series if one.is_known and not one.change]
        few = [one.name for one in self.series if not one.is_known]
        parts = [
            _("Afterwards: %(changes)s") % {"changes": _listed(clear)} if clear else "",
            _("no clear difference: %(names)s") % {"names": _listed(alike)} if alike else "",
            _("too few answers: %(names)s") % {"names": _listed(few)} if few else "",
        ]
        words = "; ".join(filter(None, parts))
        return f"{words[:1].upper()}{words[1:]}." if words else _("Nothing was measured.")


def _listed(names: Sequence[str]) -> str:
    """Return names within a sentence."""
    return get_text_list([languages.inside_sentence(name) for name in names], _("and"))


def compare(history: History) -> tuple[Comparison, ...]:
    """Return every start, change and stop up to today, the newest first."""
    return tuple(_comparison(change) for change in reversed(engine.before_after(history)))


def _comparison(change: BeforeAfter) -> Comparison:
    return Comparison(
        on=change.event.on,
        kind=str(InterventionKind(change.event.kind).label),
        event=_event(change.event),
        together=_together(change.event, change.together),
        series=tuple(_series(difference) for difference in change.differences),
        bad_week=_bad_week(change.bad_week) if change.bad_week else "",
    )


def _bad_week(week: BadWeek) -> str:
    """Say that the last check-in before a change was among the worst, and what follows from that alone.

    Source: simulated, `evaluate_engine`: of people in whom nothing changes, 9 of 10 are better after such a week.
    """
    words = _(
        "This was in a bad week: the check-in of %(day)s was worse than %(worse)d of the %(others)d before it. After "
        "a bad week, answers are usually better again, also when nothing is changed."
    )
    return words % {"day": day_words(week.on), "worse": week.worse_than, "others": week.others}


def _event(event: InterventionRecord) -> str:
    words = {"start": _("%(what)s started"), "change": _("%(what)s"), "stop": _("%(what)s stopped")}
    return words[event.change] % {"what": event.name if event.change == "stop" else event.label}


def _together(event: InterventionRecord, others: Sequence[InterventionRecord]) -> str:
    """Say what else changed within two weeks, so that no one reads the numbers as its own."""
    if not others:
        return ""
    count = len(others) + 1
    opening = _("Two changes") if count == PAIR else _("%(count)d changes") % {"count": count}
    return _("%(changes)s within %(days)d days: they cannot be told apart. The others: %(names)s.") % {
        "changes": opening,
        "days": DEFAULT.same_time_days,
        "names": "; ".join(f"{_event(other)} {_apart((other.on - event.on).days)}" for other in others),
    }


def _apart(days: int) -> str:
    if not days:
        return _("(the same day)")
    words = (
        ngettext("(%(days)d day later)", "(%(days)d days later)", days)
        if days > 0
        else ngettext("(%(days)d day earlier)", "(%(days)d days earlier)", -days)
    )
    return words % {"days": abs(days)}


def _series(row: Difference) -> ComparedSeries:
    name = str(wording.DOMAIN_NAMES.get(row.name, row.name))
    if row.difference is None:
        few = _("%(before)d before, %(after)d after") % {"before": row.before_n, "after": row.after_n}
        return ComparedSeries(name=name, words=_("too few answers"), detail=few)
    change = change_words(row.difference, row.direction) if row.is_clear else ""
    return ComparedSeries(name=name, words=_difference(row), detail=_averages(row), change=change, is_known=True)


def _difference(row: Difference) -> str:
    """Return "1.3 worse after (0.5 to 2.1)"; a range with zero in it says so and names the direction of both ends.

    The estimate is printed in either case: "no clear difference" alone hides how much was found.
    """
    difference, low, high = row.difference or 0, row.low or 0, row.high or 0
    if not row.is_clear:
        words = {"change": difference, "low": low, "high": high}
        return _("%(change)s after (%(low)s to %(high)s): no clear difference") % {
            name: change_words(value, row.direction) for name, value in words.items()
        }
    near, far = sorted((abs(low), abs(high)))
    return _("%(change)s after (%(low)s to %(high)s)") % {
        "change": change_words(difference, row.direction),
        "low": short_number(near),
        "high": short_number(far),
    }


def _averages(row: Difference) -> str:
    """Return the two averages with the answers and weeks behind each."""
    words = _(
        "%(before)s in %(n_before)d answers over %(w_before)d weeks, then %(after)s in %(n_after)d over %(w_after)d"
    )
    return words % {
        "before": short_number(row.before or 0),
        "after": short_number(row.after or 0),
        "n_before": row.before_n,
        "n_after": row.after_n,
        "w_before": ceil(row.before_weeks),
        "w_after": ceil(row.after_weeks),
    }
