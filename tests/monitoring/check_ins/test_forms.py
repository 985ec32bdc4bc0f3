"""What a check-in asks beyond the five ratings, what is entered late or changed, and when less is offered."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from monitoring.assessments import assessments
from monitoring.check_ins import check_ins, contents, drafts, open_forms, plain_words, weeks
from monitoring.check_ins.answers import CheckInAnswers, Pin
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.course import answers, persons
from monitoring.course.pictures import Course, Panel, Span
from monitoring.engine import CHECKLISTS
from monitoring.engine.records import Domain, FindingKind
from monitoring.models import Alert, CheckIn, CheckInSlot, MedicineReport, MonitoringPlan, OwnItem, Score, Signal
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish, DosesTaken, WhyMissed
from monitoring.operations import tasks
from monitoring.plans import cadences, medicines, own_items, plans
from monitoring.plans.medicines import ABSENT, Intake, MedicineAnswers
from monitoring.words import wording
from monitoring.words.states import State
from patients.care import care
from patients.care.care import Dose
from patients.models import AuditEvent, Intervention, LifeEvent
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.views.patient.test_check_ins import RATINGS, SEND, START, ready_to_send, step, stored, words

SIDE_EFFECTS = CHECKLISTS[medicines.SIDE_EFFECTS]
DISCONTINUATION = CHECKLISTS[medicines.DISCONTINUATION]
STEADY: dict[Domain, int | None] = dict.fromkeys(Domain, 6)
WALK = {"wording": "How far could I walk?", "low": "Not at all", "high": "As far as I like", "higher_is_better": True}
WALK_FORM = {"wording": "How far could I walk?", "low": "Not at all", "high": "As far as I like", "better": "high"}


@pytest.fixture
def planned(north: World) -> World:
    """Ann has a weekly plan since ten weeks, Mondays at nine; it is Monday at ten."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    return north


def submit(world: World, answers: CheckInAnswers, *, at=NOW):
    slot = factories.open_week(world.episode, at=at)
    return check_ins.submit(
        episode=world.episode, slot_id=slot.pk, client_key=uuid4(), answers=answers, by=world.ann, at=at
    ).check_in


def correct(
    world: World, original: CheckIn, answers: CheckInAnswers, *, at=NOW + timedelta(hours=1)
) -> check_ins.Receipt:
    return check_ins.submit(
        episode=world.episode,
        slot_id=original.slot_id,
        client_key=uuid4(),
        answers=answers,
        corrects=original.pk,
        by=world.ann,
        at=at,
    )


def prescribe(world: World, *, on: date, name: str = "Sertraline", at=NOW) -> Intervention:
    return care.start_intervention(
        episode=world.episode,
        kind=InterventionKind.MEDICATION,
        name=name,
        started_on=on,
        dose=Dose(label="50 mg", amount=50, unit="mg"),
        by=world.chris,
        at=at,
    )


def symptoms(**severities: int) -> MedicineAnswers:
    """Return the whole list as asked, with some symptoms there."""
    asked = {symptom.code: dict(ABSENT) for symptom in SIDE_EFFECTS.symptoms}
    present = {code: dict.fromkeys(medicines.PARTS, severity) for code, severity in severities.items()}
    return MedicineAnswers(symptoms=asked | present)


# --- The patient's own question --------------------------------------------------------------------------------------


def test_new_words_end_the_old_question_and_begin_a_new_series(planned: World) -> None:
    first = own_items.set_own_item(episode=planned.episode, by=planned.chris, at=NOW - WEEK * 3, **WALK)
    second = own_items.set_own_item(
        episode=planned.episode, by=planned.ann, at=NOW, **(WALK | {"wording": "Could I play with my son?"})
    )
    first.refresh_from_db()

    assert (first.until_on, second.until_on) == (NOW.date(), None)
    assert own_items.own_item(planned.episode) == second
    assert AuditEvent.objects.filter(action=AuditAction.OWN_ITEM_SET).count() == 2


def test_the_same_question_again_changes_nothing(planned: World) -> None:
    first = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK, **WALK)
    again = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW, **WALK)

    assert again == first
    assert OwnItem.objects.count() == 1


def test_an_own_question_that_is_dropped_is_asked_no_more_and_keeps_its_answers(planned: World) -> None:
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK, **WALK)
    submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=4))
    own_items.drop_own_item(episode=planned.episode, by=planned.ann, at=NOW)

    assert own_items.own_item(planned.episode) is None
    assert CheckIn.objects.get().own_rating == 4


