"""The lines of each questionnaire: its range and bands, its error, and what counts as a change."""

from collections.abc import Sequence

from monitoring.engine import DEFAULT, INSTRUMENTS
from monitoring.engine.records import InstrumentSpec
from monitoring.engine.sources.rule_source import RuleSource
from monitoring.engine.treatment_response import reliable_line
from monitoring.rulebook.rows import RuleGroup, RuleRow


def _row(spec: InstrumentSpec, what: str, lines: Sequence[tuple[str, str]]) -> RuleRow | None:
    """Return what is known of one matter; None for nothing. Each line is its words, and the parameter it comes from."""
    known = [(words, name) for words, name in lines if words]
    sources = tuple(dict.fromkeys(RuleSource(spec.sources[name]) for _, name in known))
    return (
        RuleRow(rule=f"{spec.code}: {what}", line="; ".join(words for words, _ in known), sources=sources)
        if known
        else None
    )


def _if(value: float | None, words: str) -> str:
    return words.format(value) if value else ""


def _rows(spec: InstrumentSpec) -> list[RuleRow]:
    rows = [
        _row(
            spec,
            "the form",
            [
                (f"{spec.minimum:g} to {spec.maximum:g}", "minimum"),
                (", ".join(f"{cut.label} from {cut.value:g}" for cut in spec.cut_offs), "cut_offs"),
                (_if(spec.recall_days, "asks about {} days"), "recall_days"),
                (_if(spec.max_missing, "up to {} missing answers count as the mean of the others"), "max_missing"),
            ],
        ),
        _row(
            spec,
            "change",
            [
                (_if(spec.sem, "error of one form {:g}"), "sem"),
                (f"95 % line **{reliable_line(spec, DEFAULT):g}**" if spec.sem else "", "sem"),
                (_if(spec.reliable_change, "declared reliable change {:g}"), "reliable_change"),
                (_if(spec.mcid, "important change {:g}"), "mcid"),
            ],
        ),
        _row(
            spec,
            "course",
            [
                (_if(spec.caseness, "a case from {:g}"), "caseness"),
                (_if(spec.response_drop, "response: {:.0%} of the start gone"), "response_drop"),
                (_if(spec.remission_below, "remission range below {:g}"), "remission_below"),
                (_if(spec.relapse_at, "worse again from {:g}"), "relapse_at"),
                ("a course in treatment is published" if spec.has_course else "", "has_course"),
            ],
        ),
    ]
    return [one for one in rows if one]


FORMS = RuleGroup(
    title="The lines of each questionnaire",
    words=(
        "The 95 % line is 1.96 times the root of 2 times the error, up to the next possible total. From there on a worsening "
        "pages, on two forms. The declared reliable change is counted in outcomes and watched. A number that is not here "
        "is not known, and nothing is said by it."
    ),
    rows=[one for spec in INSTRUMENTS.values() if spec.aggregation != "none" for one in _rows(spec)],
)
