"""What patients are told about who acts on their answers, and by when: the due time of the alert, and nothing else.

One place says it, so that the page of help, the receipt and the start page cannot contradict each other.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.models import Alert, CheckInSlot
from monitoring.models.alerts import AlertKind
from patients.models import Episode


def open_promises(episode: Episode, *, slot: CheckInSlot | None = None, at: datetime) -> list[str]:
    """Return a sentence for each answer that a person has to act on and has not closed; first the most pressing.

    Args:
        episode: whose answers.
        slot: the one week to speak of; all of them when None. An answer of a form not sent yet has no week.
        at: now. A day that is over is not promised.
    """
    waiting = Alert.objects.open().filter(episode=episode, kind__in=_WORDS).select_related("episode__clinic")
    if slot is not None:
        waiting = waiting.filter(Q(check_in__isnull=True) | Q(check_in__slot=slot))
    kinds = {alert.kind: alert for alert in waiting}
    return [words(_day(kinds[kind], at)) for kind, words in _WORDS.items() if kind in kinds]


def _day(alert: Alert, at: datetime) -> date | None:
    """Return the clinic's day on which an alert is due; None when there is none, or when it is over."""
    if alert.due_at is None or alert.due_at < at:
        return None
    return alert.due_at.astimezone(ZoneInfo(alert.episode.clinic.time_zone)).date()


def _on_the_list(day: date | None) -> str:
    """Say where a risk answer stands; never that it is one."""
    if day is None:
        return _("Your answer is at the top of the list for your team.")
    return _("Your answer is at the top of the list for your team on %(day)s.") % {"day": date_format(day, "l j F")}


def _call(day: date | None) -> str:
    """Say until when somebody calls who was asked to."""
    if day is None:
        return _("You asked us to call. Your request is still open.")
    return _("You asked us to call. We call by %(day)s.") % {"day": date_format(day, "l j F")}


_WORDS = {AlertKind.RISK_ANSWER: _on_the_list, AlertKind.CONTACT_WISH: _call}
