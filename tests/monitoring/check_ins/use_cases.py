"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from monitoring.check_ins import check_ins, drafts, open_forms
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.paper import papers
from monitoring.engine.records import Domain
from monitoring.models import CheckInSlot
from tests import factories
from tests.scenes import Scene


def refused_form(scene: Scene) -> dict[str, Any]:
    given = week(scene)
    slot = CheckInSlot.objects.get(pk=given["slot_id"])
    return {"episode": given["episode"], "slot": slot, "answers": given["answers"]}


def risky_draft(scene: Scene) -> Any:
    draft = open_forms.open_form(scene.world.episode, at=timezone.now()).draft
    return {"draft": draft, "answers": {"PHQ-9": factories.phq9(item_9=3)}, "episode": scene.world.episode}


def week(scene: Scene) -> dict[str, Any]:
    answers = CheckInAnswers(ratings=dict.fromkeys(Domain, 5), items={"PHQ-9": factories.phq9(item_9=2)})
    slot_id = scene.furnished.north.slot_id
    return {"episode": scene.world.episode, "slot_id": slot_id, "client_key": uuid4(), "answers": answers}


def paper(scene: Scene) -> dict[str, Any]:
    answers = CheckInAnswers(ratings={Domain.MOOD: 4}, items={"PHQ-9": factories.phq9(item_9=2)})
    on = timezone.now().date() - timedelta(days=40)
    return {"episode": scene.world.bens_episode, "on": on, "client_key": uuid4(), "answers": answers}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    drafts.save_answers: risky_draft,
    check_ins.submit: week,
    check_ins.screen_refused: refused_form,
    papers.enter: paper,
}
