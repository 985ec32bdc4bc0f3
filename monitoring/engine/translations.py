"""The wording of questionnaires and checklists in other languages: data with a source, complete or not there at all.

Another wording is another measure (SAFETY H18). So it is never put together from a catalogue of messages, nothing of
it is ever half translated, and numbers, scoring and red flags stay those of the one instrument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from monitoring.engine.records import Checklist, InstrumentSpec, Item, Option, Translation

#: The list of answers that the items of an instrument share.
SHARED = "all"
#: The lists of answers of a checklist.
SCALES = ("severity", "frequency", "interference")

_Asked = TypeVar("_Asked", InstrumentSpec, Checklist)


class IncompleteTranslation(ValueError):
    """A translation lacks a word, has one too many, or does not say where it comes from."""


def translations_from_data(raw: Mapping[str, Any]) -> Mapping[str, Translation]:
    """Return language -> wording from the `translations` of a data file."""
    return MappingProxyType({language: _translation(one) for language, one in raw.items()})


def _translation(raw: Mapping[str, Any]) -> Translation:
    options = {
        key: MappingProxyType({int(value): text for value, text in texts.items()})
        for key, texts in raw["options"].items()
    }
    return Translation(**{**raw, "items": MappingProxyType(dict(raw["items"])), "options": MappingProxyType(options)})


def check_complete(asked: InstrumentSpec | Checklist) -> None:
    """Refuse a translation that does not cover exactly what is asked.

    Raises:
        IncompleteTranslation: a word is missing or left over, or the source or licence is.
    """
    items = {item.code for item in items_of(asked)}
    options = {key: [option.value for option in options] for key, options in _lists_of(asked).items()}
    for language, words in asked.translations.items():
        given = {key: sorted(texts) for key, texts in words.options.items()}
        texts = [words.name, words.source, words.licence, *words.items.values()]
        texts += [text for one in words.options.values() for text in one.values()]
        if set(words.items) != items or given != options or not all(texts) or bool(words.stem) != bool(asked.stem):
            raise IncompleteTranslation(f"{asked.code}: {language}")


def items_of(asked: InstrumentSpec | Checklist) -> tuple[Item, ...]:
    """Return what is asked, one by one: the items of a questionnaire or the symptoms of a checklist."""
    return asked.items if isinstance(asked, InstrumentSpec) else asked.symptoms


def _lists_of(asked: InstrumentSpec | Checklist) -> dict[str, Sequence[Option]]:
    """Return every list of answers by the name under which a translation has it."""
    if isinstance(asked, Checklist):
        return {scale: getattr(asked, scale) for scale in SCALES}
    own: dict[str, Sequence[Option]] = {item.code: item.options for item in asked.items if item.options}
    return {SHARED: asked.options, **own} if asked.options else own


def instrument_in(spec: InstrumentSpec, language: str | None) -> InstrumentSpec:
    """Return an instrument as it is worded in a language; where that wording is not known, as it is.

    Args:
        spec: the instrument.
        language: a code such as "de"; a country in it ("de-at") is not looked at.

    Returns:
        The same instrument: code, version, numbers and red flags do not change with the words. Its `language` says
        in which one it is really worded.
    """
    known = _known(spec, language)
    if known is None:
        return spec
    name, words = known
    return replace(
        spec,
        name=words.name,
        stem=words.stem,
        language=name,
        items=tuple(_item(item, words) for item in spec.items),
        options=_options(spec.options, words.options.get(SHARED, {})),
    )


def checklist_in(checklist: Checklist, language: str | None) -> Checklist:
    """Return a checklist as it is worded in a language; where that wording is not known, as it is."""
    known = _known(checklist, language)
    if known is None:
        return checklist
    name, words = known
    return replace(
        checklist,
        name=words.name,
        stem=words.stem,
        language=name,
        symptoms=tuple(_item(symptom, words) for symptom in checklist.symptoms),
        severity=_options(checklist.severity, words.options["severity"]),
        frequency=_options(checklist.frequency, words.options["frequency"]),
        interference=_options(checklist.interference, words.options["interference"]),
    )


def _known(asked: _Asked, language: str | None) -> tuple[str, Translation] | None:
    """Return the language and its wording, None where the English one is meant or no other is known."""
    name = (language or "").partition("-")[0]
    words = asked.translations.get(name)
    return (name, words) if words is not None else None


def _item(item: Item, words: Translation) -> Item:
    return replace(item, text=words.items[item.code], options=_options(item.options, words.options.get(item.code, {})))


def _options(options: tuple[Option, ...], texts: Mapping[int, str]) -> tuple[Option, ...]:
    return tuple(replace(option, text=texts[option.value]) for option in options)