def test_the_own_question_has_a_panel_of_its_own_with_its_direction(planned: World) -> None:
    item = own_items.set_own_item(
        episode=planned.episode, by=planned.ann, at=NOW - WEEK * 9, **(WALK | {"higher_is_better": False})
    )
    for week, value in enumerate([3, 4, 5]):
        submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=value), at=NOW - WEEK * (2 - week))

    course = persons.load_own_trend(planned.episode, at=NOW)

    assert [panel.name for panel in course.panels][5:] == [item.wording]
    own = course.panels[-1]
    assert [answer.value for answer in own.answers] == [3, 4, 5]
    assert "lower is better" in str(own.direction_word)
    assert own.state is None


# --- Medicines and what comes with them ------------------------------------------------------------------------------


def test_without_a_medicine_nothing_is_asked_about_medicines(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    asked = contents.content_of(slot, is_short=False, at=NOW)

    assert (asked.medicines, asked.checklist) == ((), None)


def test_a_medicine_that_is_taken_brings_its_side_effects(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK).date())
    slot = factories.open_week(planned.episode)
    asked = contents.content_of(slot, is_short=False, at=NOW)

    assert (asked.medicines, asked.checklist) == ((medicine,), SIDE_EFFECTS)
    assert contents.content_of(slot, is_short=True, at=NOW).checklist is None


@pytest.mark.parametrize(
    ("stopped_weeks_ago", "other_began_weeks_ago", "expected"),
    [
        (2, None, DISCONTINUATION),
        (8, None, DISCONTINUATION),
        (9, None, None),
        (2, 20, DISCONTINUATION),
        (9, 20, SIDE_EFFECTS),
        (2, 2, SIDE_EFFECTS),
        (2, 1, SIDE_EFFECTS),
    ],
    ids=["stop", "the eighth week", "long ago", "others go on", "long ago, others go on", "a switch", "a new start"],
)
def test_after_a_stop_it_is_asked_what_stopping_brings(
    planned: World, stopped_weeks_ago: int, other_began_weeks_ago: int | None, expected: object
) -> None:
    stopped = prescribe(planned, on=(NOW - WEEK * 30).date())
    stop = (NOW - WEEK * stopped_weeks_ago).date()
    care.stop_intervention(intervention=stopped, stopped_on=stop, reason="Nausea", by=planned.chris, at=NOW)
    if other_began_weeks_ago is not None:
        prescribe(planned, on=(NOW - WEEK * other_began_weeks_ago).date(), name="Mirtazapine")

    known = medicines.of_episode(planned.episode)

    assert medicines.checklist_on(known, NOW.date()) == expected


def test_a_report_says_what_was_taken_and_changes_no_intervention(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK * 4).date())
    intake = Intake(taken=DosesTaken.STOPPED, reason=WhyMissed.SIDE_EFFECTS)
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=MedicineAnswers(intakes={medicine.pk: intake})))
    medicine.refresh_from_db()
    history = assessments.load_history(planned.episode, as_of=NOW)

    report = MedicineReport.objects.get()
    assert (report.intervention, report.taken, report.reason) == (medicine, "stopped", "side_effects")
    assert medicine.stopped_on is None
    assert history.check_ins[-1].doses_missed == {"Sertraline": 7}


def test_asked_and_absent_is_told_apart_from_not_asked(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    submit(planned, CheckInAnswers(ratings=STEADY), at=NOW - WEEK)
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms(nausea=2)))
    not_asked, asked = assessments.load_history(planned.episode, as_of=NOW).check_ins

    assert not_asked.checklist == {}
    assert (asked.checklist["nausea"].severity, asked.checklist["headache"].severity) == (2, 0)


@pytest.mark.parametrize(("severity", "tier"), [(1, None), (2, "review"), (3, "priority")])
def test_a_new_symptom_after_a_start_becomes_a_signal(planned: World, severity: int, tier: str | None) -> None:
    prescribe(planned, on=(NOW - WEEK * 9).date(), name="Mirtazapine")
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms()), at=NOW - WEEK * 2)
    prescribe(planned, on=(NOW - timedelta(days=10)).date())
    submit(planned, CheckInAnswers(ratings=STEADY, medicines=symptoms(restlessness=severity)))

    assessments.assess_episode(episode_id=planned.episode.pk, at=NOW)

    found = Signal.objects.filter(kind=FindingKind.SIDE_EFFECT, item="restlessness")
    assert [signal.tier for signal in found] == ([tier] if tier else [])


