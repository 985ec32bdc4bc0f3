"""One check-in, answer by answer: what was said then, the time before and the first time, and who has seen it. Reads only."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.engine import InstrumentSpec, Item
from monitoring.models import CheckIn, MedicineReport, Score, Sighting
from monitoring.models.check_ins import CheckInMode, ContactWish
from monitoring.plans import plans
from monitoring.words import wording
from monitoring.words.formats import short_number
from patients.models import Episode
from patients.people import identities, languages


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedAnswer:
    """One question with its answer now, the time before, and the first time."""

    question: str
    now: str
    before: str
    first: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The five ratings, or one questionnaire: its total in words, and every item."""

    name: str
    total: str
    lines: tuple[ComparedAnswer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """Another version of the same check-in."""

    id: UUID
    entered_at: dt.datetime
    is_current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamReader:
    """Who of the team looked at the person since, and when last."""

    by: str
    at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something that was said besides the answers."""

    about: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenCheckIn:
    """Everything the page of one check-in shows."""

    id: UUID
    episode_id: UUID
    name: str
    # What tells someone from another of the same name.
    identity: str
    about_on: dt.date
    entered_at: dt.datetime
    # When the newest check-in of this person came.
    sent_at: dt.datetime
    labels: tuple[str, ...]
    forms: tuple[Form, ...]
    remarks: tuple[Remark, ...]
    note: str
    wish: str
    seen: tuple[TeamReader, ...]
    versions: tuple[Version, ...]
    earlier_id: UUID | None
    later_id: UUID | None


def load_answers(episode: Episode, check_in_id: UUID) -> GivenCheckIn | None:
    """Return one check-in of an episode, an older version included; None where it is not one of its own.

    A note that the patient kept private is not read.
    """
    every = list(
        CheckIn.versions.filter(episode=episode)
        .select_related("own_item", "interviewer")
        .order_by("about_on", "submitted_at")
    )
    check_in = next((row for row in every if row.pk == check_in_id), None)
    if check_in is None:
        return None
    current = [row for row in every if row.superseded_at is None]
    earlier = [row for row in current if row.about_on < check_in.about_on]
    later = [row for row in current if row.about_on > check_in.about_on]
    return GivenCheckIn(
        id=check_in.pk,
        episode_id=episode.pk,
        name=episode.patient.name,
        identity=identities.words(episode.patient.birth_date, episode.patient.external_id),
        about_on=check_in.about_on,
        entered_at=check_in.submitted_at,
        sent_at=max(row.submitted_at for row in every),
        labels=tuple(_labels(check_in)),
        forms=(_ratings(check_in, earlier), *_forms(check_in, earlier)),
        remarks=tuple(_remarks(check_in)),
        note=check_in.note if check_in.note_is_shared else "",
        wish=check_in.get_contact_wish_display() if check_in.contact_wish != ContactWish.JUST_RECORD else "",
        seen=tuple(_seen(episode, check_in)),
        versions=tuple(_versions(check_in, every)),
        earlier_id=earlier[-1].pk if earlier else None,
        later_id=later[0].pk if later else None,
    )


def is_labelled_corrected(check_in: CheckIn) -> bool:
    """Say whether a check-in was changed after the day of its first version."""
    first = check_in
    while first.corrects_id is not None:
        first = CheckIn.versions.get(pk=first.corrects_id)
    return is_of_a_later_day(check_in, first, zone=check_in.episode.patient.time_zone)


def is_of_a_later_day(later: CheckIn, first: CheckIn, *, zone: str) -> bool:
    """Say whether one version came on another day than an earlier one: until midnight a change has no label."""
    return plans.local_day(first.submitted_at, zone) != plans.local_day(later.submitted_at, zone)


def how_it_came(check_in: CheckIn) -> str:
    """Return how the answers came to us, and with whose help; empty where the patient gave them online alone."""
    if check_in.interviewer_id is None:
        return ""
    who = {"who": identities.isolated(str(check_in.interviewer))}
    words = {
        CheckInMode.WEB: _("partly by phone, with %(who)s"),
        CheckInMode.PHONE: _("by phone, with %(who)s"),
        CheckInMode.PAPER: _("on paper, typed by %(who)s"),
    }
    return words[CheckInMode(check_in.mode)] % who


def _labels(check_in: CheckIn) -> Iterable[str]:
    """Return what is special about a check-in; what was changed on its own day is no correction."""
    if check_in.is_late:
        yield _("entered late")
    if check_in.is_short:
        yield _("short check-in")
    if is_labelled_corrected(check_in):
        yield _("corrected")
    if how := how_it_came(check_in):
        yield how
    if check_in.superseded_at is not None:
        yield _("replaced by a correction")
    if check_in.language and check_in.language != get_language():
        yield _("asked in %(language)s") % {"language": languages.name_of(check_in.language)}


def _versions(check_in: CheckIn, every: Sequence[CheckIn]) -> Iterable[Version]:
    """Return the other versions of the same check-in, the newest first."""
    by_id = {row.pk: row for row in every}
    follower = {row.corrects_id: row for row in every if row.corrects_id is not None}
    chain, row = [], check_in
    while row.corrects_id in by_id:
        row = by_id[row.corrects_id]
        chain.append(row)
    row = check_in
    while row.pk in follower:
        row = follower[row.pk]
        chain.append(row)
    for other in sorted(chain, key=lambda version: version.submitted_at, reverse=True):
        yield Version(id=other.pk, entered_at=other.submitted_at, is_current=other.superseded_at is None)


# ---------- answers ----------


def _ratings(check_in: CheckIn, earlier: Sequence[CheckIn]) -> Form:
    """Return the five ratings and the own question beside the time before and the first time."""
    before, first = (earlier[-1], earlier[0]) if earlier else (None, None)
    lines = [
        ComparedAnswer(
            question=str(wording.DOMAIN_NAMES[domain]),
            now=_number(value),
            before=_number(before.ratings[domain]) if before else "",
            first=_number(first.ratings[domain]) if first else "",
        )
        for domain, value in check_in.ratings.items()
    ]
    if check_in.own_item is not None:
        own = [row for row in earlier if row.own_item_id == check_in.own_item_id]
        lines.append(
            ComparedAnswer(
                question=check_in.own_item.wording,
                now=_number(check_in.own_rating),
                before=_number(own[-1].own_rating) if own else "",
                first=_number(own[0].own_rating) if own else "",
            )
        )
    return Form(name=_("Ratings, 0 to 10"), total="", lines=tuple(lines))


def _number(value: int | None) -> str:
    return _("skipped") if value is None else str(value)


def _forms(check_in: CheckIn, earlier: Sequence[CheckIn]) -> Iterable[Form]:
    """Return every questionnaire with its items, as its version asked them."""
    totals = {score.instrument: score for score in Score.versions.filter(check_in=check_in)}
    for code, items in check_in.answers.items():
        spec = engine.INSTRUMENTS.get(code)
        if spec is not None:
            same = [row.answers[code] for row in earlier if code in row.answers]
            yield _form(engine.instrument_in(spec, get_language()), items, same, totals.get(code))


def _form(
    spec: InstrumentSpec, items: Mapping[str, int | None], same: Sequence[Mapping[str, int | None]], total: Score | None
) -> Form:
    before, first = (same[-1], same[0]) if same else ({}, {})
    return Form(
        name=spec.name,
        total=_total(spec, total, items),
        lines=tuple(
            ComparedAnswer(
                question=item.text,
                now=_chosen(spec, item, items),
                before=_chosen(spec, item, before),
                first=_chosen(spec, item, first),
            )
            for item in spec.items
        ),
    )


def _total(spec: InstrumentSpec, total: Score | None, items: Mapping[str, int | None]) -> str:
    """Return a total with its range and its band in words, and what a filled-in total could be."""
    if total is None or total.value is None:
        return _("no total: too many questions were skipped")
    band = engine.band_of(spec, total.value)
    words = _("%(value)s of %(maximum)s") % {
        "value": short_number(total.value),
        "maximum": short_number(spec.maximum),
    }
    words = f"{words}, {_(band)}" if band else words
    possible = wording.possible_words(engine.score(spec, items))
    return f"{words} ({possible})" if possible else words


def _chosen(spec: InstrumentSpec, item: Item, answers: Mapping[str, int | None]) -> str:
    """Return an answer with the words of the form; empty where that form was not asked."""
    if not answers:
        return ""
    value = answers.get(item.code)
    words = wording.answer_words(spec, item, value)
    return words if value is None or value < 0 or words == str(value) else f"{value}: {words}"


# ---------- what else was said, and who has seen it ----------


def _remarks(check_in: CheckIn) -> Iterable[Remark]:
    """Return medicines and symptoms: what was asked and is absent is named too."""
    for report in MedicineReport.objects.filter(check_in=check_in).select_related("intervention"):
        words = [report.get_taken_display(), report.get_reason_display()]
        yield Remark(about=report.intervention.name, words=", ".join(filter(None, words)))
    absent = [code for code, symptom in check_in.side_effects.items() if symptom["severity"] == 0]
    for code, symptom in check_in.side_effects.items():
        if code not in absent:
            yield Remark(about=wording.symptom_name(code), words=wording.symptom_words(code, symptom["severity"]))
    if check_in.other_symptom:
        yield Remark(about=_("Another side effect, in the patient's words"), words=check_in.other_symptom)
    if absent:
        names = ", ".join(wording.symptom_name(code) for code in absent)
        yield Remark(about=_("Asked about, not present"), words=names)


def _seen(episode: Episode, check_in: CheckIn) -> Iterable[TeamReader]:
    """Return who of the team has looked since this came in."""
    looked = Sighting.objects.filter(episode=episode, seen_at__gte=check_in.submitted_at).select_related("user")
    for sighting in looked.order_by("-seen_at"):
        yield TeamReader(by=str(sighting.user), at=sighting.seen_at)
