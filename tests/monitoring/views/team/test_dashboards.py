"""The reading pages: who comes first and why, one person's course, and what a patient sees of the own."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import evidence, sightings
from monitoring.assessments import assessments, judgements
from monitoring.attention import needs
from monitoring.check_ins import weeks
from monitoring.course import persons
from monitoring.course.pictures import Course, Panel
from monitoring.engine import FindingKind, Tier
from monitoring.models import Assessment, CheckIn, ClinicInstrument, Score, Signal
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.words import wording
from monitoring.words.states import SIGNAL_STATES, State, state_of
from monitoring.worklists import caseloads
from monitoring.worklists.caseloads import Filters
from patients.access.rules import Whose
from patients.care import care
from patients.care.care import Dose
from patients.models import Episode, User
from patients.models.care import InterventionKind
from patients.queries import ask
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

STEADY: list[int | None] = [6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6, 5, 6, 6, 5]
FALL: list[int | None] = [*STEADY[:12], 3, 2, 2, 1]


def make_course(
    world: World, moods: list[int | None], episode: Episode | None = None, by: User | None = None
) -> Episode:
    """Give an episode a history and assess it."""
    episode = episode or world.episode
    factories.make_plan(episode, starts_on=(NOW - WEEK * (len(moods) - 1)).date())
    factories.make_history(episode, by=by or world.ann, moods=moods)
    assessments.assess_as_of(episode=episode, as_of=NOW, at=NOW)
    return episode


def load(user: User, roles: set[str], **filters: Any) -> caseloads.Caseload:
    asked = Filters(**filters)
    return caseloads.load_caseload(user=user, roles=frozenset(roles), filters=asked, at=NOW)


def panel_of(course: Course, key: str) -> Panel:
    return next(panel for panel in course.panels if panel.key == key)


# ---------- caseload ----------


def test_somebody_who_gets_worse_comes_first_with_a_reason(north: World) -> None:
    make_course(north, FALL)
    make_course(north, STEADY, north.bens_episode, north.ben)

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    row = page.changed_rows[0]
    assert (row.name, row.states[0], row.has_changed) == ("Ann Archer", State.WORSE, True)
    assert "Mood" in row.reason
    assert [row.name for row in page.other_rows] == ["Ben Brook"]


def test_a_row_counts_no_more_weeks_than_its_charts_show(north: World) -> None:
    make_course(north, STEADY)

    (row,) = load(north.chris, {"clinician"}).rows

    assert (row.answered, row.asked_weeks) == (12, 12)


def test_what_was_looked_at_is_no_longer_new(north: World) -> None:
    make_course(north, FALL)
    sightings.seen(episode=north.episode, by=north.chris, at=NOW + timedelta(minutes=5))

    page = load(north.chris, {"clinician"})

    assert page.changed == 0
    assert page.other_rows[0].states[0] is State.WORSE


def test_a_new_alert_after_looking_is_a_change(north: World) -> None:
    make_course(north, STEADY)
    sightings.seen(episode=north.episode, by=north.chris, at=NOW + timedelta(minutes=5))
    later = NOW + WEEK
    factories.make_check_in(north.episode, by=north.ann, at=later, contact_wish=ContactWish.CONTACT_ME)

    page = load(north.chris, {"clinician"})

    assert page.changed == 1
    assert State.ASKED in page.waiting_rows[0].states


def test_somebody_who_waits_stays_on_top_after_being_looked_at(north: World) -> None:
    make_course(north, STEADY)
    make_course(north, FALL, north.bens_episode, north.ben)
    factories.make_check_in(north.episode, by=north.ann, at=NOW + WEEK, contact_wish=ContactWish.CONTACT_ME)
    sightings.seen(episode=north.episode, by=north.cora, at=NOW + WEEK + timedelta(minutes=5))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [(row.name, row.has_changed) for row in page.waiting_rows] == [("Ann Archer", False)]
    assert [row.name for row in page.changed_rows] == ["Ben Brook"]


def test_a_clinician_sees_only_the_own_people_and_mine_means_responsible(north: World) -> None:
    make_course(north, STEADY)

    assert [row.name for row in load(north.chris, {"clinician"}).other_rows] == ["Ann Archer"]
    assert "Ann Archer" not in str(load(north.dana, {"clinician"}, whose=Whose.CLINIC))


def test_filters_narrow_the_list_and_the_counts_stay(north: World) -> None:
    make_course(north, FALL)
    make_course(north, STEADY, north.bens_episode, north.ben)

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, state=State.STEADY)
    named = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, name="arch")

    assert [row.name for row in (*page.changed_rows, *page.other_rows)] == ["Ben Brook"]
    assert {entry.state: entry.count for entry in page.counts} == {State.WORSE: 1, State.STEADY: 1}
    assert (named.total, named.shown) == (2, 1)


def test_somebody_who_was_never_asked_shows_no_data(north: World) -> None:
    page = load(north.chris, {"clinician"})

    row = page.other_rows[0]
    assert row.states == (State.NONE,)
    assert row.reason == "No check-in yet"
    # New is no change: there is nothing to look at yet.
    assert (page.changed, row.has_changed) == (0, False)
    assert [group.title for group in page.groups] == ["No change since you last looked, or not looked at yet"]


def test_the_number_of_queries_does_not_grow_with_the_list(
    north: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    make_course(north, FALL)
    with django_assert_max_num_queries(15) as one:
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC)
    for number in range(8):
        factories.make_episode(factories.make_patient(f"Patient {number}"), team=(north.chris,))

    with django_assert_num_queries(len(one)):
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC)


def test_pages_hold_fifty_and_a_page_that_is_not_there_gives_the_last(north: World) -> None:
    for number in range(52):
        factories.make_episode(factories.make_patient(f"Patient {number:02}"), team=(north.chris,))

    page = load(north.chris, {"clinician"}, page=99)

    assert (page.page, page.pages, len(page.changed_rows) + len(page.other_rows)) == (2, 2, 3)


def test_sparklines_leave_a_gap_for_a_missed_week(north: World) -> None:
    moods: list[int | None] = [*STEADY]
    moods[-3] = None
    make_course(north, moods)

    sparks = dict(load(north.chris, {"clinician"}).other_rows[0].sparks)

    assert sparks["Mood"].values[-4:] == (5, None, 6, 5)
    assert not sparks["Mood"].is_silent


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_of_finding_has_a_title_and_a_line_even_without_its_values(kind: FindingKind) -> None:
    signal = Signal(kind=kind, tier="watch", domain="mood", parts={"event": "sertraline 50 mg"})

    assert wording.title(signal)
    assert wording.in_short(signal)
    assert isinstance(wording.reason(signal), str)


def test_every_state_of_a_signal_is_in_the_table_once() -> None:
    quiet = {kind for kinds, tiers, _state in SIGNAL_STATES if not tiers for kind in kinds}

    assert all(state_of(kind, "info") is not None for kind in quiet)
    assert state_of("deterioration", "review") is State.WORSE
    assert state_of("deterioration", "watch") is State.WATCH
    assert state_of("offer_instrument", "info") is None


# ---------- caseload: order, heads, reasons ----------


def judge(episode: Episode, *found: tuple[FindingKind, Tier, str], at: datetime = NOW) -> Assessment:
    """Store an assessment that found what is given: kind, tier, rating."""
    run = Assessment.objects.create(episode=episode, as_of=at, engine_version="0", rules_digest="", assessed_at=at)
    for kind, tier, domain in found:
        Signal.objects.create(assessment=run, episode=episode, kind=kind, tier=tier, domain=domain)
    needs.update(episode_ids=[episode.pk], at=NOW)
    return run


def answer_once(world: World, episode: Episode) -> None:
    """Store one check-in of an episode, at NOW."""
    CheckIn.objects.create(
        episode=episode, client_key=uuid4(), body_digest="x", about_on=NOW.date(), submitted_at=NOW, mood=6
    )


def test_nobody_getting_worse_stands_behind_good_news(north: World) -> None:
    answer_once(north, north.episode)
    answer_once(north, north.bens_episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))
    sightings.seen(episode=north.episode, by=north.cora, at=NOW + timedelta(minutes=1))
    judge(north.bens_episode, (FindingKind.IMPROVEMENT, Tier.INFO, "mood"))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [(group.title, [row.name for row in group.rows]) for group in page.groups] == [
        ("No change since you last looked", ["Ann Archer"]),
        ("Changed since you last looked", ["Ben Brook"]),
    ]


def test_among_those_in_need_the_changed_come_first(north: World) -> None:
    answer_once(north, north.episode)
    answer_once(north, north.bens_episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))
    sightings.seen(episode=north.episode, by=north.cora, at=NOW + timedelta(minutes=1))
    judge(north.bens_episode, (FindingKind.DETERIORATION, Tier.WATCH, "mood"))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [row.name for row in page.rows] == ["Ben Brook", "Ann Archer"]


def test_the_head_counts_everybody_whatever_the_filter(north: World) -> None:
    answer_once(north, north.episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))

    for filters in ({"state": State.NONE}, {"name": "brook"}):
        page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, **filters)
        assert (page.total, page.total_changed, page.shown, page.changed) == (2, 1, 1, 0)


def test_the_first_reason_is_that_of_the_chip_and_no_rating_is_named_twice(north: World) -> None:
    answer_once(north, north.episode)
    judge(
        north.episode,
        (FindingKind.MISSED_CHECK_INS, Tier.WATCH, ""),
        (FindingKind.SUDDEN_CHANGE, Tier.PRIORITY, "energy"),
        (FindingKind.DETERIORATION, Tier.REVIEW, "energy"),
        (FindingKind.RELAPSE, Tier.REVIEW, ""),
    )
    worse = load(north.chris, {"clinician"}).rows[0]
    evidence.raise_alert(episode=north.episode, kind=AlertKind.MISSED_CHECK_INS, tier=Tier.REVIEW, at=NOW)
    evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    needs.update(episode_ids=[north.episode.pk], at=NOW)
    safety = load(north.chris, {"clinician"}).rows[0]

    assert (worse.states, worse.reason) == ((State.WORSE,), "Energy: sudden large change; Relapse signs")
    assert safety.states == (State.SAFETY,)
    assert safety.reason == f"{AlertKind.RISK_ANSWER.label}, 16 Nov; Energy: sudden large change"


@pytest.mark.parametrize(
    ("kind", "parts", "words"),
    [
        (
            FindingKind.DISCONTINUATION,
            {"event": "Venlafaxine", "event_change": "stop", "event_days": 3},
            "New or worse, 3 days after stopping Venlafaxine",
        ),
        (
            FindingKind.DETERIORATION,
            {"event": "Sertraline 50 mg to 100 mg", "event_change": "change", "event_days": 1},
            "Mood: getting worse, 1 day after the change of Sertraline 50 mg to 100 mg",
        ),
        (
            FindingKind.DETERIORATION,
            {"event": "Sertraline 50 mg", "event_change": "start", "event_days": 0},
            "Mood: getting worse, from the day of starting Sertraline 50 mg",
        ),
        (FindingKind.DETERIORATION, {}, "Mood: getting worse"),
    ],
)
def test_a_reason_names_the_medicine_and_what_was_done_with_it(
    kind: FindingKind, parts: dict[str, Any], words: str
) -> None:
    domain, item = ("", "Venlafaxine") if kind is FindingKind.DISCONTINUATION else ("mood", "")
    signal = Signal(kind=kind, tier="review", domain=domain, item=item, parts=parts)

    assert wording.in_short(signal) == words


def import_scores(world: World, *values: float) -> None:
    """Give Ann weekly scores of an instrument that ended in February, and no ratings."""
    for week, value in enumerate(values):
        Score.objects.create(
            episode=world.episode,
            instrument="HAM-D",
            instrument_version="1",
            about_on=date(2026, 2, 9) - WEEK * (len(values) - 1 - week),
            entered_at=NOW,
            value=value,
        )


def test_somebody_with_scores_alone_shows_them_and_their_last_day(north: World) -> None:
    import_scores(north, 26, 22, 7.5)
    judge(north.episode)

    row = load(north.chris, {"clinician"}).rows[0]

    assert (row.scores, row.last_data) == ("HAM-D: 26 → 22 → 7.5", "HAM-D, 9 Feb 2026")
    assert (row.states, row.reason) == ((State.NONE,), "No answer since 9 Feb 2026")
    facts = persons.load_person(north.episode, window="all", at=NOW).facts
    assert ("Last data", "HAM-D, 9 Feb 2026") in {(fact.name, fact.value) for fact in facts}


def test_what_was_found_in_an_old_series_is_told_with_its_day(north: World) -> None:
    import_scores(north, 26, 22, 7.5)
    judge(north.episode, (FindingKind.RESPONSE, Tier.INFO, ""))

    row = load(north.chris, {"clinician"}).rows[0]

    assert row.chips == ((State.BETTER, "Improving, as of 9 Feb 2026"),)


def test_a_level_beyond_the_usual_range_is_the_reason_with_its_range(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.episode, by=north.ann, moods=[*[7] * 14, 3, 3])
    judge(north.episode)

    row = load(north.chris, {"clinician"}).rows[0]

    assert row.states == (State.WATCH,)
    assert row.reason.startswith("Mood: below usual ") and row.reason.endswith(", too early to say if this will last")


def test_a_caseload_with_everybody_of_every_kind_keeps_to_its_queries(
    north: World, django_assert_max_num_queries: Any
) -> None:
    import_scores(north, 26, 22)
    factories.make_plan(north.bens_episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.bens_episode, by=north.ben, moods=[*[7] * 14, 3, 3])
    judge(north.bens_episode)

    with django_assert_max_num_queries(15):
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC, name="b")


# ---------- trajectory ----------


def test_a_questionnaire_shows_its_newest_score_with_its_day_and_a_rating_its_level(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 2 * WEEK).date(), instruments={"PHQ-9": 1})
    for ago, others in ((2, 1), (1, 1), (0, 2)):
        at = NOW - WEEK * ago
        factories.open_week(north.episode, at=at)
        factories.make_check_in(north.episode, by=north.ann, at=at, items={"PHQ-9": factories.phq9(others=others)})

    course = persons.load_person(north.episode, window="6m", at=NOW).course

    phq, mood = panel_of(course, "PHQ-9"), panel_of(course, "mood")
    assert (phq.number_now, phq.number_label, phq.band_now) == (16, "16 Nov", "moderately severe")
    assert phq.value_now is not None and 8 < phq.value_now < 16
    assert (mood.number_now, mood.number_label) == (mood.value_now, "level")


def test_a_dose_is_shown_since_its_own_day_and_with_its_start(north: World, client: Client) -> None:
    medicine = care.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        dose=Dose(label="50 mg"),
        started_on=date(2026, 8, 27),
        by=north.chris,
        at=NOW,
    )
    client.force_login(north.chris)
    before = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()
    care.change_intervention(
        intervention=medicine, dose=Dose(label="100 mg"), from_on=date(2026, 10, 22), by=north.chris, at=NOW
    )
    after = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()

    assert "since 27 Aug 2026</span>" in before
    assert "since 22 Oct 2026; started 27 Aug 2026 at 50 mg</span>" in after


def test_the_trajectory_says_what_changed_with_numbers(north: World) -> None:
    make_course(north, FALL)

    person = persons.load_person(north.episode, window="6m", at=NOW)

    mood = panel_of(person.course, "mood")
    assert mood.state is State.WORSE
    assert person.changes[0].title == "Mood: getting worse"
    assert "average 5" in person.changes[0].reason
    assert person.changes[0].clears
    assert person.chips[0].detail == "mood"
    assert person.alerts[0].kind == "Getting worse"
    assert mood.marks[-1].words == "Lasting fall"


def test_that_timing_proves_no_cause_is_said_once_on_a_page(north: World) -> None:
    care.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - 5 * WEEK).date(),
        by=north.chris,
        at=NOW,
    )
    make_course(north, FALL)
    signal = Signal.objects.filter(kind="deterioration").first()
    assert signal is not None

    change = persons.load_person(north.episode, window="6m", at=NOW).changes[0]

    assert "Sertraline" in change.reason
    assert wording.TIMING in wording.reason(signal)
    assert wording.TIMING not in change.reason


def make_change(title: str, subject: str) -> persons.Change:
    return persons.Change(state=State.WATCH, title=title, heading=title, first="", subject=subject)


def test_no_series_is_told_twice_before_every_series_once_and_none_is_lost() -> None:
    changes = [
        make_change("GAD-7: reliably worse", "GAD-7"),
        make_change("GAD-7: severe", "GAD-7"),
        make_change("Missed check-ins", ""),
        make_change("Lost contact", ""),
        make_change("Sleep: below usual", "Sleep"),
        make_change("Mood: below usual", "Mood"),
    ]

    shown, also = persons.most_telling(changes, 4)

    assert [change.title for change in shown] == [
        "GAD-7: reliably worse",
        "Missed check-ins",
        "Lost contact",
        "Sleep: below usual",
    ]
    assert also == "Also: GAD-7: severe; Mood: below usual."
    assert persons.most_telling(changes, 6) == (tuple(changes), "")


def test_a_window_cuts_what_is_shown_and_never_what_is_estimated(north: World) -> None:
    make_course(north, STEADY)

    short = panel_of(persons.load_person(north.episode, window="6w", at=NOW).course, "mood")
    whole = panel_of(persons.load_person(north.episode, window="all", at=NOW).course, "mood")

    assert len(short.answers) < len(whole.answers) == len(STEADY)
    assert short.levels[-1] == whole.levels[-1]
    assert short.levels[-1].usual_low is not None


def test_a_missed_week_stays_a_gap(north: World) -> None:
    moods: list[int | None] = [*STEADY]
    moods[5] = None
    make_course(north, moods)

    mood = panel_of(persons.load_person(north.episode, window="all", at=NOW).course, "mood")

    assert len(mood.missed_on) == 1
    assert len(mood.runs) == 2


def test_a_week_that_can_still_be_answered_counts_neither_way(north: World) -> None:
    moods: list[int | None] = [*STEADY[:5], None, *STEADY[6:]]
    make_course(north, moods)
    factories.open_week(north.episode, at=NOW + WEEK)

    person = persons.load_person(north.episode, window="all", at=NOW + WEEK)

    facts = {fact.name: fact.value for fact in person.facts}
    assert facts["Check-ins"] == "15 of 16 weeks"


def test_an_imported_series_without_ratings_fills_the_page_by_itself(north: World) -> None:
    start = date(1990, 3, 5)
    episode = factories.make_episode(factories.make_patient("Subject 101"), team=(north.chris,), started_on=start)
    ClinicInstrument.objects.create(
        code="HAM-D", name="Hamilton", direction="higher_is_worse", minimum=0, maximum=52, source="test"
    )
    for week, value in enumerate([26, 22, 18, 7, 4, 3]):
        Score.objects.create(
            episode=episode,
            instrument="HAM-D",
            instrument_version="1",
            about_on=start + week * WEEK,
            entered_at=NOW,
            value=value,
        )
    care.start_intervention(
        episode=episode,
        kind=InterventionKind.MEDICATION,
        name="Imipramine",
        dose=Dose(label="225 mg a day", amount=Decimal(225), unit="mg"),
        started_on=start + WEEK,
        by=north.chris,
        at=NOW,
    )

    course = persons.load_person(episode, window="6m", at=NOW).course

    assert [panel.key for panel in course.panels] == ["HAM-D"]
    assert len(course.panels[0].answers) == 6
    assert course.span.holds(start)
    assert course.span.weeks <= 6
    assert course.lanes[0].bars[0].label == "Imipramine 225 mg a day"
    assert course.medicine_days == (start + WEEK,)


@pytest.mark.parametrize("weeks", [12, 52, 104])
def test_a_course_is_as_many_weeks_as_it_took(north: World, weeks: int) -> None:
    make_course(north, [5, *[None] * (weeks - 1), 5])

    course = persons.load_person(north.episode, window="all", at=NOW).course

    assert course.span.weeks == weeks
    assert course.span.place(NOW.date()).share < 1 - 0.005


def test_findings_stored_meanwhile_are_told_with_their_own_assessment(north: World) -> None:
    episode = make_course(north, FALL)
    runs, signals = judgements.asking(episode)
    ask(runs, signals)
    assert signals.rows

    found = judgements.judgement_of(runs.rows, signals.rows)
    read_too_early = judgements.judgement_of(runs.rows, [])

    assert found == read_too_early


def test_a_private_note_is_not_shown_to_the_team(north: World) -> None:
    make_course(north, STEADY[:3])
    row = weeks.last_check_in(north.episode)
    assert row is not None
    type(row).objects.filter(pk=row.pk).update(note="only mine", note_is_shared=False)

    assert persons.load_person(north.episode, window="6m", at=NOW).note is None


def test_somebody_with_nothing_has_a_page(north: World) -> None:
    person = persons.load_person(north.episode, window="all", at=NOW)

    assert person.course.panels == ()
    assert person.changes == ()


def test_what_is_only_watched_is_not_said_to_get_worse_or_to_last(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    signal = Signal.objects.create(
        assessment=run, episode=north.episode, kind="deterioration", tier="watch", domain="mood", parts={}, contrast=-1
    )

    assert wording.title(signal) == "Mood: possibly getting worse"
    runs, signals = judgements.asking(north.episode)
    ask(runs, signals)
    judgement = judgements.judgement_of(runs.rows, signals.rows)
    assert [words for _day, _state, words in judgement.decided["mood"]] == ["Possible fall"]


def test_a_series_that_gets_worse_is_not_watched_beside_it(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    for domain, tier in (("mood", "review"), ("mood", "watch"), ("sleep", "watch")):
        Signal.objects.create(
            assessment=run, episode=north.episode, kind="deterioration", tier=tier, domain=domain, parts={}
        )

    chips = persons.load_person(north.episode, window="all", at=NOW).chips

    assert [(chip.state, chip.detail) for chip in chips] == [(State.WORSE, "mood"), (State.WATCH, "sleep")]


def test_a_signal_of_an_older_engine_keeps_its_title(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    Signal.objects.create(
        assessment=run, episode=north.episode, kind="deterioration", tier="review", domain="mood", parts={}
    )

    change = persons.load_person(north.episode, window="all", at=NOW).changes[0]

    assert (change.title, change.reason) == ("Mood: getting worse", "")


def test_a_patient_sees_no_marks_and_no_instruments(north: World) -> None:
    make_course(north, FALL)

    course = persons.load_own_course(north.episode, window="12w", at=NOW)

    assert {panel.key for panel in course.panels} == {"sleep", "mood", "energy", "pain", "function"}
    assert not any(panel.marks for panel in course.panels)


# ---------- pages ----------


@pytest.mark.parametrize(
    "query", ["", "?window=6w", "?window=all&view=table", "?window=nonsense&view=%00", "?view=table"], ids=str
)
def test_the_trajectory_page_answers_whatever_the_address_asks(world: World, client: Client, query: str) -> None:
    client.force_login(world.chris)

    response = client.get(reverse("trajectory", args=[world.episode.pk]) + query)

    assert response.status_code == 200
    assert "Ann Archer" in response.content.decode()
    assert "style=" not in response.content.decode()


def test_looking_at_a_person_is_what_the_patient_reads_as_seen(world: World, client: Client) -> None:
    client.force_login(world.chris)
    before = timezone.now()

    client.get(reverse("trajectory", args=[world.episode.pk]))

    with clinic_context(clinic_id=world.clinic.pk):
        sighting = sightings.of_episode(world.episode).first()
    assert sighting is not None
    assert (sighting.user, sighting.seen_at >= before) == (world.chris, True)


@pytest.mark.parametrize("query", ["", "?people=team", "?state=nonsense&page=-1", "?page=99999999999", "?name=%3Cb%3E"])
def test_the_caseload_answers_whatever_the_address_asks(world: World, client: Client, query: str) -> None:
    client.force_login(world.chris)

    response = client.get(reverse("caseload") + query)

    assert response.status_code == 200
    assert "<b>" not in response.context["caseload"].filters.name or "&lt;b&gt;" in response.content.decode()


def test_a_filter_swaps_only_the_list(world: World, client: Client) -> None:
    client.force_login(world.chris)

    part = client.get(reverse("caseload"), headers={"HX-Request": "true"})

    assert "<html" not in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]


def test_my_chart_speaks_to_the_patient(world: World, client: Client) -> None:
    client.force_login(world.ann)

    response = client.get(reverse("my_chart"))

    assert response.status_code == 200
    assert "Your first dots appear" in response.content.decode()
