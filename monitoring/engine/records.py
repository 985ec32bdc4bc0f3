"""What goes into the engine and what comes out: immutable records, no arithmetic.

Ratings and scores are kept as the person gave them, in their natural direction.
Only `series.py` turns them into "higher is worse".
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeAlias

from monitoring.engine.sources.rule_source import RuleSource

#: The stored answer "does not apply", of an item that may not (`Item.may_not_apply`).
NOT_APPLICABLE = -1
#: A value that survives `json.dumps` unchanged; dates travel as ISO strings.
JsonValue: TypeAlias = Any
Parts: TypeAlias = Mapping[str, JsonValue]


class Direction(StrEnum):
    """Which end of a scale is the good one; neutral, such as a plasma level, has none and is never judged."""

    HIGHER_IS_BETTER = "higher_is_better"
    HIGHER_IS_WORSE = "higher_is_worse"
    NEUTRAL = "neutral"


class Domain(StrEnum):
    """The five core ratings, 0 to 10, in the order of every page."""

    SLEEP = "sleep"
    MOOD = "mood"
    ENERGY = "energy"
    PAIN = "pain"
    FUNCTION = "function"

    @property
    def direction(self) -> Direction:
        """Return which end of the 0 to 10 rating is the good one."""
        if self is Domain.PAIN:
            return Direction.HIGHER_IS_WORSE
        return Direction.HIGHER_IS_BETTER


class Tier(StrEnum):
    """How loudly a finding speaks. Ordered: `Tier.WATCH < Tier.REVIEW` is true.

    info: shown, nothing else. watch: colours the worklist. review: makes an
    alert for the next working day. priority: an alert at the top of the list.
    urgent: an alert with the short clock (same day).
    """

    INFO = "info"
    WATCH = "watch"
    REVIEW = "review"
    PRIORITY = "priority"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Return 0 for the quietest tier up to 4 for the loudest."""
        return list(Tier).index(self)

    def __lt__(self, other: str) -> bool:
        """Compare by loudness, never by alphabet."""
        return self.rank < Tier(other).rank

    def __le__(self, other: str) -> bool:
        """Compare by loudness, never by alphabet."""
        return self.rank <= Tier(other).rank

    def __gt__(self, other: str) -> bool:
        """Compare by loudness, never by alphabet."""
        return self.rank > Tier(other).rank

    def __ge__(self, other: str) -> bool:
        """Compare by loudness, never by alphabet."""
        return self.rank >= Tier(other).rank

    def raised(self) -> "Tier":
        """Return the next louder tier; urgent stays urgent."""
        return list(Tier)[min(self.rank + 1, Tier.URGENT.rank)]


class FindingKind(StrEnum):
    """Everything the engine can say about one episode."""

    RISK_ANSWER = "risk_answer"
    BODY_WARNING = "body_warning"
    EXTREME_RATING = "extreme_rating"
    SUDDEN_CHANGE = "sudden_change"
    DETERIORATION = "deterioration"
    RELIABLE_WORSENING = "reliable_worsening"
    RELAPSE = "relapse"
    SIDE_EFFECT = "side_effect"
    DISCONTINUATION = "discontinuation"
    NOT_ON_TRACK = "not_on_track"
    LOST_CONTACT = "lost_contact"
    MISSED_CHECK_INS = "missed_check_ins"
    PERSISTENTLY_SEVERE = "persistently_severe"
    CHECK_IN_REMINDER = "check_in_reminder"
    IMPROVEMENT = "improvement"
    RESPONSE = "response"
    REMISSION = "remission"
    OFFER_INSTRUMENT = "offer_instrument"
    LOW_INFORMATION = "low_information"
    STILL_LEARNING = "still_learning"


class InterventionCategory(StrEnum):
    """What an intervention is, as the care plan names it."""

    PSYCHOTHERAPY = "psychotherapy"
    MEDICATION = "medication"
    ACTIVITY = "activity"
    SLEEP = "sleep"
    NUTRITION = "nutrition"
    SELF_MANAGEMENT = "self_management"
    ENVIRONMENT = "environment"
    OTHER = "other"


