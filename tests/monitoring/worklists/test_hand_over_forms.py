"""What the browser may send about a hand-over and about the end of care."""

from datetime import date

from monitoring.worklists.transfers import hand_overs
from monitoring.worklists.transfers.hand_over_forms import REASON_LIMIT, AnswerForm, DischargeForm, HandOverForm
from tests.conftest import World


def test_only_those_who_can_be_asked_are_offered(north: World) -> None:
    receivers = hand_overs.receivers(north.episode)

    assert HandOverForm({"to": str(north.dana.pk)}, receivers=receivers).is_valid()
    assert "to" in HandOverForm({"to": str(north.chris.pk)}, receivers=receivers).errors


def test_an_answer_names_the_version_it_was_given_on() -> None:
    assert "version" in AnswerForm({"reason": "No room."}).errors
    assert "reason" in AnswerForm({"version": "1", "reason": "x" * (REASON_LIMIT + 1)}).errors


def test_the_end_of_care_says_who_takes_over_and_asks_about_an_account_where_there_is_one() -> None:
    without = DischargeForm({"on": "2026-11-16"}, today=date(2026, 11, 16), has_account=True)
    whole = {"on": "2026-11-16", "takes_over": "Dr Gray"}

    assert set(without.errors) == {"takes_over", "account"}
    assert DischargeForm(whole, today=date(2026, 11, 16), has_account=False).is_valid()
    closing = DischargeForm(whole | {"account": "close"}, today=date(2026, 11, 16), has_account=True)
    assert closing.is_valid() and not closing.keeps_account
