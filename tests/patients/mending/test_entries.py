"""A wrong entry is taken out with a reason: kept and shown, counted nowhere, and nobody is paged for the past."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from monitoring import engine
from monitoring.assessments import assessments
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.models import Alert, Assessment
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients.care import exposure, life_events, treatments
from patients.care.treatments import Dose
from patients.mending import entries
from patients.mending.entries import AlreadyVoided, EntryKind
from patients.models import Intervention, LifeEvent
from patients.models.audit import AuditAction, AuditEvent
from patients.models.exposure import Kept, Measure
from patients.models.voids import Voidable
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.patients.care.trying import TODAY, start

STARTED = TODAY - timedelta(days=60)


@pytest.fixture
def filled(north: World) -> dict[EntryKind, Voidable]:
    """A medicine with two doses, a session, an expectation, and an event."""
    medicine = start(north, "Sertraline", on=STARTED, kind="medication")
    dose = treatments.change_intervention(
        intervention=medicine, dose=Dose(label="500 mg", amount=Decimal(500)), from_on=TODAY, by=north.chris, at=NOW
    )
    session = exposure.record_session(intervention=medicine, on=TODAY, kept=Kept.MISSED, by=north.chris, at=NOW)
    expectation = exposure.expect(
        intervention=medicine, measure=Measure.SLEEP, points=Decimal(2), by_on=TODAY, by=north.chris, at=NOW
    )
    event = life_events.add_life_event(
        episode=north.episode, title="Moved house", happened_on=TODAY, by=north.chris, at=NOW
    )
    return {
        EntryKind.TREATMENT: medicine,
        EntryKind.DOSE: dose,
        EntryKind.SESSION: session,
        EntryKind.EXPECTATION: expectation,
        EntryKind.EVENT: event,
    }


def void(world: World, entry: Voidable, reason: str = "Wrong patient") -> None:
    entries.void(episode=world.episode, entry=entry, reason=reason, by=world.chris, at=NOW)


@pytest.mark.parametrize("kind", EntryKind)
def test_a_wrong_entry_counts_nowhere_and_stands_struck_through_with_who_and_why(
    north: World, filled: dict[EntryKind, Voidable], kind: EntryKind, client: Client
) -> None:
    client.force_login(north.chris)
    words = entries.in_words(filled[kind])

    answer = client.post(
        reverse("void_entry", args=[north.episode.pk, kind, filled[kind].pk]), {"reason": "Typed for another person"}
    )

    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).content.decode()
    assert f"<s>{words}</s>" in page
    assert "Taken out by Chris" in page and "Typed for another person" in page
    assert not type(filled[kind]).objects.filter(pk=filled[kind].pk).exists()
    assert AuditEvent.objects.filter(action=AuditAction.ENTRY_VOIDED, object_id=filled[kind].pk).count() == 1
    gone = {
        EntryKind.TREATMENT: "Sertraline",
        EntryKind.DOSE: "500 mg",
        EntryKind.EVENT: "Moved house",
    }
    if kind in gone:
        assert gone[kind] not in client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()


def test_with_a_treatment_go_its_doses_sessions_and_expectations(
    north: World, filled: dict[EntryKind, Voidable]
) -> None:
    void(north, filled[EntryKind.TREATMENT])

    person = persons.load_person(north.episode, View(window="all"), at=NOW)
    history = factories.load_history(north.episode, as_of=NOW)
    assert (person.running, person.expected) == ((), ())
    assert history.interventions == ()
    assert treatments.interventions(north.episode).count() == 0


def test_the_right_entry_can_be_made_for_the_same_day(north: World, filled: dict[EntryKind, Voidable]) -> None:
    void(north, filled[EntryKind.DOSE])
    void(north, filled[EntryKind.SESSION])
    medicine = Intervention.objects.get()

    treatments.change_intervention(
        intervention=medicine, dose=Dose(label="50 mg"), from_on=TODAY, by=north.chris, at=NOW
    )
    exposure.record_session(intervention=medicine, on=TODAY, kept=Kept.KEPT, by=north.chris, at=NOW)

    assert [dose.label for dose in Intervention.objects.get().dose_steps][-1] == "50 mg"
    assert [session.kept for session in Intervention.objects.get().recorded_sessions] == [Kept.KEPT]
    void(north, medicine)
    assert start(north, "Sertraline", on=STARTED, kind="medication").pk != medicine.pk


def test_the_first_reason_stays(north: World, filled: dict[EntryKind, Voidable]) -> None:
    void(north, filled[EntryKind.EVENT], "Wrong day")

    with pytest.raises(AlreadyVoided):
        void(north, filled[EntryKind.EVENT], "Something else")

    assert LifeEvent.versions.get().void_reason == "Wrong day"


def test_taking_out_an_entry_pages_nobody_for_the_past_but_the_next_answer_does(
    north: World, filled: dict[EntryKind, Voidable], monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 20 * WEEK).date())
    factories.make_history(north.episode, by=north.ann, moods=[*[7, 6] * 9, 2, 2, 1])
    # An engine of that time which found nothing.
    with monkeypatch.context() as quiet:
        quiet.setattr(engine, "judge", lambda *_args: engine.Judgement(findings=(), standing=None))
        assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    Alert.objects.all().delete()

    later = NOW + timedelta(minutes=1)
    entries.void(episode=north.episode, entry=filled[EntryKind.EVENT], reason="x", by=north.chris, at=later)
    assert plans.mark_changed(at=later) == 1
    north.episode.plan.refresh_from_db()
    assert north.episode.plan.due_cause == AssessmentCause.MENDED
    assessments.assess_episode(episode_id=north.episode.pk, at=later)

    newest = Assessment.objects.latest("as_of")
    assert (newest.cause, newest.signals.filter(kind="deterioration").exists()) == (AssessmentCause.MENDED, True)
    assert not Alert.objects.exists()

    factories.make_check_in(north.episode, by=north.ann, at=NOW + WEEK, mood=1)
    assessments.assess_episode(episode_id=north.episode.pk, at=NOW + WEEK)
    assert [alert.kind for alert in Alert.objects.all()] == ["deterioration"]


@pytest.mark.parametrize("who", ["ann", "dana", "sam", "eve"])
def test_whoever_may_not_write_the_record_takes_nothing_out(
    world: World, client: Client, who: str, filled: dict[EntryKind, Voidable]
) -> None:
    client.force_login(getattr(world, who))
    event = filled[EntryKind.EVENT]

    answer = client.post(reverse("void_entry", args=[world.episode.pk, "event", event.pk]), {"reason": "x"})

    assert answer.status_code == 404
    assert LifeEvent.versions.get(pk=event.pk).voided_at is None


@pytest.mark.parametrize("kind", ["event", "nonsense", "treatment"])
def test_an_entry_of_another_episode_or_kind_is_not_there(
    north: World, client: Client, kind: str, filled: dict[EntryKind, Voidable]
) -> None:
    client.force_login(north.chris)
    other = north.bens_episode if kind == "event" else north.episode

    path = reverse("void_entry", args=[other.pk, kind, filled[EntryKind.EVENT].pk])
    assert client.post(path, {"reason": "x"}).status_code == 404
