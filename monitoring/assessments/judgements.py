"""What the engine said about an episode: the newest findings in full, and the day each kind of finding began."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring import engine
from monitoring.engine import FindingKind
from monitoring.models import Assessment, Signal
from monitoring.words.states import State, state_of
from patients.models import Episode
from patients.queries import AskedQuery, compiled

# The words beside a mark where it went up, and where it went down.
TWO_WORDS: Mapping[str, tuple[Promise, Promise]] = {
    FindingKind.DETERIORATION: (_("Rise"), _("Fall")),
    FindingKind.IMPROVEMENT: (_("Above usual"), _("Below usual")),
    FindingKind.SUDDEN_CHANGE: (_("Sudden change"), _("Sudden change")),
    FindingKind.RELIABLE_WORSENING: (_("Worse than at start"), _("Worse than at start")),
    FindingKind.SIDE_EFFECT: (_("Possible side effect"), _("Possible side effect")),
    FindingKind.DISCONTINUATION: (_("After stopping"), _("After stopping")),
    FindingKind.NOT_ON_TRACK: (_("No response"), _("No response")),
    FindingKind.RESPONSE: (_("Response"), _("Response")),
    FindingKind.REMISSION: (_("Remission range"), _("Remission range")),
    FindingKind.RELAPSE: (_("Worse again"), _("Worse again")),
}

# The same of a change that is watched: whether it lasts is not known yet.
# See docs/design.md#states and docs/engine.md#cuts-and-tiers.
EARLY_WORDS: Mapping[str, tuple[Promise, Promise]] = {
    FindingKind.DETERIORATION: (_("Possible rise"), _("Possible fall")),
}

# What is stored as the beginning of these is the day of the start or stop that they followed.
BEGIN_WITH_AN_EVENT = frozenset({FindingKind.SIDE_EFFECT, FindingKind.DISCONTINUATION})
# (kind, tier, what it is about, points up or down, when it began) of one stored finding.
FindingRow = tuple[str, str, str, float | None, dt.date | None]
# (day, state, two words): when something began, as far as the newest assessment that found it knows; else when it was
# found.
Decision = tuple[dt.date, State, str]


@dataclass(frozen=True, kw_only=True)
class StoredJudgement:
    """What assessments said about an episode: the newest in full, the earlier ones as marks."""

    assessed_at: dt.datetime | None = None
    signals: tuple[Signal, ...] = ()
    # (rating or instrument) -> decisions, oldest first.
    decided: Mapping[str, Sequence[Decision]]


def asking(episode: Episode) -> tuple[AskedQuery[tuple[Any, ...]], AskedQuery[Signal]]:
    """Return what is to be asked: narrow rows of all findings ever stored, and the newest ones whole."""
    return _runs.asking(episode.pk), _newest_signals.asking(episode.pk)


def judgement_of(
    rows: Sequence[tuple[Any, ...]], signals: Sequence[Signal], *, day_of: Callable[[dt.datetime], dt.date]
) -> StoredJudgement:
    """Return the newest assessment's signals, and when each kind of signal began, over all assessments.

    Args:
        rows: one for each finding, and one for an assessment that found nothing.
        signals: the newest ones, whole.
        day_of: what day it was for the person at a moment.
    """
    if not rows:
        return StoredJudgement(decided={})
    by_run = (
        (day_of(as_of), [_finding_row(*row[3:]) for row in run if row[3]])
        for (_pk, as_of), run in groupby(rows, key=itemgetter(0, 1))
    )
    newest = tuple(sorted(_of_newest(rows, signals), key=_need))
    return StoredJudgement(assessed_at=rows[-1][2], signals=newest, decided=_decisions(by_run))


def _of_newest(rows: Sequence[tuple[Any, ...]], signals: Sequence[Signal]) -> Sequence[Signal]:
    """Return the signals of the newest assessment among the rows.

    Another one may have been stored after the rows were read and before the signals were: then they are read again.
    """
    newest = rows[-1][0]
    count = sum(row[0] == newest and row[3] is not None for row in rows)
    if len(signals) == count and all(signal.assessment_id == newest for signal in signals):
        return signals
    return list(Signal.objects.filter(assessment_id=newest))


@compiled
def _runs(episode_id: UUID) -> QuerySet[Assessment, tuple[Any, ...]]:
    fields = ("kind", "tier", "domain", "instrument", "contrast", "onset_on")
    runs = Assessment.objects.filter(episode_id=episode_id).order_by("as_of", "pk")
    return runs.values_list("pk", "as_of", "assessed_at", *(f"signals__{field}" for field in fields))


@compiled
def _newest_signals(episode_id: UUID) -> QuerySet[Signal]:
    newest = Assessment.objects.filter(episode_id=episode_id).order_by("-as_of", "-pk").values("pk")[:1]
    return Signal.objects.filter(assessment=Subquery(newest))


def _finding_row(
    kind: str, tier: str, domain: str, instrument: str, contrast: float | None, onset_on: dt.date | None
) -> FindingRow:
    return kind, tier, domain or instrument, contrast, None if kind in BEGIN_WITH_AN_EVENT else onset_on


def _decisions(runs: Iterable[tuple[dt.date, Sequence[FindingRow]]]) -> dict[str, list[Decision]]:
    """Return when each signal began: one that is in an assessment and was not in the one before."""
    decided: dict[str, list[Decision]] = defaultdict(list)
    # (what it is about, state) -> its place among the decisions, while it goes on.
    before: dict[tuple[str, State], int] = {}
    for day, findings in runs:
        now: dict[tuple[str, State], int] = {}
        for kind, tier, subject, contrast, onset_on in findings:
            state = state_of(kind, tier)
            if state is None or not subject or kind not in TWO_WORDS or (subject, state) in now:
                continue
            words = _two_words(kind, state, is_up=(contrast or 0) > 0)
            place = before.get((subject, state))
            if place is None:
                place = len(decided[subject])
                decided[subject].append((onset_on or day, state, words))
            elif onset_on is not None:
                # A later assessment knows the beginning better.
                decided[subject][place] = (onset_on, state, decided[subject][place][2])
            now[subject, state] = place
        before = now
    return decided


def _two_words(kind: str, state: State, *, is_up: bool) -> str:
    """Return the words beside a mark: what happened, never why."""
    words_of_kind = TWO_WORDS[kind]
    words = EARLY_WORDS.get(kind, words_of_kind) if state is State.WATCH else words_of_kind
    return str(words[0 if is_up else 1])


def _need(signal: Signal) -> tuple[int, int]:
    """Return the place of a signal in a list: most pressing state first, then the louder tier."""
    state = state_of(signal.kind, signal.tier)
    return (state.rank if state else len(State), -engine.Tier(signal.tier).rank)
