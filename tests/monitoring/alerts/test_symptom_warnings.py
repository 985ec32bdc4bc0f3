"""Symptoms of the list of side effects that need a person: who is asked, what is told, and which page comes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import safety_answers
from monitoring.assessments import assessments
from monitoring.check_ins import contents, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine import CHECKLISTS
from monitoring.engine.records import FlagReason, Tier
from monitoring.models import Alert, CheckIn, CheckInDraft
from monitoring.models.alerts import AlertKind
from monitoring.plans import medicines
from monitoring.plans.medicines import ABSENT, MedicineAnswers
from monitoring.views.patient import body_warnings
from patients.models import Clinic
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring import sending
from tests.monitoring.alerts.answering import past_the_ratings
from tests.monitoring.sending import prescribe, submit

SIDE_EFFECTS = CHECKLISTS[medicines.SIDE_EFFECTS]
THOUGHTS = "suicidal_thoughts"
TODAY = NOW.date()


def said(*, without: tuple[str, ...] = (), **severities: int | None) -> CheckInAnswers:
    """Return a form with the list of side effects, some of them there; those in `without` were not asked."""
    asked = {one.code: dict(ABSENT) for one in SIDE_EFFECTS.symptoms if one.code not in without}
    there = {
        code: {"severity": severity, "frequency": None, "interference": None} for code, severity in severities.items()
    }
    return CheckInAnswers(ratings=sending.STEADY, medicines=MedicineAnswers(symptoms=asked | there))


def told(kind: AlertKind) -> list[tuple[str, str]]:
    """Return tier and words of what stands behind an alert."""
    alerts = list(Alert.objects.filter(kind=kind).select_related("episode__patient"))
    loaded = safety_answers.load(alerts, at=NOW)
    return [(alert.tier, " ".join(one.words for one in loaded[alert.pk])) for alert in alerts]


def asked(world: World, *, at=NOW) -> set[str]:
    return set(contents.decide(factories.open_week(world.episode, at=at), at=at).symptoms)


# --- who is asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("weeks", "is_asked"), [(0, True), (8, True), (9, False)])
def test_thoughts_of_self_harm_are_asked_about_for_eight_weeks_after_a_start(
    planned: World, weeks: int, is_asked: bool
) -> None:
    prescribe(planned, on=TODAY - timedelta(weeks=weeks))

    assert (THOUGHTS in asked(planned)) is is_asked
    assert {"fit", "bleeding", "agitation", "rash"} <= asked(planned)


def test_a_clinic_that_could_not_answer_does_not_ask_about_them(planned: World) -> None:
    prescribe(planned, on=TODAY)
    Clinic.objects.update(crisis_contacts=[])

    assert THOUGHTS not in asked(planned) and "fit" in asked(planned)


def test_who_is_asked_item_9_is_not_asked_twice(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK).date(), instruments={"PHQ-9": 1})
    prescribe(north, on=TODAY)

    assert THOUGHTS not in asked(north)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_new_thoughts_after_a_start_are_a_safety_answer_within_the_hour(planned: World) -> None:
    prescribe(planned, on=TODAY)

    check_in = submit(planned, said(**{THOUGHTS: None}))

    [(tier, words)] = told(AlertKind.RISK_ANSWER)
    assert tier == Tier.URGENT
    assert words == (
        "Asked about side effects: “Thoughts that you would be better off dead, or of hurting yourself”, yes."
    )
    assert check_in.side_effects[THOUGHTS]["severity"] is None
    assert Alert.objects.get().due_at == NOW + timedelta(hours=1)


def test_what_was_not_asked_before_is_never_called_new(planned: World) -> None:
    """The list grew: whoever answered the older one did not say that there was no bleeding."""
    prescribe(planned, on=TODAY - timedelta(weeks=3))
    submit(planned, said(without=("bleeding", "agitation", "fit", THOUGHTS)), at=NOW - WEEK)

    submit(planned, said(bleeding=2))

    [(tier, words)] = told(AlertKind.BODY_WARNING)
    assert tier == Tier.PRIORITY
    assert "It was not asked before." in words and "not there" not in words


@pytest.mark.parametrize(
    ("before", "now", "is_told"), [(0, 2, True), (2, 3, True), (2, 2, False), (3, 2, False), (0, 1, False)]
)
def test_bleeding_is_told_from_moderate_on_if_it_is_new_or_worse(
    planned: World, before: int, now: int, is_told: bool
) -> None:
    prescribe(planned, on=TODAY - timedelta(weeks=3))
    submit(planned, said(bleeding=min(before, 1)), at=NOW - WEEK)
    CheckIn.objects.update(side_effects=said(bleeding=before).medicines.symptoms)

    submit(planned, said(bleeding=now))

    assert bool(told(AlertKind.BODY_WARNING)) is is_told


@pytest.mark.parametrize(
    ("name", "severity", "is_told"),
    [
        ("Lamotrigine", 3, True),
        ("Lamictal 25", 3, True),
        ("Carbamazepin retard", 3, True),
        ("Lamotrigine", 2, False),
        ("Sertraline", 3, False),
        ("Oxcarbazepine", 3, False),
    ],
)
def test_a_severe_rash_is_urgent_with_a_medicine_that_is_known_for_it(
    planned: World, name: str, severity: int, is_told: bool
) -> None:
    prescribe(planned, on=TODAY - timedelta(weeks=3), name=name)

    submit(planned, said(rash=severity))

    assert [tier for tier, _words in told(AlertKind.BODY_WARNING)] == ([Tier.URGENT] if is_told else [])


@pytest.mark.parametrize(
    ("agitation", "restlessness", "is_told"), [(2, 2, True), (3, 2, True), (2, 1, False), (1, 3, False), (0, 3, False)]
)
def test_restless_and_agitated_at_the_same_time_is_told_with_what_to_ask_about(
    planned: World, agitation: int, restlessness: int, is_told: bool
) -> None:
    prescribe(planned, on=TODAY)

    submit(planned, said(agitation=agitation, restlessness=restlessness))

    found = told(AlertKind.BODY_WARNING)
    assert bool(found) is is_told
    assert all(tier == Tier.PRIORITY and "ask about akathisia" in words for tier, words in found)


def test_each_fit_is_told(planned: World) -> None:
    prescribe(planned, on=TODAY - timedelta(weeks=3))
    submit(planned, said(fit=None), at=NOW - WEEK)
    first = Alert.objects.get(kind=AlertKind.BODY_WARNING).last_seen_at

    submit(planned, said(fit=None))

    assert Alert.objects.get(kind=AlertKind.BODY_WARNING).last_seen_at > first
    assert {tier for tier, _words in told(AlertKind.BODY_WARNING)} == {Tier.URGENT}


def test_a_run_makes_no_alert_of_old_symptoms(planned: World) -> None:
    prescribe(planned, on=TODAY - timedelta(weeks=3), name="Lamotrigine")
    submit(planned, said(rash=1))
    CheckIn.objects.update(side_effects=said(rash=3).medicines.symptoms)  # as if its rules had not known it yet

    assessments.assess_as_of(episode=planned.episode, as_of=NOW + timedelta(hours=1), at=NOW + timedelta(hours=1))

    assert not told(AlertKind.BODY_WARNING)


# --- the form ---------------------------------------------------------------------------------------------------------


def test_a_page_of_the_version_before_did_not_ask_what_was_not_on_it() -> None:
    """Sent after an upgrade, it must not say that there were no thoughts."""
    fields = {"checklist": "side-effects", "has_nausea": "on", "severity_nausea": "2"}

    answered = medicines.symptoms_in(fields)

    assert answered["nausea"]["severity"] == 2 and answered["rash"] == ABSENT
    assert not {THOUGHTS, "fit", "bleeding", "agitation"} & answered.keys()


def test_a_draft_begun_before_the_upgrade_asks_what_it_asked(planned: World) -> None:
    prescribe(planned, on=TODAY)
    draft = drafts.begin(episode=planned.episode, is_short=False, slot=factories.open_week(planned.episode), at=NOW)
    assert draft.asked is not None
    del draft.asked["symptoms"]

    asked_for = contents.asked_by(draft)

    assert asked_for is not None and "rash" in asked_for.symptoms and THOUGHTS not in asked_for.symptoms


@pytest.fixture
def form(world: World, client: Client) -> Client:
    """Ann's browser at the page about her medicine, begun today."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        prescribe(world, on=(now - timedelta(days=1)).date(), at=now)
    return past_the_ratings(world, client)