def test_a_tick_without_a_rating_is_there_all_the_same(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    asked = {**symptoms().symptoms, "nausea": dict.fromkeys(medicines.PARTS)}
    given = submit(planned, CheckInAnswers(ratings=STEADY, medicines=MedicineAnswers(symptoms=asked)))

    page = answers.load_answers(planned.episode, given.pk)

    assert (page.remarks[0].about, page.remarks[0].words) == ("Feeling sick", "present, not rated")
    assert "Feeling sick" not in page.remarks[-1].words
    assert assessments.load_history(planned.episode, as_of=NOW).check_ins[-1].checklist["nausea"].severity is None


# --- Pins ------------------------------------------------------------------------------------------------------------


def test_something_that_happened_is_pinned_by_the_patient_once(planned: World) -> None:
    pin = Pin(title="Moved house", happened_on=(NOW - timedelta(days=3)).date())
    slot, key = factories.open_week(planned.episode), uuid4()
    for _ in range(2):
        check_ins.submit(
            episode=planned.episode,
            slot_id=slot.pk,
            client_key=key,
            answers=CheckInAnswers(ratings=STEADY, pin=pin),
            by=planned.ann,
            at=NOW,
        )

    event = LifeEvent.objects.get()
    assert (event.title, event.happened_on, event.recorded_by) == (pin.title, pin.happened_on, planned.ann)


# --- Late ------------------------------------------------------------------------------------------------------------


def missed_week(world: World, *, at=NOW) -> CheckInSlot:
    plans.open_due_slots(at=at)
    plans.mark_missed(at=at)
    slot = weeks.late_slot(world.episode, at=at)
    assert slot is not None
    return slot


def enter_late(world: World, slot: CheckInSlot, *, at=NOW, **ratings: int) -> CheckIn:
    given = STEADY | {Domain(name): value for name, value in ratings.items()}
    return check_ins.submit(
        episode=world.episode,
        slot_id=slot.pk,
        client_key=uuid4(),
        answers=CheckInAnswers(ratings=given),
        by=world.ann,
        at=at,
    ).check_in


def test_a_missed_week_is_entered_late_and_has_the_place_of_its_week(planned: World) -> None:
    slot = missed_week(planned)
    late = enter_late(planned, slot)
    slot.refresh_from_db()

    assert (late.is_late, late.about_on, late.submitted_at) == (True, slot.due_on, NOW)
    assert slot.due_on == (NOW - WEEK).date()
    assert slot.answered_at == NOW
    history = assessments.load_history(planned.episode, as_of=NOW)
    assert history.check_ins[0].about_on == slot.due_on
    assert not history.schedule.slots[-1].missed


def test_a_late_form_asks_the_ratings_and_the_own_question_alone(planned: World) -> None:
    prescribe(planned, on=(NOW - WEEK * 4).date())
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1})
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK * 4, **WALK)
    asked = contents.content_of(missed_week(planned), is_short=False, at=NOW)

    assert (asked.domains, asked.own_item) == (tuple(Domain), item)
    assert (asked.medicines, asked.checklist, asked.instruments) == ((), None, ())


@pytest.mark.parametrize(("days", "is_open"), [(13, True), (14, False)])
def test_a_missed_week_can_be_entered_for_two_weeks(planned: World, days: int, is_open: bool) -> None:
    plans.open_due_slots(at=NOW)
    slot = CheckInSlot.objects.order_by("-week_of")[1]
    at = slot.closes_at + timedelta(days=days)

    assert (open_forms.open_form(planned.episode, at=at) is None) is True
    if is_open:
        assert drafts.begin(episode=planned.episode, is_short=False, slot=slot, at=at).slot == slot
        assert enter_late(planned, slot, at=at).is_late
    else:
        with pytest.raises(CheckInClosed):
            drafts.begin(episode=planned.episode, is_short=False, slot=slot, at=at)
        with pytest.raises(CheckInClosed):
            enter_late(planned, slot, at=at)


