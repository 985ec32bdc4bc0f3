"""What the words of the outcomes page mean for one instrument, with its own numbers and where they come from.

Nothing is counted here: the definitions are those of `thresholds`, `outcomes` and `curves`, in words. Each number is the
one that the rule uses.
"""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.engine.detectors.adherence import MIN_GAPS
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes import thresholds


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One word of the page.

    Attributes:
        source: where the number comes from, as the instrument declares it; empty for a rule of this product.
    """

    word: str
    meaning: str
    source: str


def meanings(spec: InstrumentSpec) -> tuple[Meaning, ...]:
    """Return the words of the page in the order of its columns."""
    return (
        *_reliable(spec),
        *_by_remission_line(spec),
        _response(spec),
        _started_well(spec),
        _stopped(),
        _relapse(spec),
        Meaning(
            word=_("Still followed"),
            meaning=_("People who were still followed at that week and in whom it had not happened before."),
            source="",
        ),
    )


def response_note(spec: InstrumentSpec) -> str:
    """Return what has to be said beside the responses themselves: that they may be chance. Empty where they are not."""
    if thresholds.has_reliable_change(spec):
        return ""
    return _(
        "No reliable change is set for this questionnaire. Nobody is counted as reliably better or worse, and whether a "
        "response is more than chance cannot be said."
    )


def _reliable(spec: InstrumentSpec) -> tuple[Meaning, ...]:
    """Return what counts as reliably better and worse, where the instrument says so."""
    if not thresholds.has_reliable_change(spec):
        return ()
    meaning = _("The last score is better, or worse, than the first by %(points)s or more points.")
    points = number(thresholds.clear_change(spec))
    return (
        Meaning(
            word=_("Reliably better, reliably worse"),
            meaning=meaning % {"points": points},
            source=_source(spec, "reliable_change"),
        ),
    )


def _by_remission_line(spec: InstrumentSpec) -> tuple[Meaning, ...]:
    """Return what counts as remission and recovery, where there is a line."""
    if spec.remission_below is None:
        return ()
    is_low_good = spec.direction is Direction.HIGHER_IS_WORSE
    words = (
        _("The last score is below %(line)s; %(line)s itself does not count.")
        if is_low_good
        else _("The last score is above %(line)s; %(line)s itself does not count.")
    )
    remission = Meaning(
        word=_("Remission"),
        meaning=f"{words % {'line': number(spec.remission_below)}} {_of_those_not_well(spec)}",
        source=_source(spec, "remission_below"),
    )
    if not thresholds.has_reliable_change(spec):
        return (remission,)
    recovered = Meaning(
        word=_("Recovered"), meaning=_("Reliably better, and in remission now but not at the start."), source=""
    )
    return recovered, remission


def _of_those_not_well(spec: InstrumentSpec) -> str:
    """Return of whom response and remission are shares."""
    if spec.caseness is None:
        return _("Only of people who were not already well at the start.")
    return _("Only of people who started at %(line)s or worse.") % {"line": number(spec.caseness)}


def _response(spec: InstrumentSpec) -> Meaning:
    share = number(100 * thresholds.response_share(spec))
    words = [_("The last score is at least %(share)s %% closer to the best possible score than the first.")]
    if thresholds.has_reliable_change(spec):
        words.append(_("It is reliably better too."))
    elif thresholds.clear_change(spec) > thresholds.ONE_ANSWER:
        words.append(_("It is better by %(points)s or more points, which are %(part)s %% of the range."))
    else:
        words.append(_("It is better by more than one point."))
    if not thresholds.has_reliable_change(spec):
        words.append(_("It may still be chance."))
    words.append(_of_those_not_well(spec))
    if not spec.response_drop:
        words.append(
            _("No cut-off for a response is set for this questionnaire: a half is used, as in antidepressant trials.")
        )
    numbers = {
        "share": share,
        "points": number(thresholds.clear_change(spec)),
        "part": number(100 * engine.DEFAULT.rebound_share),
    }
    source = _source(spec, "response_drop") if spec.response_drop else ""
    return Meaning(word=_("Response"), meaning=" ".join(part % numbers for part in words), source=source)


def started_well(spec: InstrumentSpec) -> str:
    """Return the name of those who started on the good side of the line."""
    is_low_good = spec.direction is Direction.HIGHER_IS_WORSE
    return _("Started below the line") if is_low_good else _("Started above the line")


def _started_well(spec: InstrumentSpec) -> Meaning:
    """Return who is counted apart, with the line."""
    words = (
        _("The first score was below %(line)s.")
        if spec.direction is Direction.HIGHER_IS_WORSE
        else _("The first score was above %(line)s.")
    )
    has_line = spec.remission_below is not None
    why = (
        _("That is no case by the line of this questionnaire.")
        if spec.caseness is not None
        else _("That is remission already.")
        if has_line
        else _("That is nearer to the best possible score than the change that a response needs.")
    )
    apart = _("These people are counted here, and neither in response nor in remission.")
    line = number(thresholds.as_score(thresholds.start_line(spec), spec))
    name = "remission_below" if spec.caseness is None else "caseness"
    source = _source(spec, name) if spec.caseness is not None or has_line else ""
    return Meaning(word=started_well(spec), meaning=f"{words % {'line': line}} {why} {apart}", source=source)


def _stopped() -> Meaning:
    words = [
        _(
            "Twice the person's own usual interval has passed since the last score, and at least %(days)s days. Counted is "
            "up to today, to the end of care, or to a pause."
        ),
        _(
            "The usual interval is the median of the person's own intervals, never shorter than agreed. With fewer than "
            "%(gaps)s of them it is the agreed one, else that of all people here."
        ),
        _(
            "People whom no plan asks are counted only where at least half of their series end in the same week. For them "
            "it means a last score before that end."
        ),
    ]
    numbers = {"days": number(engine.DEFAULT.lost_days), "gaps": number(MIN_GAPS)}
    return Meaning(word=_("Stopped reporting"), meaning=" ".join(part % numbers for part in words), source="")


def _relapse(spec: InstrumentSpec) -> Meaning:
    words = [
        _(
            "A later score that is worse than the last one before discharge by %(points)s or more points and no longer in "
            "remission, or a new course of treatment. Only of people who were in remission at discharge."
        )
    ]
    if not thresholds.has_reliable_change(spec):
        words.append(_("That is %(part)s %% of the range; it may be chance."))
    numbers = {
        "points": number(thresholds.clear_change(spec)),
        "part": number(100 * engine.DEFAULT.rebound_share),
    }
    return Meaning(word=_("Relapse after discharge"), meaning=" ".join(part % numbers for part in words), source="")


def _source(spec: InstrumentSpec, name: str) -> str:
    """Return where a number comes from, as far as the instrument says."""
    return spec.sources.get(name) or spec.sources.get("all", "")


def number(value: float) -> str:
    """Return a number as people read it, with all the decimals that the rule uses."""
    return number_format(thresholds.exact(value))
