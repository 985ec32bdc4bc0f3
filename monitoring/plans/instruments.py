"""The forms that people were scored on, in the engine's words: those that we bring, and those that a clinic declared.

A code with a version is one form with one scale. What was scored on one version is never read on another's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from monitoring import engine
from monitoring.engine.records import CutOff, Direction, InstrumentSpec
from monitoring.models import ClinicInstrument

# Code and version.
Form = tuple[str, str]


def form_specs(forms: Iterable[Form]) -> dict[Form, InstrumentSpec]:
    """Return what is known of some forms; one that nobody declared is left out."""
    wanted = set(forms)
    known = {
        (code, version): spec if spec.version == version else replace(spec, version=version)
        for code, version in wanted
        if (spec := engine.INSTRUMENTS.get(code)) is not None
    }
    if wanted == known.keys():
        return known
    declared = ClinicInstrument.objects.filter(code__in={code for code, _version in wanted - known.keys()})
    found = {(row.code, row.version): spec_of(row) for row in declared}
    return known | {form: spec for form, spec in found.items() if form in wanted}


def newest_and_earlier(
    specs: Mapping[Form, InstrumentSpec], newest: Mapping[str, str]
) -> tuple[dict[str, InstrumentSpec], tuple[InstrumentSpec, ...]]:
    """Return the form of each code that counts now, and the forms before it.

    Args:
        specs: every form that someone was scored on.
        newest: code -> version of the newest score.
    """
    now = {code: spec for (code, version), spec in specs.items() if newest.get(code) == version}
    earlier = (spec for (code, version), spec in sorted(specs.items()) if newest.get(code) != version)
    return now, tuple(earlier)


def spec_of(row: ClinicInstrument) -> InstrumentSpec:
    """Return a declared instrument in the engine's words."""
    return InstrumentSpec(
        code=row.code,
        version=row.version,
        name=row.name,
        direction=Direction(row.direction),
        minimum=row.minimum,
        maximum=row.maximum,
        cut_offs=tuple(CutOff(value=cut["value"], label=cut["label"]) for cut in row.cut_offs),
        response_drop=row.response_drop,
        remission_below=row.remission_below,
        reliable_change=row.reliable_change,
        # Without a line to judge by it is only shown; a plasma level has no good end either.
        is_judged=row.direction != Direction.NEUTRAL
        and any(line is not None for line in (row.response_drop, row.remission_below, row.reliable_change)),
        sources={"all": row.source},
    )
