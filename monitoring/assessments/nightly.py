"""Every open episode at once: one compact query for many people, the kernel over all of them, a mark where it moved.

The nightly comparison is the second net under the assessments: it takes the same answers through the same kernel and
makes an episode due when the stored verdict no longer is what the answers say. It writes nothing else.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring import engine
from monitoring.engine import Domain, RuleSet
from monitoring.engine.detectors.series import RATING_MAXIMUM, RATING_MINIMUM, SAME_ENTRY, flip
from monitoring.engine.detectors.standing import onset_day
from monitoring.engine.filter.batches import score_batch
from monitoring.models import CheckIn
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients.models import Episode
from patients.tenancy import current_clinic_id

Floats = NDArray[np.floating]

# Episodes per message and per query. Source: docs/engine.md#speed.
CHUNK = 2000
# Two runs of the kernel agree to this (BatchScores, 32 bits); a smaller difference is no news.
SAME_SCORE = 1e-3
DAY_ZERO = dt.date(1970, 1, 1)
DAY, ENTERED, FIRST_RATING = range(3)
EPOCH, MICROSECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
DAY_LENGTH = dt.timedelta(days=1) // MICROSECOND

# One row an episode: how its newest assessment judged it, and one small array for each check-in, oldest first.
READ = """
SELECT episode.id, newest.score, newest.onset_on, newest.is_present, given.answers
FROM patients_episode episode
CROSS JOIN LATERAL (
  SELECT array_agg(
    ARRAY[about_on - DATE '1970-01-01', (extract(epoch FROM submitted_at) * 1000000)::bigint,
          sleep, mood, energy, pain, function]
    ORDER BY about_on, submitted_at
  ) AS answers
  FROM monitoring_checkin check_in
  WHERE check_in.episode_id = episode.id AND superseded_at IS NULL
) given
LEFT JOIN LATERAL (
  SELECT score, onset_on, engine_version = %(engine)s AND rules_digest = %(rules)s AS is_present
  FROM monitoring_assessment assessment WHERE assessment.episode_id = episode.id ORDER BY as_of DESC LIMIT 1
) newest ON true
WHERE episode.clinic_id = %(clinic)s AND episode.id BETWEEN %(first)s AND %(last)s
  AND (episode.ended_on IS NULL OR %(with_ended)s) AND given.answers IS NOT NULL
ORDER BY episode.id
"""


@dataclass(frozen=True)
class Chunk:
    """A stretch of episodes by their identifiers, both ends included: all that a message carries."""

    first: UUID
    last: UUID
    episodes: int


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What an episode's newest assessment says; `is_present` is None where there is none."""

    score: float | None
    onset_on: dt.date | None
    is_present: bool | None


@dataclass(frozen=True, kw_only=True)
class People:
    """The ratings of many episodes, one row each, their check-ins side by side.

    Attributes:
        episode_ids: one per row.
        stored: what the newest assessment of each says.
        worse: (n, T, 5), 0 to 10, higher is worse, NaN = not answered.
        days: (n, T), days since 1970-01-01; goes on by weeks after the last check-in.
        late_days: (n, T), days between the day meant and the day of entry.
        counts: (n,), check-ins per episode.
    """

    episode_ids: list[UUID]
    stored: list[Stored]
    worse: Floats
    days: NDArray[np.int64]
    late_days: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def weeks(self) -> Floats:
        """Return (n, T), weeks since each person's first check-in."""
        return (self.days - self.days[:, :1]) / 7

    @property
    def has_check_in(self) -> NDArray[np.bool_]:
        """Return (n, T), True where there is a check-in."""
        return np.arange(self.days.shape[1]) < self.counts[:, None]


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What the kernel says about people, (n, T); -inf and NaN where it says nothing.

    Attributes:
        score: log-odds of a lasting worsening.
        guard: a sudden large worsening.
        onset_week: weeks since the person's first check-in.
        is_single: (n,), only one rating was ever answered: the cuts for one scale apply.
    """

    score: Floats
    guard: NDArray[np.bool_]
    onset_week: Floats
    is_single: NDArray[np.bool_]

    def rank(self, rules: RuleSet) -> NDArray[np.int64]:
        """Return (n, T): 0 below watch, 1 watch, 2 review, 3 priority."""
        several = np.searchsorted(cuts_of(rules, is_single=False), self.score, "right")
        single = np.searchsorted(cuts_of(rules, is_single=True), self.score, "right")
        return np.where(self.is_single[:, None], single, several)


def cuts_of(rules: RuleSet, *, is_single: bool) -> tuple[float, float, float]:
    """Return where watch, review and priority begin: for several ratings together, or for one alone."""
    if is_single:
        return rules.single_watch, rules.single_review, rules.single_priority
    return rules.kernel_watch, rules.kernel_review, rules.kernel_priority


def chunks(*, size: int = CHUNK, with_ended: bool = False) -> list[Chunk]:
    """Return the present clinic's episodes with check-ins, in stretches."""
    episodes = Episode.objects.all() if with_ended else Episode.objects.filter(ended_on__isnull=True)
    with_answers = episodes.filter(pk__in=CheckIn.objects.values("episode"))
    pks = list(with_answers.order_by("pk").values_list("pk", flat=True))
    stretches = (pks[begin : begin + size] for begin in range(0, len(pks), size))
    return [Chunk(stretch[0], stretch[-1], len(stretch)) for stretch in stretches]


