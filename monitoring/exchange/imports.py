"""Take a checked file into the present clinic: people, episodes, interventions, scores, then the ordinary assessment.

What is there already stays as it is, so the same file changes nothing the second time. A file that contradicts what
is there is refused as a whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from monitoring import engine
from monitoring.assessments import assessments
from monitoring.engine.records import InstrumentSpec
from monitoring.exchange import identities
from monitoring.exchange.files import FileRefused, Problem, SeriesFile, Subject, Value
from monitoring.exchange.identities import Identities
from monitoring.exchange.mappings import DeclaredIntervention, Mapping
from monitoring.models import ClinicInstrument, Score
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients import audit
from patients.models import (
    CareTeamMembership,
    Clinic,
    Episode,
    Intervention,
    InterventionDose,
    Patient,
    User,
)
from patients.models.audit import AuditAction
from patients.models.care import Profession
from patients.tenancy import ClinicOwned, current_clinic_id

BATCH = 1000
# An imported value has a day and no hour; it is judged as of the middle of that day.
NOON = time(12)
EARLIEST_START = date(1900, 1, 1)
# Told of each day that was assessed: how many there were, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Import:
    """What an import adds, or would add."""

    dataset: str
    people: int
    rows: int
    missing: int
    first_on: date
    last_on: date
    new_people: int
    new_instruments: int
    new_interventions: int
    new_memberships: int
    new_scores: int
    known_scores: int
    assessments: int

    @property
    def changes_anything(self) -> bool:
        """Say whether there is anything to add."""
        added = (self.new_people, self.new_instruments, self.new_interventions, self.new_memberships, self.new_scores)
        return any(added)

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers for the audit log."""
        return {
            "people": self.new_people,
            "instruments": self.new_instruments,
            "interventions": self.new_interventions,
            "memberships": self.new_memberships,
            "scores": self.new_scores,
            "assessments": self.assessments,
        }


@dataclass
class _ClinicRows:
    """What the clinic has of the people of a file."""

    identities: Identities
    patients: dict[str, Patient]
    episodes: dict[UUID, Episode]
    # Value and version of the form it was given on.
    scores: dict[tuple[UUID, str, date], tuple[float | None, str]]
    interventions: set[tuple[UUID, str, date]]
    members: set[UUID]
    with_responsible: set[UUID]


@dataclass
class _Plan:
    """Rows to be written, none of them written yet, and what stands in their way."""

    clinic: Clinic
    at: datetime
    mapping: Mapping
    start_on: date
    must_start_on: date | None
    responsible: User | None
    clinic_rows: _ClinicRows
    instruments: list[ClinicInstrument] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    memberships: list[CareTeamMembership] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    doses: list[InterventionDose] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    to_assess: list[tuple[Episode, list[date]]] = field(default_factory=list)
    known_scores: int = 0
    days: list[date] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def tables(self) -> tuple[Sequence[ClinicOwned], ...]:
        """Return all rows, table by table, each after the tables it points to."""
        return (
            self.instruments,
            self.patients,
            self.episodes,
            self.memberships,
            self.interventions,
            self.doses,
            self.scores,
        )

    @property
    def today(self) -> date:
        """Return the present day at the clinic."""
        return plans.local_day(self.at, self.clinic.time_zone)


def check_series(
    *, file: SeriesFile, mapping: Mapping, start_on: date | None, responsible: User | None, at: datetime
) -> Import:
    """Return what an import would add; changes nothing.

    Args:
        file: checked lines.
        mapping: what the file does not say about itself.
        start_on: day 0 of everyone; None = so that the longest series ends today. People who are here already keep
            their start.
        responsible: clinician who joins each care team.
        at: now.

    Raises:
        FileRefused: the file contradicts what is there, or reaches into the future.
    """
    return _report(file, _plan(file, mapping, start_on, responsible, at))


