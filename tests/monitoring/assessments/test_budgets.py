"""A clinic's own cut: tuned to a budget where its past suffices, bounded, reversible, written down, shown."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from monitoring import engine
from monitoring.assessments import assessments, backtests, budgets
from monitoring.assessments.budgets import BUDGETS, UnknownBudget, tune
from monitoring.engine import Tier
from monitoring.engine.budget import LEARNING_WEEKS, PUBLISHED_CUTS, alerts
from monitoring.engine.lab.people.simulate import Shape, simulate
from monitoring.models import BudgetChange, CheckIn, ClinicBudget
from monitoring.models.budgets import CutOrigin
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.assessments.pasts import make_past

RULES = engine.DEFAULT
SHIFTS = np.round(np.arange(-1.5, 1.51, 0.02), 2)
# A made-up clinic whose alerts halve with each .58 log-odds.
RATES = 0.5 * 2 ** (-SHIFTS / 0.58)
ENOUGH = {"weeks": 60.0, "people": 100, "years": 200.0}


@pytest.fixture(scope="module")
def seen_rates() -> tuple[np.ndarray, np.ndarray, float]:
    """Return (shifts, rates) measured on 200 simulated stable people over two years (docs/engine.md#site-budget)."""
    return rates_of(seed=4301, people=200)


def rates_of(*, seed: int, people: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Count the alerts of stable simulated people at each shift as docs/engine.md#how-well-one-command."""
    panel = simulate(n=people, seed=seed)
    scores = engine.score_batch(panel.ratings, panel.weeks)
    loud = np.where(scores.guard, np.inf, scores.score - RULES.kernel_review)
    counted = panel.weeks >= LEARNING_WEEKS
    years = people * counted.sum() / 52
    rates = [alerts(loud, panel.weeks, shift)[:, counted].sum() / years for shift in SHIFTS]
    return SHIFTS, np.array(rates), years


@pytest.mark.parametrize(
    ("budget", "past", "expected"),
    [
        (0.5, ENOUGH, (0.0, CutOrigin.OWN_PAST)),
        (1.0, ENOUGH, (-0.58, CutOrigin.OWN_PAST)),
        (0.25, ENOUGH, (0.58, CutOrigin.OWN_PAST)),
        (0.5, ENOUGH | {"weeks": 12.9}, (0.0, CutOrigin.TOO_SHORT)),
        (0.5, ENOUGH | {"people": 19}, (0.0, CutOrigin.TOO_LITTLE)),
        (0.5, ENOUGH | {"years": 31.9}, (0.0, CutOrigin.TOO_LITTLE)),
        (0.1, ENOUGH | {"years": 159.0}, (1.5, CutOrigin.TOO_LITTLE)),
        (2.0, ENOUGH | {"weeks": 4}, (-1.29, CutOrigin.TOO_SHORT)),
        (0.1, ENOUGH | {"years": 160.0}, (1.36, CutOrigin.OWN_PAST)),
    ],
)
def test_the_cut_is_the_loudest_that_keeps_to_the_budget(
    budget: float, past: dict[str, float], expected: tuple[float, str]
) -> None:
    assert tune(SHIFTS, RATES, budget=budget, **past) == expected


@pytest.mark.parametrize(("factor", "bound"), [(50, 1.5), (0.001, -1.5)], ids=["very loud", "very quiet"])
def test_a_cut_never_moves_further_than_the_bound(factor: float, bound: float) -> None:
    shift, origin = tune(SHIFTS, RATES * factor, budget=0.5, **ENOUGH)

    assert (shift, origin) == (bound, CutOrigin.OWN_PAST_BOUNDED)


def test_tuning_on_two_hundred_people_holds_the_budget_on_others(seen_rates: tuple) -> None:
    """docs/engine.md#site-budget: re-tuning on 200 people, two years, brings the rate within 12 %, 9 times in 10."""
    shifts, rates, years = seen_rates
    _, fresh, _ = rates_of(seed=4302, people=1000)
    for budget in (0.5, 1.0):
        shift, origin = tune(shifts, rates, budget=budget, weeks=104, people=200, years=years)

        kept = fresh[np.flatnonzero(shifts == shift)[0]]

        assert origin == CutOrigin.OWN_PAST
        # Four standard errors of the count on both sides; the twelve per cent of the target are 1.6 of them.
        assert kept == pytest.approx(budget, rel=4 * (1 / np.sqrt(budget * years) + 1 / np.sqrt(budget * years * 5)))


@pytest.mark.parametrize("budget", budgets.BUDGETS)
def test_the_published_curve_holds_on_other_people(budget: float, seen_rates: tuple) -> None:
    """docs/engine.md#site-budget; where the shift is at its bound the rate stays above the budget."""
    _shifts, _rates, years = seen_rates
    published = PUBLISHED_CUTS[budget]
    panel = simulate(n=1000, seed=4303)
    scores = engine.score_batch(panel.ratings, panel.weeks)
    loud = np.where(scores.guard, np.inf, scores.score - RULES.kernel_review)
    counted = panel.weeks >= LEARNING_WEEKS

    rate = alerts(loud, panel.weeks, published.shift)[:, counted].sum() / (1000 * counted.sum() / 52)

    assert rate == pytest.approx(published.rate, rel=4 / np.sqrt(published.rate * years * 5))
    assert published.rate == pytest.approx(budget, rel=0.05) or published.shift == engine.DEFAULT.site_cut_bound


def test_a_louder_budget_is_never_a_quieter_cut() -> None:
    cuts = [PUBLISHED_CUTS[budget] for budget in sorted(PUBLISHED_CUTS)]

    assert [cut.shift for cut in cuts] == sorted((cut.shift for cut in cuts), reverse=True)
    assert [cut.rate for cut in cuts] == sorted(cut.rate for cut in cuts)


def test_another_budget_moves_the_cut_before_there_is_any_past_and_says_what_to_expect(
    north: World, client: Client
) -> None:
    client.force_login(north.sam)
    expected = {}
    for budget in ("0.1", "2"):
        page = client.post(reverse("clinic_rules"), {"budget": budget, "is_on": "on"}, follow=True).content.decode()
        expected[budget] = budgets.load_page()
        assert f"about {expected[budget].false_alerts_a_month:.1f} false alerts a month are to be expected" in page

    assert expected["0.1"].cut == pytest.approx(engine.DEFAULT.kernel_review + 1.5)
    assert expected["2"].cut == pytest.approx(engine.DEFAULT.kernel_review - 1.29)
    people = expected["2"].people_in_care
    assert people > 1
    assert expected["2"].false_alerts_a_month == pytest.approx(2.01 * people / 12)
    assert expected["0.1"].false_alerts_a_month == pytest.approx(0.14 * people / 12)


def test_the_three_cuts_move_together_and_nothing_else_does() -> None:
    rules = budgets.shifted(0.5)

    moved = {one for one in vars(engine.DEFAULT) if getattr(rules, one, None) != getattr(engine.DEFAULT, one)}
    assert moved - {"digest"} == {"kernel_watch", "kernel_review", "kernel_priority"}
    assert rules.kernel_watch < rules.kernel_review < rules.kernel_priority
    assert rules.digest != engine.DEFAULT.digest


def test_a_clinic_without_a_choice_has_the_default(north: World) -> None:
    assert budgets.clinic_rules() is engine.DEFAULT
    assert budgets.present().budget == 0.5


def test_a_clinic_with_little_past_keeps_the_default_and_says_why(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 20).date())
    factories.make_history(north.episode, by=north.ann, moods=[6] * 20)

    row = budgets.measure(at=NOW)

    assert (row.shift, row.origin) == (0, CutOrigin.TOO_LITTLE)
    assert budgets.load_page().needed_years == 32
    assert budgets.changes() == []


@pytest.fixture
def measured(north: World) -> World:
    """Eighty simulated people over two years have been measured, on a budget that lets far more alerts through."""
    make_past(people=80, weeks=104, seed=77)
    ClinicBudget.objects.create(budget=2.0)
    budgets.measure(at=NOW)
    return north


def test_the_measured_cut_yields_the_budget_on_the_clinics_own_past(measured: World) -> None:
    page = budgets.load_page()
    line = page.measurement.line(2.0)

    assert page.present.origin == CutOrigin.OWN_PAST
    assert page.present.shift == line.shift < 0
    assert line.result.stable_per_year == pytest.approx(2.0, rel=0.05)
    assert line.result.stable_per_year <= 2.0
    assert page.measurement.default.stable_per_year < 1.0


def test_the_measured_cut_judges_from_now_on(measured: World) -> None:
    rules = budgets.clinic_rules()
    episode = CheckIn.objects.first().episode
    done = assessments.assess_as_of(episode=episode, as_of=NOW, at=NOW)

    assert rules.kernel_review == round(RULES.kernel_review + budgets.present().shift, 2)
    assert done.rules_digest == rules.digest != RULES.digest


def test_measuring_again_changes_nothing(measured: World) -> None:
    before, lines = budgets.present(), budgets.load_page().measurement.lines

    after = budgets.measure(at=NOW)

    assert (after.shift, after.origin) == (before.shift, before.origin)
    assert budgets.load_page().measurement.lines == lines
    assert len(budgets.changes()) == 1


def test_the_night_does_not_move_a_cut_by_a_hair(measured: World) -> None:
    kept = budgets.present().shift + 0.06
    ClinicBudget.objects.update(shift=kept)

    assert budgets.measure(at=NOW).shift == kept


def test_a_person_moves_it_at_once_and_switching_off_gives_the_default_back(measured: World) -> None:
    budgets.choose(budget=1.0, is_on=True, by=measured.sam, at=NOW)
    assert budgets.clinic_rules().kernel_review > budgets.shifted(budgets.changes()[-1].shift).kernel_review

    budgets.choose(budget=1.0, is_on=False, by=measured.sam, at=NOW + timedelta(minutes=1))

    assert budgets.clinic_rules() is engine.DEFAULT
    assert budgets.present().origin == CutOrigin.SWITCHED_OFF
    assert [change.by for change in budgets.changes()] == [measured.sam, measured.sam, None]


def test_every_change_is_audited_and_its_line_cannot_be_altered(measured: World) -> None:
    budgets.choose(budget=1.0, is_on=True, by=measured.sam, at=NOW)

    audited = AuditEvent.objects.filter(action=AuditAction.RULES_CHANGED)
    assert set(audited.values_list("actor_id", flat=True)) == {None, measured.sam.pk}
    assert audited.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        BudgetChange.objects.update(budget=0.1)


@pytest.mark.parametrize("budget", [0.0, 0.09, 2.1, 0.33])
def test_only_the_offered_budgets_can_be_chosen(north: World, budget: float) -> None:
    with pytest.raises(UnknownBudget):
        budgets.choose(budget=budget, is_on=True, by=north.sam, at=NOW)


def test_the_database_holds_the_range_too(north: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicBudget.objects.create(budget=2.1)


def test_the_stable_rate_leaves_out_the_weeks_round_what_was_recorded(north: World) -> None:
    """A clinic whose people get worse: their alerts are true, and what was done about them says so."""
    make_past(people=30, weeks=80, seed=5, shape=Shape.HUGE)
    unmarked = budgets.take_measurement(at=NOW).default
    events = backtests.load_events()
    [past] = list(backtests.load(RULES, events))
    recorded = {
        past.people.episode_ids[row]: past.people.days[row][backtests.raised(past, RULES)[row]] for row in range(30)
    }

    marked = backtests.past_of(past.people, backtests.Events(acted={}, recorded=recorded), RULES)
    result = backtests.total([marked], RULES, events=events, at=NOW)

    assert unmarked.stable_per_year > 0.5
    assert result.stable_per_year == 0
    assert result.per_year == unmarked.per_year


def test_another_clinics_choice_stays_there(measured: World) -> None:
    with clinic_context(clinic_id=measured.other_clinic.pk):
        assert budgets.clinic_rules() is engine.DEFAULT
        assert budgets.changes() == []


def sign_in(client: Client, world: World) -> None:
    client.force_login(world.sam)


def test_the_page_says_why_the_default_stands(north: World, client: Client) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 20).date())
    factories.make_history(north.episode, by=north.ann, moods=[6] * 20)
    budgets.measure(at=NOW)
    sign_in(client, north)

    page = client.get("/clinic/rules/").content.decode()

    assert "there are too few stable patient-years" in page
    assert "needs 32 stable patient-years and 20 people" in page
    assert f"score of <b>\u2212{abs(RULES.kernel_review)}</b>" in page


