"""What a check-in asks about medicines, and what was answered: taken or not, why not, and what came with it.

Says what was taken, never what was prescribed: a report changes no intervention.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from monitoring.engine import CHECKLISTS, Checklist, SymptomRating, withdrawal_of
from monitoring.models import CheckIn, MedicineReport
from monitoring.models.check_ins import DosesTaken, WhyMissed
from patients.care import treatments
from patients.models import Episode, Intervention
from patients.models.care import InterventionKind

# Under this key a draft keeps what was said about medicines, as the fields of the form.
PAGE = "medicines"
SIDE_EFFECTS, DISCONTINUATION = "side-effects", "discontinuation"
# What stopping brings begins within days and may last for weeks. Source: docs/engine.md#after-a-stop.
ASKED_AFTER_STOP = timedelta(weeks=8)
# A stop or a cut that is planned within this time, and the turn in which is asked what is usual before one. Source:
# docs/decisions/0147.
PLANNED_WITHIN, TURN_WEEKS = timedelta(weeks=4), 4
# Symptoms of the list of side effects that only stopping brings.
ONLY_STOPPING = frozenset(symptom.code for symptom in CHECKLISTS[SIDE_EFFECTS].symptoms) - frozenset(
    symptom.code for symptom in CHECKLISTS[SIDE_EFFECTS].of_version("2").symptoms
)
# New thoughts of self-harm are asked about for so long after a start or a change of dose. Source:
# docs/safety.md#warnings-from-the-list-of-side-effects.
ASKED_AFTER_START = timedelta(weeks=8)
# Under this name a form says which symptoms were on its page.
ASKED = "asked"
# A report counts no doses: "some missed" is at least one in the week, "stopped" is every day of it.
DOSES_MISSED: Mapping[str, int] = {DosesTaken.ALL: 0, DosesTaken.SOME_MISSED: 1, DosesTaken.STOPPED: 7}
# What a symptom is rated for, and how one is stored that was on the list and was not ticked: asked and absent, which
# is not the same as not asked.
PARTS = ("severity", "frequency", "interference")
ABSENT: Mapping[str, int | None] = dict.fromkeys(PARTS, 0)
# The highest severity.
MOST = 3


@dataclass(frozen=True, kw_only=True)
class Intake:
    """How one medicine was taken; the reason only where it was not."""

    taken: DosesTaken
    reason: WhyMissed | None = None


@dataclass(frozen=True, kw_only=True)
class MedicineAnswers:
    """What the page about medicines said. A medicine that is not here was skipped; an empty checklist was not asked."""

    intakes: Mapping[UUID, Intake] = field(default_factory=dict)
    # Symptom code -> severity, frequency, interference, 0 to 3; None where a tick was not rated.
    symptoms: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    # A side effect that stands on no list, in the patient's words.
    other: str = ""


def of_episode(episode: Episode) -> list[Intervention]:
    """Return every medicine of an episode, the oldest first."""
    rows = Intervention.objects.filter(episode=episode, kind=InterventionKind.MEDICATION)
    return list(rows.prefetch_related(treatments.doses()).order_by("started_on", "pk"))


def taken_on(medicines: Sequence[Intervention], day: date) -> list[Intervention]:
    """Return the medicines that are to be taken on a day."""
    return [row for row in medicines if row.started_on <= day and (row.stopped_on is None or row.stopped_on > day)]


def checklist_on(medicines: Sequence[Intervention], day: date) -> Checklist | None:
    """Return the list of symptoms to ask about on a day, None where no medicine can be behind them.

    While a medicine is taken, its side effects, and in some weeks what stopping brings (`asks_about_stopping`). After
    the stop of the last one, what stopping brings, for eight weeks and where withdrawal is known.
    """
    if taken_on(medicines, day):
        return CHECKLISTS[SIDE_EFFECTS]
    return CHECKLISTS[DISCONTINUATION] if _stepped_down(medicines, day) else None


def asks_about_stopping(medicines: Sequence[Intervention], day: date) -> bool:
    """Say whether the list of side effects asks about what stopping brings, too.

    Every fourth week while a medicine with known withdrawal is taken, so that it is known what is usual before a stop;
    every week from the day on which a stop or a cut is planned, and for eight weeks after it. Each week for years would
    ask people in care too much (docs/decisions/0147).
    """
    known = [row for row in taken_on(medicines, day) if withdrawal_of(row.name)]
    is_planned = any(day < step <= day + PLANNED_WITHIN for row in known for step in _steps_down(row))
    is_turn = any((day - row.started_on).days // 7 % TURN_WEEKS == 0 for row in known)
    return is_planned or is_turn or _stepped_down(medicines, day)


def _stepped_down(medicines: Sequence[Intervention], day: date) -> bool:
    """Say whether a medicine with known withdrawal was stopped or cut in the last weeks."""
    steps = (step for row in medicines if withdrawal_of(row.name) for step in _steps_down(row))
    return any(day - ASKED_AFTER_STOP <= step <= day for step in steps)


def _steps_down(row: Intervention) -> list[date]:
    """Return the days on which a medicine is stopped or its dose is lower than before."""
    amounts = [(dose.from_on, dose.amount) for dose in row.dose_steps]
    cuts = [on for (_, before), (on, amount) in pairwise(amounts) if before and amount is not None and amount < before]
    return cuts if row.stopped_on is None else [*cuts, row.stopped_on]


def store(check_in: CheckIn, answers: MedicineAnswers) -> None:
    """Write one report a medicine; symptoms stand in the check-in itself."""
    for pk, intake in answers.intakes.items():
        MedicineReport.objects.create(
            check_in=check_in, intervention_id=pk, taken=intake.taken, reason=intake.reason or ""
        )


def reported(check_in: CheckIn) -> MedicineAnswers:
    """Return what a stored check-in said about medicines."""
    rows = MedicineReport.objects.filter(check_in=check_in)
    intakes = {
        row.intervention_id: Intake(taken=DosesTaken(row.taken), reason=WhyMissed(row.reason) if row.reason else None)
        for row in rows
    }
    return MedicineAnswers(intakes=intakes, symptoms=check_in.side_effects, other=check_in.other_symptom)


def as_fields(answers: MedicineAnswers) -> dict[str, str]:
    """Return answers as the fields of a form: how a draft keeps them, a page shows them, and a post carries them."""
    fields = {}
    if answers.symptoms:
        fields = {"checklist": checklist_of(answers.symptoms), ASKED: " ".join(answers.symptoms)}
    for pk, intake in answers.intakes.items():
        fields |= {f"taken_{pk}": str(intake.taken), f"why_{pk}": str(intake.reason or "")}
    for code, parts in answers.symptoms.items():
        if parts != ABSENT:
            rated = {f"{part}_{code}": "" if parts[part] is None else str(parts[part]) for part in PARTS}
            fields |= {f"has_{code}": "on"} | rated
    return fields | ({"other_symptom": answers.other} if answers.other else {})


def checklist_of(symptoms: Mapping[str, object]) -> str:
    """Return the code of the list on which all these symptoms stand."""
    return next(
        code
        for code, checklist in CHECKLISTS.items()
        if symptoms.keys() <= {symptom.code for symptom in checklist.symptoms}
    )


def asked_in(fields: Mapping[str, str]) -> Checklist | None:
    """Return the list that some fields of a form are about, with the symptoms that were on the page and no others.

    A page of a version that did not say which were on it had those of the first version.
    """
    checklist = CHECKLISTS.get(fields.get("checklist", ""))
    if checklist is None:
        return None
    return checklist.only(fields[ASKED].split()) if ASKED in fields else checklist.of_version("1")


def symptoms_in(fields: Mapping[str, str]) -> dict[str, dict[str, int | None]]:
    """Return what the fields of a form, as a draft keeps them, say of the symptoms that were asked."""
    checklist = asked_in(fields)
    return {symptom.code: _symptom_in(fields, symptom.code) for symptom in checklist.symptoms} if checklist else {}


def _symptom_in(fields: Mapping[str, str], code: str) -> dict[str, int | None]:
    if f"has_{code}" not in fields:
        return dict(ABSENT)
    return {part: int(fields[f"{part}_{code}"]) if fields.get(f"{part}_{code}") else None for part in PARTS}


def begun_recently(medicines: Sequence[Intervention], day: date) -> bool:
    """Say whether a medicine that is taken was started, or its dose changed, not long before a day."""
    steps = [step for row in taken_on(medicines, day) for step in (row.started_on, *_dose_days(row))]
    return any(day - ASKED_AFTER_START <= step <= day for step in steps)


def _dose_days(row: Intervention) -> list[date]:
    return [dose.from_on for dose in row.dose_steps]


def severity_shown(code: str, parts: Mapping[str, int | None]) -> int:
    """Return the severity that a stored symptom counts for in charts and on paper; 0 for what is not shown there.

    What is there or not counts as the most. Thoughts of self-harm stand in the answers and the alert, and nowhere else.
    """
    if any(code in checklist.about_self_harm for checklist in CHECKLISTS.values()):
        return 0
    severity = parts.get("severity")
    if severity is None and any(code in checklist.unrated for checklist in CHECKLISTS.values()):
        return MOST
    return severity or 0


def symptom_ratings(check_in: CheckIn) -> dict[str, SymptomRating]:
    """Return the symptoms of a stored check-in in the engine's words."""
    return {code: SymptomRating(**parts) for code, parts in check_in.side_effects.items()}


def doses_missed(reports: Iterable[MedicineReport], names: Mapping[UUID, str]) -> dict[str, int]:
    """Return medicine -> doses missed at least.

    Args:
        reports: of one check-in.
        names: intervention -> name of the medicine.
    """
    return {names[row.intervention_id]: DOSES_MISSED[row.taken] for row in reports}
