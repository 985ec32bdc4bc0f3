"""Stored signals in the reader's language: a title, the reasons with their numbers, and what would clear it.

The engine gives sentences as templates with named values; here they are translated and filled. Never a cause.
"""

import datetime as dt
import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext_lazy, gettext_noop, ngettext
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.engine.instruments import SYMPTOMS
from monitoring.engine.records import (
    NOT_APPLICABLE,
    Direction,
    Domain,
    Finding,
    FindingKind,
    InstrumentSpec,
    Item,
    ScoredAnswers,
    Sentence,
    Tier,
)
from monitoring.engine.sentences.phrases import NAMES, SEVERITY
from monitoring.models import Signal
from monitoring.words.formats import short_number
from patients.people import languages

logger = logging.getLogger(__name__)

DOMAIN_NAMES: Mapping[str, Promise] = {
    Domain.SLEEP: gettext_lazy("Sleep"),
    Domain.MOOD: gettext_lazy("Mood"),
    Domain.ENERGY: gettext_lazy("Energy"),
    Domain.PAIN: gettext_lazy("Pain"),
    Domain.FUNCTION: gettext_lazy("Function"),
}

# What a finding is called where its own first sentence is not already a heading.
TITLES: Mapping[str, Promise] = {
    FindingKind.RISK_ANSWER: gettext_lazy("Safety answer"),
    FindingKind.BODY_WARNING: gettext_lazy("Physical warning sign"),
    FindingKind.EXTREME_RATING: gettext_lazy("Rated at the worst end"),
    FindingKind.SUDDEN_CHANGE: gettext_lazy("Sudden large change"),
    FindingKind.DETERIORATION: gettext_lazy("Getting worse"),
    FindingKind.RELIABLE_WORSENING: gettext_lazy("Reliably worse"),
    FindingKind.RELAPSE: gettext_lazy("Worse again after getting better"),
    FindingKind.SIDE_EFFECT: gettext_lazy("Possible side effect"),
    FindingKind.DISCONTINUATION: gettext_lazy("Medicine stopped"),
    FindingKind.NOT_ON_TRACK: gettext_lazy("No response yet"),
    FindingKind.LOST_CONTACT: gettext_lazy("Lost contact"),
    FindingKind.MISSED_CHECK_INS: gettext_lazy("Missed check-ins"),
    FindingKind.PERSISTENTLY_SEVERE: gettext_lazy("Severe for a while"),
    FindingKind.CHECK_IN_REMINDER: gettext_lazy("Check-in overdue"),
    FindingKind.IMPROVEMENT: gettext_lazy("Improving"),
    FindingKind.RESPONSE: gettext_lazy("Response"),
    FindingKind.REMISSION: gettext_lazy("In the remission range"),
    FindingKind.OFFER_INSTRUMENT: gettext_lazy("A questionnaire would help"),
    FindingKind.LOW_INFORMATION: gettext_lazy("The same answers each time"),
    FindingKind.STILL_LEARNING: gettext_lazy("Still learning"),
}

# What is watched only is early and uncertain. Source: docs/design.md#states, docs/engine.md#cuts-and-tiers.
EARLY_TITLES: Mapping[str, Promise] = {
    FindingKind.DETERIORATION: gettext_lazy("Possibly getting worse"),
    FindingKind.RELIABLE_WORSENING: gettext_lazy("Worse on one form"),
}

# Kinds whose title stands alone: they are about the person, or their sentence names the subject.
ABOUT_THE_PERSON = frozenset(
    {
        FindingKind.RISK_ANSWER,
        FindingKind.BODY_WARNING,
        FindingKind.LOST_CONTACT,
        FindingKind.MISSED_CHECK_INS,
        FindingKind.CHECK_IN_REMINDER,
        FindingKind.LOW_INFORMATION,
        FindingKind.STILL_LEARNING,
    }
)

# The engine names symptoms in its sentences by their English words.
CODES: Mapping[str, str] = {text: code for code, text in SYMPTOMS.items()}

