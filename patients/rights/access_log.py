"""Who looked at or changed a patient's record, in words for the patient. Reads the audit table; writes nothing.

Lines of jobs are left out: a computation is no one's look, and what it found is for the team to talk about first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.models import AuditEvent, CareTeamMembership, ClinicRole, Patient, User
from patients.models.audit import AuditAction
from patients.tenancy import current_clinic_id

LINES_PER_PAGE = 30

_TASK = _("Worked on a task of the team for you")
_TRIED = _("Recorded a treatment")
_RHYTHM = _("Changed when you get a check-in")
_TEAM = _("Changed your care team")
_CHECK_IN = _("Filled in a check-in")
# What a patient reads for each kind of line. Never a risk label: a task is a task.
WORDS: Mapping[str, str | Promise] = {
    AuditAction.EPISODE_READ: _("Opened your record"),
    AuditAction.CASELOAD_READ: _("Looked for you by name"),
    AuditAction.ALERT_READ: _("Looked at the team's tasks for you"),
    AuditAction.ALERT_ACKNOWLEDGED: _TASK,
    AuditAction.ALERT_STARTED: _TASK,
    AuditAction.ALERT_CLOSED: _TASK,
    AuditAction.PERSON_INVITED: _("Sent you an invitation"),
    AuditAction.INVITATION_REVOKED: _("Cancelled an invitation"),
    AuditAction.INVITATION_ACCEPTED: _("Opened the account"),
    AuditAction.CLAIM_CODE_MADE: _("Made a code for your account"),
    AuditAction.CLAIM_UNDONE: _("Disconnected an account from your record"),
    AuditAction.PATIENT_ADDED: _("Added you to the clinic"),
    AuditAction.EPISODE_OPENED: _("Began your care"),
    AuditAction.EPISODE_ENDED: _("Ended your care"),
    AuditAction.TEAM_JOINED: _TEAM,
    AuditAction.TEAM_LEFT: _TEAM,
    AuditAction.HAND_OVER_ASKED: _("Asked a colleague to become responsible for your care"),
    AuditAction.HAND_OVER_READ: _("Read the request to become responsible for your care"),
    AuditAction.HAND_OVER_ACCEPTED: _("Became responsible for your care"),
    AuditAction.HAND_OVER_RETURNED: _("Did not become responsible for your care"),
    AuditAction.HAND_OVER_WITHDRAWN: _("Took back the request to a colleague"),
    AuditAction.INTERVENTION_STARTED: _TRIED,
    AuditAction.INTERVENTION_CHANGED: _TRIED,
    AuditAction.INTERVENTION_STOPPED: _TRIED,
    AuditAction.LIFE_EVENT_ADDED: _("Added an event to the chart"),
    AuditAction.LIFE_EVENT_REMOVED: _("Removed an event from the chart"),
    AuditAction.ENTRY_VOIDED: _("Took out a wrong entry"),
    AuditAction.DETAILS_CHANGED: _("Corrected your details"),
    AuditAction.CONSENT_DECIDED: _("Recorded an agreement"),
    AuditAction.PLAN_STARTED: _RHYTHM,
    AuditAction.PLAN_CHANGED: _RHYTHM,
    AuditAction.PLAN_PAUSED: _RHYTHM,
    AuditAction.CHECK_IN_SUBMITTED: _CHECK_IN,
    AuditAction.RISK_ANSWERED: _CHECK_IN,
    AuditAction.CHECK_IN_CORRECTED: _("Corrected a check-in"),
    AuditAction.OWN_ITEM_SET: _("Changed your own question"),
    AuditAction.LINK_OPENED: _("Opened a check-in from a message"),
    AuditAction.SAFETY_PLAN_SAVED: _("Saved the safety plan"),
    AuditAction.REVIEW_PREPARED: _("Prepared a review"),
    AuditAction.ACTION_AGREED: _("Recorded what was agreed"),
    AuditAction.ACTION_DONE: _("Marked something agreed as done"),
    AuditAction.ACTION_REOPENED: _("Marked something agreed as not done"),
    AuditAction.DATA_DOWNLOADED: _("Downloaded your data"),
    AuditAction.DATA_REQUESTED: _("Asked the clinic about the data"),
    AuditAction.DATA_REQUEST_ANSWERED: _("Answered your request"),
    AuditAction.SERIES_IMPORTED: _("Added measurements"),
    AuditAction.SESSION_RECORDED: _TRIED,
    AuditAction.EXPECTATION_SET: _TRIED,
    AuditAction.CONTACT_RECORDED: _("Recorded that the clinic tried to reach you"),
    AuditAction.CONTEXT_NOTED: _("Recorded the background to your treatment"),
    AuditAction.SUMMARY_READ: _("Opened the summary of your record"),
}
# The same action on another thing reads differently.
WORDS_OF_THINGS: Mapping[tuple[str, str], str | Promise] = {
    (AuditAction.EPISODE_READ, "safetyplan"): _("Read your safety plan"),
    (AuditAction.EPISODE_READ, "datarequest"): _("Read your request"),
    (AuditAction.PLAN_CHANGED, "review"): _("Planned a review"),
}
# A kind of line that has no words yet is shown all the same.
OTHER_WORDS = _("Worked with your record")


@dataclass(frozen=True, kw_only=True)
class DayOfAccess:
    """What one person did on one day, as often as that."""

    on: date
    first_at: datetime
    last_at: datetime
    who: str
    title: str
    what: str
    times: int

    @property
    def is_within_a_minute(self) -> bool:
        """Say whether one time of day tells it all."""
        return self.first_at.replace(second=0, microsecond=0) == self.last_at.replace(second=0, microsecond=0)


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """One page of the log, and how many lines are the patient's own."""

    visits: list[DayOfAccess]
    page: Page[AuditEvent]
    own_count: int


