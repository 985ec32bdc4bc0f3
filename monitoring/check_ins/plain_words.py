"""What patients read about themselves after a check-in: one or two plain sentences. Reads only; never a risk label."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.course import persons
from monitoring.course.pictures import Course, Panel
from monitoring.engine import Domain
from monitoring.models import Assessment, Signal
from monitoring.plans import plans
from monitoring.words.states import State, state_of
from patients.models import Episode
from patients.people import languages

# A change that began less long ago is too young to be counted in weeks.
LEAST_WEEKS = 2


def in_plain_words(episode: Episode, course: Course, *, at: datetime) -> str:
    """Return what the ratings say against the person's own usual range, in words a patient uses.

    Args:
        episode: whose.
        course: with the states of its panels.
        at: now.
    """
    ratings = [panel for panel in course.panels if panel.key in set(Domain)]
    # A state follows several answers. Where the newest says otherwise, the sentence says both.
    apart = [panel for panel in ratings if panel.is_answer_apart or _is_over(panel)]
    alike = [panel for panel in ratings if panel not in apart]
    worse = [panel for panel in alike if panel.state is State.WORSE]
    better = [panel for panel in alike if panel.state is State.BETTER]
    watched = [panel for panel in alike if panel.against is not None and panel.state is State.WATCH]
    if worse or better or watched or apart:
        today = plans.local_day(at, episode.patient.time_zone)
        since = _began_on(episode, worse)
        return " ".join([*_worse(worse, since, today), *_watched(watched), *_better(better), *_apart(apart)])
    if not ratings or persons.is_still_learning(course):
        return _("We are still learning your usual range. It appears after about eight check-ins.")
    steady = [panel for panel in ratings if panel.state is State.STEADY]
    if len(steady) == len(ratings):
        return _("Everything is about the same as usual.")
    if steady:
        words = ngettext("%(what)s is about the same as usual.", "%(what)s are about the same as usual.", len(steady))
        return words % {"what": _names(steady)}
    return ""


def _watched(panels: Sequence[Panel]) -> list[str]:
    """Return the sentence about a level on the worse side of the usual range that may not last."""
    if not panels:
        return []
    words = ngettext("%(what)s is worse than usual now.", "%(what)s are worse than usual now.", len(panels))
    return [words % {"what": _names(panels)}, _("It is too early to say if this will last.")]


def _worse(panels: Sequence[Panel], began_on: date | None, today: date) -> list[str]:
    """Return the sentence about what is worse, with its weeks where one start is known for all of it."""
    if not panels:
        return []
    weeks = (today - began_on).days // 7 if began_on else 0
    if weeks < LEAST_WEEKS:
        words = ngettext("%(what)s has been worse than usual.", "%(what)s have been worse than usual.", len(panels))
        return [words % {"what": _names(panels)}]
    words = ngettext(
        "%(what)s has been worse than usual for %(weeks)d weeks.",
        "%(what)s have been worse than usual for %(weeks)d weeks.",
        len(panels),
    )
    return [words % {"what": _names(panels), "weeks": weeks}]


def _better(panels: Sequence[Panel]) -> list[str]:
    """Return the sentence about what is better; it is as long as the other one."""
    if not panels:
        return []
    words = ngettext("%(what)s is better than usual.", "%(what)s are better than usual.", len(panels))
    return [words % {"what": _names(panels)}]


def _is_over(panel: Panel) -> bool:
    """Say whether a level is on the worse side of its usual range while the newest answer is not."""
    answers = {State.STEADY, State.BETTER}
    return panel.against is not None and panel.state is State.WATCH and panel.answer_state in answers


def _apart(panels: Sequence[Panel]) -> Iterable[str]:
    """Return the sentences about ratings whose newest answer says otherwise than their state."""
    was_worse = [panel for panel in panels if panel.state in {State.WORSE, State.WATCH}]
    was_better = [panel for panel in panels if panel.state is State.BETTER]
    steady = [panel for panel in panels if panel.state is State.STEADY]
    if was_worse:
        words = ngettext(
            "%(what)s has been worse than usual, but not in your newest answer.",
            "%(what)s have been worse than usual, but not in your newest answers.",
            len(was_worse),
        )
        yield words % {"what": _names(was_worse)}
    if was_better:
        words = ngettext(
            "%(what)s has been better than usual, but not in your newest answer.",
            "%(what)s have been better than usual, but not in your newest answers.",
            len(was_better),
        )
        yield words % {"what": _names(was_better)}
    if now_worse := [panel for panel in steady if panel.answer_state is State.WATCH]:
        words = ngettext(
            "%(what)s was worse than usual in your newest answer.",
            "%(what)s were worse than usual in your newest answers.",
            len(now_worse),
        )
        yield words % {"what": _names(now_worse)}
        yield _("It is too early to say if this will last.")
    if now_better := [panel for panel in steady if panel.answer_state is State.BETTER]:
        words = ngettext(
            "%(what)s was better than usual in your newest answer.",
            "%(what)s were better than usual in your newest answers.",
            len(now_better),
        )
        yield words % {"what": _names(now_better)}


def _names(panels: Sequence[Panel]) -> str:
    """Return the ratings as they begin a sentence: "Sleep, mood and what you can do"."""
    names = [
        _("what you can do") if panel.key == Domain.FUNCTION else languages.inside_sentence(panel.name)
        for panel in panels
    ]
    words = get_text_list(names, _("and"))
    return words[:1].upper() + words[1:]


def _began_on(episode: Episode, panels: Sequence[Panel]) -> date | None:
    """Return since when the newest of these ratings has been worse, None where the assessment does not say."""
    newest = Assessment.objects.filter(episode=episode).order_by("-as_of").first()
    domains = {panel.key for panel in panels}
    signals = Signal.objects.filter(assessment=newest, onset_on__isnull=False) if newest else []
    days = {
        domain: signal.onset_on
        for signal in signals
        if signal.onset_on is not None and state_of(signal.kind, signal.tier) is State.WORSE
        for domain in signal.domains
        if domain in domains
    }
    return max(days.values()) if days and days.keys() == domains else None
