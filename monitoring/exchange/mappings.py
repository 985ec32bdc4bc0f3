"""What the columns of a file mean: instruments with direction and range, and what was tried from which day on.

Written on the command line or in a small TOML file. Knows no database.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.exchange.files import LAST_DAY
from patients.models.care import InterventionKind

NAME_LENGTH, LABEL_LENGTH, UNIT_LENGTH, CODE_LENGTH, SOURCE_LENGTH = 120, 80, 20, 40, 300
# Parts of "CODE:direction:minimum:maximum", and what may follow as name=value.
FIRST_PARTS = 4
OPTIONAL_NUMBERS = ("response_drop", "remission_below", "reliable_change")
# The database keeps six digits before the point.
MOST_AMOUNT = 999_999
UNKNOWN_SOURCE = "declared by the clinic"


class MappingRefused(ValueError):
    """A mapping says something that cannot be; the message names the place."""


@dataclass(frozen=True, kw_only=True)
class DeclaredIntervention:
    """Something that everyone, or everyone with certain covariates, was given from a day on.

    Attributes:
        from_day, until_day: days since the person's own start; until_day None = still running.
        amount, unit: per day, where it is a number.
        when: covariate -> value; empty = everyone.
    """

    kind: InterventionKind
    name: str
    from_day: int = 0
    until_day: int | None = None
    label: str = ""
    amount: Decimal | None = None
    unit: str = ""
    when: AbstractMapping[str, str] = field(default_factory=dict)

    @property
    def dose_label(self) -> str:
        """Return the dose as people read it, empty where none is known."""
        if self.label or self.amount is None:
            return self.label
        return f"{float(self.amount):g} {self.unit}".strip()

    def applies_to(self, covariates: AbstractMapping[str, frozenset[str]]) -> bool:
        """Say whether a person with these covariates was given it."""
        return all(value in covariates.get(column, frozenset()) for column, value in self.when.items())


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Everything a file does not say about itself.

    Attributes:
        people: first part of each person's name; empty = the dataset's own name.
        problems: what the people are in treatment for.
        instruments: code -> instrument; a file with another code is refused.
        interventions: what was tried.
    """

    people: str = ""
    problems: str = ""
    instruments: AbstractMapping[str, InstrumentSpec] = field(default_factory=dict)
    interventions: tuple[DeclaredIntervention, ...] = ()

    def with_instruments(self, more: Iterable[InstrumentSpec]) -> "Mapping":
        """Return the mapping with more instruments; the later one of a code counts."""
        return replace(self, instruments={**self.instruments, **{spec.code: spec for spec in more}})


def instrument_from_text(text: str) -> InstrumentSpec:
    """Return the instrument of "HAM-D:higher_is_worse:0:52[:response_drop=0.5][:remission_below=8][:source=...]".

    Raises:
        MappingRefused: it does not say that.
    """
    parts = text.split(":")
    extra = dict(part.partition("=")[::2] for part in parts[FIRST_PARTS:])
    if len(parts) < FIRST_PARTS:
        raise MappingRefused(f"{text!r}: expected CODE:direction:minimum:maximum")
    code, direction, minimum, maximum = parts[:FIRST_PARTS]
    return _instrument({"code": code, "direction": direction, "minimum": minimum, "maximum": maximum, **extra})


