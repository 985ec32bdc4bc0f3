"""All clinical rules as one document: what `manage.py rules --markdown` prints and docs/clinical.md holds."""

from monitoring.engine import ENGINE_VERSION
from monitoring.rulebook.clocks import ALERTS, OUTCOMES, PLANS
from monitoring.rulebook.findings import BODY, COURSES, RATINGS, SAFETY, SILENCE, STARTS, STOPS
from monitoring.rulebook.questionnaires import FORMS
from monitoring.rulebook.rows import SOURCES, UNITS, VALUES, RuleGroup, RuleRow, table

GROUPS: tuple[RuleGroup, ...] = (
    SAFETY,
    BODY,
    ALERTS,
    STARTS,
    STOPS,
    COURSES,
    FORMS,
    RATINGS,
    SILENCE,
    PLANS,
    OUTCOMES,
)
HEAD = """# Clinical rules

Every rule by which something is told, asked or counted: how loud it is, from which line on, what it needs, and why there.
This page is printed by `python manage.py rules --markdown` from the rules that run ({version}); a test compares the two.

A source is a **publication** and what it says, a **judgement** with its date, which a clinic may see otherwise, or
**simulated** with the command that repeats it, on invented people. Nothing here was measured in patients of Tidemark.

Loudness: *info* is shown; *watch* colours the caseload; *review*, *priority* and *urgent* make an alert and have a clock.
No tier is a level of risk, no finding says why, and no finding never means well. What an audit of every number found, and
what became of it, stands in [clinical-audit.md](clinical-audit.md)."""
TAIL = """## Numbers of the arithmetic

What the score of the ratings, the level and the chance are computed with ([engine.md](engine.md#the-formulas)). Nobody
needs them to read an alert."""


def clinical_rules() -> tuple[RuleRow, ...]:
    """Return every row of the table."""
    return tuple(row for group in GROUPS for row in group.rows)


def arithmetic() -> tuple[str, ...]:
    """Return the names of the engine's rules that no row explains: what is computed with."""
    explained = {name for row in clinical_rules() for name in row.uses}
    return tuple(name for name in SOURCES if name not in explained)


def _arithmetic_table() -> str:
    """Return the numbers nobody has to know to read an alert, together where their source is the same."""
    numbers: dict[str, list[str]] = {}
    for name in arithmetic():
        numbers.setdefault(SOURCES[name], []).append(f"{name.replace('_', ' ')} {VALUES[name]:g} {UNITS[name]}")
    rows = [f"| {'; '.join(found)} | {source} |" for source, found in numbers.items()]
    return "\n".join([TAIL, "", "| numbers | source |", "|---|---|", *rows])


def markdown() -> str:
    """Return the whole document."""
    head = HEAD.format(version=f"engine {ENGINE_VERSION}")
    return "\n\n".join([head, *map(table, GROUPS), _arithmetic_table()]) + "\n"
