"""The summary as a PDF: one A4 page whatever people write, with the words of the page."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone

from monitoring.course.paper.paper import SMALLEST, Sheet
from monitoring.course.pictures import Bar, Course, Lane, Span
from monitoring.reviews import reviews, summaries, summary_sheet
from monitoring.reviews.summaries import Audience, ChangeLine, Summary
from monitoring.words.formats import moment_words
from monitoring.words.states import State
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models import Episode
from patients.models.care import InterventionKind
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.reviews.furnished_page import furnish, load, panel, text_of


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


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
        treatments.start_intervention(
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


def test_the_pdf_says_what_the_page_says(north: World, tmp_path: Path) -> None:
    furnish(north)

    text = " ".join(text_of(summary_sheet.summary_pdf(load(north)), tmp_path).split())

    for words in (
        "There is a safety entry in the record, not printed here.",
        "level, 90% range",
        "Asked for contact",
        "Sertraline 50 mg",
        "Average ",
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
        printed = moment_words(night, "D j M Y, H:i")

    assert "08:30" in printed
    assert f"Printed {printed}" in text
    # The review is where it is held, whoever prints it where.
    assert "Next review: Tue 24 Nov, 00:30 in Berlin" in text


def test_a_patient_in_another_zone_reads_the_own_time_of_the_review_too(north: World) -> None:
    reviews.plan(episode=north.episode, planned_at=NOW + WEEK, by=north.chris, at=NOW)

    page = summaries.load_summary(
        episode=north.episode, clinic=north.clinic, audience=summaries.Audience.PATIENT, by=north.ann, at=NOW
    )

    assert page.review_at == "Mon 23 Nov, 11:00 in Berlin (15:30 for you)"


def test_somebody_without_anything_has_a_page_too(north: World) -> None:
    page = load(north)

    assert page.completion == "No check-in in these weeks."
    assert pages_of(summary_sheet.summary_pdf(page)) == 1


def test_more_panels_and_lanes_are_drawn_lower_so_that_all_stand_on_one_page() -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    lane = Lane(name="Medicine", bars=(Bar(start=span.start, end=None, label="A"),))
    few = Course(span=span, panels=tuple(panel(str(n)) for n in range(5)))
    many = Course(span=span, panels=tuple(panel(str(n)) for n in range(9)), lanes=(lane,) * 9)

    assert summary_sheet.browser_frame(few).height > summary_sheet.browser_frame(many).height >= 44


def test_a_box_for_a_letter_without_a_font_is_explained(north: World, tmp_path: Path) -> None:
    episode = furnish(north)
    words = "stands for a character that this page has no letters for"
    assert words not in text_of(summary_sheet.summary_pdf(load(north)), tmp_path)

    type(episode.patient).objects.filter(pk=episode.patient_id).update(name="\N{CUNEIFORM SIGN A} Enki")
    north.episode = Episode.objects.select_related("patient").get(pk=episode.pk)

    assert words in text_of(summary_sheet.summary_pdf(load(north)), tmp_path)