@transaction.atomic
def import_series(
    *,
    file: SeriesFile,
    mapping: Mapping,
    start_on: date | None,
    responsible: User | None,
    by: User | None,
    at: datetime,
    progress: Progress | None = None,
) -> Import:
    """Take a file in, all of it or nothing, and assess each day with a value in the order of time.

    It can be stopped at any moment: nothing of the file is then there, and the next time it begins anew. Values about days longer ago than a fortnight page no one, as everywhere.

    Raises:
        FileRefused: as for `check_series`.
    """
    plan = _plan(file, mapping, start_on, responsible, at)
    report = _report(file, plan)
    if not report.changes_anything:
        return report
    for rows in plan.tables:
        _write(rows)
    done = 0
    for episode, days in plan.to_assess:
        for day in days:
            _assess(episode, day, at)
            done += 1
            if progress is not None:
                progress(done, report.assessments)
    audit.record(AuditAction.SERIES_IMPORTED, by=by, about=plan.clinic, at=at, counts=report.counts)
    return report


def _write(rows: Sequence[ClinicOwned]) -> None:
    """Insert rows of one table in few statements."""
    if rows:
        type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)


def _assess(episode: Episode, day: date, at: datetime) -> None:
    """Let the ordinary path judge one day of one person."""
    as_of = min(plans.local_instant(day, NOON, episode.patient.time_zone), at)
    assessments.assess_as_of(episode=episode, as_of=as_of, cause=AssessmentCause.IMPORT, at=at)


def _report(file: SeriesFile, plan: _Plan) -> Import:
    """Count what a plan adds."""
    return Import(
        dataset=file.dataset,
        people=len(file.subjects),
        rows=file.rows,
        missing=file.missing,
        first_on=min(plan.days, default=plan.start_on),
        last_on=max(plan.days, default=plan.start_on),
        new_people=len(plan.patients),
        new_instruments=len(plan.instruments),
        new_interventions=len(plan.interventions),
        new_memberships=len(plan.memberships),
        new_scores=len(plan.scores),
        known_scores=plan.known_scores,
        assessments=sum(len(days) for _, days in plan.to_assess),
    )


