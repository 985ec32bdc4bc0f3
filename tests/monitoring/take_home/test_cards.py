"""The page to read of what a person takes home."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from monitoring.take_home import cards, files
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.monitoring.taking_home import signed_in


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [(Decimal("50.000"), "50", "50"), (Decimal("0.250"), "0.25", "0,25"), (11.0, "11", "11"), (4.567, "4.57", "4,57")],
)
def test_a_number_taken_home_reads_as_people_write_it(value: Decimal | float, english: str, german: str) -> None:
    assert cards.in_words(value) == english
    with translation.override("de"):
        assert cards.in_words(value) == german


def test_the_page_to_read_stands_alone_and_escapes_what_was_written(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
        factories.make_check_in(world.episode, by=world.ann, note="<script>alert(1)</script> 😀 שלום")

    answer = signed_in(world, "ann").post(reverse("my_download"), {"form": "html"})

    text = answer.content.decode()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 😀 שלום" in text
    written, _, packed = text.partition("<script>")
    assert re.findall(r"<script[^>]*>", written) == ['<script id="course-figure" type="application/json">']
    assert re.findall(r"(?:src|href)=\"(?!#|data:text/css,)", written) == []
    assert "http" not in written.replace("http-equiv", "")
    assert packed.count("<script") == len(files.SCRIPTS) - 1
    assert "Just record it" in text


def test_the_page_to_read_tells_each_check_in_in_questions_and_answers(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1})
        items = {"PHQ-9": factories.phq9(item_9=None, others=2)}
        factories.make_check_in(world.episode, by=world.ann, mood=None, sleep=4, items=items)

    text = signed_in(world, "ann").post(reverse("my_download"), {"form": "html"}).content.decode()

    assert "<h3>Check-in of 16 November 2026</h3>" in text
    assert "<dt>Sleep</dt><dd>4 of 10</dd>" in text
    assert "<dt>Mood</dt><dd>skipped</dd>" in text
    assert "PHQ-9: Little interest or pleasure in doing things</dt><dd>More than half the days</dd>" in text
    assert text.count("<table") == 1
    assert not re.search(r"<dt>[^<]*(_|; empty)", text)
