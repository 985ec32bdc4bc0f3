"""One check-in looked into: every answer beside the one before, both versions of a corrected one."""

from datetime import timedelta
from uuid import uuid4

import pytest

from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import answers
from monitoring.course.tables import course_tables
from monitoring.engine.records import NOT_APPLICABLE, Domain
from monitoring.models import CheckIn, Score
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring import sending
from tests.monitoring.courses import STEADY, make_course, panel_of
from tests.monitoring.sending import correct, submit
from tests.monitoring.trajectories import load


@pytest.mark.parametrize(("hours", "labelled"), [(1, False), (8.4, False), (8.6, True), (40, True)])
def test_until_midnight_a_change_has_no_label(planned: World, hours: float, labelled: bool) -> None:
    original = submit(planned, CheckInAnswers(ratings=sending.STEADY))
    corrected = correct(
        planned, original, CheckInAnswers(ratings=sending.STEADY | {Domain.SLEEP: 2}), at=NOW + timedelta(hours=hours)
    )

    assert answers.is_labelled_corrected(corrected.check_in) is labelled
    assert not answers.is_labelled_corrected(original)


def test_a_check_in_shows_every_answer_beside_the_time_before_and_the_first(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 2 * WEEK).date(), instruments={"PHQ-9": 1})
    for weeks, others in ((2, 0), (1, 1), (0, 2)):
        at = NOW - WEEK * weeks
        factories.open_week(north.episode, at=at)
        factories.make_check_in(
            north.episode, by=north.ann, at=at, mood=6 - others, items={"PHQ-9": factories.phq9(others=others)}
        )
    last = CheckIn.objects.filter(episode=north.episode).latest("submitted_at")

    given = answers.load_answers(north.episode, last.pk)

    assert given is not None
    ratings, phq = given.forms
    mood = next(line for line in ratings.lines if line.question == "Mood")
    assert (mood.now, mood.before, mood.first) == ("4", "5", "6")
    assert phq.total == "16 of 27, moderately severe"
    assert phq.lines[0].now.startswith("2: ") and phq.lines[0].first.startswith("0: ")
    assert given.earlier_id is not None and given.later_id is None


def test_a_check_in_says_who_has_seen_it_and_keeps_a_private_note(north: World) -> None:
    make_course(north, STEADY[:3])
    last = CheckIn.objects.filter(episode=north.episode).latest("submitted_at")
    CheckIn.objects.filter(pk=last.pk).update(note="only mine", note_is_shared=False, is_late=True)
    before = answers.load_answers(north.episode, last.pk)

    assert before is not None
    assert (before.note, before.seen) == ("", ())
    assert before.labels == ("entered late",)


def test_both_versions_of_a_corrected_check_in_are_there(north: World) -> None:
    make_course(north, STEADY[:3])
    old = CheckIn.objects.filter(episode=north.episode).latest("submitted_at")
    fields = {"about_on": old.about_on, "slot": old.slot, "episode": old.episode, "body_digest": "x" * 64}
    CheckIn.objects.filter(pk=old.pk).update(superseded_at=NOW, submitted_at=NOW - timedelta(days=2))
    new = CheckIn.objects.create(**fields, corrects=old, client_key=uuid4(), submitted_at=NOW, mood=9)

    shown, before = answers.load_answers(north.episode, new.pk), answers.load_answers(north.episode, old.pk)
    mood = panel_of(load(north).course, "mood")

    assert shown is not None and before is not None
    assert shown.labels == ("corrected",) and before.labels == ("replaced by a correction",)
    assert [version.id for version in shown.versions] == [old.pk]
    assert [(version.id, version.is_current) for version in before.versions] == [(new.pk, True)]
    assert [answer.value for answer in mood.replaced] == [old.mood]
    assert mood.answers[-1].value == 9


def test_a_check_in_of_somebody_else_is_not_found(north: World) -> None:
    make_course(north, STEADY[:2])

    assert answers.load_answers(north.bens_episode, CheckIn.objects.all()[0].pk) is None


def phq15(*, item_4: int | None, without: int = 0) -> dict[str, int | None]:
    """Return answers to the PHQ-15: "a little" to all, some at the end left out."""
    given = {str(number): 1 for number in range(1, 16)} | {"4": item_4}
    return given | {str(15 - gap): None for gap in range(without)}


def test_a_total_that_was_filled_in_says_what_it_could_be(planned: World) -> None:
    items = {"PHQ-15": phq15(item_4=1, without=2)}
    check_in = submit(planned, CheckInAnswers(ratings=sending.STEADY, items=items))

    shown = answers.load_answers(planned.episode, check_in.pk)

    assert shown is not None
    [_ratings, form] = shown.forms
    assert form.total == (
        "15 of 30, high (2 answers are missing and were filled in from the others: 13 to 17 is possible)"
    )
    table = course_tables(load(planned).course)[1]
    assert "13 to 17 is possible" in table.rows[0][1].detail


def test_what_does_not_apply_is_read_as_such_and_counts_nothing(planned: World) -> None:
    check_in = submit(planned, CheckInAnswers(ratings=sending.STEADY, items={"PHQ-15": phq15(item_4=NOT_APPLICABLE)}))

    shown = answers.load_answers(planned.episode, check_in.pk)

    assert shown is not None
    [_ratings, form] = shown.forms
    assert form.total == "14 of 30, medium"
    assert form.lines[3].now == "does not apply"
    assert Score.objects.get(check_in=check_in).is_prorated is False
