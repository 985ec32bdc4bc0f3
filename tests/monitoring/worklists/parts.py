"""The parts of a page of the caseload, as its heads part them."""

from monitoring.worklists.caseload_rows import CaseloadRow
from monitoring.worklists.caseloads import Caseload


def waiting(page: Caseload) -> list[CaseloadRow]:
    """Return those who wait for someone now: they come first, looked at or not."""
    return [row for row in page.rows if row.is_waiting]


def changed(page: Caseload) -> list[CaseloadRow]:
    """Return those who changed since this person last looked."""
    return [row for row in page.rows if row.has_changed and not row.is_waiting]


def unchanged(page: Caseload) -> list[CaseloadRow]:
    """Return those who neither wait nor changed."""
    return [row for row in page.rows if not row.has_changed and not row.is_waiting]
