"""What the words of the outcomes page mean for one instrument, with its own numbers and where they come from.

Nothing is counted here: the definitions are those of `outcomes` and `results`, in words.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from monitoring import engine
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
        _reliable(spec),
        *_by_remission_line(spec),
        _response(spec),
        Meaning(
            word=_("Stopped reporting"),
            meaning=_(
                "The last score came before the week in which most people have their last one, though the person was "
                "in care that long."
            ),
            source="",
        ),
        Meaning(
            word=_("Relapse after discharge"),
            meaning=_(
                "A later score that is reliably worse than the last one before discharge and no longer in remission, "
                "or a new course of treatment. Only of people who were in remission at discharge."
            ),
            source="",
        ),
        Meaning(
            word=_("At risk"),
            meaning=_("People who were still followed at that week and in whom it had not happened before."),
            source="",
        ),
    )


def _reliable(spec: InstrumentSpec) -> Meaning:
    """Return what counts as reliably better and worse."""
    points = _number(thresholds.reliable_line(spec))
    meaning = _("The last score is better, or worse, than the first by %(points)s points or more.") % {"points": points}
    if not spec.reliable_change:
        share = _number(100 * engine.DEFAULT.rebound_share)
        own_rule = _("No reliable change is set for this questionnaire: %(share)s %% of its %(range)s points are used.")
        meaning += " " + own_rule % {"share": share, "range": _number(spec.maximum - spec.minimum)}
    source = _source(spec, "reliable_change") if spec.reliable_change else ""
    return Meaning(word=_("Reliably better, reliably worse"), meaning=meaning, source=source)


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
    recovered = Meaning(
        word=_("Recovered"), meaning=_("Reliably better, and in remission now but not at the start."), source=""
    )
    remission = Meaning(
        word=_("Remission"),
        meaning=words % {"line": _number(spec.remission_below)},
        source=_source(spec, "remission_below"),
    )
    return recovered, remission


def _response(spec: InstrumentSpec) -> Meaning:
    share = spec.response_drop or thresholds.USUAL_RESPONSE
    meaning = _("The last score is at least %(share)s %% closer to the best possible score than the first.")
    meaning %= {"share": _number(100 * share)}
    if not spec.response_drop:
        meaning += " " + _(
            "No cut-off for a response is set for this questionnaire: a half is used, as in antidepressant trials."
        )
    source = _source(spec, "response_drop") if spec.response_drop else ""
    return Meaning(word=_("Response"), meaning=meaning, source=source)


def _source(spec: InstrumentSpec, name: str) -> str:
    """Return where a number comes from, as far as the instrument says."""
    return spec.sources.get(name) or spec.sources.get("all", "")


def _number(value: float) -> str:
    """Return a number as people read it."""
    return number_format(Decimal(f"{round(value, 2):g}"))
