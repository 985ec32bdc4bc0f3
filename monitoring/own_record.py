"""What is kept about one patient, table by table and column by column, each with its meaning in words.

It is what a patient takes home (GDPR articles 15 and 20). A table or column that is neither here nor left out with a
reason fails the tests, so that a new one cannot be forgotten. Makes no files; see monitoring.exports.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.models import (
    AgreedAction,
    CheckIn,
    CheckInDraft,
    CheckInSlot,
    MedicineReport,
    MonitoringPlan,
    OwnItem,
    Review,
    Score,
    Sighting,
)
from patients import access_log
from patients.models import (
    CareTeamMembership,
    Consent,
    DataRequest,
    Episode,
    Intervention,
    InterventionDose,
    LifeEvent,
    Patient,
    SafetyPlan,
    User,
)

Text = str | Promise
_ID = _("Number of this row, for rows that point to it")
_CARE = _("Number of the stretch of care")
_RECORDED_AT = _("When it was written down")
_RECORDED_BY = _("Who wrote it down")
_HIGHER = _("0 to 10, higher is better; empty: skipped")


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
class Table:
    """Rows about one patient, as they are stored."""

    name: str
    title: Text
    columns: Mapping[str, Text]
    rows: list[dict[str, Any]]
    # Column -> stored value -> the words a reader knows.
    choices: Mapping[str, Mapping[Any, Text]]


# A row that another one points to is known to people by this column, not by its number.
KNOWN_BY: Mapping[type[models.Model], str] = {
    Intervention: "name",
    OwnItem: "wording",
    CheckIn: "about_on",
    CheckInSlot: "week_of",
}
# Tables about patients that are not in the file, each with the reason that the file gives.
LEFT_OUT: Mapping[str, Text] = {
    "Alert": _("The team's list of tasks: working notes of the clinic. You can ask the clinic for them."),
    "AlertEvent": _("The steps of those tasks. You can ask the clinic for them."),
    "Assessment": _("Computed again from your answers every time. You can ask the clinic for the results."),
    "Signal": _("What the computation found in your answers. You can ask the clinic for the results."),
    "Need": _("The order of the team's list, computed from the rest."),
    "Notification": _("That a message to the team went out; it holds no words about you."),
    "CheckInLink": _("Keys of links in messages to you: stored so that nobody can read them, not even we."),
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
            "language": _("Language of the pages"),
            "time_zone": _("Time zone in which I am asked"),
            "created_at": _("When the clinic added me"),
        },
        internal=frozenset({"id", "user"}),
    ),
    Source(
        name="episodes",
        title=_("Stretches of care"),
        model=Episode,
        path="patient",
        columns={
            "id": _ID,
            "started_on": _("First day"),
            "ended_on": _("Last day; empty: still going on"),
            "problems": _("In treatment for"),
            "goal": _("My goal, in my own words"),
        },
        internal=frozenset({"patient", "changed_at"}),
    ),
    Source(
        name="care_team",
        title=_("My care team"),
        model=CareTeamMembership,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "user": _("Who"),
            "profession": _("Part in the team"),
            "is_responsible": _("Whether this person is responsible for my care"),
            "joined_at": _("Since when"),
            "left_at": _("Until when; empty: still on the team"),
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="interventions",
        title=_("What we tried"),
        model=Intervention,
        path="episode__patient",
        columns={
            "id": _ID,
            "episode": _CARE,
            "kind": _("Kind"),
            "name": _("What it is"),
            "started_on": _("First day"),
            "stopped_on": _("Last day; empty: still going on"),
            "stop_reason": _("Why it was stopped"),
            "recorded_by": _RECORDED_BY,
            "recorded_at": _RECORDED_AT,
        },
        order=("started_on", "pk"),
    ),
    Source(
        name="doses",
        title=_("Doses and how often"),
        model=InterventionDose,
        path="intervention__episode__patient",
        columns={
            "intervention": _("Number of what we tried"),
            "from_on": _("From this day on"),
            "label": _("Dose or how often, in words"),
            "amount": _("Amount a day, where it is a number"),
            "unit": _("Unit of the amount"),
        },
        internal=frozenset({"id"}),
        order=("intervention", "from_on"),
    ),
    Source(
        name="life_events",
        title=_("What happened meanwhile"),
        model=LifeEvent,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "happened_on": _("Day"),
            "title": _("What happened"),
            "recorded_by": _RECORDED_BY,
            "recorded_at": _RECORDED_AT,
        },
        internal=frozenset({"id"}),
        order=("happened_on", "pk"),
    ),
    Source(
        name="plan",
        title=_("When I am asked"),
        model=MonitoringPlan,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "weekday": _("Day of the week, Monday is 1"),
            "local_time": _("Time of day, on the clock where I live"),
            "time_zone": _("Time zone"),
            "cadence_weeks": _("Weeks from one check-in to the next"),
            "instruments": _("Questionnaires, and after how many weeks each is asked again"),
            "starts_on": _("First day"),
            "ends_on": _("Last day; empty: no end"),
            "paused_at": _("Paused since; empty: not paused"),
            "paused_until": _("Paused until"),
            "pause_reason": _("Why it is paused"),
            "remind_by": _("How I am reminded; empty: not at all"),
        },
        internal=frozenset(
            {
                "id",
                "next_slot_at",
                "assessment_due_at",
                "due_cause",
                "assessed_at",
                "assessed_with",
                "failed_assessments",
            }
        ),
    ),
    Source(
        name="own_questions",
        title=_("My own questions"),
        model=OwnItem,
        path="episode__patient",
        columns={
            "id": _ID,
            "episode": _CARE,
            "wording": _("The question"),
            "low": _("Words at 0"),
            "high": _("Words at 10"),
            "higher_is_better": _("Whether higher is better"),
            "from_on": _("Asked from this day on"),
            "until_on": _("Until this day; empty: still asked"),
        },
    ),
    Source(
        name="weeks",
        title=_("Weeks in which I was asked"),
        model=CheckInSlot,
        path="episode__patient",
        columns={
            "id": _ID,
            "episode": _CARE,
            "week_of": _("Monday of the week"),
            "due_on": _("Day of the check-in"),
            "opens_at": _("Open from"),
            "closes_at": _("Open until"),
            "answered_at": _("When I answered; empty: not answered"),
            "missed_at": _("When the week ran out without an answer"),
            "reminders_sent": _("How many messages about it went out"),
        },
        internal=frozenset({"remind_at"}),
        order=("week_of", "pk"),
    ),
    Source(
        name="check_ins",
        title=_("My check-ins"),
        model=CheckIn,
        path="episode__patient",
        columns={
            "id": _ID,
            "episode": _CARE,
            "slot": _("Number of the week it answers"),
            "about_on": _("Day it is about"),
            "submitted_at": _("When I sent it"),
            "is_late": _("Whether it was given late"),
            "is_short": _("Whether it was the short form"),
            "sleep": _HIGHER,
            "mood": _HIGHER,
            "energy": _HIGHER,
            "pain": _("0 to 10, lower is better; empty: skipped"),
            "function": _HIGHER,
            "own_item": _("Number of my own question"),
            "own_rating": _("Answer to my own question, 0 to 10; empty: skipped"),
            "answers": _("Answers to questionnaires, by their numbers"),
            "side_effects": _("Side effects, each as strongly and as often as I said"),
            "note": _("My note"),
            "note_is_shared": _("Whether the team may read the note"),
            "contact_wish": _("What I would like to happen"),
            "corrects": _("Number of the check-in that this one corrects"),
            "superseded_at": _("When I corrected it; empty: it counts"),
        },
        internal=frozenset({"client_key", "body_digest"}),
        order=("about_on", "submitted_at"),
    ),
    Source(
        name="medicine_reports",
        title=_("How I took my medicines"),
        model=MedicineReport,
        path="check_in__episode__patient",
        columns={
            "check_in": _("Number of the check-in"),
            "intervention": _("Number of the medicine"),
            "taken": _("How I took it that week"),
            "reason": _("Why not all of it"),
        },
        internal=frozenset({"id"}),
    ),
    Source(
        name="scores",
        title=_("Scores of questionnaires and measures"),
        model=Score,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "check_in": _("Number of the check-in; empty: a measure from elsewhere"),
            "instrument": _("Questionnaire or measure"),
            "instrument_version": _("Its version"),
            "about_on": _("Day it is about"),
            "entered_at": _("When it was entered"),
            "value": _("Score in the questionnaire's own direction; empty: too few answers"),
            "answered_items": _("How many questions were answered"),
            "is_prorated": _("Whether missing answers were made up for by the others"),
            "superseded_at": _("When it was corrected; empty: it counts"),
        },
        internal=frozenset({"id"}),
        order=("about_on", "pk"),
    ),
    Source(
        name="drafts",
        title=_("A check-in that I have begun"),
        model=CheckInDraft,
        path="slot__episode__patient",
        columns={
            "slot": _("Number of the week"),
            "is_short": _("Whether it is the short form"),
            "answers": _("What I have answered so far"),
            "updated_at": _("When I last changed it"),
        },
        internal=frozenset({"id", "client_key"}),
    ),
    Source(
        name="reviews",
        title=_("Reviews"),
        model=Review,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "planned_at": _("Planned for"),
            "planned_by": _("Who planned it"),
            "held_at": _("When it was held"),
            "topics": _("What I wanted to talk about"),
            "prepared_at": _("When I chose that"),
        },
        internal=frozenset({"id"}),
        order=("planned_at",),
    ),
    Source(
        name="agreed",
        title=_("What was agreed"),
        model=AgreedAction,
        path="episode__patient",
        columns={
            "episode": _CARE,
            "text": _("What was agreed"),
            "owner": _("Who does it"),
            "due_on": _("By when"),
            "agreed_at": _("When it was agreed"),
            "agreed_by": _RECORDED_BY,
            "done_at": _("When it was done; empty: open"),
        },
        internal=frozenset({"id"}),
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
            "purpose": _("What for"),
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
            "state": _("Where it stands"),
            "answer": _("The clinic's answer"),
            "answered_at": _("When it was answered"),
            "answered_by": _("By whom"),
        },
        internal=frozenset({"id", "patient"}),
    ),
    Source(
        name="seen_by",
        title=_("Who looked last, and when"),
        model=Sighting,
        path="episode__patient",
        columns={"episode": _CARE, "user": _("Who"), "seen_at": _("When this person looked last")},
        internal=frozenset({"id"}),
    ),
)


def load(patient: Patient) -> list[Table]:
    """Return everything that is kept about a patient; tables without a row are among them, empty."""
    return [_table(source, patient) for source in SOURCES] + [_account(patient), _access_log(patient)]


def _table(source: Source, patient: Patient) -> Table:
    """Return one table."""
    fields: dict[str, Any] = {name: source.model._meta.get_field(name) for name in source.columns}
    joined = [name for name, field in fields.items() if field.related_model in {User, *KNOWN_BY}]
    rows = _manager(source).filter(**{source.path: patient.pk}).select_related(*joined).order_by(*source.order)
    readers = {name: _reader(name, field) for name, field in fields.items()}
    columns = dict(source.columns)
    for name in joined:
        known_by = KNOWN_BY.get(fields[name].related_model)
        if known_by is not None:
            columns[f"{name}_{known_by}"] = _("The same, in words")
            readers[f"{name}_{known_by}"] = _reader_of_another(name, known_by)
    return Table(
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


def _reader_of_another(name: str, known_by: str) -> Callable[[models.Model], Any]:
    """Return what reads by which words people know the row that a row points to."""
    return lambda row: getattr(getattr(row, name), known_by, None)


def _account(patient: Patient) -> Table:
    """Return the account; patients of paper have none."""
    columns = {"name": _("Name of the account"), "email": _("E-mail address"), "claimed_at": _("Opened on")}
    accounts = User.objects.filter(pk__in=[pk for pk in (patient.user_id,) if pk])
    rows: list[dict[str, Any]] = list(accounts.values(*columns))
    return Table(name="account", title=_("My account"), columns=columns, rows=rows, choices={})


def _access_log(patient: Patient) -> Table:
    """Return who did what with the record, line by line."""
    columns = {"at": _("When"), "who": _("Who"), "title": _("Profession or role"), "what": _("What was done")}
    return Table(
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