def test_the_page_takes_a_budget_and_shows_the_change(measured: World, client: Client) -> None:
    sign_in(client, measured)

    answer = client.post("/clinic/rules/", {"budget": "1", "is_on": "on"}, follow=True)

    page = answer.content.decode()
    assert budgets.present().budget == 1.0
    assert "Expected here: about" in page
    assert "The nightly measurement" in page
    assert page.count("<tr>") >= len(BUDGETS) + 2


@pytest.mark.parametrize("budget", ["", "3", "nan", "0.33"])
def test_the_page_refuses_what_is_not_offered(north: World, client: Client, budget: str) -> None:
    sign_in(client, north)

    assert client.post("/clinic/rules/", {"budget": budget}).status_code == 422
    assert not BudgetChange.objects.exists()


def test_a_tuned_cut_decides_the_tier(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 19).date())
    moods: list[int | None] = [6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 5, 4, 4]
    factories.make_history(north.episode, by=north.ann, moods=moods, energy=list(moods))
    score = engine.judge(factories.load_history(north.episode, as_of=NOW)).standing.score
    ClinicBudget.objects.create(shift=round(score - RULES.kernel_review + 0.2, 2))

    done = assessments.assess_as_of(episode=north.episode, as_of=NOW, at=NOW)

    assert done.signals.get(kind="deterioration").tier == Tier.WATCH
