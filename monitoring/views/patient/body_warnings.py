"""What somebody reads who answered that the body gives a warning: what to do now, and who looks at the answer.

Medical text and nothing else. Safety answers have the page of help.
"""

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from monitoring.alerts import promises, screening
from monitoring.engine.records import FlagReason
from monitoring.views.patient import crisis
from patients.access.permissions import access, answerer
from patients.access.requests import SignedInRequest
from patients.clinics import crisis as numbers
from patients.clinics import hours

if TYPE_CHECKING:
    from monitoring.models.alerts import AlertKind

logger = logging.getLogger(__name__)

# What calls for the emergency number, by what was answered. Sources: docs/safety.md#warnings-of-the-body.
CALL_IF: Mapping[FlagReason, Promise] = {
    FlagReason.CHEST_PAIN: _(
        "Chest pain that is new, that comes at rest or lasts longer than 15 minutes, that spreads to an arm, the back, the neck or the jaw, or that comes with breathlessness, sweating or feeling sick: call now."
    ),
    FlagReason.FAINTING: _(
        "If you fainted and are not fully yourself again, have chest pain or an irregular heartbeat, have hurt yourself badly, or were lying down or exercising when it happened: call now."
    ),
    FlagReason.BREATHLESSNESS: _(
        "If you are gasping or cannot get your words out, if your chest feels tight or heavy, if your lips or skin turn pale, blue or grey, or if you are suddenly confused: call now."
    ),
    FlagReason.RASH: _("A rash with fever, swollen glands or face, blisters, or sores in the mouth or eyes: call now."),
    FlagReason.FIT: _(
        "If it was your first fit, lasted longer than 5 minutes or came again, or if you are hurt or not fully yourself again: call now."
    ),
    FlagReason.BLEEDING: _(
        "Heavy bleeding, vomited blood, or bleeding that does not stop within 10 minutes: call now."
    ),
}
# What is hard to bear and can be treated, and is for a doctor today and not for an ambulance.
RING_TODAY: Mapping[FlagReason, Promise] = {
    FlagReason.RASH: _(
        "With the medicine you take, a severe rash has to be seen by a doctor today, even without any of this."
    ),
    FlagReason.FIT: _("Any other fit has to be known by a doctor today. Please do not drive until then."),
    FlagReason.BLEEDING: _("Black or red stools: ring a doctor today."),
    FlagReason.AGITATION: _(
        "Being restless and tense inside at the same time can be very hard to bear, and it can be treated. Ring a doctor or your clinic today. Please do not change your medicines by yourself."
    ),
}

# Both, in the order in which they are told.
TEXTS = (CALL_IF, RING_TODAY)


def on_the_way(owed: "Collection[AlertKind]", url: str) -> str:
    """Return the address to go to: the pages that are owed, each leading to the next, and then the one that was meant."""
    for kind in reversed([*owed]):
        url = f"{reverse(screening.AT_ONCE[kind])}?{urlencode({'next': url})}"
    return url


@require_GET
@access("check_in.answer")
def body_warning(request: SignedInRequest) -> HttpResponse:
    """Say what to do about what was answered, and who looks at it; lead on where nothing was."""
    episode, slot = crisis.answered_form(request)
    carry_on, now = crisis.own_address(request, "next"), timezone.now()
    reasons = screening.body_reasons(episode, slot=slot)
    if not reasons:
        return HttpResponseRedirect(carry_on or reverse("home"))
    try:
        screening.record_help_shown(episode=episode, slot=slot, is_about_body=True, by=answerer(request), at=now)
    except DatabaseError:
        logger.exception("it could not be noted that a warning was shown")
    zone = episode.patient.time_zone
    page = {
        "texts": [CALL_IF[reason] for reason in reasons if reason in CALL_IF],
        "today": [RING_TODAY[reason] for reason in reasons if reason in RING_TODAY],
        "contacts": numbers.emergency_numbers(request.clinic),
        "promises": promises.open_promises(episode, slot=slot, kinds=promises.ABOUT_BODY, at=now),
        "hours": hours.in_words(request.clinic, now, reader_zone=zone),
        "is_staffed": hours.is_staffed(request.clinic, now),
        "opens": hours.opening_in_words(request.clinic, now, reader_zone=zone),
        "next": carry_on,
        "is_sent": crisis.route_of(crisis.last_address(carry_on)) in crisis.AFTER_SENDING,
        "back": crisis.way_back(request, carry_on),
    }
    return TemplateResponse(request, "monitoring/patient/body_warning.html", page)
