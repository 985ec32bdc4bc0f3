"""Who did or saw what. No foreign keys: the record must outlive and never hinder what it is about."""

from django.db import models

from patients.tenancy import uuid7


class AuditAction(models.TextChoices):
    """Everything that leaves a trace."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    CLINIC_CHOSEN = "clinic_chosen"
    ACCESS_DENIED = "access_denied"
    EPISODE_READ = "episode_read"
    CASELOAD_READ = "caseload_read"
    ALERT_READ = "alert_read"
    PERSON_INVITED = "person_invited"
    INVITATION_REVOKED = "invitation_revoked"
    INVITATION_ACCEPTED = "invitation_accepted"
    ROLE_CONFIRMED = "role_confirmed"
    ROLE_REFUSED = "role_refused"
    ROLE_GRANTED = "role_granted"
    CLAIM_CODE_MADE = "claim_code_made"
    CLAIM_CODE_WRONG = "claim_code_wrong"
    CLAIM_UNDONE = "claim_undone"
    ROLE_ENDED = "role_ended"
    CLINIC_CHANGED = "clinic_changed"
    PATIENT_ADDED = "patient_added"
    EPISODE_OPENED = "episode_opened"
    EPISODE_ENDED = "episode_ended"
    TEAM_JOINED = "team_joined"
    TEAM_LEFT = "team_left"
    HAND_OVER_ASKED = "hand_over_asked"
    HAND_OVER_READ = "hand_over_read"
    HAND_OVER_ACCEPTED = "hand_over_accepted"
    HAND_OVER_RETURNED = "hand_over_returned"
    HAND_OVER_WITHDRAWN = "hand_over_withdrawn"
    HAND_OVER_LAPSED = "hand_over_lapsed"
    INTERVENTION_STARTED = "intervention_started"
    INTERVENTION_CHANGED = "intervention_changed"
    INTERVENTION_STOPPED = "intervention_stopped"
    LIFE_EVENT_ADDED = "life_event_added"
    LIFE_EVENT_REMOVED = "life_event_removed"
    ENTRY_VOIDED = "entry_voided"
    DETAILS_CHANGED = "details_changed"
    CONSENT_DECIDED = "consent_decided"
    PLAN_STARTED = "plan_started"
    PLAN_CHANGED = "plan_changed"
    CHECK_IN_SUBMITTED = "check_in_submitted"
    RISK_ANSWERED = "risk_answered"
    EPISODE_ASSESSED = "episode_assessed"
    ALERT_RAISED = "alert_raised"
    ALERT_REOPENED = "alert_reopened"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_STARTED = "alert_started"
    ALERT_GIVEN = "alert_given"
    ALERT_CLOSED = "alert_closed"
    CONTACT_RECORDED = "contact_recorded"
    PLAN_PAUSED = "plan_paused"
    CHECK_IN_CORRECTED = "check_in_corrected"
    OWN_ITEM_SET = "own_item_set"
    LINK_OPENED = "link_opened"
    SAFETY_PLAN_SAVED = "safety_plan_saved"
    REVIEW_PREPARED = "review_prepared"
    ACTION_AGREED = "action_agreed"
    ACTION_DONE = "action_done"
    ACTION_REOPENED = "action_reopened"
    DATA_DOWNLOADED = "data_downloaded"
    DATA_REQUESTED = "data_requested"
    DATA_REQUEST_ANSWERED = "data_request_answered"
    SESSIONS_ENDED = "sessions_ended"
    SERIES_IMPORTED = "series_imported"
    RULES_CHANGED = "rules_changed"
    SESSION_RECORDED = "session_recorded"
    EXPECTATION_SET = "expectation_set"
    CONTEXT_NOTED = "context_noted"
    INTERACTIONS_CHANGED = "interactions_changed"
    SUMMARY_READ = "summary_read"
    OUTCOMES_READ = "outcomes_read"
    LANGUAGE_CHOSEN = "language_chosen"
    ABSENCE_PLANNED = "absence_planned"
    ABSENCE_ENDED = "absence_ended"
    POLICY_CHANGED = "policy_changed"
    DRILL_HELD = "drill_held"
    ALERT_STILL_ON_IT = "alert_still_on_it"
    ALERT_NOT_ME = "alert_not_me"
    ALERT_SNOOZED = "alert_snoozed"
    LEVEL_AGREED = "level_agreed"
    LEVEL_ENDED = "level_ended"
    MESSAGES_CHOSEN = "messages_chosen"


class AuditEvent(models.Model):
    """One line of the audit log; added only. Holds identifiers, never content."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    # One of AuditAction. Choices would make each new one a migration that changes no table.
    action = models.CharField(max_length=32)
    actor_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=36, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        """Serves "who saw this patient" and "what did this person do"."""

        indexes = [
            models.Index(fields=["clinic_id", "patient_id", "-at"], name="patients_audit_by_patient"),
            models.Index(fields=["clinic_id", "actor_id", "-at"], name="patients_audit_by_actor"),
        ]

    def __str__(self) -> str:
        """Return the action and its time."""
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"
