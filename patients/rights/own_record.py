"""What is kept about a patient as a person in care, column by column, each with its meaning in words.

Half of what a patient takes home (GDPR articles 15 and 20); what is measured is in monitoring.take_home.columns. A table or
column that is neither here nor left out with a reason fails the tests, so that a new one cannot be forgotten.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models import (
    CareTeamMembership,
    Consent,
    ContextNote,
    DataRequest,
    Episode,
    Expectation,
    Intervention,
    InterventionDose,
    LifeEvent,
    Patient,
    SafetyPlan,
    Session,
    User,
)
from patients.rights import access_log

Text = str | Promise
ROW_ID = _("Number of this row, for rows that point to it")
OF_CARE = _("Number of the period of care")
RECORDED_BY = _("Who wrote it down")
_RECORDED_AT = _("When it was written down")
IF_VOID = {
    "voided_at": _("When it was taken out as wrong; empty: it counts"),
    "voided_by": _("Who took it out"),
    "void_reason": _("Why it was wrong"),
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One table of the database as a patient gets it."""

    name: str
    title: Text
    model: type[models.Model]
    # How a row leads to its patient.
    path: str
    columns: Mapping[str, Text]
    # Columns that only the machine needs: marks of work, keys against double posts, the path itself.
    internal: frozenset[str] = frozenset()
    order: tuple[str, ...] = ("pk",)


@dataclass(frozen=True, kw_only=True)
class StoredTable:
    """Rows about one patient, as they are stored."""

    name: str
    title: Text
    columns: Mapping[str, Text]
    rows: list[dict[str, Any]]
    # Column -> stored value -> the words a reader knows.
    choices: Mapping[str, Mapping[Any, Text]]


# A row that another one points to is known to people by this column, not by its number.
KNOWN_BY: Mapping[type[models.Model], str] = {Intervention: "name"}
# Tables about patients that are not in the file, each with the reason that the file gives.
LEFT_OUT: Mapping[str, Text] = {
    "Invitation": _("Keys of links that opened your account: stored so that nobody can read them."),
    "ClinicRole": _("That your account belongs to a patient of this clinic."),
}

SOURCES: tuple[Source, ...] = (
    Source(
        name="patient",
        title=_("About me"),
        model=Patient,
        path="pk",
        columns={
            "name": _("Name"),
            "birth_date": _("Date of birth"),
            "external_id": _("The clinic's own number for me"),
            "telephone": _("Telephone"),
            "contact": _("How the clinic can reach me"),
            "language": _("Language of the pages"),
            "time_zone": _("Time zone in which I am asked"),
            "created_at": _("When the clinic added me"),
        },
        internal=frozenset({"id", "user"}),
    ),
    Source(
        name="episodes",
        title=_("Periods of care"),
        model=Episode,
        path="patient",
        columns={
            "id": ROW_ID,
            "started_on": _("First day"),
            "ended_on": _("Last day; empty: still going on"),
            "problems": _("In treatment for"),
            "goal": _("My goal, in my own words"),
        },
        internal=frozenset({"patient", "changed_at", "mended_at"}),
    ),
    Source(
        name="care_team",
        title=_("My care team"),
        model=CareTeamMembership,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "user": _("Who"),
            "profession": _("Role in the team"),
            "is_responsible": _("Whether this person is responsible for my care"),
            "joined_at": _("Since when"),
            "left_at": _("Until when; empty: still on the team"),
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="interventions",
        title=_("My treatments"),
        model=Intervention,
        path="episode__patient",
        columns={
            "id": ROW_ID,
            "episode": OF_CARE,
            "kind": _("Type"),
            "name": _("What it is"),
            "started_on": _("First day"),
            "stopped_on": _("Last day; empty: still going on"),
            "stop_reason": _("Why it was stopped"),
            "recorded_by": RECORDED_BY,
            "recorded_at": _RECORDED_AT,
            **IF_VOID,
        },
        order=("started_on", "pk"),
    ),
    Source(
        name="doses",
        title=_("Doses and how often"),
        model=InterventionDose,
        path="intervention__episode__patient",
        columns={
            "intervention": _("Number of the treatment"),
            "from_on": _("From this day on"),
            "label": _("Dose or how often, in words"),
            "amount": _("Daily amount, where it is a number"),
            "unit": _("Unit of the amount"),
            **IF_VOID,
        },
        internal=frozenset({"id"}),
        order=("intervention", "from_on"),
    ),
    Source(
        name="sessions",
        title=_("Sessions, and how they went"),
        model=Session,
        path="intervention__episode__patient",
        columns={
            "intervention": _("Number of the treatment"),
            "on": _("Day"),
            "kept": _("Whether it took place as agreed"),
            "homework": _("The task between two sessions"),
            "recorded_by": RECORDED_BY,
            "recorded_at": _RECORDED_AT,
            **IF_VOID,
        },
        internal=frozenset({"id"}),
        order=("on", "pk"),
    ),
    Source(
        name="expectations",
        title=_("Expected improvement"),
        model=Expectation,
        path="intervention__episode__patient",
        columns={
            "intervention": _("Number of the treatment"),
            "measure": _("What should get better"),
            "points": _("By how many points"),
            "by_on": _("By when"),
            "recorded_by": RECORDED_BY,
            "recorded_at": _RECORDED_AT,
            **IF_VOID,
        },
        internal=frozenset({"id"}),
        order=("by_on", "pk"),
    ),
    Source(
        name="context",
        title=_("Background to my treatment"),
        model=ContextNote,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "kind": _("Topic"),
            "text": _("What is known"),
            "from_on": _("Since"),
            "recorded_by": RECORDED_BY,
            "recorded_at": _RECORDED_AT,
        },
        internal=frozenset({"id"}),
        order=("from_on", "pk"),
    ),
    Source(
        name="life_events",
        title=_("Life events"),
        model=LifeEvent,
        path="episode__patient",
        columns={
            "episode": OF_CARE,
            "happened_on": _("Day"),
            "title": _("What happened"),
            "recorded_by": RECORDED_BY,
            "recorded_at": _RECORDED_AT,
            **IF_VOID,
        },
        internal=frozenset({"id"}),
        order=("happened_on", "pk"),
    ),
    Source(
        name="safety_plans",
        title=_("My safety plan, every version"),
        model=SafetyPlan,
        path="patient",
        columns={
            "saved_at": _("When it was saved"),
            "saved_by": _("Who saved it"),
            "warning_signs": _("What I notice first"),
            "own_steps": _("What I can do by myself"),
            "people_and_places": _("People and places that take my mind off it"),
            "people_to_ask": _("People I can ask for help"),
            "professionals": _("Professionals I can call"),
            "safer_place": _("How I make my surroundings safer"),
            "reasons": _("What is worth living for"),
        },
        internal=frozenset({"id", "patient"}),
    ),
    Source(
        name="consents",
        title=_("What I agreed to"),
        model=Consent,
        path="patient",
        columns={
            "purpose": _("Purpose"),
            "text_version": _("Version of the text"),
            "is_given": _("Whether I agreed"),
            "decided_at": _("When"),
            "decided_by": _("Who decided"),
        },
        internal=frozenset({"id", "patient"}),
    ),
    Source(
        name="requests",
        title=_("What I asked about my data"),
        model=DataRequest,
        path="patient",
        columns={
            "kind": _("What I asked for"),
            "text": _("In my words"),
            "asked_at": _("When"),
            "asked_by": _("Who asked"),
            "state": _("Status"),
            "answer": _("The clinic's answer"),
            "answered_at": _("When it was answered"),
            "answered_by": _("By whom"),
        },
        internal=frozenset({"id", "patient"}),
    ),
)


