"""Tables of people, their care, their consent, and the record of who looked."""

from patients.models.audit import AuditEvent
from patients.models.care import CareTeamMembership, Episode, Intervention, InterventionDose, LifeEvent
from patients.models.consent import Consent
from patients.models.people import Clinic, ClinicRole, Invitation, Patient, User

__all__ = [
    "AuditEvent",
    "CareTeamMembership",
    "Clinic",
    "ClinicRole",
    "Consent",
    "Episode",
    "Intervention",
    "InterventionDose",
    "Invitation",
    "LifeEvent",
    "Patient",
    "User",
]