def read_mapping(text: str) -> Mapping:
    """Return the mapping of a TOML text.

    Raises:
        MappingRefused: not TOML, an unknown key, a missing one, or a value that cannot be.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingRefused(f"not TOML: {error}") from error
    _check_keys(content, {"people", "problems", "instrument", "intervention"}, "the file")
    instruments = [_instrument(entry) for entry in _tables(content, "instrument")]
    twice = sorted(code for code, times in Counter(spec.code for spec in instruments).items() if times > 1)
    if twice:
        raise MappingRefused(f"{', '.join(twice)} stands there twice; the values of one file are of one version")
    return Mapping(
        people=_text(content, "people", NAME_LENGTH),
        problems=_text(content, "problems", NAME_LENGTH),
        interventions=tuple(_intervention(entry) for entry in _tables(content, "intervention")),
    ).with_instruments(instruments)


def _instrument(entry: AbstractMapping[str, Any]) -> InstrumentSpec:
    keys = {"code", "version", "name", "direction", "minimum", "maximum", "source", *OPTIONAL_NUMBERS}
    code = _text(entry, "code", CODE_LENGTH, required=True)
    place = f"instrument {code}"
    _check_keys(entry, keys, place)
    minimum, maximum = _number(entry, "minimum", place), _number(entry, "maximum", place)
    if minimum is None or maximum is None or minimum >= maximum:
        raise MappingRefused(f"{place}: minimum must lie below maximum")
    direction = _choice(Direction, entry, "direction", place)
    lines = {name: _number(entry, name, place) for name in OPTIONAL_NUMBERS}
    if direction is Direction.NEUTRAL and any(line is not None for line in lines.values()):
        raise MappingRefused(f"{place}: a neutral measure has no good end, so nothing can be a response")
    return InstrumentSpec(
        code=code,
        version=_text(entry, "version", UNIT_LENGTH) or "1",
        name=_text(entry, "name", NAME_LENGTH) or code,
        direction=direction,
        minimum=minimum,
        maximum=maximum,
        response_drop=lines["response_drop"],
        remission_below=lines["remission_below"],
        reliable_change=lines["reliable_change"],
        is_judged=any(line is not None for line in lines.values()),
        sources={"all": _text(entry, "source", SOURCE_LENGTH) or UNKNOWN_SOURCE},
    )


def _intervention(entry: AbstractMapping[str, Any]) -> DeclaredIntervention:
    keys = {"kind", "name", "from_day", "until_day", "label", "amount", "unit", "when"}
    name = _text(entry, "name", NAME_LENGTH, required=True)
    place = f"intervention {name}"
    _check_keys(entry, keys, place)
    from_day, until_day = _day(entry, "from_day", place) or 0, _day(entry, "until_day", place)
    if until_day is not None and until_day < from_day:
        raise MappingRefused(f"{place}: until_day lies before from_day")
    amount = _number(entry, "amount", place)
    if amount is not None and not 0 <= amount <= MOST_AMOUNT:
        raise MappingRefused(f"{place}: amount must lie between 0 and {MOST_AMOUNT}")
    return DeclaredIntervention(
        kind=_choice(InterventionKind, entry, "kind", place),
        name=name,
        from_day=from_day,
        until_day=until_day,
        label=_text(entry, "label", LABEL_LENGTH),
        amount=None if amount is None else Decimal(str(amount)),
        unit=_text(entry, "unit", UNIT_LENGTH),
        when={str(column): str(value) for column, value in _table(entry, "when", place).items()},
    )


def _check_keys(entry: AbstractMapping[str, Any], keys: set[str], place: str) -> None:
    """Refuse a key that means nothing here: most likely a slip of the pen."""
    unknown = sorted(entry.keys() - keys)
    if unknown:
        raise MappingRefused(f"{place}: unknown {', '.join(unknown)}; known are {', '.join(sorted(keys))}")


def _tables(content: AbstractMapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the [[key]] tables."""
    tables = content.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise MappingRefused(f"write [[{key}]], once for each")
    return tables


def _table(entry: AbstractMapping[str, Any], key: str, place: str) -> dict[str, Any]:
    table = entry.get(key, {})
    if not isinstance(table, dict):
        raise MappingRefused(f'{place}: write {key} = {{ column = "value" }}')
    return table


def _text(entry: AbstractMapping[str, Any], key: str, longest: int, *, required: bool = False) -> str:
    text = entry.get(key, "")
    if not isinstance(text, str) or len(text) > longest or (required and not text.strip()) or not text.isprintable():
        raise MappingRefused(f"{key} must be text of 1 to {longest} printable characters, not {text!r:.60}")
    return text.strip()


def _number(entry: AbstractMapping[str, Any], key: str, place: str) -> float | None:
    """Return a finite number, None where the key is absent."""
    if key not in entry:
        return None
    try:
        number = float(entry[key])
    except (TypeError, ValueError) as error:
        raise MappingRefused(f"{place}: {key} must be a number, not {entry[key]!r:.60}") from error
    if not abs(number) < float("inf"):
        raise MappingRefused(f"{place}: {key} must be finite")
    return number


def _day(entry: AbstractMapping[str, Any], key: str, place: str) -> int | None:
    """Return a whole number of days, None where the key is absent."""
    day = entry.get(key)
    if day is not None and (not isinstance(day, int) or isinstance(day, bool) or not 0 <= day <= LAST_DAY):
        raise MappingRefused(f"{place}: {key} must be a whole number of days, 0 to {LAST_DAY}")
    return day


def _choice(kind: type[Any], entry: AbstractMapping[str, Any], key: str, place: str) -> Any:
    """Return a member of an enumeration by its value."""
    try:
        return kind(entry.get(key))
    except ValueError as error:
        values = ", ".join(str(member.value) for member in kind)
        raise MappingRefused(f"{place}: {key} must be one of {values}") from error
