"""Tables of people, their care, their consent, and the record of who looked."""

from patients.models.audit import AuditEvent
from patients.models.care import CareTeamMembership, Episode, Intervention, InterventionDose, LifeEvent
from patients.models.consent import Consent
from patients.models.context import ContextNote, InteractionPair
from patients.models.exposure import Expectation, Session
from patients.models.people import Absence, Clinic, ClinicRole, Invitation, Patient, User
from patients.models.rights import DataRequest, SafetyPlan

__all__ = [
    "Absence",
    "AuditEvent",
    "CareTeamMembership",
    "Clinic",
    "ClinicRole",
    "Consent",
    "ContextNote",
    "DataRequest",
    "Episode",
    "Expectation",
    "InteractionPair",
    "Intervention",
    "InterventionDose",
    "Invitation",
    "LifeEvent",
    "Patient",
    "SafetyPlan",
    "Session",
    "User",
]
