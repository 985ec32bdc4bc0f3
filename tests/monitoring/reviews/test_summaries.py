"""The one-page summary: what stands on it and what never does, one A4 page whatever the content, audited and limited."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import alerts, evidence
from monitoring.assessments import assessments
from monitoring.course.paper import paper, paper_charts, paper_lanes
from monitoring.course.paper.paper import SMALLEST, Sheet
from monitoring.course.paper.paper_marks import Axis
from monitoring.course.persons import Note
from monitoring.course.pictures import Answer, Bar, Course, Flag, Lane, Panel, Span
from monitoring.engine.records import Direction, Domain, Tier
from monitoring.models import Alert, CheckIn
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.reviews import reviews, summaries, summary_sheet
from monitoring.reviews.summaries import Audience, ChangeLine, Summary, TooMany
from monitoring.words.formats import moment_words
from monitoring.words.states import State
from patients.care import care, exposure
from patients.care.care import Dose
from patients.models import AuditEvent, Episode
from patients.models.care import InterventionKind
from patients.models.exposure import Kept, Measure
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

FALL = [6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6, 3, 2, 2, 1]
NOTE = "I lie there until three."


def furnish(world: World) -> Episode:
    """Give Ann a course with everything that can stand on the page."""
    episode, at = world.episode, NOW
    Episode.objects.filter(pk=episode.pk).update(goal="Walk to the sea wall")
    episode.refresh_from_db()
    factories.make_plan(episode, starts_on=(NOW - 15 * WEEK).date())
    factories.make_history(episode, by=world.ann, moods=FALL[:-1], until=NOW - WEEK)
    factories.make_check_in(
        episode,
        by=world.ann,
        at=NOW,
        mood=1,
        note=NOTE,
        contact_wish=ContactWish.CONTACT_ME,
        items={"PHQ-9": factories.phq9(item_9=2)},
    )
    medicine = care.start_intervention(
        episode=episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - 8 * WEEK).date(),
        dose=Dose(label="50 mg"),
        by=world.chris,
        at=at,
    )
    exposure.record_session(intervention=medicine, on=NOW.date(), kept=Kept.KEPT, by=world.chris, at=at)
    exposure.expect(
        intervention=medicine, measure=Measure.MOOD, points=2, by_on=(NOW + 4 * WEEK).date(), by=world.chris, at=at
    )
    evidence.raise_alert(episode=episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=at)
    assessments.assess_as_of(episode=episode, as_of=NOW, at=NOW)
    return episode


def load(world: World, audience: Audience = Audience.STAFF, at=NOW) -> Summary:
    return summaries.load_summary(episode=world.episode, clinic=world.clinic, audience=audience, by=world.chris, at=at)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_it_says_what_changed_what_is_tried_and_what_is_open(north: World) -> None:
    furnish(north)

    page = load(north)

    assert page.changes[0].title == "Mood: getting worse"
    assert [(row.name, row.dose, row.uptake.kept) for row in page.tried] == [("Sertraline", "50 mg", 1)]
    assert page.tried[0].expected == ("Mood 2 better by 14 Dec 2026",)
    assert {row.kind for row in page.alerts} >= {"Asked for contact", "Getting worse"}
    assert page.completion == "16 of 16 check-ins."
    assert page.goal == "Walk to the sea wall"


def panel(key: str, *, answered: bool = True) -> Panel:
    answers = (Answer(on=NOW.date(), value=3),) if answered else ()
    return Panel(
        key=key, name=key, direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=27, answers=answers, levels=()
    )


def test_every_rating_and_every_instrument_that_was_answered_is_drawn(north: World) -> None:
    episode = furnish(north)
    factories.make_check_in(
        episode, by=north.ann, at=NOW + WEEK, items={"GAD-7": dict.fromkeys((f"{n}" for n in range(1, 8)), 1)}
    )

    page = load(north, at=NOW + WEEK)

    assert [one.key for one in page.course.panels] == ["sleep", "mood", "energy", "pain", "function", "PHQ-9", "GAD-7"]
    assert page.not_drawn == ()


def test_what_finds_no_room_is_named_and_phq_9_comes_before_the_other_instruments() -> None:
    keys = ["sleep", "mood", "energy", "pain", "function", "GAD-7", "ISI", "PHQ-9", "own:1", "WHO-5"]
    course = Course(
        span=Span(start=(NOW - WEEK).date(), end=NOW.date()),
        panels=(*map(panel, keys), panel("PCL-5", answered=False)),
    )

    paper, not_drawn = summaries.for_paper(course)

    assert [one.key for one in paper.panels] == [*keys[:5], "own:1", "PHQ-9", "GAD-7", "ISI"]
    assert not_drawn == ("WHO-5", "PCL-5")


def test_a_safety_alert_is_never_on_paper(north: World) -> None:
    furnish(north)

    for audience in Audience:
        page = load(north, audience)
        assert "Safety" not in {row.kind for row in page.alerts}
        assert "Safety" not in str(page.changes)
        assert "safety" not in str(page.course).lower()
        assert not any(lane.key == "lane-alerts" for lane in page.course.lanes)


def the_safety_alert(world: World) -> Alert:
    return next(
        row
        for row in alerts.queue(episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, user=world.chris)
        if row.kind == AlertKind.RISK_ANSWER
    )


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_team_reads_that_there_is_a_safety_entry_and_the_person_does_not(
    north: World, client: Client, is_closed: bool
) -> None:
    furnish(north)
    alert = the_safety_alert(north)
    if is_closed:
        alerts.close(
            alert=alert,
            by=north.chris,
            version=alert.version,
            action=ActionCode.TALKED,
            note="Rang.",
            **factories.read(alert),
            at=NOW,
        )
    client.force_login(north.chris)

    page = client.get(reverse("summary", args=[north.episode.pk])).content.decode()
    plain = client.get(reverse("summary", args=[north.episode.pk]) + "?for=patient").content.decode()

    assert str(summaries.SAFETY_ENTRY) in page
    assert "safety" not in plain.partition("<article")[2].partition("</article")[0].lower()
    assert load(north, Audience.PATIENT).safety_words == ""


def test_a_safety_alert_closed_before_these_weeks_is_not_mentioned(north: World) -> None:
    furnish(north)
    alert = the_safety_alert(north)
    alerts.close(
        alert=alert,
        by=north.chris,
        version=alert.version,
        action=ActionCode.TALKED,
        note="Rang.",
        **factories.read(alert),
        at=NOW,
    )

    assert load(north, at=NOW + timedelta(weeks=25)).safety_words
    assert not load(north, at=NOW + timedelta(weeks=27)).safety_words


def test_an_alert_that_is_open_for_longer_than_the_weeks_shown_still_stands_there(north: World) -> None:
    furnish(north)

    assert "Asked for contact" in {row.kind for row in load(north, at=NOW + timedelta(weeks=40)).alerts}


def test_the_copy_for_the_person_is_in_plain_words_without_alerts(north: World) -> None:
    furnish(north)

    page = load(north, Audience.PATIENT)

    words = " ".join(f"{line.title} {line.words}" for line in page.changes)
    assert "Mood: worse than usual" in words
    assert "chance" not in words and "relapse" not in words.lower()
    assert page.alerts == ()
    assert all(panel.marks == () for panel in page.course.panels)


def test_the_foot_counts_what_is_drawn(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 30 * WEEK).date())
    factories.make_history(north.episode, by=north.ann, moods=[5, None, 5, 5, 5, None, *[5] * 25])
    day = NOW - 9 * WEEK + timedelta(days=3)
    CheckIn.objects.create(
        episode=north.episode, client_key=uuid4(), body_digest="x", about_on=day.date(), submitted_at=day, mood=4
    )

    page = load(north)

    mood = next(panel for panel in page.course.panels if panel.key == Domain.MOOD)
    answered, asked, more = map(int, re.findall(r"\d+", page.completion))
    assert len(mood.answers) == answered + more
    assert len(mood.missed_on) == asked - answered == 1
    assert more == 1


def test_what_was_done_about_an_alert_stands_beside_it(north: World) -> None:
    furnish(north)
    alert = next(row for row in alerts.queue(episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, user=north.chris)
                 if row.kind == AlertKind.CONTACT_WISH)  # fmt: skip
    alerts.close(
        alert=alert,
        by=north.chris,
        version=alert.version,
        action=ActionCode.TALKED,
        note="Rang.",
        **factories.read(alert),
        at=NOW,
    )

    assert ("Asked for contact", "Talked with the patient") in {(row.kind, row.outcome) for row in load(north).alerts}


def test_reading_leaves_a_trace_and_there_is_a_limit(north: World, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(north)
    monkeypatch.setattr(summaries, "MOST_AN_HOUR", 2)

    load(north), load(north)
    with pytest.raises(TooMany):
        load(north)

    assert AuditEvent.objects.filter(action="summary_read", actor_id=north.chris.pk).count() == 2
    assert load(north, at=NOW + timedelta(minutes=61)).name == "Ann Archer"


@pytest.mark.parametrize("audience", list(Audience))
def test_the_pdf_is_one_page(north: World, audience: Audience) -> None:
    furnish(north)

    pdf = summary_sheet.summary_pdf(load(north, audience))

    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1


@pytest.mark.parametrize(
    "text", ["x" * 200, "Ἀθηνᾶ Ωμέγα " * 12, "שלום עולם " * 15, "<b>bold</b> & 'quotes'", "😀 " * 40]
)
def test_the_pdf_stays_one_page_whatever_people_write(north: World, text: str) -> None:
    episode = furnish(north)
    Episode.objects.filter(pk=episode.pk).update(goal=text * 2, problems=text[:200])
    type(episode.patient).objects.filter(pk=episode.patient_id).update(name=text[:150])
    for number in range(12):
        care.start_intervention(
            episode=episode,
            kind=InterventionKind.OTHER,
            name=f"{number} {text}"[:120],
            started_on=NOW.date(),
            dose=Dose(label=text[:80]),
            by=north.chris,
            at=NOW,
        )
    north.episode = Episode.objects.select_related("patient").get(pk=episode.pk)

    assert pages_of(summary_sheet.summary_pdf(load(north))) == 1


@pytest.fixture
def sheet() -> Iterator[Sheet]:
    """A page; writing it closes the files of its fonts."""
    sheet = Sheet()
    yield sheet
    sheet.output()


def crowded(north: World) -> Summary:
    """A summary with more than a page holds."""
    furnish(north)
    page = load(north)
    long = ChangeLine(state=State.WORSE, title="Sleep", words="It was worse than in the weeks before it. " * 30)
    tried = replace(page.tried[0], expected=("Mood 2 better by 14 Dec 2026",) * 8)
    return replace(page, changes=(long,) * 4, tried=(tried,) * 8, goal="Walk. " * 80, alerts=page.alerts[:1])


def test_what_does_not_fit_is_left_out_in_whole_entries_and_counted(north: World, sheet: Sheet) -> None:
    page = crowded(north)

    draft = summary_sheet.fitted(sheet, summary_sheet.draft_of(page))

    assert draft.size == SMALLEST
    assert summary_sheet.spare_room(sheet, draft) >= 0
    tried = draft.columns[0]
    assert 0 < len(tried.entries) < len(page.tried)
    assert len(tried.entries) + tried.left_out == len(page.tried)
    assert tried.pieces(SMALLEST)[-1].text == f"{tried.left_out} more entries are in the record."
    assert len(draft.changes.entries) + draft.changes.left_out == len(page.changes)
    assert {entry.text for entry in draft.changes.entries} == {page.changes[0].words}
    assert pages_of(summary_sheet.summary_pdf(page)) == 1


def test_an_ordinary_page_is_whole_and_in_large_letters(north: World, sheet: Sheet) -> None:
    furnish(north)

    draft = summary_sheet.fitted(sheet, summary_sheet.draft_of(load(north)))

    assert draft.size == summary_sheet.SIZES[0]
    assert {block.left_out for block in (draft.changes, *draft.columns)} == {0}
    assert draft.not_drawn == ()


def test_long_words_of_the_person_end_with_a_sentence() -> None:
    whole = "I slept badly on Tuesday. " * 30
    note = Note(at=NOW, text=whole, wish="")

    kept, rest = summaries.short_note(note)
    nothing, all_of_it = summaries.short_note(replace(note, text="x" * 2000))

    assert kept is not None and kept.text.endswith("on Tuesday.") and len(kept.text) <= summaries.MOST_LETTERS
    assert rest == "The rest is in the record."
    assert nothing is not None and nothing.text == "" and all_of_it
    assert summaries.short_note(replace(note, text="Short")) == (replace(note, text="Short"), "")


@pytest.mark.parametrize("days", [14, 20, 45, 90, 182, 400])
def test_the_axis_names_at_least_four_days_and_none_to_come(days: int) -> None:
    today = NOW.date()
    span = Span(start=today - timedelta(days=days), end=today + timedelta(days=3))

    named = paper_charts.axis_days(span)

    assert len(set(named)) >= 4
    assert all(span.start <= day <= today for day in named)


def test_labels_of_events_stand_apart(sheet: Sheet) -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    near = tuple(Flag(on=(NOW - n * WEEK).date(), label="Moved to another house") for n in range(4))
    short = Bar(start=(NOW - 25 * WEEK).date(), end=(NOW - 24 * WEEK).date(), label="Sertraline hydrochloride 12.5 mg")

    events = paper_lanes.lane_rows(sheet, Lane(name="Life events", flags=near), Axis(span, 50, 190))
    medicine = paper_lanes.lane_rows(sheet, Lane(name="Medicine", bars=(short,)), Axis(span, 50, 190))

    assert len(events) > 1
    assert len(medicine) == 2


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """Return what a reader can copy out of a PDF; skips where poppler is not installed."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    return subprocess.run(
        [program, "-layout", tmp_path / "sheet.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout


def test_the_pdf_says_what_the_page_says(north: World, tmp_path: Path) -> None:
    furnish(north)

    text = " ".join(text_of(summary_sheet.summary_pdf(load(north)), tmp_path).split())

    for words in (
        "There is a safety entry in the record, not printed here.",
        "level, 90% range",
        "Asked for contact",
        "Sertraline 50 mg",
        "Chance that this is a true change",
        "moderate",
        "Page 1 of 1",
    ):
        assert words in text
    assert "…" not in text


def test_the_pdf_tells_the_time_of_the_place_where_it_is_read(north: World, tmp_path: Path) -> None:
    furnish(north)
    night = NOW.replace(hour=23, minute=30)
    reviews.plan(episode=north.episode, planned_at=night + WEEK, by=north.chris, at=NOW)

    with timezone.override("Asia/Tokyo"):
        text = " ".join(text_of(summary_sheet.summary_pdf(load(north, at=night)), tmp_path).split())
        words = [f"Printed {moment_words(night, 'D j M Y, H:i')}", moment_words(night + WEEK, "D j M, H:i")]

    assert all("08:30" in one and one in text for one in words)


def test_arabic_letters_are_joined_and_hebrew_runs_from_the_right(sheet: Sheet) -> None:
    sheet.letters(size=15)

    joined = sheet.width_of("سلمى")
    apart = sum(sheet.width_of(letter) for letter in "سلمى")

    assert joined < 0.9 * apart
    assert paper.base_direction("Sleep after السير") == paper.FROM_LEFT
    assert paper.base_direction("20 שרה slept") == paper.FROM_RIGHT
    assert sheet.readable("שרה كوهين 字") == "שרה كوهين "


def test_somebody_without_anything_has_a_page_too(north: World) -> None:
    page = load(north)

    assert page.completion == "No check-in in these weeks."
    assert pages_of(summary_sheet.summary_pdf(page)) == 1


def test_the_pages_answer_and_name_nobody_in_the_file(north: World, client: Client) -> None:
    furnish(north)
    client.force_login(north.chris)

    page = client.get(reverse("summary", args=[north.episode.pk]))
    plain = client.get(reverse("summary", args=[north.episode.pk]) + "?for=patient")
    pdf = client.get(reverse("summary_pdf", args=[north.episode.pk]))

    assert page.status_code == plain.status_code == pdf.status_code == 200
    assert "Sertraline" in page.content.decode()
    assert "Getting worse" not in plain.content.decode().partition("<article")[2]
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == 'inline; filename="summary.pdf"'
    assert io.BytesIO(pdf.content).read(5) == b"%PDF-"


def test_more_panels_and_lanes_are_drawn_lower_so_that_all_stand_on_one_page() -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    lane = Lane(name="Medicine", bars=(Bar(start=span.start, end=None, label="A"),))
    few = Course(span=span, panels=tuple(panel(str(n)) for n in range(5)))
    many = Course(span=span, panels=tuple(panel(str(n)) for n in range(9)), lanes=(lane,) * 9)

    assert summary_sheet.browser_frame(few).height > summary_sheet.browser_frame(many).height >= 44


def test_no_dot_leads_to_an_address_that_does_not_exist(north: World, client: Client) -> None:
    furnish(north)
    client.force_login(north.chris)

    page = client.get(reverse("summary", args=[north.episode.pk])).content.decode()

    assert "chart-dot" in page
    assert "checkins/" not in page


def test_too_many_is_said_in_words(north: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "MOST_AN_HOUR", 0)
    client.force_login(north.chris)

    for name in ("summary", "summary_pdf"):
        answer = client.get(reverse(name, args=[north.episode.pk]))
        assert answer.status_code == 429
        assert "Try again later" in answer.content.decode()


def test_a_note_kept_private_is_not_on_it(north: World, client: Client) -> None:
    from_now = timezone.now()
    assert from_now > NOW - WEEK
    furnish(north)
    north.episode.check_ins.update(note_is_shared=False)

    page = load(north)

    assert page.note is None or NOTE not in page.note.text
