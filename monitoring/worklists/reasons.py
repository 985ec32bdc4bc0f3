"""Why someone stands where they stand, in one line with numbers: the reason of the state that is shown. No queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.alerts.evidence import ALERT_OF
from monitoring.attention.needs import SPECIAL
from monitoring.attention.usual_ranges import AgainstUsual
from monitoring.engine import Domain, FindingKind, Tier
from monitoring.models import Alert, Signal
from monitoring.models.alerts import AlertKind
from monitoring.words import lines, wording
from monitoring.words.formats import moment_words, short_number
from monitoring.words.states import State, state_of

# Behind every state: nothing is told of the matter of an alert.
UNTOLD = len(State)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason: the state it gives, how loudly, and what it is about; nothing for the person as a whole."""

    state: State
    loudness: int
    about: frozenset[str]
    words: str

    @property
    def order(self) -> tuple[int, int]:
        """Return its place: the most pressing state first, then the louder."""
        return self.state.rank, -self.loudness


def collect(alerts: Sequence[Alert], signals: Sequence[Signal], ratings: Mapping[Domain, AgainstUsual]) -> list[Reason]:
    """Return the reasons, the most pressing first, none about the same as one before it.

    Args:
        alerts: what is open.
        signals: what the newest assessment found.
        ratings: where the levels stand; empty where that is not asked.
    """
    # The alert says that there was a risk answer. Once the alert is closed, the answer is no longer the reason.
    other_signals = [signal for signal in signals if signal.kind != FindingKind.RISK_ANSWER]
    of_signals = [(signal, reason) for signal in other_signals if (reason := _of_signal(signal)) is not None]
    # An alert is left out where a finding about the same matter says more and is as grave.
    ranks: dict[str | None, int] = {}
    for signal, reason in of_signals:
        kind = ALERT_OF.get(signal.kind)
        ranks[kind] = min(reason.state.rank, ranks.get(kind, reason.state.rank))
    untold = ((alert, state) for alert in alerts if (state := _alert_state(alert)).rank < ranks.get(alert.kind, UNTOLD))
    every = [
        *(reason for _signal, reason in of_signals),
        *(_of_alert(alert, state) for alert, state in untold),
        *(_of_level(domain, rating) for domain, rating in ratings.items() if rating.is_outside),
    ]
    return list(_once(sorted(every, key=lambda reason: reason.order)))


def in_one_line(reasons: Sequence[Reason]) -> str:
    """Return the first reason, and how many there are besides; empty when there is nothing to say."""
    if not reasons:
        return ""
    first, *others = reasons
    if not others:
        return first.words
    more = ngettext("%(reason)s; %(count)d more", "%(reason)s; %(count)d more", len(others))
    return more % {"reason": first.words, "count": len(others)}


def _once(reasons: Iterable[Reason]) -> Iterable[Reason]:
    """Leave out what is about the same thing as a more pressing reason: its place is free for the next."""
    subjects: set[str] = set()
    for reason in reasons:
        if not reason.about or not reason.about <= subjects:
            subjects |= reason.about
            yield reason


def _alert_state(alert: Alert) -> State:
    return SPECIAL.get(AlertKind(alert.kind)) or state_of(alert.kind, alert.tier) or State.STEADY


def _of_alert(alert: Alert, state: State) -> Reason:
    day = moment_words(alert.raised_at, "j M")
    words = _("%(kind)s, %(day)s") % {"kind": alert.get_kind_display(), "day": day}
    return Reason(state=state, loudness=Tier(alert.tier).rank, about=frozenset(), words=words)


def _of_signal(signal: Signal) -> Reason | None:
    state = state_of(signal.kind, signal.tier)
    if state is None:
        return None
    about = frozenset(filter(None, signal.domains or (signal.instrument or signal.item,)))
    return Reason(state=state, loudness=Tier(signal.tier).rank, about=about, words=lines.in_a_list(signal))


def _of_level(domain: Domain, against: AgainstUsual) -> Reason:
    words = _("%(subject)s %(level)s, %(found)s") % {
        "subject": wording.DOMAIN_NAMES[domain],
        "level": short_number(against.level or 0),
        "found": against.where,
    }
    return Reason(state=against.state, loudness=0, about=frozenset({domain.value}), words=words)
