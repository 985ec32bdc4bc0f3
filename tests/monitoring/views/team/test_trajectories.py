"""The trajectory page: time zero, windows, comparing, leaving out, looking into a check-in, before and after, bad input."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.assessments import assessments
from monitoring.attention import sightings
from monitoring.course import courses, persons
from monitoring.course.tables import course_tables
from monitoring.engine import Direction, Domain, FindingKind, Tier
from monitoring.models import Alert, CheckIn, ClinicInstrument, Review, Score, Signal
from monitoring.words.states import State
from patients.care import exposure, life_events, treatments
from patients.care.treatments import Dose
from patients.models import Intervention
from patients.models.care import InterventionKind
from patients.models.exposure import Measure
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, make_course, panel_of
from tests.monitoring.trajectories import agree_on, load, try_out

HOSTILE = '<script>alert("x")</script> <b>שלום</b>'


def page_of(client: Client, world: World, query: str = "") -> str:
    client.force_login(world.chris)
    response = client.get(reverse("trajectory", args=[world.episode.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


# ---------- the cost ----------


def test_a_page_reads_each_table_once_however_long_the_past(north: World, django_assert_max_num_queries: Any) -> None:
    make_course(north, STEADY)
    for number in range(10):
        started = try_out(north, f"Thing {number}", number)
        exposure.expect(
            intervention=started,
            measure=Measure.MOOD,
            points=Decimal(2),
            by_on=NOW.date(),
            by=north.chris,
            at=NOW - WEEK * 9,
        )

    with django_assert_max_num_queries(12):
        load(north)


# ---------- time zero and window ----------


def test_weeks_are_counted_from_the_chosen_day(north: World) -> None:
    make_course(north, STEADY)
    started = try_out(north, "Sertraline", 5)

    course = load(north, zero=str(started.pk)).course

    assert course.zero.on == started.started_on
    assert course.week_words(started.started_on) == "week 0"
    assert course.week_words(started.started_on + timedelta(days=15)) == "week 2"
    assert course.week_words(started.started_on - timedelta(days=1)) == "week \u22121"
    heads = [row[0] for row in course_tables(course)[0].rows]
    assert {"week 0", "week 5", "week \u221210"} <= {head.detail for head in heads}


def test_care_every_start_and_every_event_can_be_time_zero(north: World) -> None:
    make_course(north, STEADY[:4])
    drug, talk = try_out(north, "Sertraline", 2), try_out(north, "CBT", 3, InterventionKind.PSYCHOTHERAPY)
    event = life_events.add_life_event(
        episode=north.episode, title="Moved", happened_on=NOW.date() - WEEK, by=north.chris, at=NOW
    )

    zeros = load(north).course.zeros

    assert [zero.code for zero in zeros] == ["", "care", str(talk.pk), str(drug.pk), str(event.pk)]


def test_each_change_of_dose_and_the_stop_can_be_time_zero(north: World) -> None:
    make_course(north, STEADY)
    drug = try_out(north, "Sertraline", 12)
    changed, stopped = (NOW - 8 * WEEK).date(), (NOW - 2 * WEEK).date()
    more = Dose(label="100 mg", amount=Decimal(100), unit="mg")
    treatments.change_intervention(intervention=drug, dose=more, from_on=changed, by=north.chris, at=NOW)
    treatments.stop_intervention(intervention=drug, stopped_on=stopped, reason="", by=north.chris, at=NOW)

    zeros = load(north).course.zeros[2:]

    assert [zero.on for zero in zeros] == [drug.started_on, changed, stopped]
    assert [zero.name.split(",")[0] for zero in zeros] == ["Sertraline", "Sertraline 100 mg", "Sertraline stopped"]
    assert [load(north, zero=zero.code).course.zero.on for zero in zeros] == [drug.started_on, changed, stopped]


def test_each_dose_of_a_medicine_is_named_in_the_table(north: World) -> None:
    make_course(north, STEADY)
    drug = try_out(north, "Sertraline", 12)
    changed = (NOW - 8 * WEEK).date()
    more = Dose(label="100 mg", amount=Decimal(100), unit="mg")
    treatments.change_intervention(intervention=drug, dose=more, from_on=changed, by=north.chris, at=NOW)

    tried = course_tables(load(north).course)[-1]

    assert [row[1].value for row in tried.rows] == ["Sertraline 50 mg", "Sertraline 100 mg"]


def test_a_window_with_a_time_zero_begins_a_little_before_it(north: World) -> None:
    make_course(north, [*STEADY, *STEADY])
    started = try_out(north, "Sertraline", 20).started_on

    span = load(north, zero=str(Intervention.objects.get().pk), window="6w").course.span

    assert span.start == started - 2 * WEEK - courses.MARGIN
    assert span.end == started + 6 * WEEK + courses.MARGIN


def test_a_span_in_the_past_still_says_how_it_stands_now(north: World) -> None:
    make_course(north, FALL)
    started = try_out(north, "Sertraline", 14)

    past, now = load(north, zero=str(started.pk), window="6w").course, load(north).course

    assert panel_of(past, "mood").answers[-1].value == 6
    assert panel_of(past, "mood").value_now == panel_of(now, "mood").value_now == panel_of(now, "mood").levels[-1].level


@pytest.mark.parametrize("zero", ["nonsense", str(UUID(int=7)), "<b>", "care' OR 1=1"])
def test_a_time_zero_that_is_not_there_is_the_calendar(north: World, zero: str) -> None:
    make_course(north, STEADY[:4])

    assert load(north, zero=zero).course.zero.on is None


@pytest.mark.parametrize("days", [-4000, -30, 30, 400], ids=str)
@pytest.mark.parametrize("window", courses.WINDOWS)
def test_a_time_zero_before_care_or_in_the_future_still_gives_a_picture(north: World, days: int, window: str) -> None:
    make_course(north, STEADY[:6])
    event = life_events.add_life_event(
        episode=north.episode, title="Then", happened_on=NOW.date() + timedelta(days=days), by=north.chris, at=NOW
    )

    span = load(north, zero=str(event.pk), window=window).course.span

    assert span.days >= 14
    assert span.holds(event.happened_on)


# ---------- compare, leave out ----------


def test_each_panel_says_how_it_moved_since_the_last_review(north: World) -> None:
    make_course(north, FALL)
    Review.objects.create(episode=north.episode, planned_at=NOW - 5 * WEEK, held_at=NOW - 5 * WEEK)

    alone, compared = load(north).course, load(north, compares=True).course

    assert alone.review_on is None and not any(panel.since_review for panel in alone.panels)
    assert compared.review_on == (NOW - 5 * WEEK).date()
    assert panel_of(compared, "mood").since_review.endswith("worse")
    assert float(panel_of(compared, "mood").since_review.split()[0]) > 1


def test_a_review_that_lies_ahead_is_nothing_to_compare_with(north: World) -> None:
    make_course(north, STEADY[:4])
    Review.objects.create(episode=north.episode, planned_at=NOW + WEEK)

    person = load(north, compares=True)

    assert person.reviewed_on is None and person.course.review_on is None


@pytest.mark.parametrize(("held", "words"), [(True, "the review on"), (False, "the day of the review planned for")])
def test_a_review_is_called_held_only_where_that_was_recorded(
    world: World, client: Client, held: bool, words: str
) -> None:
    past = (timezone.now() - 2 * WEEK).replace(hour=10)
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:4])
        Review.objects.create(episode=world.episode, planned_at=past, held_at=past if held else None)

    assert f"Compare with {words} {past.day} {past:%b %Y}" in page_of(client, world)


def test_panels_and_lanes_can_be_left_out_and_stay_offered(north: World) -> None:
    make_course(north, STEADY[:4])
    try_out(north, "Sertraline", 2)

    course = load(north, hidden=frozenset({"pain", "lane-medication"})).course

    assert "pain" not in {panel.key for panel in course.panels}
    assert course.lanes == ()
    assert {part.key for part in course.parts if not part.is_shown} == {"pain", "lane-medication"}


def test_the_state_of_the_page_is_in_its_address(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:8])
        started = try_out(world, "Sertraline", 3)

    page = page_of(client, world, f"?window=12w&zero={started.pk}&hide=pain&hide=nonsense")

    links = re.findall(r'href="\?([^"]*)"', page)
    assert any("window=6w" in link and f"zero={started.pk}" in link and "hide=pain" in link for link in links)
    assert not any("nonsense" in link for link in links)
    assert not any("Sertraline" in link for link in links)
    assert "week 0" in page
    assert 'id="figure-4"' not in page


# ---------- what changed ----------


def test_a_finding_is_a_line_with_its_day_then_a_sentence_and_the_rest_is_folded(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, FALL)
        change = next(one for one in load(world).changes if one.title.startswith("Mood"))

    chart, table = page_of(client, world), page_of(client, world, "?view=table")

    assert re.fullmatch(r"Mood: getting worse, since \d+ [A-Z][a-z]{2}", change.heading)
    assert change.first.startswith("Mood has been about") and change.first.count(". ") == 0
    assert change.rest and change.clears
    assert change.reason == f"{change.first} {change.rest}"
    assert re.search(r'<details class="why-more">\s*<summary>\s*Why, and what would clear it', chart)
    assert '<details class="why-more" open>' in table


def test_findings_about_one_series_from_one_day_stand_together(north: World) -> None:
    make_course(north, STEADY[:4])
    onset = NOW.date() - 2 * WEEK
    parts: dict[str, Any] = {}
    signals = [
        Signal(kind=kind, tier=tier, domain=domain, onset_on=onset, parts=parts, clears={})
        for kind, tier, domain in (
            (FindingKind.DETERIORATION, Tier.PRIORITY, Domain.SLEEP),
            (FindingKind.DETERIORATION, Tier.PRIORITY, Domain.MOOD),
            (FindingKind.SIDE_EFFECT, Tier.REVIEW, Domain.SLEEP),
        )
    ]

    changes = persons._changes(signals, load(north).course)

    assert [one.title.split(":")[0] for one in changes[:3]] == ["Sleep", "Sleep", "Mood"]


def test_what_changed_is_read_before_the_charts_and_the_persons_words_before_the_rest(
    world: World, client: Client
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, FALL)
        last = CheckIn.objects.filter(episode=world.episode).latest("submitted_at")
        CheckIn.objects.filter(pk=last.pk).update(note="I sleep badly", note_is_shared=True)

        alert = Alert.objects.get()

    page = page_of(client, world)

    order = ["changes-title", f"alert-{alert.pk}", "course-title", "words-title", "tried-title", "plan-title"]
    places = [page.index(f'id="{name}"') for name in order]
    assert places == sorted(places)


# ---------- lanes ----------


def test_a_measure_without_a_good_end_is_never_better_or_worse(north: World) -> None:
    ClinicInstrument.objects.create(
        code="ln plasma", name="Plasma", direction=Direction.NEUTRAL, minimum=0, maximum=10, source="test"
    )
    for week, value in enumerate([3.1, 3.3, 4.6, 4.8]):
        Score.objects.create(
            episode=north.episode,
            instrument="ln plasma",
            instrument_version="1",
            about_on=(NOW - WEEK * (3 - week)).date(),
            entered_at=NOW,
            value=value,
        )
    Review.objects.create(episode=north.episode, planned_at=NOW - 3 * WEEK, held_at=NOW - 3 * WEEK)
    assessments.assess_as_of(episode=north.episode, as_of=NOW, at=NOW)

    plasma = panel_of(load(north, compares=True).course, "ln plasma")

    assert plasma.direction_word == "no better direction"
    assert plasma.since_review.endswith("higher")
    assert (plasma.state, plasma.marks) == (None, ())


# ---------- what was agreed to expect ----------


def test_what_was_agreed_is_on_the_page_and_in_its_table_whatever_is_left_out(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY)
        agree_on(world, weeks_ago=6, points=2, by_on=NOW.date() + WEEK)

    assert "Mood 2 better by" in page_of(client, world, "?hide=mood")
    assert page_of(client, world, "?view=table").count("Mood 2 better by") == 2


# ---------- looking into a check-in ----------


def test_a_check_in_answers_as_a_page_and_as_a_part(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:3])
        pk = CheckIn.objects.filter(episode=world.episode).latest("submitted_at").pk
    client.force_login(world.chris)
    url = reverse("check_in_answers", args=[world.episode.pk, pk])

    page, part = client.get(url), client.get(url, headers={"HX-Request": "true"})

    assert "<html" in page.content.decode() and "<html" not in part.content.decode()
    assert "Seen by" not in page.content.decode()
    assert f"checkins/{pk}/" in page_of(client, world, "?view=table")
    assert "Seen by" in client.get(url).content.decode()


def test_an_open_check_in_stands_in_the_address_of_the_charts(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:3])
        pk = CheckIn.objects.filter(episode=world.episode).latest("submitted_at").pk
    client.force_login(world.chris)
    charts = reverse("trajectory", args=[world.episode.pk])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{charts}?window=12w&zero=care"}

    part = client.get(reverse("check_in_answers", args=[world.episode.pk, pk]), headers=headers)
    page = page_of(client, world, f"?window=12w&checkin={pk}")

    assert part.headers["HX-Push-Url"] == f"{charts}?window=12w&view=chart&zero=care&checkin={pk}"
    assert f'href="{charts}?window=12w&amp;view=chart&amp;zero=care" data-close-check-in' in part.content.decode()
    assert 'id="answers-title"' in page
    assert f'href="{charts}?window=12w&amp;view=chart" data-close-check-in' in page


def test_a_switch_of_the_charts_neither_opens_nor_closes_a_check_in(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:3])
        pk = CheckIn.objects.filter(episode=world.episode).latest("submitted_at").pk
    client.force_login(world.chris)
    charts = reverse("trajectory", args=[world.episode.pk])

    def switched(query: str, now: str) -> str:
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{charts}{now}"}
        return client.get(charts + query, headers=headers).headers["HX-Push-Url"]

    assert switched("?window=12w", f"?checkin={pk}") == f"{charts}?window=12w&view=chart&checkin={pk}"
    assert switched(f"?window=12w&checkin={pk}", "") == f"{charts}?window=12w&view=chart"


@pytest.mark.parametrize("code", ["nonsense", str(UUID(int=7)), "<b>"])
def test_a_check_in_that_is_not_there_is_not_opened(world: World, client: Client, code: str) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:3])

    page = page_of(client, world, f"?checkin={code}")

    assert 'id="answers-title"' not in page and "checkin=" not in page


# ---------- before and after ----------


def test_before_and_after_says_timing_only_and_names_what_cannot_be_told_apart(north: World) -> None:
    make_course(north, FALL)
    try_out(north, "Sertraline", 4)
    try_out(north, "CBT", 3, InterventionKind.PSYCHOTHERAPY)

    second, first = load(north, around=True).comparisons

    assert [second.event, first.event] == ["CBT 50 mg started", "Sertraline 50 mg started"]
    assert first.together == (
        "Two changes within 14 days: they cannot be told apart. The others: CBT 50 mg started (7 days later)."
    )
    mood = next(series for series in first.series if series.name == "Mood")
    assert re.fullmatch(r"[\d.]+ worse after \([\d.]+ to [\d.]+\)", mood.words)
    assert first.sentence.startswith(f"Afterwards: mood {mood.change}")
    said = " ".join([first.sentence, first.together, *(one.words + one.detail for one in first.series)])
    assert "because" not in said and "caused" not in said


def test_too_few_answers_are_said_in_words(north: World) -> None:
    make_course(north, STEADY[:4])
    try_out(north, "Sertraline", 1)

    (only,) = load(north, around=True).comparisons

    assert {series.words for series in only.series} == {"too few answers"}
    assert {series.detail for series in only.series} == {"3 before, 1 after"}
    assert only.sentence == "Too few answers: sleep, mood, energy, pain and function."


def test_a_change_in_a_bad_week_is_said_to_be_one_on_the_page(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, [*STEADY[:11], 2, *STEADY[:4]])
        try_out(world, "Sertraline", 4)

    page = page_of(client, world, "?view=around")

    assert "This was in a bad week: the check-in of" in page
    assert "was worse than 11 of the 11 before it. After a bad week, answers are usually better again" in page
    assert "In 9 of 10 changes all ranges of the change hold the true" in page


# ---------- bad input ----------


@pytest.mark.parametrize("query", ["", "?view=table", "?view=around", "?view=both&zero=care&compare=review"], ids=str)
@pytest.mark.parametrize("points", [0, 1, 2])
def test_a_person_with_almost_nothing_has_every_page(world: World, client: Client, points: int, query: str) -> None:
    if points:
        with clinic_context(clinic_id=world.clinic.pk):
            make_course(world, STEADY[:points])

    assert "Ann Archer" in page_of(client, world, query)


def test_six_hundred_weeks_fit_on_a_page(world: World, client: Client) -> None:
    today = timezone.now().date()
    with clinic_context(clinic_id=world.clinic.pk):
        CheckIn.objects.bulk_create(
            CheckIn(
                clinic_id=world.clinic.pk,
                episode=world.episode,
                client_key=uuid4(),
                body_digest="x" * 64,
                about_on=today - WEEK * week,
                submitted_at=timezone.now() - WEEK * week,
                **dict.fromkeys(("sleep", "mood", "energy", "function"), week % 11),
                pain=0 if week % 2 else 10,
            )
            for week in range(600)
        )

    page = page_of(client, world, "?window=all&view=both")

    assert page.count('class="dot"') > 3000
    assert "NaN" not in page and "Infinity" not in page


def test_hostile_names_stay_text_everywhere(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, STEADY[:8])
        try_out(world, HOSTILE, 4)
        life_events.add_life_event(
            episode=world.episode, title=HOSTILE, happened_on=(NOW - WEEK).date(), by=world.chris, at=NOW
        )

    for query in ("?view=both", "?view=around", "?zero=care"):
        page = page_of(client, world, query)
        assert "<script>alert" not in page and "<b>שלום" not in page
        assert "שלום" in page


def test_a_stop_on_the_day_of_the_start_and_overlapping_doses_draw_without_complaint(north: World) -> None:
    make_course(north, STEADY)
    short = try_out(north, "Short", 6)
    treatments.stop_intervention(intervention=short, stopped_on=short.started_on, reason="", by=north.chris, at=NOW)
    for name in ("One", "Two"):
        try_out(north, name, 8)
    try_out(north, "Ahead", -3)
    try_out(north, "Long ago", 500)

    course = load(north, window="6m").course

    labels = [bar.label for lane in course.lanes for bar in lane.bars]
    assert {"One 50 mg", "Two 50 mg", "Long ago 50 mg", "Short 50 mg"} <= set(labels)
    assert "Ahead 50 mg" not in labels
    assert course.span.end < date(2026, 12, 1)
    assert panel_of(course, "mood").state is State.STEADY


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


def test_the_title_tells_the_chosen_weeks_from_those_that_are_shown_to_compare(world: World, client: Client) -> None:
    """It said "48 weeks" while "6 m" was chosen."""
    answered = [*[7, 6] * 10, 2, 2, 1]
    moods: list[int | None] = [None] * (2 * len(answered) - 1)
    moods[::2] = answered
    with clinic_context(clinic_id=world.clinic.pk):
        make_course(world, moods)
        course = load(world, at=timezone.now(), window="6m").course

    page = " ".join(page_of(client, world).split())

    assert course.weeks_added > 0
    assert f"{course.weeks_chosen} weeks, and {course.weeks_added} before that are compared" in page