# A value with which a sentence opens, and one that it quotes.
OPENING_VALUE, QUOTED_VALUE = re.compile(r"^\{(\w+)\}"), re.compile(r"[“„\"«]\{(\w+)\}")
# Ratings as the engine's sentences name them.
SERIES = frozenset(NAMES.values())

# The engine's own words, so that the two can be told to be the same.
TIMING = "Timing is shown because it may help. It does not prove cause."

SAID_IN_ONE_SENTENCE = frozenset(
    {
        FindingKind.LOST_CONTACT,
        FindingKind.MISSED_CHECK_INS,
        FindingKind.CHECK_IN_REMINDER,
        FindingKind.STILL_LEARNING,
        FindingKind.LOW_INFORMATION,
    }
)


# The names of severity bands as the files of the instruments write them, for the translators' catalogue.
BANDS = (
    gettext_noop("minimal"),
    gettext_noop("mild"),
    gettext_noop("moderate"),
    gettext_noop("moderately severe"),
    gettext_noop("severe"),
    gettext_noop("low"),
    gettext_noop("medium"),
    gettext_noop("high"),
    gettext_noop("normal"),
)


def symptom_name(code: str) -> str:
    """Return the words of a checklist symptom in the reader's language; an unknown code names itself."""
    return engine.symptom_names(get_language()).get(code, code)


def title(signal: Signal) -> str:
    """Return what was found about what, for example "Sleep: getting worse"."""
    title_of_kind = TITLES[signal.kind]
    words = str(EARLY_TITLES.get(signal.kind, title_of_kind) if signal.tier == Tier.WATCH else title_of_kind)
    if signal.kind == FindingKind.DISCONTINUATION and signal.parts.get("event_change") == "change":
        words = _("Dose lowered")
    if not signal.parts.get("is_declared", True):
        words = _("Much worse than at the start")
    subject = subject_name(signal)
    if not subject or signal.kind in ABOUT_THE_PERSON:
        return words
    return _("%(subject)s: %(found)s") % {"subject": subject, "found": languages.inside_sentence(words)}


def began_on(signal: Signal) -> dt.date | None:
    """Return the day on which what a title names began; None where the title names what came before."""
    if signal.kind == FindingKind.DISCONTINUATION:
        return None
    # Ratings after a start: the stored day is that of the start.
    return None if signal.kind == FindingKind.SIDE_EFFECT and "symptom" not in signal.parts else signal.onset_on


def event_on(signal: Signal) -> dt.date | None:
    """Return the day of the start, change or stop that a signal followed."""
    day = signal.parts.get("event_on")
    return dt.date.fromisoformat(day) if day else None


@lru_cache(maxsize=1024)
def _ratings(domains: tuple[str, ...], _language: str | None) -> str:
    """Return ratings as they begin a title: "Sleep, mood and energy". A list names the same ones many times."""
    first, *others = (str(DOMAIN_NAMES[domain]) for domain in domains)
    return get_text_list([first, *map(languages.inside_sentence, others)], _("and"))


def subject_name(signal: Signal) -> str:
    """Return the rating, instrument or item a signal is about; empty for the person as a whole."""
    if signal.domain:
        return _ratings(signal.domains, get_language())
    return signal.instrument or (symptom_name(signal.item) if signal.item else "")


def reason(signal: Signal, *, with_timing: bool = True) -> str:
    """Return the sentences that say why, with their numbers.

    Args:
        signal: what was found.
        with_timing: whether to add that timing proves no cause; a page with several reasons says it once itself.
    """
    return " ".join(reasons(signal, with_timing=with_timing))


def reasons(signal: Signal, *, with_timing: bool = True) -> list[str]:
    """Return the same sentences one by one: the first says most."""
    sentences = _sentences(signal, engine.describe)
    if not with_timing:
        sentences = [sentence for sentence in sentences if sentence != _(TIMING)]
    # A change opens with a heading that the title already says.
    if signal.kind in {FindingKind.DETERIORATION, FindingKind.IMPROVEMENT}:
        sentences = sentences[1:]
    return sentences


