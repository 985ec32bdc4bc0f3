"""Who a patient is beside the name, until when an invitation works, and warnings beside what is being tried."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import template

from patients.care import interactions
from patients.clinics import hours
from patients.models import Invitation
from patients.people import identities

if TYPE_CHECKING:
    from patients.models import Patient

register = template.Library()


@register.filter(is_safe=True)
def isolated(words: object) -> str:
    """Keep a name that runs from the right from turning round the numbers beside it, inside of a sentence."""
    return identities.isolated(str(words))


@register.filter
def identity(patient: "Patient") -> str:
    """Return what tells a patient from another one of the same name."""
    return identities.words(patient.birth_date, patient.external_id)


@register.simple_tag
def works_until(invitation: Invitation, *, for_reader: bool = False) -> str:
    """Return the moment at which an invitation ends, on the clinic's clock with its place.

    Args:
        invitation: which.
        for_reader: whether the person who was invited reads it: a patient's own time is told too, where it is another.
    """
    zone = invitation.patient.time_zone if for_reader and invitation.patient else None
    form = "l j F, H:i" if for_reader else "D j M, H:i"
    return hours.moment_in_words(invitation.clinic, invitation.expires_at, reader_zone=zone, form=form)


@register.inclusion_tag("patients/parts/interaction_warnings.html")
def interaction_warnings(running: Iterable[Any]) -> dict[str, Any]:
    """Warn of pairs of the clinic's list that are active, in the clinic's words."""
    return {"pairs": interactions.warnings([tried.name for tried in running])}
