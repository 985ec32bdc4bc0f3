"""A backtest: other rules on the clinic's own past, counted by hand, and never a trace of it in the tables."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring import engine
from monitoring.alerts import alerts, evidence
from monitoring.assessments import assessments, backtests, nightly
from monitoring.assessments.backtests import UnknownRule
from monitoring.engine import InvalidRules
from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode, AlertKind
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.care import InterventionKind
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.assessments.acted import RULES


def days(weeks_ago: int) -> int:
    return ((NOW - WEEK * weeks_ago).date() - nightly.DAY_ZERO).days


def run(rules: engine.RuleSet = RULES) -> backtests.Result:
    return backtests.compare({"rules": rules}, at=NOW)["rules"]


def test_the_count_is_the_one_by_hand(past: World) -> None:
    result = run()

    # The first alert when the fall has come, the next eight weeks later; it stays bad for sixteen weeks.
    assert (result.alerts, result.people) == (2, 1)
    # Two people, thirty check-ins, of which the first eight weeks are learning.
    assert result.patient_years == pytest.approx(2 * 22 / 52, abs=0.01)
    assert result.per_year == pytest.approx(2 / (2 * 22 / 52), abs=0.01)
    assert result.per_week == pytest.approx(2 / 26, abs=0.01)


def test_louder_and_quieter_cuts_count_more_and_less(past: World) -> None:
    loud, quiet = (backtests.parse({"kernel_review": cut}, base=RULES) for cut in (-12, 90))
    deaf = backtests.parse({"guard_mean_two": 90, "guard_mean_one": 90, "guard_domain_two": 90}, base=quiet)

    assert run(loud).people == 2
    assert run(quiet).alerts >= 1, "the guard rail has no budget"
    assert run(deaf).alerts == 0


def test_acted_on_is_an_action_within_thirty_days(past: World) -> None:
    assert run().acted_on == 0

    assessments.assess_episode(episode_id=past.episode.pk, at=NOW - WEEK * 6 + timedelta(hours=1))
    alert = evidence.raise_alert(
        episode=past.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW - WEEK * 7
    )
    alert = Alert.objects.get(pk=alert.pk)
    alerts.close(
        alert=alert,
        by=past.chris,
        version=alert.version,
        action=ActionCode.MEDICINE_REVIEWED,
        note="Raised the dose.",
        at=NOW - WEEK * 6,
    )

    [past_now] = list(backtests.load(RULES, backtests.load_events()))
    fired = past_now.people.days[backtests.raised(past_now, RULES)]
    expected = sum(0 <= days(6) - day <= 30 for day in fired) / len(fired)
    assert expected == 0.5
    assert run().acted_on == expected


def test_nothing_needed_is_no_action(past: World) -> None:
    alert = evidence.raise_alert(
        episode=past.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW - WEEK * 7
    )
    action = ActionCode.NOTHING_NEEDED
    alerts.close(alert=alert, by=past.chris, version=alert.version, action=action, note="Grief.", at=NOW - WEEK * 6)

    assert run().acted_on == 0


def test_weeks_round_a_change_of_medicine_are_not_stable(past: World) -> None:
    before = run()
    treatments.start_intervention(
        episode=past.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - WEEK * 14).date(),
        dose=Dose(label="50 mg"),
        by=past.chris,
        at=NOW,
    )

    after = run()

    assert after.patient_years == before.patient_years
    # Seventeen of Ann's check-ins lie within eight weeks of the day.
    assert before.stable_years - after.stable_years == pytest.approx(16 / 52, abs=1.1 / 52)
    assert after.stable_per_year < before.stable_per_year


def test_a_backtest_reads_only(past: World) -> None:
    with CaptureQueriesContext(connection) as queries:
        run()

    verbs = {query["sql"].split()[0] for query in queries}
    assert verbs == {"SELECT"}


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ({"kernel_revue": -2}, "kernel_revue is not the name of a rule"),
        ({"version": 2}, "version is not the name of a rule"),
        ({"lost_days": 14}, "lost_days does not change which rating alerts are raised"),
        ({"kernel_review": "low"}, "kernel_review = 'low' is not a number"),
        ({"kernel_review": True}, "kernel_review = True is not a number"),
        ({"kernel": {"review": -2}}, "kernel is not the name of a rule"),
    ],
)
def test_a_rule_file_is_checked_name_by_name(rules: dict[str, object], problem: str) -> None:
    with pytest.raises(UnknownRule, match=problem):
        backtests.parse(rules, base=RULES)


def test_a_number_that_no_engine_can_use_is_refused() -> None:
    with pytest.raises(InvalidRules):
        backtests.parse({"kernel_review": 5000}, base=RULES)


def test_another_clinics_past_is_not_looked_at(past: World, tmp_path: Path) -> None:
    rules, out = tmp_path / "rules.toml", StringIO()
    rules.write_text("")

    call_command("backtest", str(rules), "--clinic", "Southbank Clinic", stdout=out)

    assert '"alerts": 0' in out.getvalue()