def _plan(file: SeriesFile, mapping: Mapping, start_on: date | None, responsible: User | None, at: datetime) -> _Plan:
    """Work out every row to be written.

    Raises:
        FileRefused: something stands in the way.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    today = plans.local_day(at, clinic.time_zone)
    if start_on is not None and not EARLIEST_START <= start_on <= today:
        raise FileRefused([Problem(0, f"the start must lie between {EARLIEST_START} and today, not {start_on}")])
    plan = _Plan(
        clinic=clinic,
        at=at,
        mapping=mapping,
        start_on=start_on or today - timedelta(days=file.last_day),
        must_start_on=start_on,
        responsible=responsible,
        clinic_rows=_clinic_rows(file, responsible),
    )
    _plan_instruments(plan, _first_lines(file))
    for subject in file.subjects:
        _plan_subject(plan, file.dataset, subject)
    if plan.problems:
        raise FileRefused(plan.problems)
    return plan


def _clinic_rows(file: SeriesFile, responsible: User | None) -> _ClinicRows:
    """Read what is there, in a handful of queries whatever the size of the file."""
    found = identities.load([subject.key for subject in file.subjects])
    rows = Patient.objects.in_bulk([one.pk for one in found.by_number.values()])
    patients = {key: rows[one.pk] for key, one in found.by_number.items()}
    # The newest episode of each person wins, because it comes last.
    episodes = {
        episode.patient_id: episode
        for episode in Episode.objects.filter(patient__in=patients.values())
        .select_related("patient", "clinic")
        .order_by("started_on")
    }
    imported = Score.objects.filter(episode__in=episodes.values(), check_in__isnull=True)
    # One that was voided is not brought back by the same file.
    interventions = Intervention.versions.filter(episode__in=episodes.values())
    members = CareTeamMembership.objects.filter(episode__in=episodes.values(), left_at__isnull=True)
    return _ClinicRows(
        identities=found,
        patients=patients,
        episodes=episodes,
        scores={
            (row.episode_id, row.instrument, row.about_on): (row.value, row.instrument_version) for row in imported
        },
        interventions={(row.episode_id, row.name, row.started_on) for row in interventions},
        members={row.episode_id for row in members if responsible and row.user_id == responsible.pk},
        with_responsible={row.episode_id for row in members if row.is_responsible},
    )


def _first_lines(file: SeriesFile) -> dict[str, int]:
    """Return each instrument of a file with the line in which it first stands."""
    lines: dict[str, int] = {}
    for value in (value for subject in file.subjects for value in subject.values):
        lines[value.instrument] = min(value.line, lines.get(value.instrument, value.line))
    return lines


def _plan_instruments(plan: _Plan, used: dict[str, int]) -> None:
    """Declare the instruments that the clinic does not have yet; a version never changes.

    Args:
        plan: rows to be written.
        used: code -> line of its first value.
    """
    rows = {(row.code, row.version): row for row in ClinicInstrument.objects.filter(code__in=used)}
    for code in sorted(used.keys() - engine.INSTRUMENTS.keys()):
        declared = _instrument(plan, plan.mapping.instruments[code])
        row = rows.get((declared.code, declared.version))
        if row is None:
            plan.instruments.append(declared)
        elif _scale(row) != _scale(declared):
            text = f"instrument {code} version {row.version} is declared differently here; give it another version"
            plan.problems.append(Problem(used[code], text))


def _instrument(plan: _Plan, spec: InstrumentSpec) -> ClinicInstrument:
    """Return the row of a declared instrument."""
    return ClinicInstrument(
        clinic=plan.clinic,
        code=spec.code,
        version=spec.version,
        name=spec.name,
        direction=spec.direction.value,
        minimum=spec.minimum,
        maximum=spec.maximum,
        response_drop=spec.response_drop,
        remission_below=spec.remission_below,
        reliable_change=spec.reliable_change,
        source=spec.sources.get("all", ""),
    )


def _scale(row: ClinicInstrument) -> tuple[object, ...]:
    """Return what makes two declarations the same."""
    lines = (row.response_drop, row.remission_below, row.reliable_change)
    return row.direction, row.minimum, row.maximum, *lines


def _plan_subject(plan: _Plan, dataset: str, subject: Subject) -> None:
    """Plan everything of one person."""
    name = f"{plan.mapping.people or dataset.replace('_', ' ').title()} {subject.key}"
    problem = plan.clinic_rows.identities.problem_of(subject.key, name)
    patient = plan.clinic_rows.patients.get(subject.key)
    if not problem and patient is not None and patient.pk not in plan.clinic_rows.episodes:
        problem = f"{subject.key} is the number of a patient who was never in care here"
    if problem:
        plan.problems.append(Problem(subject.first_line, problem))
        return
    episode = _find_episode(plan, subject) or _new_episode(plan, subject, name)
    if plan.must_start_on and episode.started_on != plan.must_start_on:
        text = f"{subject.key} is here already and started on {episode.started_on}, not {plan.must_start_on}"
        plan.problems.append(Problem(subject.first_line, text))
        return
    _plan_membership(plan, episode)
    for declared in plan.mapping.interventions:
        if declared.applies_to(subject.traits):
            _plan_intervention(plan, episode, declared)
    days = sorted({day for value in subject.values if (day := _plan_score(plan, episode, value)) is not None})
    if days:
        plan.to_assess.append((episode, days))


def _find_episode(plan: _Plan, subject: Subject) -> Episode | None:
    """Return the episode of a person who is here already, None for a new one."""
    patient = plan.clinic_rows.patients.get(subject.key)
    return plan.clinic_rows.episodes[patient.pk] if patient else None


def _new_episode(plan: _Plan, subject: Subject, name: str) -> Episode:
    """Plan a patient with an episode of care."""
    patient = Patient(
        clinic=plan.clinic,
        name=name,
        external_id=subject.key,
        time_zone=plan.clinic.time_zone,
        created_at=plan.at,
    )
    episode = Episode(
        clinic=plan.clinic,
        patient=patient,
        problems=plan.mapping.problems,
        started_on=plan.start_on,
        changed_at=plan.at,
    )
    plan.patients.append(patient)
    plan.episodes.append(episode)
    return episode


def _plan_membership(plan: _Plan, episode: Episode) -> None:
    """Let the named clinician join the care team, responsible where no one is."""
    if plan.responsible is None or episode.pk in plan.clinic_rows.members:
        return
    plan.memberships.append(
        CareTeamMembership(
            clinic=plan.clinic,
            episode=episode,
            user=plan.responsible,
            profession=Profession.OTHER,
            is_responsible=episode.pk not in plan.clinic_rows.with_responsible,
            joined_at=plan.at,
        )
    )


def _plan_intervention(plan: _Plan, episode: Episode, declared: DeclaredIntervention) -> None:
    """Plan something that was tried, with its dose, unless it is there or still to come."""
    started_on = episode.started_on + timedelta(days=declared.from_day)
    if started_on > plan.today or (episode.pk, declared.name, started_on) in plan.clinic_rows.interventions:
        return
    stopped_on = None
    if declared.until_day is not None:
        stopped_on = episode.started_on + timedelta(days=declared.until_day)
    intervention = Intervention(
        clinic=plan.clinic,
        episode=episode,
        kind=declared.kind,
        name=declared.name,
        started_on=started_on,
        stopped_on=stopped_on,
        recorded_at=plan.at,
    )
    plan.interventions.append(intervention)
    if declared.dose_label:
        plan.doses.append(
            InterventionDose(
                clinic=plan.clinic,
                intervention=intervention,
                from_on=started_on,
                amount=declared.amount,
                unit=declared.unit,
                label=declared.dose_label,
            )
        )


def _plan_score(plan: _Plan, episode: Episode, value: Value) -> date | None:
    """Plan one score and return its day, None where it is there already or cannot be."""
    day = episode.started_on + timedelta(days=value.day)
    plan.days.append(day)
    key = (episode.pk, value.instrument, day)
    if day > plan.today:
        plan.problems.append(Problem(value.line, f"day {value.day} would be {day}, in the future"))
    elif key not in plan.clinic_rows.scores:
        plan.scores.append(_score(plan, episode, value, day))
        return day
    elif contradiction := _contradiction(plan, value, *plan.clinic_rows.scores[key]):
        plan.problems.append(Problem(value.line, contradiction))
    else:
        plan.known_scores += 1
    return None


def _contradiction(plan: _Plan, value: Value, known: float | None, version: str) -> str:
    """Say what a stored score of the same day contradicts, empty where it is the same."""
    of_file = _spec(plan, value.instrument).version
    if version != of_file:
        return f"{value.instrument} on day {value.day} is there already, on version {version} and not on {of_file}"
    if known != value.value:
        here = "empty" if known is None else f"{known:g}"
        return f"{value.instrument} on day {value.day} is {here} here, not {value.value:g}"
    return ""


def _spec(plan: _Plan, code: str) -> InstrumentSpec:
    """Return the form that the scores of a file were given on."""
    return engine.INSTRUMENTS.get(code) or plan.mapping.instruments[code]


def _score(plan: _Plan, episode: Episode, value: Value, day: date) -> Score:
    """Return the row of one imported value."""
    return Score(
        clinic=plan.clinic,
        episode=episode,
        instrument=value.instrument,
        instrument_version=_spec(plan, value.instrument).version,
        about_on=day,
        entered_at=plan.at,
        value=value.value,
    )