def in_short(signal: Signal) -> str:
    """Return one line for a list: what was found, and what it followed."""
    parts = signal.parts
    if signal.kind in SAID_IN_ONE_SENTENCE:
        return next(iter(_sentences(signal, engine.describe)), title(signal)).rstrip(".")
    if "event" in parts and "event_change" in parts:
        # Symptoms after a stop are named by the medicine alone: it is their subject, too.
        return _after_event(_after_stop(parts) if signal.kind == FindingKind.DISCONTINUATION else title(signal), parts)
    return title(signal)


def _after_stop(parts: Mapping[str, Any]) -> str:
    """Return what is said of symptoms after a stop: what was not asked about before is never called new."""
    is_unasked = parts.get("unasked") and not parts["symptoms"] and not parts["domains"]
    return _("Symptoms reported") if is_unasked else _("New or worse")


# An event as it stands behind "after" in one line.
EVENTS: Mapping[str, Promise] = {
    "start": gettext_lazy("starting %(event)s"),
    "change": gettext_lazy("the change of %(event)s"),
    "stop": gettext_lazy("stopping %(event)s"),
}


def _after_event(words: str, parts: Mapping[str, Any]) -> str:
    """Add to a title what it followed, and how much else happened at that time."""
    days, others = parts.get("event_days"), len(parts.get("together", ()))
    event = str(EVENTS[parts["event_change"]]) % {"event": parts["event"]}
    if others:
        more = ngettext("%(event)s and %(count)d other change", "%(event)s and %(count)d other changes", others)
        event = more % {"event": event, "count": others}
    if days is None:
        return _("%(title)s, after %(event)s") % {"title": words, "event": event}
    if days == 0:
        return _("%(title)s, from the day of %(event)s") % {"title": words, "event": event}
    after = ngettext("%(title)s, %(days)d day after %(event)s", "%(title)s, %(days)d days after %(event)s", days)
    return after % {"title": words, "days": days, "event": event}


def clearing(signal: Signal) -> str:
    """Return what would clear it, or nothing where the engine does not say."""
    return " ".join(_sentences(signal, engine.describe_clearing))


def finding_of(signal: Signal) -> Finding:
    """Return the finding that was stored."""
    return Finding(
        kind=FindingKind(signal.kind),
        tier=Tier(signal.tier),
        domain=Domain(signal.domain) if signal.domain else None,
        instrument=signal.instrument or None,
        item=signal.item or None,
        direction=Direction(signal.direction) if signal.direction else None,
        chance=signal.chance,
        onset_on=signal.onset_on,
        contrast=signal.contrast,
        statistic=signal.statistic,
        threshold=signal.threshold,
        weeks=signal.weeks,
        parts=signal.parts,
        clears=signal.clears,
    )


def _as_worded(finding: Finding) -> Finding:
    """Return a safety answer with question and answer in the reader's language, where that wording is known.

    What was stored quotes the English form, whichever language was on the screen.
    """
    if finding.kind not in {FindingKind.RISK_ANSWER, FindingKind.BODY_WARNING}:
        return finding
    item, options = _item_in_words(finding.instrument or "", finding.item or "")
    answer = finding.parts.get("answer")
    chosen = symptom_words(finding.item or "", None) if answer is None else options.get(answer)
    if item is None or chosen is None:
        return finding
    return replace(finding, parts={**finding.parts, "question": item.text, "answer_text": chosen})


def symptom_words(code: str, severity: int | None) -> str:
    """Return a symptom's severity in words; one that is there or not is not rated."""
    is_unrated = any(code in checklist.unrated for checklist in engine.CHECKLISTS.values())
    return _("yes") if severity is None and is_unrated else severity_words(severity)


def severity_words(severity: int | None) -> str:
    """Return how bad a symptom was, 0 to 3; one that was ticked and not rated is there all the same."""
    if severity is None:
        return _("present, not rated")
    return _(SEVERITY[severity]) if severity < len(SEVERITY) else str(severity)


