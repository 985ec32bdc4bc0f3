"""Panels of questionnaires and measures: one for each form, because another version is another scale.

What was given on one form is never drawn, joined or compared on the other: where one follows the other is a break.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.course.course_rows import CourseRows
from monitoring.course.pictures import EARLIER_FORM, Answer, Cut, FormChange, Panel
from monitoring.engine import History, InstrumentSpec, ScoreRecord
from monitoring.words import wording
from monitoring.words.formats import short_number


def of_forms(material: CourseRows) -> list[Panel]:
    """Return a panel for each form that has a score: the bundled instruments first, then by name, new forms first."""
    history = material.history
    scored: dict[tuple[str, str], list[ScoreRecord]] = defaultdict(list)
    for row in history.scores:
        if row.value is not None:
            scored[row.instrument, row.version].append(row)
    check_in_of = {row.about_on: row.pk for row in material.check_ins if row.answers}
    codes = sorted(history.instruments, key=lambda code: (code not in engine.INSTRUMENTS, code))
    return [panel for code in codes for panel in _panels_of_code(code, history, scored, check_in_of)]


def _panels_of_code(
    code: str,
    history: History,
    scored: Mapping[tuple[str, str], Sequence[ScoreRecord]],
    check_in_of: Mapping[dt.date, UUID],
) -> list[Panel]:
    """Return the panels of one instrument, the newest form first."""
    earlier = [form for form in history.earlier_forms if form.code == code]
    forms = [form for form in (history.instruments[code], *earlier) if scored.get((code, form.version))]
    panels = [
        _instrument_panel(replace(history, scores=tuple(scored[code, form.version])), form, check_in_of)
        for form in forms
    ]
    if len(panels) <= 1:
        return panels
    ordered = sorted(zip(panels, forms, strict=True), key=lambda pair: pair[0].answers[-1].on, reverse=True)
    return [_as_form(panel, form, is_newest=not place, others=ordered) for place, (panel, form) in enumerate(ordered)]


def _as_form(
    panel: Panel, form: InstrumentSpec, *, is_newest: bool, others: Sequence[tuple[Panel, InstrumentSpec]]
) -> Panel:
    """Return a panel named for its form, with the days on which another form ends or begins."""
    first, last = panel.answers[0].on, panel.answers[-1].on
    befores = [(other, spec) for other, spec in others if other is not panel and other.answers[0].on < first]
    afters = [(other, spec) for other, spec in others if other is not panel and other.answers[-1].on > last]
    changes = (
        [FormChange(on=first, words=_("before: %(form)s") % {"form": _form_words(befores[0][1])})] if befores else []
    )
    if afters:
        other, spec = afters[-1]
        begins = next(answer.on for answer in other.answers if answer.on > last)
        changes.append(FormChange(on=begins, words=_("from here: %(form)s") % {"form": _form_words(spec)}))
    return replace(
        panel,
        key=form.code if is_newest else f"{form.code}{EARLIER_FORM}{form.version}",
        name=_("%(instrument)s, version %(version)s") % {"instrument": form.code, "version": form.version},
        form_changes=tuple(changes),
    )


def _form_words(form: InstrumentSpec) -> str:
    """Return a form with the ends of its scale: what tells a reader that the numbers are others."""
    return _("version %(version)s, %(low)s to %(high)s") % {
        "version": form.version,
        "low": short_number(form.minimum),
        "high": short_number(form.maximum),
    }


def _instrument_panel(history: History, spec: InstrumentSpec, check_in_of: Mapping[dt.date, UUID]) -> Panel:
    """Return the panel of one form; the history holds the scores that were given on it."""
    scores = history.scores
    return Panel(
        key=spec.code,
        instrument=spec.code,
        name=spec.code,
        direction=spec.direction,
        minimum=spec.minimum,
        maximum=spec.maximum,
        answers=tuple(
            Answer(
                on=row.on,
                value=row.value,
                check_in_id=check_in_of.get(row.on) if row.answers else None,
                possible=_possible(spec, row),
            )
            for row in scores
            if row.value is not None
        ),
        levels=tuple(engine.estimate_score_levels(history, spec.code)),
        cuts=tuple(Cut(value=cut.value, label=_(cut.label)) for cut in spec.cut_offs if cut.value >= spec.minimum),
    )


def _possible(spec: InstrumentSpec, row: ScoreRecord) -> str:
    """Return what a total could be whose missing answers were filled in from the others; empty for any other."""
    if not spec.items or None not in row.answers.values():
        return ""
    return wording.possible_words(engine.score(spec, row.answers))


def is_about_form(panel: Panel, day: dt.date) -> bool:
    """Say whether a day lies where the form of a panel was in use."""
    if not panel.form_changes:
        return True
    is_followed = panel.form_changes[-1].on > panel.answers[-1].on
    return panel.answers[0].on <= day and not (is_followed and day >= panel.form_changes[-1].on)
