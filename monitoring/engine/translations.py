"""The wording of questionnaires and checklists in other languages: data with a source, complete or not there at all.

Another wording is another measure (docs/safety.md#h12). So it is never put together from a catalogue of messages,
nothing of it is ever half translated, and numbers, scoring and red flags stay those of the one instrument.
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

_Form = TypeVar("_Form", InstrumentSpec, Checklist)


class IncompleteTranslation(ValueError):
    """A translation lacks a word, has one too many, or does not say where it comes from."""


def translations_from_data(raw: Mapping[str, Any]) -> Mapping[str, Translation]:
    """Return language -> wording from the `translations` of a data file."""
    return MappingProxyType({language: _translation(translation) for language, translation in raw.items()})


def _translation(raw: Mapping[str, Any]) -> Translation:
    options = {
        key: MappingProxyType({int(value): text for value, text in texts.items()})
        for key, texts in raw["options"].items()
    }
    return Translation(**{**raw, "items": MappingProxyType(dict(raw["items"])), "options": MappingProxyType(options)})


def check_complete(form: InstrumentSpec | Checklist) -> None:
    """Refuse a translation that does not cover exactly what is asked.

    Raises:
        IncompleteTranslation: a word is missing or left over, or the source or licence is.
    """
    items = {item.code for item in items_of(form)}
    options = {key: [option.value for option in options] for key, options in _lists_of(form).items()}
    for language, words in form.translations.items():
        option_values = {key: sorted(texts) for key, texts in words.options.items()}
        texts = [words.name, words.source, words.licence, *words.items.values()]
        texts += [text for answer_words in words.options.values() for text in answer_words.values()]
        if (
            set(words.items) != items
            or option_values != options
            or not all(texts)
            or bool(words.stem) != bool(form.stem)
        ):
            raise IncompleteTranslation(f"{form.code}: {language}")


def items_of(form: InstrumentSpec | Checklist) -> tuple[Item, ...]:
    """Return what is asked, one by one: the items of a questionnaire or the symptoms of a checklist."""
    return form.items if isinstance(form, InstrumentSpec) else form.symptoms


def _lists_of(form: InstrumentSpec | Checklist) -> dict[str, Sequence[Option]]:
    """Return every list of answers by the name under which a translation has it."""
    if isinstance(form, Checklist):
        return {scale: getattr(form, scale) for scale in SCALES}
    own: dict[str, Sequence[Option]] = {item.code: item.options for item in form.items if item.options}
    return {SHARED: form.options, **own} if form.options else own


def instrument_in(spec: InstrumentSpec, language: str | None) -> InstrumentSpec:
    """Return an instrument as it is worded in a language; where that wording is not known, as it is.

    Args:
        spec: the instrument.
        language: a code such as "de"; a country in it ("de-at") is not looked at.

    Returns:
        The same instrument: code, version, numbers and red flags do not change with the words. Its `language` says
        in which one it is really worded.
    """
    wording = _wording_in(spec, language)
    if wording is None:
        return spec
    name, words = wording
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
    wording = _wording_in(checklist, language)
    if wording is None:
        return checklist
    name, words = wording
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


def _wording_in(form: _Form, language: str | None) -> tuple[str, Translation] | None:
    """Return the language and its wording; None for English, and where that wording does not exist."""
    name = (language or "").partition("-")[0]
    words = form.translations.get(name)
    return (name, words) if words is not None else None


def _item(item: Item, words: Translation) -> Item:
    return replace(item, text=words.items[item.code], options=_options(item.options, words.options.get(item.code, {})))


def _options(options: tuple[Option, ...], texts: Mapping[int, str]) -> tuple[Option, ...]:
    return tuple(replace(option, text=texts[option.value]) for option in options)
