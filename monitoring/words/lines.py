"""What was found in one line with its numbers: for a list, and for paper. The whole sentences are in wording."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.engine import FindingKind
from monitoring.engine.sentences.phrases import COMPARED
from monitoring.models import Signal
from monitoring.words import wording
from monitoring.words.formats import day_words, short_number
from patients.people import languages

# So many symptoms are named in a line on paper.
NAMED = 2
# Their titles say all; what is new is only how long they have stood for.
SILENT = frozenset({FindingKind.LOST_CONTACT, FindingKind.MISSED_CHECK_INS, FindingKind.CHECK_IN_REMINDER})


def in_a_list(signal: Signal) -> str:
    """Return a finding in so few words that they stand in one line of a list, with the numbers it is about."""
    parts = signal.parts
    if signal.kind in SILENT:
        return _silence(parts)
    if signal.kind == FindingKind.STILL_LEARNING and "check_ins" in parts:
        count = parts["check_ins"]
        return ngettext("%(count)d check-in so far", "%(count)d check-ins so far", count) % {"count": count}
    if signal.kind == FindingKind.LOW_INFORMATION and "count" in parts:
        return _("Last %(count)d check-ins exactly alike") % {"count": parts["count"]}
    if signal.kind == FindingKind.PERSISTENTLY_SEVERE and "mean" in parts:
        words = {"title": wording.title(signal), "mean": short_number(parts["mean"])}
        return _("%(title)s, average %(mean)s") % words
    if signal.kind == FindingKind.SIDE_EFFECT and "symptom" in parts:
        words = {"subject": wording.subject_name(signal), "now": wording.severity_words(parts["now"])}
        return _with_day(_("%(subject)s: %(now)s") % words, signal)
    if signal.kind == FindingKind.DISCONTINUATION and _has(parts, "event", "event_change", "event_days"):
        return _after(parts["event_days"], str(wording.EVENTS[parts["event_change"]]) % {"event": parts["event"]})
    return _compared(signal) or wording.in_short(signal)


def _silence(parts: Mapping[str, Any]) -> str:
    """Return since when nothing came, and how much was missed."""
    missed, last_on = parts.get("missed") or 0, parts.get("last_on")
    words = _("No check-in since %(day)s") % {"day": _day(last_on)} if last_on else _("No check-in yet")
    return _("%(line)s, %(missed)d missed") % {"line": words, "missed": missed} if missed else words


def _compared(signal: Signal) -> str:
    """Return the two numbers that a sentence compares, of the series that moved most; empty where it compares none."""
    parts = signal.parts
    pair = next((pair for pair in COMPARED if all(isinstance(parts.get(name), (int, float)) for name in pair)), None)
    if pair is None or signal.kind == FindingKind.REMISSION:
        return ""
    numbers = {"before": short_number(parts[pair[0]]), "now": short_number(parts[pair[1]])}
    if not signal.domain:
        return _("%(title)s, %(before)s → %(now)s") % ({"title": wording.title(signal)} | numbers)
    first, *others = signal.domains
    words = _("%(subject)s %(before)s → %(now)s") % ({"subject": wording.DOMAIN_NAMES[first]} | numbers)
    if others:
        more = ngettext("%(line)s and %(count)d more", "%(line)s and %(count)d more", len(others))
        words = more % {"line": words, "count": len(others)}
    return _with_day(words, signal)


def _with_day(words: str, signal: Signal) -> str:
    """Add since when; the day of the start or change that it followed where that is what the numbers are split at."""
    day = wording.began_on(signal) or wording.event_on(signal)
    return _("%(line)s since %(day)s") % {"line": words, "day": day_words(day, "j M")} if day else words


def on_paper(signal: Signal) -> str:
    """Return what stands behind a title on paper, in one line: the numbers with their days, and what they followed."""
    parts = signal.parts
    if signal.kind == FindingKind.DISCONTINUATION and "event_days" in parts:
        return _since_stop(parts)
    if "before_mean" in parts and "after_mean" in parts and parts.get("onset_on"):
        return f"{'; '.join(_averages(parts))}."
    pair = next((pair for pair in (("well", "well_on"), ("start", "baseline_on")) if _has(parts, *pair)), None)
    if pair is None or not _has(parts, "now", "now_on"):
        return next(iter(wording.reasons(signal, with_timing=False)), "")
    before, now = (
        {"score": short_number(parts[value]), "day": _day(parts[on])} for value, on in (pair, ("now", "now_on"))
    )
    one, average = _("%(score)s on %(day)s"), _("%(score)s on average up to %(day)s")
    is_average = pair[0] == "well" and parts.get("well_n", 1) > 1
    return f"{(average if is_average else one) % before}, {one % now}."


def _since_stop(parts: Mapping[str, Any]) -> str:
    """Return what is new or worse, or was reported, since a stop: the first two by name, and how many more."""
    is_unasked = not parts["symptoms"] and not parts["domains"]
    codes = parts.get("unasked", ()) if is_unasked else (*parts["symptoms"], *parts["domains"])
    names = [
        str(wording.DOMAIN_NAMES[code]) if code in wording.DOMAIN_NAMES else wording.symptom_name(code)
        for code in codes
    ]
    told, rest = ", ".join(map(languages.inside_sentence, names[:NAMED])), len(names) - NAMED
    if rest > 0:
        told = ngettext("%(line)s and %(count)d more", "%(line)s and %(count)d more", rest) % {
            "line": told,
            "count": rest,
        }
    days = parts["event_days"]
    if is_unasked:
        words = ngettext("Reported after %(days)d day: %(names)s.", "Reported after %(days)d days: %(names)s.", days)
    else:
        words = ngettext(
            "New or worse after %(days)d day: %(names)s.",
            "New or worse after %(days)d days: %(names)s.",
            days,
        )
    return words % {"days": days, "names": told}


def _has(parts: Mapping[str, Any], *names: str) -> bool:
    return all(parts.get(name) is not None for name in names)


def _day(day: str) -> str:
    return day_words(dt.date.fromisoformat(day), "j M")


def _averages(parts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the averages of the series that moved most, by name where there are others, then what there is room for."""
    numbers = {"before": short_number(parts["before_mean"]), "since": short_number(parts["after_mean"])}
    values = numbers | {"day": _day(parts["onset_on"]), "name": wording.DOMAIN_NAMES.get(parts.get("name", ""), "")}
    if parts.get("also"):
        yield _("%(name)s %(before)s before %(day)s, %(since)s since") % values
    else:
        yield _("Average %(before)s before %(day)s, %(since)s since") % values
    if _has(parts, "usual_low", "usual_high") and not parts.get("also"):
        usual = {"low": short_number(parts["usual_low"]), "high": short_number(parts["usual_high"])}
        yield _("usual %(low)s to %(high)s") % usual
    if _has(parts, "event", "event_days"):
        yield _after(parts["event_days"], parts["event"])


def _after(days: int, event: str) -> str:
    """Return how long after something it began."""
    return ngettext("%(days)d day after %(event)s", "%(days)d days after %(event)s", days) % {
        "days": days,
        "event": event,
    }
