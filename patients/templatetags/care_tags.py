"""Who a patient is beside the name, and warnings that stand beside what is being tried."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import template

from patients.care import interactions
from patients.people import identities

if TYPE_CHECKING:
    from patients.models import Patient

register = template.Library()


@register.filter
def identity(patient: "Patient") -> str:
    """Return what tells a patient from another one of the same name."""
    return identities.words(patient.birth_date, patient.external_id)


@register.inclusion_tag("patients/parts/interaction_warnings.html")
def interaction_warnings(running: Iterable[Any]) -> dict[str, Any]:
    """Warn of pairs of the clinic's list that are active, in the clinic's words."""
    return {"pairs": interactions.warnings([tried.name for tried in running])}
