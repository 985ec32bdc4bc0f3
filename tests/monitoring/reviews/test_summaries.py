"""The one-page summary: what stands on it and what never does, one A4 page whatever the content, audited and limited."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import alerts
from monitoring.course.persons import Note
from monitoring.course.pictures import Course, Span
from monitoring.engine.records import Domain
from monitoring.models import Alert, CheckIn
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.reviews import summaries
from monitoring.reviews.summaries import Audience, TooMany
from patients.models import AuditEvent, Episode
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.reviews.furnished_page import NOTE, furnish, load, panel


def test_it_says_what_changed_what_is_tried_and_what_is_open(north: World) -> None:
    furnish(north)

    page = load(north)

    assert page.changes[0].title == "Mood: getting worse"
    assert [(row.name, row.dose, row.uptake.kept) for row in page.tried] == [("Sertraline", "50 mg", 1)]
    assert page.tried[0].expected == ("Mood 2 better by 14 Dec 2026",)
    assert {row.kind for row in page.alerts} >= {"Asked for contact", "Getting worse"}
    assert page.completion == "16 of 16 check-ins."
    assert page.goal == "Walk to the sea wall"


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


def test_long_words_of_the_person_end_with_a_sentence() -> None:
    whole = "I slept badly on Tuesday. " * 30
    note = Note(at=NOW, text=whole, wish="")

    kept, rest = summaries.short_note(note)
    nothing, all_of_it = summaries.short_note(replace(note, text="x" * 2000))

    assert kept is not None and kept.text.endswith("on Tuesday.") and len(kept.text) <= summaries.MOST_LETTERS
    assert rest == "The rest is in the record."
    assert nothing is not None and nothing.text == "" and all_of_it
    assert summaries.short_note(replace(note, text="Short")) == (replace(note, text="Short"), "")


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


def test_no_dot_leads_to_an_address_that_does_not_exist(north: World, client: Client) -> None:
    furnish(north)
    client.force_login(north.chris)

    page = client.get(reverse("summary", args=[north.episode.pk])).content.decode()

    assert 'class="dot"' in page
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