class InterventionChange(StrEnum):
    """What happened to an intervention on a day."""

    START = "start"
    CHANGE = "change"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomRating:
    """One symptom of a checklist as answered, each part 0 (none) to 3 (most)."""

    severity: int | None
    frequency: int | None = None
    interference: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckInRecord:
    """One submitted check-in.

    Attributes:
        about_on: the day the answers are about, in the patient's own zone.
        entered_at: when they were given (aware); later than `about_on` if late.
        ratings: 0 to 10 as answered, natural direction; None or absent = skipped.
        checklist: symptom code -> rating; only symptoms that were asked.
        doses_missed: medicine name -> doses missed in the week.
        informant: "self", or who answered; other informants are other series.
    """

    about_on: dt.date
    entered_at: dt.datetime
    ratings: Mapping[Domain, int | None]
    checklist: Mapping[str, SymptomRating] = field(default_factory=dict)
    doses_missed: Mapping[str, int] = field(default_factory=dict)
    informant: str = "self"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRecord:
    """One score of one instrument, published direction.

    Attributes:
        instrument: code, a key of `History.instruments`.
        version: wording or scale version; another version is another series with a
            scale of its own (`History.form_of`).
        on: the day the answers are about.
        value: total as published; None if too many items were missing.
        entered_at: when it was entered (aware).
        answers: item code -> answer, where the items are known.
        informant: "self", or who answered.
    """

    instrument: str
    version: str
    on: dt.date
    value: float | None
    entered_at: dt.datetime
    answers: Mapping[str, int | None] = field(default_factory=dict)
    informant: str = "self"


@dataclass(frozen=True, kw_only=True, slots=True)
class InterventionRecord:
    """One start, change or stop of an intervention on a day.

    Attributes:
        kind: what it is.
        name: as the care plan writes it, for example "sertraline".
        on: the day it took effect.
        change: start, change or stop.
        label: words for a sentence, for example "sertraline 50 to 100 mg".
        dose_before: amount per day before, same unit as `dose_after`.
        dose_after: amount per day from `on`; 0 or None after a stop.
    """

    kind: InterventionCategory
    name: str
    on: dt.date
    change: InterventionChange
    label: str
    dose_before: float | None = None
    dose_after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One due date of the plan; missed once its window closed unanswered."""

    due_on: dt.date
    missed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The agreed rhythm of check-ins.

    Attributes:
        cadence_weeks: agreed weeks between check-ins.
        slots: due dates up to `History.as_of`, oldest first.
        paused: an agreed pause: silence is then no finding.
    """

    cadence_weeks: float
    slots: tuple[Slot, ...] = ()
    paused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CutOff:
    """The lowest value of a severity band and the band's name."""

    value: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One possible answer: the stored value and the words on the form."""

    value: int
    text: str
    loinc: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One question: stable code, exact wording, own options if they differ.

    Attributes:
        code, text, loinc: as for an instrument.
        options: its own answers, where they are not those of the instrument.
        scored: whether it is part of the total.
        may_not_apply: it asks what not everybody has. "Does not apply" is an answer then; like a blank it counts 0
            and is not missing.
        since: the version of the form from which on it is asked; what was answered on an earlier one did not ask it.
    """

    code: str
    text: str
    loinc: str | None = None
    options: tuple[Option, ...] = ()
    scored: bool = True
    may_not_apply: bool = False
    since: str = "1"


class FlagReason(StrEnum):
    """What an answer that needs a person is about: words, page, tier and kind of alert follow it."""

    SELF_HARM = "self_harm"
    CHEST_PAIN = "chest_pain"
    FAINTING = "fainting"
    BREATHLESSNESS = "breathlessness"
    RASH = "rash"
    FIT = "fit"
    BLEEDING = "bleeding"
    AGITATION = "agitation"

    @property
    def kind(self) -> FindingKind:
        """Return as what it is told: self-harm as a safety answer, anything else as a warning of the body."""
        return FindingKind.RISK_ANSWER if self is FlagReason.SELF_HARM else FindingKind.BODY_WARNING


@dataclass(frozen=True, kw_only=True, slots=True)
class RedFlag:
    """Answers of one item that need a person, whatever the total says.

    The tier says how soon someone answers; within it answers are put in order. Neither is a level of risk.

    Attributes:
        item: item code.
        at: lowest answer that needs a person.
        tier: how soon a person answers, the same for every such answer.
        first_at: lowest answer that comes first within the tier; None = none does.
        rise_comes_first: so does an answer above the last one given.
        only_new: an answer that is not above the last one given is known, and needs nobody again.
        with_item: another item that has to be at `at`, too.
        with_medicines: beginnings of names of medicines, in small letters; one has to be taken. Empty: whatever is.
        reason: what it is about.
        source: where step and clock come from.
    """

    item: str
    at: int
    tier: Tier
    source: RuleSource
    first_at: int | None = None
    rise_comes_first: bool = False
    only_new: bool = False
    with_item: str | None = None
    with_medicines: tuple[str, ...] = ()
    reason: FlagReason = FlagReason.SELF_HARM


