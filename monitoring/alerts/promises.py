"""What patients are told about who acts on their answers, and by when: worked out from the alert, and nothing else.

Its owner, its place in the queue and its clock say it, in one place, so that the page of help, the receipt and the
start page cannot contradict each other, and none of them promises what the queue does not do.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from monitoring.models import Alert, AlertEvent, CheckInSlot
from monitoring.models.alerts import BRINGS_EVIDENCE, PRESSING_FIRST, AlertKind
from patients.clinics import hours
from patients.models import Episode

# What is promised anything; and what the page of help, and the one about the body, speak of.
EVERY = (AlertKind.RISK_ANSWER, AlertKind.BODY_WARNING, AlertKind.CONTACT_WISH)
ABOUT_SAFETY = (AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH)
ABOUT_BODY = (AlertKind.BODY_WARNING,)


def open_promises(
    episode: Episode, *, slot: CheckInSlot | None = None, kinds: Collection[AlertKind] = EVERY, at: datetime
) -> list[str]:
    """Return a sentence for each answer that a person has to act on and has not closed; first the most pressing.

    Args:
        episode: whose answers.
        slot: the one week to speak of; all of them when None. An answer of a form not sent yet has no week.
        kinds: the matters to speak of.
        at: now. A time that is over is not promised.
    """
    waiting = Alert.objects.open().filter(episode=episode, kind__in=_WORDS).select_related("episode__clinic", "owner")
    if slot is not None:
        events = AlertEvent.objects.filter(alert=OuterRef("pk"), said__contains=[{"slot": str(slot.pk)}])
        waiting = waiting.filter(Exists(events) | Q(check_in__slot=slot))
    found = {alert.kind: alert for alert in waiting if alert.kind in kinds}
    zone = episode.patient.time_zone
    return [words(found[kind], _when(found[kind], zone, at)) for kind, words in _WORDS.items() if kind in found]


def _when(alert: Alert, zone: str, at: datetime) -> str:
    """Return until when an alert is to be answered; empty when that is not known, or over."""
    if alert.due_at is None or alert.due_at < at:
        return ""
    return hours.moment_in_words(alert.episode.clinic, alert.due_at, reader_zone=zone)


def _answer(alert: Alert, when: str) -> str:
    """Say who has a safety answer or where it stands, and by when it is looked at; never that it is one."""
    if _has_seen(alert):
        stands = _("%(name)s from your team has your answer.") % {"name": alert.owner}
    elif _is_first(alert):
        stands = _("Your answer is first on your team's list.")
    else:
        stands = _("Your answer is on your team's list.")
    if when:
        return _("%(stands)s They will look at it by %(when)s.") % {"stands": stands, "when": when}
    if alert.due_at is None:
        return stands
    return _("%(stands)s They are later than we said. Please do not wait for them if you are not safe.") % {
        "stands": stands
    }


def _has_seen(alert: Alert) -> bool:
    """Say whether its owner has done anything since the newest answer came: before, no one has it."""
    events = AlertEvent.objects.filter(alert=alert)
    newest = events.filter(kind__in=BRINGS_EVIDENCE).order_by("-at", "-id").first()
    acted = events.filter(Q(by=alert.owner_id) | Q(receiver=alert.owner_id)) if alert.owner_id else events.none()
    return newest is not None and acted.filter(at__gte=newest.at).exists()


def _is_first(alert: Alert) -> bool:
    """Say whether no other open alert of the clinic is dealt with before this one, in whoever's list."""
    return Alert.objects.open().order_by(*PRESSING_FIRST).values_list("pk", flat=True).first() == alert.pk


def _body(alert: Alert, when: str) -> str:
    """Say that an answer about the body is looked at, and by when."""
    if when:
        return _("Your answer about your body is on your team's list. They will look at it by %(when)s.") % {
            "when": when
        }
    if alert.due_at is None:
        return _("Your answer about your body is on your team's list.")
    return _(
        "Your answer about your body is on your team's list. They are later than we said. If it goes on or gets worse, please do not wait for them."
    )


def _call(_alert: Alert, when: str) -> str:
    """Say until when someone calls who was asked to."""
    if not when:
        return _("You asked us to call. Your request is still open.")
    return _("You asked us to call. We will call by %(when)s.") % {"when": when}


_WORDS = {AlertKind.RISK_ANSWER: _answer, AlertKind.BODY_WARNING: _body, AlertKind.CONTACT_WISH: _call}