def read_all(*, rules: RuleSet) -> Iterator[People]:
    """Return everyone who ever answered in the present clinic, ended episodes too, chunk by chunk."""
    for chunk in chunks(with_ended=True):
        yield read(chunk, rules=rules, with_ended=True)


def read(chunk: Chunk, *, rules: RuleSet, with_ended: bool = False) -> People:
    """Read one stretch of episodes of the present clinic with a single query."""
    values: dict[str, Any] = {
        "engine": engine.ENGINE_VERSION,
        "rules": rules.digest,
        "clinic": current_clinic_id(),
        "first": chunk.first,
        "last": chunk.last,
        "with_ended": with_ended,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, values)
        rows = cursor.fetchall()
    return _people(rows)


def _people(rows: Sequence[tuple[UUID, float | None, dt.date | None, bool | None, list[list[int | None]]]]) -> People:
    """Put the rows of the query side by side; who never gave a rating is left out."""
    lengths = [len(row[4]) for row in rows]
    person = np.repeat(np.arange(len(rows)), lengths)
    width = FIRST_RATING + len(Domain)
    flat = np.array([answer for row in rows for answer in row[4]], dtype=float).reshape(-1, width)
    kept = _last_of_an_entry(flat, person) & ~np.isnan(flat[:, FIRST_RATING:]).all(axis=1)
    flat, person = flat[kept], person[kept]
    rated, person = np.unique(person, return_inverse=True)
    rows = [rows[index] for index in rated]
    counts = np.bincount(person, minlength=len(rows))
    place = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = int(counts.max(initial=0))
    worse = np.full((len(rows), columns, len(Domain)), np.nan)
    days, late = np.zeros((2, len(rows), columns), dtype=np.int64)
    for d, domain in enumerate(Domain):
        worse[person, place, d] = flip(flat[:, FIRST_RATING + d], domain.direction, RATING_MINIMUM, RATING_MAXIMUM)
    # The day of entry is UTC's, as engine.series has it.
    days[person, place], late[person, place] = flat[:, DAY], flat[:, ENTERED] // DAY_LENGTH - flat[:, DAY]
    return People(
        episode_ids=[row[0] for row in rows],
        stored=[Stored(score=row[1], onset_on=row[2], is_present=row[3]) for row in rows],
        worse=worse,
        days=_continued(days, counts),
        late_days=late,
        counts=counts,
    )


