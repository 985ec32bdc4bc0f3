"""A form filled in by its pages, with a safety answer in it, and the alert that comes of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import alerts
from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.models import Alert, CheckInDraft
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


def begin(world: World, *, at=NOW) -> CheckInDraft:
    factories.open_week(world.episode, at=at)
    return drafts.begin(episode=world.episode, is_short=False, at=at)


def tap(world: World, draft: CheckInDraft, answer: int | None, *, at=NOW) -> tuple[AlertKind, ...]:
    items = factories.phq9(item_9=answer)
    return drafts.save_answers(draft=draft, answers={"PHQ-9": items}, episode=world.episode, by=world.ann, at=at)


def send(world: World, draft: CheckInDraft, items: dict[str, Any], *, at=NOW) -> Any:
    answers = CheckInAnswers(ratings={}, items=items, note="Sent.")
    return check_ins.submit(
        episode=world.episode, slot_id=draft.slot_id, client_key=draft.client_key, answers=answers, by=world.ann, at=at
    )


def the_alert() -> Alert:
    return Alert.objects.select_related("episode__patient", "check_in", "signal", "owner").get(
        kind=AlertKind.RISK_ANSWER
    )


def page(answer: int) -> dict[str, str]:
    return {f"PHQ-9_{code}": str(value) for code, value in factories.phq9(item_9=answer).items()}


def leads_to_help(answer: Any) -> bool:
    return "/help/" in answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")


def close(world: World, alert: Alert, *, action: ActionCode = ActionCode.TALKED, **more: Any) -> Alert:
    given = {"alert": alert, "by": world.chris, "version": alert.version, "action": action, "note": "Done.", "at": NOW}
    return alerts.close(**{**given, **factories.read(alert), **more})


def past_the_ratings(world: World, client: Client, *, instruments: Mapping[str, int] | None = None) -> Client:
    """Return Ann's browser in a form that she began today, past the five ratings."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        weekday = (now - timedelta(days=1)).isoweekday()
        factories.make_plan(
            world.episode, weekday=weekday, **({"instruments": dict(instruments)} if instruments else {})
        )
        plans.open_due_slots(at=now)
    client.force_login(world.ann)
    client.post(reverse("start_check_in"), {"form": "full"})
    for number in range(1, 6):
        client.post(reverse("check_in_step", args=[number]), {"value": "5"})
    return client