@dataclass(frozen=True, kw_only=True, slots=True)
class Translation:
    """The wording of a questionnaire or checklist in another language than English.

    Attributes:
        name, stem: as for the instrument itself.
        items: item or symptom code -> wording.
        options: list of answers -> value -> wording. A list is known by the item
            it belongs to, by its scale in a checklist, or as `all` where the
            items of an instrument share it.
        is_validated: whether this wording was tested as a measure; our own
            words are not.
        source, licence: where the wording comes from and its terms.
    """

    name: str
    stem: str
    items: Mapping[str, str]
    options: Mapping[str, Mapping[int, str]]
    is_validated: bool
    source: str
    licence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentSpec:
    """A questionnaire or an external measure as data.

    Bundled instruments carry items and options; an instrument that a clinic
    declares (an imported total, a laboratory value) needs only code, version,
    name, direction and range.

    Attributes:
        code: stable short name, for example "PHQ-9".
        version: version of wording and scoring.
        name: full name.
        direction: published direction of the total.
        minimum, maximum: published range of the total.
        aggregation: "sum" or "mean" of the scored items, or "none" for no total.
        max_missing: unanswered scored items that may be filled with the
            person's own item mean; more give no score.
        cut_offs: severity bands, lowest first.
        sem: standard error of measurement, points.
        reliable_change: points beyond which one person's change is reliable.
        mcid: minimal important difference, points.
        response_drop: share of the start score that counts as response.
        remission_below: remission if the total is below this.
        relapse_at: relapse after remission needs at least this total.
        caseness: a response is told of people who started at least here; None = of everybody.
        recall_days: how many days back the form asks, where known; two forms closer than that share answers.
        has_course: whether a course in treatment is published by which "not on track" can be told.
        red_flags: item answers that need a person.
        stem, items, options: wording as published.
        loinc, loinc_panel: LOINC code of total and panel.
        is_judged: False for a measure that is only shown, such as a plasma level.
        sources: parameter name -> where the number comes from.
        licence, attribution: terms of the wording.
        language: of the wording.
        translations: other language -> wording.
    """

    code: str
    version: str
    name: str
    direction: Direction
    minimum: float
    maximum: float
    aggregation: str = "sum"
    max_missing: int = 0
    cut_offs: tuple[CutOff, ...] = ()
    sem: float | None = None
    reliable_change: float | None = None
    mcid: float | None = None
    response_drop: float | None = None
    remission_below: float | None = None
    relapse_at: float | None = None
    caseness: float | None = None
    recall_days: int | None = None
    has_course: bool = False
    red_flags: tuple[RedFlag, ...] = ()
    stem: str = ""
    items: tuple[Item, ...] = ()
    options: tuple[Option, ...] = ()
    loinc: str | None = None
    loinc_panel: str | None = None
    is_judged: bool = True
    sources: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    attribution: str = ""
    language: str = "en"
    translations: Mapping[str, Translation] = field(default_factory=dict)

    @property
    def safety_flags(self) -> tuple[RedFlag, ...]:
        """Return the flags that are about self-harm."""
        return tuple(flag for flag in self.red_flags if flag.reason is FlagReason.SELF_HARM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checklist:
    """A list of symptoms; each is rated for severity, frequency, interference.

    Attributes:
        code, version, name, stem: as for an instrument.
        symptoms: one item per symptom, without options of its own.
        severity, frequency, interference: 0 (none) to 3 (most).
        red_flags: severities that need a person; of what needs one whenever it is there nothing further is asked.
        sources: parameter name -> where it comes from.
        licence: terms of the wording.
        language, translations: as for an instrument.
    """

    code: str
    version: str
    name: str
    stem: str
    symptoms: tuple[Item, ...]
    severity: tuple[Option, ...]
    frequency: tuple[Option, ...]
    interference: tuple[Option, ...]
    licence: str
    red_flags: tuple[RedFlag, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    translations: Mapping[str, Translation] = field(default_factory=dict)

    @property
    def about_self_harm(self) -> frozenset[str]:
        """Return the symptoms that are about self-harm."""
        return frozenset(flag.item for flag in self.red_flags if flag.reason is FlagReason.SELF_HARM)

    @property
    def unrated(self) -> frozenset[str]:
        """Return the symptoms that are there or not, without a severity."""
        return frozenset(flag.item for flag in self.red_flags if flag.at <= 1)

    def of_version(self, version: str) -> "Checklist":
        """Return the list as an earlier version asked it."""
        return replace(self, symptoms=tuple(one for one in self.symptoms if int(one.since) <= int(version)))

    def only(self, codes: Collection[str]) -> "Checklist":
        """Return the list with some of its symptoms alone."""
        return replace(self, symptoms=tuple(one for one in self.symptoms if one.code in codes))


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredAnswers:
    """A scored questionnaire.

    Attributes:
        instrument, version: what was scored.
        value: total in the published direction; None if it may not be scored.
        band: label of the severity band, None without a value or bands.
        answered, missing: counts of scored items that apply.
        prorated: whether missing items were filled with the item mean.
        lowest, highest: the totals that the missing answers leave possible; both the value where none is missing, None
            without one.
    """

    instrument: str
    version: str
    value: float | None
    band: str | None
    answered: int
    missing: int
    prorated: bool
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """Everything known about one episode up to and including a day.

    Records later than `as_of` are ignored, so a longer history can be cut.

    Attributes:
        as_of: the day the question is asked, in the patient's own zone.
        check_ins: in any order.
        scores: in any order.
        instruments: code -> spec for every instrument in `scores`, of its newest form.
        earlier_forms: specs of the forms that were used before a newer version.
        interventions: in any order.
        schedule: agreed rhythm, None if no plan runs.
        new_normal_on: days from which a clinician accepted a new usual level.
        sessions_on: days of the sessions of psychotherapy that were held.
    """

    as_of: dt.date
    check_ins: tuple[CheckInRecord, ...] = ()
    scores: tuple[ScoreRecord, ...] = ()
    instruments: Mapping[str, InstrumentSpec] = field(default_factory=dict)
    interventions: tuple[InterventionRecord, ...] = ()
    schedule: Schedule | None = None
    new_normal_on: tuple[dt.date, ...] = ()
    sessions_on: tuple[dt.date, ...] = ()
    earlier_forms: tuple[InstrumentSpec, ...] = ()

    def form_of(self, record: ScoreRecord) -> InstrumentSpec | None:
        """Return the spec of the form that a score was given on, None where it is not known."""
        earlier = (
            form for form in self.earlier_forms if (form.code, form.version) == (record.instrument, record.version)
        )
        return next(earlier, self.instruments.get(record.instrument))


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing the engine has to say, with every number behind it.

    Attributes:
        kind: what it is.
        tier: how loudly it speaks.
        domain: the core rating it is about, if one.
        instrument: the instrument it is about, if one.
        item: symptom, item or medicine it is about, if one.
        direction: natural direction of that scale.
        chance: calibrated chance that the named scale truly changed, or of a response; 0 to 1; None if not estimated.
        onset_on: when it most likely began.
        contrast: mean since onset minus mean before, in points of the natural
            scale as the table on the page shows it (not flipped).
        statistic: the number that was compared.
        threshold: what it was compared with.
        weeks: weeks since onset.
        parts: everything its sentence needs, JSON-able.
        clears: what would clear it, JSON-able.
    """

    kind: FindingKind
    tier: Tier
    domain: Domain | None = None
    instrument: str | None = None
    item: str | None = None
    direction: Direction | None = None
    chance: float | None = None
    onset_on: dt.date | None = None
    contrast: float | None = None
    statistic: float | None = None
    threshold: float | None = None
    weeks: float | None = None
    parts: Parts = field(default_factory=dict)
    clears: Parts = field(default_factory=dict)

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the ratings it is about: the one that moved most first, then those that moved with it."""
        return (str(self.domain), *map(str, self.parts.get("also", ()))) if self.domain else ()

    @property
    def subject(self) -> str:
        """Return what it is about: "sleep", "PHQ-9", "PHQ-9/9", or "" for all."""
        names = (self.domain or self.instrument, self.item)
        return "/".join(str(name) for name in names if name)


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelPoint:
    """The estimated level of one series on one day, natural direction.

    `low` and `high` bound the level with 90 % chance. The usual range is None
    while it is still being learned; it never uses the last weeks or later data.
    """

    on: dt.date
    level: float
    low: float
    high: float
    usual_low: float | None
    usual_high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A translatable template with `{named}` places and the values for them."""

    template: str
    values: Parts
