"""The invented staff of the demo clinic, and their morning round: every alert seen, worked on and closed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.alerts import alerts, closing
from monitoring.alerts.closing import PlanReviewed, SafetyAssessment
from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode, AlertKind, AlertState
from patients.care import teams
from patients.models import Episode, User
from patients.models.care import Profession
from patients.models.people import Role

DAY = timedelta(days=1)
# How old an alert is when the round takes it, works on it, closes it. Who asks for help or contact is called at the
# first round, and settled a day later.
TAKEN_AFTER, WORKED_AFTER, CLOSED_AFTER = DAY, 3 * DAY, 18 * DAY
CALLED_AND_CLOSED_AFTER = DAY
CALLED_AT_ONCE = frozenset({AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH})


@dataclass(frozen=True, kw_only=True)
class DemoColleague:
    """A member of staff: who, in which role, with which part in a care team."""

    key: str
    name: str
    role: Role
    title: str
    profession: Profession


ADMIN = DemoColleague(
    key="admin", name="Priya Nair", role=Role.ADMIN, title="Practice manager", profession=Profession.OTHER
)
COORDINATOR = DemoColleague(
    key="lindqvist",
    name="Johanna Lindqvist",
    role=Role.COORDINATOR,
    title="Nurse, care coordinator",
    profession=Profession.CARE_COORDINATOR,
)
LEAD = DemoColleague(
    key="oyelaran",
    name="Grace Oyelaran",
    role=Role.COORDINATOR,
    title="Lead nurse",
    profession=Profession.CARE_COORDINATOR,
)
CLINICIANS = (
    DemoColleague(
        key="rao", name="Dr Sunita Rao", role=Role.CLINICIAN, title="Psychiatrist", profession=Profession.PSYCHIATRIST
    ),
    DemoColleague(
        key="bello",
        name="Dr Martin Bello",
        role=Role.CLINICIAN,
        title="Psychologist",
        profession=Profession.PSYCHOLOGIST,
    ),
    DemoColleague(
        key="reid",
        name="Callum Reid",
        role=Role.CLINICIAN,
        title="Physiotherapist",
        profession=Profession.PHYSIOTHERAPIST,
    ),
    DemoColleague(
        key="duarte", name="Inês Duarte", role=Role.CLINICIAN, title="Dietitian", profession=Profession.NUTRITIONIST
    ),
)
STAFF = (COORDINATOR, LEAD, *CLINICIANS)
# Was invited, and waits for the second person.
INVITED = DemoColleague(
    key="okafor",
    name="Dr Chidi Okafor",
    role=Role.CLINICIAN,
    title="Psychiatrist, from next month",
    profession=Profession.PSYCHIATRIST,
)

# What was done, in the words of a note, by kind of alert; other kinds take the last.
Deed = tuple[ActionCode, str, str]
DEEDS: Mapping[str, Deed] = {
    AlertKind.RISK_ANSWER: (
        ActionCode.TALKED,
        "Rang within the hour. Thoughts without plan or intent, sister with them tonight. Safety plan gone through.",
        "Second call next day: safer, appointment this week. Assessment recorded.",
    ),
    AlertKind.CONTACT_WISH: (
        ActionCode.TALKED,
        "Called, no answer. Will try again after lunch.",
        "Reached. Question answered, nothing else open.",
    ),
    AlertKind.MISSED_CHECK_INS: (
        ActionCode.TALKED,
        "Text sent and rang twice.",
        "Reached by telephone. Busy weeks, wants to go on with check-ins.",
    ),
    AlertKind.DETERIORATION: (
        ActionCode.PLAN_CHANGED,
        "Rang. Wants to look at it together at the next appointment.",
        "Looked at the chart together and changed one thing. Look again in four weeks.",
    ),
}
OTHER_DEED: Deed = (
    ActionCode.NOTHING_NEEDED,
    "Read the last check-ins and asked by telephone.",
    "Known and expected. No change needed now.",
)
EXPLORED = SafetyAssessment(
    explored="When the thoughts come, and what helps then. They come at night and pass with the first light.",
    plan=PlanReviewed.CHANGED,
    others="The sister knows, and has the numbers.",
)
# These go to the coordinator; all others to the responsible clinician.
FOR_COORDINATOR = frozenset({AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH, AlertKind.MISSED_CHECK_INS})


def morning_round(*, episodes: Collection[Episode], coordinator: User, at: datetime) -> None:
    """Go through the open alerts of some people, oldest first, and do the next thing with each."""
    opened = Alert.objects.open().filter(episode__in=[episode.pk for episode in episodes])
    for alert in opened.select_related("episode").order_by("raised_at"):
        responsible = teams.responsible_clinician(alert.episode) or coordinator
        # The coordinator makes the first call; a clinician decides that a safety answer is settled.
        _attend(alert, coordinator if alert.kind in FOR_COORDINATOR else responsible, responsible, at)


def _attend(alert: Alert, worker: User, closer: User, at: datetime) -> None:
    """Take, work on or close one alert, by its age."""
    action, working, ending = DEEDS.get(alert.kind, OTHER_DEED)
    age = at - alert.raised_at
    is_urgent = alert.tier == Tier.URGENT or alert.kind in CALLED_AT_ONCE
    if alert.state == AlertState.IN_PROGRESS:
        if age >= (CALLED_AND_CLOSED_AFTER if is_urgent else CLOSED_AFTER):
            shown = closing.since_opened(alert)[-1].pk
            alerts.close(
                alert=alert,
                by=closer,
                version=alert.version,
                action=action,
                note=ending,
                shown=shown,
                assessment=EXPLORED if alert.kind == AlertKind.RISK_ANSWER else None,
                at=at,
            )
    elif is_urgent or age >= WORKED_AFTER:
        alerts.start_work(alert=alert, by=worker, version=alert.version, note=working, at=at)
    elif age >= TAKEN_AFTER and alert.state == AlertState.NEW:
        alerts.acknowledge(alert=alert, by=worker, version=alert.version, at=at)