def table(source: Source, patient: Patient, *, known_by: Mapping[type[models.Model], str]) -> StoredTable:
    """Return one table; `known_by` says by which column people know the rows that others point to."""
    fields: dict[str, Any] = {name: source.model._meta.get_field(name) for name in source.columns}
    joined = [name for name, field in fields.items() if field.related_model in {User, *known_by}]
    rows = _manager(source).filter(**{source.path: patient.pk}).select_related(*joined).order_by(*source.order)
    readers = {name: _reader(name, field) for name, field in fields.items()}
    columns = dict(source.columns)
    for name in joined:
        word = known_by.get(fields[name].related_model)
        if word is not None:
            columns[f"{name}_{word}"] = _("The same, in words")
            readers[f"{name}_{word}"] = _reader_of_another(name, word)
    return StoredTable(
        name=source.name,
        title=source.title,
        columns=columns,
        rows=[{name: read(row) for name, read in readers.items()} for row in rows],
        choices={name: dict(field.flatchoices) for name, field in fields.items() if getattr(field, "choices", None)},
    )


def _manager(source: Source) -> "QuerySet[Any]":
    """Return every row of the clinic, those that a correction has replaced among them."""
    manager: Any = getattr(source.model, "versions", None) or source.model.objects  # type: ignore[attr-defined]
    return manager.all()  # type: ignore[no-any-return]


def _reader(name: str, field: Any) -> Callable[[models.Model], Any]:
    """Return what reads one column of a row: a person's name, the number of another row, or the value."""
    if field.related_model is User:
        return lambda row: str(getattr(row, name) or "")
    return lambda row: getattr(row, field.attname)


def _reader_of_another(name: str, word: str) -> Callable[[models.Model], Any]:
    """Return what reads by which words people know the row that a row points to."""
    return lambda row: getattr(getattr(row, name), word, None)


def account(patient: Patient) -> StoredTable:
    """Return the account; patients of paper have none."""
    columns = {"name": _("Name of the account"), "email": _("E-mail address"), "claimed_at": _("Opened on")}
    accounts = User.objects.filter(pk__in=[pk for pk in (patient.user_id,) if pk])
    rows: list[dict[str, Any]] = list(accounts.values(*columns))
    return StoredTable(name="account", title=_("My account"), columns=columns, rows=rows, choices={})


def who_looked(patient: Patient) -> StoredTable:
    """Return who did what with the record, line by line."""
    columns = {"at": _("When"), "who": _("Who"), "title": _("Profession or role"), "what": _("What was done")}
    return StoredTable(
        name="access_log",
        title=_("Who looked at or changed my record"),
        columns=columns,
        rows=list(_visits(patient)),
        choices={},
    )


def _visits(patient: Patient) -> Iterator[dict[str, Any]]:
    """Return the lines of the access log."""
    for visit in access_log.visits(patient, access_log.lines(patient)):
        yield {"at": visit.first_at, "who": visit.who, "title": visit.title, "what": visit.what}
