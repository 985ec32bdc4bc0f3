"""Tables of monitoring, one module per noun."""

from monitoring.models.alerts import Alert, AlertEvent
from monitoring.models.assessments import Assessment, Signal
from monitoring.models.budgets import BudgetChange, ClinicBudget
from monitoring.models.check_ins import CheckIn, CheckInDraft, ClinicInstrument, Score, Sighting
from monitoring.models.heartbeats import Heartbeat
from monitoring.models.notifications import Notification
from monitoring.models.plans import CheckInSlot, MonitoringPlan

__all__ = [
    "Alert",
    "AlertEvent",
    "Assessment",
    "BudgetChange",
    "CheckIn",
    "CheckInDraft",
    "CheckInSlot",
    "ClinicBudget",
    "ClinicInstrument",
    "Heartbeat",
    "MonitoringPlan",
    "Notification",
    "Score",
    "Sighting",
    "Signal",
]
