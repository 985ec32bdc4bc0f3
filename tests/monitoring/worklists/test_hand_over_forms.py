"""What the browser may send about a hand-over."""

from monitoring.worklists import hand_overs
from monitoring.worklists.hand_over_forms import REASON_LIMIT, AnswerForm, HandOverForm
from tests.conftest import World


def test_only_those_who_can_be_asked_are_offered(north: World) -> None:
    receivers = hand_overs.receivers(north.episode)

    assert HandOverForm({"to": str(north.dana.pk)}, receivers=receivers).is_valid()
    assert "to" in HandOverForm({"to": str(north.chris.pk)}, receivers=receivers).errors


def test_an_answer_names_the_version_it_was_given_on() -> None:
    assert "version" in AnswerForm({"reason": "No room."}).errors
    assert "reason" in AnswerForm({"version": "1", "reason": "x" * (REASON_LIMIT + 1)}).errors
