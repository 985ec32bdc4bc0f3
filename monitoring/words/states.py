"""How someone, or one series, is doing: the states, their words, and which of them a signal stands for."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.engine import FindingKind, Tier


class State(StrEnum):
    """How someone, or one series, is doing; the order is the order of need."""

    SAFETY = "safety"
    ASKED = "asked"
    WORSE = "worse"
    WATCH = "watch"
    NONE = "none"
    BETTER = "better"
    LEARNING = "learning"
    STEADY = "steady"

    @property
    def rank(self) -> int:
        """Return 0 for the most pressing state."""
        return _RANKS[self]

    @property
    def shape(self) -> str:
        """Return the shape and colour it is drawn with; what is still being learned looks like no data."""
        return State.NONE.value if self is State.LEARNING else self.value

    @property
    def word(self) -> str | Promise:
        """Return its word for staff."""
        return STAFF_WORDS[self]


_RANKS = {state: rank for rank, state in enumerate(State)}

STAFF_WORDS: dict[State, Promise] = {
    State.SAFETY: _("Safety"),
    State.ASKED: _("Asked for contact"),
    State.WORSE: _("Getting worse"),
    State.WATCH: _("Watch"),
    State.NONE: _("No data"),
    State.BETTER: _("Improving"),
    State.LEARNING: _("Still learning"),
    State.STEADY: _("Stable"),
}

# Never a risk label: the states a patient sees of a single rating.
PATIENT_WORDS: dict[State, Promise] = {
    State.WORSE: _("Worse than usual"),
    State.WATCH: _("Something to keep an eye on"),
    State.NONE: _("No check-in"),
    State.BETTER: _("Better than usual"),
    State.LEARNING: _("Still learning your usual range"),
    State.STEADY: _("About the same"),
}

# Which state a stored signal stands for: the first entry that fits decides. An empty set of tiers fits all.
# A kind without a line here says nothing about how someone is.
ACUTE_KINDS = (
    FindingKind.DETERIORATION,
    FindingKind.SUDDEN_CHANGE,
    FindingKind.RELIABLE_WORSENING,
    FindingKind.RELAPSE,
    FindingKind.EXTREME_RATING,
)
WATCHED_KINDS = (
    *ACUTE_KINDS,
    FindingKind.BODY_WARNING,
    FindingKind.SIDE_EFFECT,
    FindingKind.DISCONTINUATION,
    FindingKind.NOT_ON_TRACK,
    FindingKind.PERSISTENTLY_SEVERE,
)
LOUD_TIERS = (Tier.REVIEW, Tier.PRIORITY, Tier.URGENT)
SIGNAL_STATES: tuple[tuple[tuple[FindingKind, ...], tuple[Tier, ...], State], ...] = (
    ((FindingKind.RISK_ANSWER,), (), State.SAFETY),
    (ACUTE_KINDS, LOUD_TIERS, State.WORSE),
    (WATCHED_KINDS, (), State.WATCH),
    ((FindingKind.LOST_CONTACT, FindingKind.MISSED_CHECK_INS), (), State.NONE),
    ((FindingKind.IMPROVEMENT, FindingKind.RESPONSE, FindingKind.REMISSION), (), State.BETTER),
    ((FindingKind.STILL_LEARNING,), (), State.LEARNING),
)


def state_of(kind: str, tier: str) -> State | None:
    """Return the state a stored signal stands for, if any."""
    fits = (state for kinds, tiers, state in SIGNAL_STATES if kind in kinds and (not tiers or tier in tiers))
    return next(fits, None)


def no_answer_since(day: str) -> str:
    """Return that nothing was answered since a day: never called steady."""
    return gettext("No answer since %(day)s") % {"day": day}


def as_of(words: str | Promise, day: str) -> str:
    """Return words with the day they are about, where that is not the present."""
    return gettext("%(state)s, as of %(day)s") % {"state": words, "day": day}
