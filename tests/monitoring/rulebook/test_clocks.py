"""The clocks in the table are the clocks that run."""

from monitoring.escalation.clocks import ANSWER_MINUTES
from monitoring.plans.forms import INSTRUMENT_WEEKS
from monitoring.rulebook import clocks


def test_the_clock_of_an_urgent_alert_is_the_one_that_runs() -> None:
    [urgent] = [row for row in clocks.ALERTS.rows if row.rule == "Urgent"]

    assert urgent.line.startswith(f"{ANSWER_MINUTES} staffed minutes")


def test_the_rhythm_of_questionnaires_is_the_one_of_new_plans() -> None:
    assert any(f"every {INSTRUMENT_WEEKS} weeks" in row.line for row in clocks.PLANS.rows)