def answer_words(spec: InstrumentSpec, item: Item, value: int | None) -> str:
    """Return an answer in the words of its form; a value without words as its number."""
    if value is None:
        return _("skipped")
    if value == NOT_APPLICABLE:
        return _("does not apply")
    return next((option.text for option in engine.options_of(spec, item) if option.value == value), str(value))


def possible_words(scored: ScoredAnswers) -> str:
    """Return between which totals the missing answers leave a total that was filled in; empty for any other."""
    if not scored.prorated or scored.lowest is None or scored.highest is None:
        return ""
    values = {"low": short_number(scored.lowest), "high": short_number(scored.highest), "count": scored.missing}
    return (
        ngettext(
            "%(count)d answer is missing and was filled in from the others: %(low)s to %(high)s is possible",
            "%(count)d answers are missing and were filled in from the others: %(low)s to %(high)s is possible",
            scored.missing,
        )
        % values
    )


def option_words(instrument: str, item: str, value: int | None) -> str:
    """Return an answer to an item as the form words it in the reader's language; an unknown one as its number."""
    if value is None:
        return symptom_words(item, None)
    _item, options = _item_in_words(instrument, item)
    return options.get(value, str(value))


def item_words(instrument: str, item: str) -> str:
    """Return an item as the form asks it in the reader's language; an unknown one as its code."""
    found, _options = _item_in_words(instrument, item)
    return found.text if found else item


def _item_in_words(instrument: str, code: str) -> tuple[Item | None, Mapping[Any, str]]:
    """Return an item as the form asks it in the reader's language, and its answers in words."""
    checklist = engine.CHECKLISTS.get(instrument)
    if checklist is not None:
        spoken = engine.checklist_in(checklist, get_language())
        symptom = next((symptom for symptom in spoken.symptoms if symptom.code == code), None)
        return symptom, {option.value: option.text for option in spoken.severity}
    spec = engine.INSTRUMENTS.get(instrument)
    worded = engine.instrument_in(spec, get_language()) if spec else None
    item = next((item for item in worded.items if item.code == code), None) if worded else None
    if worded is None or item is None:
        return None, {}
    return item, {option.value: option.text for option in engine.options_of(worded, item)}


def _sentences(signal: Signal, say: Callable[[Finding], tuple[Sentence, ...]]) -> list[str]:
    """Translate and fill the sentences; a signal of an older engine that lacks a value keeps its title only."""
    try:
        return [_filled(sentence) for sentence in say(_as_worded(finding_of(signal)))]
    except KeyError:
        logger.warning("a stored signal could not be worded", extra={"signal": str(signal.pk)})
        return []


@dataclass(frozen=True, slots=True)
class _WordedValues:
    """The values of a sentence, each put into words when the template asks for it: most templates ask for few."""

    values: Mapping[str, object]
    # The values that keep their capital: the one with which a sentence opens, and what is quoted.
    capital: Collection[str]

    def __getitem__(self, name: str) -> str:
        return _word(self.values[name], opens=name in self.capital)


def _filled(sentence: Sentence, *, opens: bool = True) -> str:
    template = _(sentence.template)
    capital = set(QUOTED_VALUE.findall(template)) | set(OPENING_VALUE.findall(template) if opens else ())
    return template.format_map(_WordedValues(sentence.values, capital))


def _word(value: object, *, opens: bool) -> str:
    """Return a value as people read it: dates and numbers in their form, fixed words and symptoms translated.

    Args:
        value: what a sentence holds.
        opens: whether the sentence begins with it; ratings and symptoms are written small inside one.
    """
    if isinstance(value, dt.date):
        return date_format(value, "j F Y")
    if isinstance(value, float):
        # The engine has rounded what is an average; a threshold keeps its digits.
        return str(localize(round(value, 3)))
    if isinstance(value, Sentence):
        return _filled(value, opens=opens)
    if isinstance(value, list):
        return ", ".join(_word(one, opens=opens and not place) for place, one in enumerate(value))
    if not isinstance(value, str) or not value:
        return str(value)
    if value not in CODES and value not in SERIES:
        return _(value)
    name = symptom_name(CODES[value]) if value in CODES else _(value)
    return name if opens else languages.inside_sentence(name)