def test_a_form_that_is_sent_after_its_week_is_not_lost(planned: World) -> None:
    slot = factories.open_week(planned.episode)
    drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    late = enter_late(planned, slot, at=slot.closes_at + timedelta(minutes=1))

    assert (late.is_late, late.about_on) == (True, slot.due_on)


@pytest.mark.parametrize(("weeks_ago", "is_paged"), [(1, True), (2, False)])
def test_an_old_week_pages_nobody(north: World, weeks_ago: int, is_paged: bool) -> None:
    """Months that were good, then two missed weeks; on Thursday one of them is entered, and it was as bad as can be."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    moods: list[int | None] = [8] * 20 + [None, None, None]
    highs = {name: list(moods) for name in ("sleep", "energy", "function")}
    factories.make_history(north.episode, by=north.ann, moods=moods, until=NOW, **highs)
    tasks.sweep_clinic(clinic_id=north.clinic.pk, at=NOW)
    at = NOW + timedelta(days=3)
    slot = CheckInSlot.objects.get(due_on=(NOW - WEEK * weeks_ago).date())
    enter_late(north, slot, at=at, sleep=0, mood=0, energy=0, function=0, pain=10)

    assessments.assess_episode(episode_id=north.episode.pk, at=at)

    worse = [FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE, FindingKind.EXTREME_RATING]
    assert Signal.objects.filter(assessment__as_of=at, kind__in=worse).exists()
    assert Alert.objects.exclude(kind=AlertKind.MISSED_CHECK_INS).exists() is is_paged


# --- Corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_counts_and_the_original_is_kept(planned: World) -> None:
    items = {"PHQ-9": factories.phq9(others=2)}
    original = submit(planned, CheckInAnswers(ratings=STEADY, items=items))
    changed = CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}, items={"PHQ-9": factories.phq9(others=1)})
    corrected = correct(planned, original, changed).check_in
    original.refresh_from_db()

    assert list(CheckIn.objects.all()) == [corrected]
    assert set(CheckIn.versions.all()) == {original, corrected}
    assert (corrected.corrects, corrected.about_on, original.superseded_at) == (
        original, original.about_on, corrected.submitted_at
    )  # fmt: skip
    assert [score.value for score in Score.objects.all()] == [8]
    assert Score.versions.count() == 2
    assert [
        row.ratings[Domain.SLEEP] for row in assessments.load_history(planned.episode, as_of=NOW + WEEK).check_ins
    ] == [2]
    assert AuditEvent.objects.filter(action=AuditAction.CHECK_IN_CORRECTED).count() == 1


def test_the_form_of_a_correction_holds_what_was_given_in_it(planned: World) -> None:
    medicine = prescribe(planned, on=(NOW - WEEK * 4).date())
    item = own_items.set_own_item(episode=planned.episode, by=planned.ann, at=NOW - WEEK * 4, **WALK)
    intake = Intake(taken=DosesTaken.SOME_MISSED, reason=WhyMissed.FORGOT)
    said = MedicineAnswers(intakes={medicine.pk: intake}, symptoms=symptoms(nausea=2).symptoms)
    submit(planned, CheckInAnswers(ratings=STEADY, own_item=item.pk, own_rating=4, medicines=said))

    draft = drafts.begin_correction(episode=planned.episode, at=NOW + timedelta(hours=1))

    assert {domain: draft.answers[domain.value] for domain in Domain} == STEADY
    assert draft.answers[contents.own_key(item.pk)] == 4
    kept = draft.answers[contents.MEDICINES]
    assert kept[f"taken_{medicine.pk}"] == "some_missed"
    assert (kept["checklist"], kept["has_nausea"], kept["severity_nausea"]) == ("side-effects", "on", "2")
    assert "has_headache" not in kept


def test_a_correction_ends_when_the_next_week_opens(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    plans.open_due_slots(at=NOW + WEEK)

    assert weeks.correctable(planned.episode, at=NOW + WEEK) is None
    with pytest.raises(CheckInClosed):
        correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}), at=NOW + WEEK)
    assert CheckIn.objects.get() == original


def test_a_check_in_is_corrected_once_and_then_the_correction_is(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    first = correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2})).check_in

    with pytest.raises(CheckInClosed):
        correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 3}))
    second = correct(planned, first, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 3})).check_in

    assert CheckIn.objects.get() == second
    assert CheckIn.versions.count() == 3


@pytest.mark.parametrize(("hours", "labelled"), [(1, False), (8.4, False), (8.6, True), (40, True)])
def test_until_midnight_a_change_has_no_label(planned: World, hours: float, labelled: bool) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    corrected = correct(
        planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}), at=NOW + timedelta(hours=hours)
    )

    assert answers.is_labelled_corrected(corrected.check_in) is labelled
    assert not answers.is_labelled_corrected(original)


def test_a_correction_closes_no_safety_alert(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=2)}))
    receipt = correct(planned, original, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=0)}))
    assessments.assess_episode(episode_id=planned.episode.pk, at=NOW + timedelta(hours=2))

    assert not receipt.needs_help
    assert Alert.objects.get(kind=AlertKind.RISK_ANSWER).is_open


def test_a_correction_that_says_more_raises_it(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=0)}))
    receipt = correct(planned, original, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=2)}))

    assert receipt.needs_help
    assert Alert.objects.get().kind == AlertKind.RISK_ANSWER


def test_what_was_answered_by_the_team_is_not_raised_again_by_a_correction(planned: World) -> None:
    said = {"items": {"PHQ-9": factories.phq9(item_9=1)}, "contact_wish": ContactWish.CONTACT_ME}
    original = submit(planned, CheckInAnswers(ratings=STEADY, **said))
    before = list(Alert.objects.order_by("pk").values("pk", "version", "state"))
    correct(planned, original, CheckInAnswers(ratings=STEADY | {Domain.SLEEP: 2}, **said))

    assert len(before) == 2
    assert list(Alert.objects.order_by("pk").values("pk", "version", "state")) == before


@pytest.mark.parametrize(("before", "is_rise"), [(0, True), (1, False)])
def test_a_rise_of_a_safety_answer_is_told_from_the_week_before(planned: World, before: int, is_rise: bool) -> None:
    submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=before)}), at=NOW - WEEK)
    submit(planned, CheckInAnswers(ratings=STEADY, items={"PHQ-9": factories.phq9(item_9=1)}))

    alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER)
    assert (alert.tier, alert.comes_first) == ("urgent", is_rise)


# --- Less often ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weeks", "offered"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1], False),
        ([1, 0, 1, 0, 1, 0, 1, 0], False),
        ([1, 0, 1, 0, 1, 0, 0, 0], True),
        ([0, 0, 0], False),
        ([0, 0, 0, 1], True),
    ],
    ids=["all", "half", "below half", "too few to say", "few"],
)
def test_less_is_offered_when_fewer_than_half_are_answered(north: World, weeks: list[int], offered: bool) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * len(weeks)).date())
    moods = [6 if answered else None for answered in weeks]
    factories.make_history(north.episode, by=north.ann, moods=moods, until=NOW - WEEK)
    plans.open_due_slots(at=NOW)
    plans.mark_missed(at=NOW)

    assert cadences.may_be_lowered(north.episode, at=NOW) is offered


@pytest.mark.parametrize(
    ("forms", "offered"), [([1, 1, 1], True), ([1, 1, 0], False), ([0, 1, 1], False), ([1, 1], False)]
)
def test_less_is_offered_after_three_bad_days_in_a_row(north: World, forms: list[int], offered: bool) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 2).date())
    for week, is_short in enumerate(forms):
        at = NOW - WEEK * (len(forms) - 1 - week)
        submit(north, CheckInAnswers(ratings=STEADY, is_short=bool(is_short)), at=at)

    assert cadences.may_be_lowered(north.episode, at=NOW) is offered


def test_who_accepts_is_asked_every_two_weeks_and_offered_no_more(planned: World) -> None:
    for week in (2, 1, 0):
        submit(planned, CheckInAnswers(ratings=STEADY, is_short=True), at=NOW - WEEK * week)
    cadences.lower(episode=planned.episode, by=planned.ann, at=NOW)

    assert MonitoringPlan.objects.get(episode=planned.episode).cadence_weeks == 2
    assert AuditEvent.objects.filter(action=AuditAction.PLAN_CHANGED, actor_id=planned.ann.pk).exists()
    with pytest.raises(cadences.NotOffered):
        cadences.lower(episode=planned.episode, by=planned.ann, at=NOW)


# --- In plain words --------------------------------------------------------------------------------------------------


def sentence_of(world: World) -> str:
    trend = persons.load_own_trend(world.episode, at=NOW)
    return plain_words.in_plain_words(world.episode, trend, at=NOW)


def test_the_sentence_says_what_is_worse_and_what_is_as_usual(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    sleep: list[int | None] = [*[7] * 16, *[2] * 5]
    factories.make_history(north.episode, by=north.ann, moods=[*[6] * 21], sleep=sleep)
    assessments.assess_episode(episode_id=north.episode.pk, at=NOW)

    sentence = sentence_of(north)

    assert re.match(r"Sleep has been worse than usual for [3-6] weeks\.", sentence)
    assert not re.search(r"\b(risk|severe|alert|deteriorat\w*)\b", sentence)


def test_the_sentence_gives_improvement_the_same_place(north: World) -> None:
    states = {Domain.SLEEP: State.WORSE, Domain.MOOD: State.BETTER, Domain.FUNCTION: State.BETTER}
    panels = [
        Panel(
            key=domain,
            name=str(wording.DOMAIN_NAMES[domain]),
            direction=domain.direction,
            minimum=0,
            maximum=10,
            state=states.get(domain, State.STEADY),
        )
        for domain in Domain
    ]
    course = Course(span=Span(start=NOW.date() - WEEK * 12, end=NOW.date()), panels=tuple(panels))

    sentence = plain_words.in_plain_words(north.episode, course, at=NOW)

    assert sentence == "Sleep has been worse than usual. Mood and what you can do are better than usual."


def test_a_new_patient_is_told_that_the_usual_is_still_learned(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings=STEADY))

    assert "still learning your usual" in sentence_of(planned)


def test_a_steady_course_is_called_the_same_as_usual(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    factories.make_history(north.episode, by=north.ann, moods=[*[6, 7] * 10])
    assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    course = persons.load_own_trend(north.episode, at=NOW)
    assert {panel.state for panel in course.panels} == {State.STEADY}

    assert sentence_of(north) == "Everything is about the same as usual."


# --- The pages, in the present week ----------------------------------------------------------------------------------


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    """Ann is signed in; her week is open, and the weeks before were missed."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - WEEK * 4).date())
        plans.open_due_slots(at=now)
        plans.mark_missed(at=now)
    client.force_login(world.ann)
    return client


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with clinic_context(clinic_id=world.clinic.pk):
        yield world