def _last_of_an_entry(flat: Floats, person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which answers count: of two on one day, or within a day of each other, the one entered later.

    The same rule as engine.counted, for all people at once. Three or more in a row are left to the engine itself: which
    of them is compared with which depends on what was kept before.
    """
    next_to = person[1:] == person[:-1]
    days = np.diff(flat[:, DAY])
    close = np.abs(np.diff(flat[:, ENTERED])) < SAME_ENTRY // MICROSECOND
    same = next_to & ((days == 0) | ((days == 1) & close))
    first_is_newer = flat[:-1, ENTERED] > flat[1:, ENTERED]
    kept = np.ones(len(flat), dtype=bool)
    kept[:-1] &= ~(same & ~first_is_newer)
    kept[1:] &= ~(same & first_is_newer)
    for one in np.unique(person[1:-1][same[:-1] & same[1:]]):
        begin, end = np.searchsorted(person, [one, one + 1])
        kept[begin:end] = False
        kept[begin + np.array(engine.counted([_entry(row) for row in flat[begin:end]]))] = True
    return kept


def _entry(row: Floats) -> tuple[dt.date, dt.datetime]:
    """Return the day of an answer, and when it was entered."""
    return DAY_ZERO + dt.timedelta(days=int(row[DAY])), EPOCH + int(row[ENTERED]) * MICROSECOND


def _continued(days: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return days that go on by a week after each person's last check-in: the kernel wants increasing times."""
    after = np.arange(days.shape[1]) - counts[:, None] + 1
    last = np.take_along_axis(days, np.maximum(counts - 1, 0)[:, None], axis=1) if days.size else days
    return np.where(after > 0, last + 7 * after, days)


def judge(people: People, rules: RuleSet) -> Verdicts:
    """Run the kernel over people; ratings that a person never answered are left out, as engine.assess does."""
    n, columns = people.days.shape
    out = Verdicts(
        score=np.full((n, columns), -np.inf, np.float32),
        guard=np.zeros((n, columns), bool),
        onset_week=np.full((n, columns), np.nan, np.float32),
        is_single=np.zeros(n, bool),
    )
    answered = ~np.isnan(people.worse).all(axis=1)
    for pattern in np.unique(answered, axis=0):
        rows = np.flatnonzero((answered == pattern).all(axis=1))
        scores = score_batch(people.worse[rows][:, :, pattern], people.weeks[rows], rules)
        out.score[rows], out.guard[rows], out.onset_week[rows] = scores.score, scores.guard, scores.onset_week
        out.is_single[rows] = pattern.sum() == 1
    return out


def changed(people: People, verdicts: Verdicts, rules: RuleSet) -> list[UUID]:
    """Return whose tier or onset is another one than the newest assessment says, or who was never assessed.

    Who was assessed with another engine or other rules is left to the re-assessment, which pages no one.
    """
    rank = verdicts.rank(rules)
    return [
        episode_id
        for row, (episode_id, stored) in enumerate(zip(people.episode_ids, people.stored, strict=True))
        if _has_moved(people, verdicts, rank, row, stored, rules)
    ]


def _has_moved(
    people: People, verdicts: Verdicts, rank: NDArray[np.int64], row: int, stored: Stored, rules: RuleSet
) -> bool:
    """Say whether the kernel's newest verdict on one person is no longer the stored one."""
    last = people.counts[row] - 1
    if stored.is_present is None:
        return True
    score = float(verdicts.score[row, last])
    if not stored.is_present or np.isneginf(score):
        return False
    if stored.score is None:
        return True
    if abs(score - stored.score) <= SAME_SCORE:
        return False
    cuts = cuts_of(rules, is_single=bool(verdicts.is_single[row]))
    before = int(np.searchsorted(cuts, stored.score, "right"))
    if rank[row, last] != before:
        return True
    first = DAY_ZERO + dt.timedelta(days=int(people.days[row, 0]))
    return before > 0 and onset_day(first, float(verdicts.onset_week[row, last])) != stored.onset_on


def sweep(chunk: Chunk, *, rules: RuleSet, at: dt.datetime) -> int:
    """Compare one stretch of open episodes with their assessments and make the ones that moved due.

    Returns:
        How many became due.
    """
    people = read(chunk, rules=rules)
    if not people.episode_ids:
        return 0
    moved = changed(people, judge(people, rules), rules)
    return plans.make_due(episode_ids=moved, cause=AssessmentCause.PANEL, at=at)