def post(form: Client, **ticked: str) -> Any:
    page = form.get(reverse("check_in_step", args=[6])).content.decode()
    shown = page.split('name="asked" value="')[1].split('"')[0]
    fields = {"checklist": "side-effects", "asked": shown, **ticked}
    return form.post(reverse("autosave", args=[6]), fields, headers={"HX-Request": "true"})


def test_the_page_says_what_leads_away_before_it_and_asks_nothing_further_of_it(form: Client) -> None:
    page = form.get(reverse("check_in_step", args=[6])).content.decode()

    assert (
        page.index("thoughts of hurting yourself")
        < page.index("If you tick this")
        < page.index(f'name="has_{THOUGHTS}"')
    )
    assert f"severity_{THOUGHTS}" not in page and "severity_fit" not in page and "severity_bleeding" in page


def test_a_tick_at_thoughts_leads_to_help_once_and_one_at_a_fit_to_medical_words(form: Client, world: World) -> None:
    first = post(form, **{f"has_{THOUGHTS}": "on"})
    form.get(first.headers["HX-Redirect"])
    again = post(form, **{f"has_{THOUGHTS}": "on", "has_nausea": "on"})
    fit = post(form, **{f"has_{THOUGHTS}": "on", "has_fit": "on"})

    assert first.headers["HX-Redirect"].startswith(reverse("help_now"))
    assert "HX-Redirect" not in again.headers
    assert fit.headers["HX-Redirect"].startswith(reverse("body_warning"))
    page = form.get(fit.headers["HX-Redirect"]).content.decode()
    assert "your first fit" in page and "yourself;" not in page and "hurting yourself" not in page
    with clinic_context(clinic_id=world.clinic.pk):
        assert CheckInDraft.objects.get().answers["medicines"]["has_fit"] == "on"
        assert {alert.kind for alert in Alert.objects.all()} == {AlertKind.RISK_ANSWER, AlertKind.BODY_WARNING}


def test_every_reason_of_the_body_has_words_for_the_patient() -> None:
    worded = body_warnings.CALL_IF.keys() | body_warnings.RING_TODAY.keys()

    assert worded == set(FlagReason) - {FlagReason.SELF_HARM}


def test_every_flag_of_a_list_is_about_something_it_asks_and_has_a_source() -> None:
    for checklist in CHECKLISTS.values():
        codes = {symptom.code for symptom in checklist.symptoms}
        named = {flag.item for flag in checklist.red_flags} | {one.with_item for one in checklist.red_flags}
        assert named - {None} <= codes
        assert bool(checklist.red_flags) == bool(checklist.sources.get("red_flags"))
