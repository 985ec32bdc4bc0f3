"""Tables of monitoring, one module per noun."""

from monitoring.models.alerts import Alert, AlertEvent
from monitoring.models.assessments import Assessment, Need, Signal
from monitoring.models.budgets import BudgetChange, ClinicBudget
from monitoring.models.care import Contact, Discharge, HandOver, HandOverLetter
from monitoring.models.check_ins import CheckIn, CheckInDraft, ClinicInstrument, MedicineReport, Score, Sighting
from monitoring.models.escalation import EscalationStep, ExpectedLevel, ResponsePolicy
from monitoring.models.heartbeats import Heartbeat
from monitoring.models.notifications import MessageChoice, Notification, PushBrowser
from monitoring.models.plans import CheckInLink, CheckInSlot, MonitoringPlan, OwnItem
from monitoring.models.reviews import AgreedAction, Review

__all__ = [
    "AgreedAction",
    "Alert",
    "AlertEvent",
    "Assessment",
    "BudgetChange",
    "CheckIn",
    "CheckInDraft",
    "CheckInLink",
    "CheckInSlot",
    "ClinicBudget",
    "ClinicInstrument",
    "Contact",
    "Discharge",
    "EscalationStep",
    "ExpectedLevel",
    "HandOver",
    "HandOverLetter",
    "Heartbeat",
    "MedicineReport",
    "MessageChoice",
    "MonitoringPlan",
    "Need",
    "Notification",
    "OwnItem",
    "PushBrowser",
    "ResponsePolicy",
    "Review",
    "Score",
    "Sighting",
    "Signal",
]
