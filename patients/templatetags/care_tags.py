"""Warnings that stand beside what is being tried."""

from collections.abc import Iterable
from typing import Any

from django import template

from patients.care import interactions

register = template.Library()


@register.inclusion_tag("patients/parts/interaction_warnings.html")
def interaction_warnings(running: Iterable[Any]) -> dict[str, Any]:
    """Warn of pairs of the clinic's list that are active, in the clinic's words."""
    return {"pairs": interactions.warnings([tried.name for tried in running])}
