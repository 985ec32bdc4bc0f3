"""A form filled in by its pages, with a safety answer in it, and the alert that comes of it."""

from typing import Any

from monitoring.alerts import alerts
from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.models import Alert, CheckInDraft
from monitoring.models.alerts import ActionCode, AlertKind
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