def answer_all(browser: Client, **changed: str) -> None:
    browser.post(START, {"form": "full"})
    for number, (name, value) in enumerate((RATINGS | changed).items(), start=1):
        browser.post(step(number), {name: value})


def hidden_fields(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def test_the_own_question_is_set_asked_stored_and_shown(ann: Client, world: World) -> None:
    assert ann.post(reverse("my_item"), WALK_FORM).status_code == 302
    answer_all(ann)
    page = words(ann.get(step(6)))
    assert WALK_FORM["wording"] in page and "Page 6 of 7" in page
    assert ann.post(step(6), {"own": "4"}).headers["Location"] == SEND
    ann.post(SEND, ready_to_send(ann))

    assert [row.own_rating for row in stored(world)] == [4]
    assert WALK_FORM["wording"] in words(ann.get(reverse("my_chart")))


def test_a_clinician_sets_the_question_in_the_patients_words(ann: Client, world: World) -> None:
    chris = Client()
    chris.force_login(world.chris)
    chris.post(reverse("episode_item", args=[world.episode.pk]), WALK_FORM)

    assert WALK_FORM["wording"] in words(ann.get(reverse("my_item")))
    chris.post(reverse("episode_item", args=[world.episode.pk]), {"drop": "1"})
    assert WALK_FORM["wording"] not in words(ann.get(reverse("my_item")))


@pytest.mark.parametrize("missing", WALK_FORM)
def test_an_own_question_needs_words_at_both_ends(ann: Client, world: World, missing: str) -> None:
    refused = ann.post(reverse("my_item"), WALK_FORM | {missing: ""})

    assert refused.status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert not OwnItem.objects.exists()


def test_medicines_and_side_effects_are_one_page(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    page = words(ann.get(step(6)))
    assert "Sertraline 50 mg" in page and "Feeling sick" in page
    ann.post(
        step(6),
        {
            f"taken_{medicine.pk}": "some_missed",
            f"why_{medicine.pk}": "side_effects",
            "checklist": "side-effects",
            "has_nausea": "on",
            "severity_nausea": "2",
            "frequency_nausea": "3",
            "interference_nausea": "0",
            # A follow-up without its tick: taken back.
            "severity_headache": "3",
        },
    )
    back = words(ann.get(SEND))
    assert "Sertraline: Some missed (Side effects); Feeling sick: Moderate" in back
    ann.post(SEND, ready_to_send(ann))

    [row] = stored(world)
    assert row.side_effects["nausea"] == {"severity": 2, "frequency": 3, "interference": 0}
    assert row.side_effects["headache"] == dict(ABSENT)
    assert row.side_effects.keys() == {symptom.code for symptom in SIDE_EFFECTS.symptoms}
    with clinic_context(clinic_id=world.clinic.pk):
        assert MedicineReport.objects.values_list("taken", "reason").get() == ("some_missed", "side_effects")


def test_a_skipped_page_about_medicines_asked_nothing(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    refused = ann.post(step(6), {"checklist": "side-effects"})
    ann.post(step(6), {"skip": "1"})
    assert "Skipped" in words(ann.get(SEND))
    ann.post(SEND, ready_to_send(ann))

    assert refused.status_code == 422
    assert "Choose an answer, or skip this page" in words(refused)
    assert [row.side_effects for row in stored(world)] == [{}]
    with clinic_context(clinic_id=world.clinic.pk):
        assert not MedicineReport.objects.exists()


def test_none_of_these_is_an_answer_and_something_else_goes_into_the_note(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    both = ann.post(step(6), {"checklist": "side-effects", "no_symptoms": "on", "has_nausea": "on"})
    assert (both.status_code, "or the symptoms you had, not both." in words(both)) == (422, True)
    ann.post(step(6), {"checklist": "side-effects", "no_symptoms": "on"})
    assert re.search(r'id="id_no_symptoms" checked', words(ann.get(step(6))))
    assert "None of these" in words(ann.get(SEND))
    ann.post(step(6), {"checklist": "side-effects", "other_symptom": "My hair falls out"})
    ann.post(SEND, ready_to_send(ann) | {"note": "A long week."})

    [row] = stored(world)
    assert row.side_effects["nausea"] == dict(ABSENT)
    assert row.note == "A long week.\n\nSomething else I noticed: My hair falls out"


def test_who_took_it_all_has_no_reason(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    ann.post(step(6), {f"taken_{medicine.pk}": "all", f"why_{medicine.pk}": "forgot"})
    ann.post(SEND, ready_to_send(ann))

    with clinic_context(clinic_id=world.clinic.pk):
        assert MedicineReport.objects.values_list("taken", "reason").get() == ("all", "")


@pytest.mark.parametrize(
    "changed",
    [{"checklist": "made-up"}, {"severity_nausea": "4"}, {"severity_nausea": "1_0"}, {"taken": "twice"}],
    ids=["unknown list", "beyond the scale", "no number", "unknown answer"],
)
def test_nonsense_about_medicines_is_refused_in_words(ann: Client, world: World, changed: dict[str, str]) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        medicine = prescribe(world, on=(now - WEEK).date(), at=now)
    answer_all(ann)
    named = {f"{name}_{medicine.pk}" if name == "taken" else name: value for name, value in changed.items()}
    refused = ann.post(step(6), {"checklist": "side-effects", "has_nausea": "on"} | named)

    assert refused.status_code == 422
    assert "There is a problem" in words(refused)


def test_an_event_is_pinned_with_the_check_in(ann: Client, world: World) -> None:
    answer_all(ann)
    today = timezone.localdate()
    ann.post(SEND, ready_to_send(ann) | {"event_title": "Neuer Job 🎉", "event_on": today.isoformat()})

    with clinic_context(clinic_id=world.clinic.pk):
        assert LifeEvent.objects.values_list("title", "recorded_by").get() == ("Neuer Job 🎉", world.ann.pk)


@pytest.mark.parametrize(
    ("title", "days"), [("Moved", 1), ("Moved", None), ("x" * 81, 0)], ids=["tomorrow", "no day", "too long"]
)
def test_an_event_that_cannot_be_read_stores_nothing(ann: Client, world: World, title: str, days: int | None) -> None:
    answer_all(ann)
    day = "" if days is None else (timezone.localdate() + timedelta(days=days)).isoformat()
    refused = ann.post(SEND, ready_to_send(ann) | {"event_title": title, "event_on": day})

    assert refused.status_code == 422
    assert stored(world) == []


def test_a_missed_week_is_offered_entered_and_marked(ann: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        slot = weeks.late_slot(world.episode, at=timezone.now())
    home = words(ann.get("/"))
    assert "Last week is still open for you" in home and "You do not have to catch up on anything" in home
    assert ann.post(START, {"form": "late", "slot": str(slot.pk)}).headers["Location"] == step(1)
    assert "This is for a week that is over" in words(ann.get(step(1)))
    day = date_format(slot.due_on, "l j F")
    assert f"In the 7 days up to {day}, how well did you sleep?" in words(ann.get(step(1)))
    assert "In the last 7 days" not in words(ann.get(step(1)))
    for number, (name, value) in enumerate(RATINGS.items(), start=1):
        ann.post(step(number), {name: value, "slot": str(slot.pk)})
    ann.post(SEND, ready_to_send(ann))

    [row] = stored(world)
    assert (row.is_late, row.slot_id) == (True, slot.pk)
    home = words(ann.get("/"))
    assert "Last week is still open" not in home
    assert "is still open for you" in home


def test_two_weeks_in_two_windows_never_mix(ann: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        late = weeks.late_slot(world.episode, at=timezone.now())
        present = plans.open_slot(world.episode, at=timezone.now())
    ann.post(START, {"form": "late", "slot": str(late.pk)})
    ann.post(START, {"form": "full"})
    ann.post(step(1), {"sleep": "1", "slot": str(late.pk)})
    ann.post(reverse("autosave", args=[1]), {"sleep": "9", "slot": str(present.pk)})

    with clinic_context(clinic_id=world.clinic.pk):
        kept = {
            slot: open_forms.open_form(world.episode, slot_id=slot.pk, at=timezone.now()) for slot in (late, present)
        }
        assert {slot.pk: draft.answers for slot, draft in kept.items()} == {
            late.pk: {"sleep": 1},
            present.pk: {"sleep": 9},
        }


def test_a_week_of_somebody_else_cannot_be_opened(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.bens_episode, starts_on=(now - WEEK * 2).date())
        bens = factories.open_week(world.bens_episode, at=now)

    for slot in (str(bens.pk), str(uuid4()), "nonsense", ""):
        assert ann.post(START, {"form": "late", "slot": slot}).status_code == 404


def test_an_answer_is_changed_from_the_receipt(ann: Client, world: World) -> None:
    answer_all(ann)
    ann.post(SEND, ready_to_send(ann) | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"})
    assert "Change an answer" in words(ann.get("/checkin/done/"))
    assert ann.post(START, {"form": "change"}).headers["Location"] == SEND
    back = ann.get(SEND).content.decode()
    assert "As written" in back and re.search(r'name="keep_private" value="on" checked', back)
    assert ann.post(step(1), {"sleep": "9"}).headers["Location"] == SEND
    fields = ready_to_send(ann)
    ann.post(SEND, fields | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"})

    [row] = stored(world)
    assert (row.sleep, row.mood, row.note, row.note_is_shared) == (9, 4, "As written", False)
    with clinic_context(clinic_id=world.clinic.pk):
        assert [version.sleep for version in CheckIn.versions.order_by("submitted_at")] == [3, 9]
    # The same post again is the same row.
    assert (
        ann.post(SEND, fields | {"note": "As written", "keep_private": "on", "contact_wish": "can_wait"}).status_code
        == 302
    )
    assert len(stored(world)) == 1


def test_less_is_one_tap_and_the_team_sees_it(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        for slot in CheckInSlot.objects.order_by("week_of"):
            check_ins.submit(
                episode=world.episode,
                slot_id=slot.pk,
                client_key=uuid4(),
                answers=CheckInAnswers(ratings=STEADY, is_short=True),
                by=world.ann,
                at=min(slot.closes_at - timedelta(hours=1), now),
            )
    assert "Would every two weeks be easier?" in words(ann.get("/"))
    ann.post(reverse("ask_less"))
    assert "Would every two weeks be easier?" not in words(ann.get("/"))
    chris = Client()
    chris.force_login(world.chris)

    assert "Every 2 weeks" in words(chris.get(reverse("trajectory", args=[world.episode.pk])))