def read(patient: Patient, *, with_own: bool, page: int) -> AccessLog:
    """Return one page of what people did with a patient's record, the newest first.

    Args:
        patient: whose record.
        with_own: whether the patient's own lines are among them.
        page: number from 1; what lies outside gives the nearest page there is.
    """
    everybody = lines(patient)
    shown = everybody if with_own else everybody.exclude(actor_id=patient.user_id)
    days = Paginator(shown, LINES_PER_PAGE).get_page(page)
    own_count = everybody.filter(actor_id=patient.user_id).count()
    return AccessLog(visits=fold(visits(patient, days.object_list)), page=days, own_count=own_count)


def lines(patient: Patient) -> QuerySet[AuditEvent]:
    """Return every line that a person, not a job, left about a patient, the newest first."""
    about = AuditEvent.objects.filter(clinic_id=current_clinic_id(), patient_id=patient.pk, actor_id__isnull=False)
    return about.order_by("-at", "-id")


def visits(patient: Patient, events: Iterable[AuditEvent]) -> list[DayOfAccess]:
    """Return lines in words, one by one."""
    rows = list(events)
    names, titles = _names(rows), _titles(patient, rows)
    return [
        DayOfAccess(
            on=timezone.localtime(event.at).date(),
            first_at=event.at,
            last_at=event.at,
            who=names.get(event.actor_id, ""),
            title=titles.get(event.actor_id, ""),
            what=words_for(event),
            times=1,
        )
        for event in rows
    ]


def words_for(event: AuditEvent) -> str:
    """Return what a line says to the patient."""
    of_thing = WORDS_OF_THINGS.get((event.action, event.object_kind))
    return str(of_thing or WORDS.get(event.action, OTHER_WORDS))


def fold(days: Iterable[DayOfAccess]) -> list[DayOfAccess]:
    """Join neighbouring lines of one person, one day and one kind into one."""
    folded = []
    for _key, group in groupby(days, key=lambda visit: (visit.on, visit.who, visit.what)):
        same = list(group)
        folded.append(replace(same[0], first_at=same[-1].first_at, times=len(same)))
    return folded


def _names(events: Iterable[AuditEvent]) -> dict[UUID | None, str]:
    """Return the names of those who acted."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={event.actor_id for event in events})}


def _titles(patient: Patient, events: Iterable[AuditEvent]) -> dict[UUID | None, str]:
    """Return what those who acted are to the patient: the part in the care team, else the role in the clinic."""
    actors = {event.actor_id for event in events}
    titles: dict[UUID | None, str] = {}
    for role in ClinicRole.objects.filter(user__in=actors).order_by("since"):
        titles[role.user_id] = gettext(role.title) if role.title else role.get_role_display()
    members = CareTeamMembership.objects.filter(episode__patient=patient, user__in=actors).order_by("joined_at")
    titles.update({member.user_id: member.get_profession_display() for member in members})
    return titles
