"""What is kept of a form that is not sent."""

from datetime import timedelta
from typing import Any

import pytest

from monitoring.check_ins import contents, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.contents import MEDICINES, WORDS
from monitoring.check_ins.drafts import Said
from monitoring.engine.records import Domain
from monitoring.models.check_ins import DosesTaken, WhyMissed
from monitoring.plans import own_items
from monitoring.plans.medicines import Intake, MedicineAnswers
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, WALK, prescribe, submit, symptoms


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


# --- A form that is open in two places ------------------------------------------------------------------------------

Json = dict[str, Any]
MINUTE = timedelta(minutes=1)


def touched(*fields: str, minute: int, sent: int | None = None, shown: Json | None = None) -> Said:
    """Return that these fields of a page were answered in a minute and nothing else; sent then, or later."""
    at = NOW + MINUTE * minute
    sent_at = at if sent is None else NOW + MINUTE * sent
    return Said(sent_at=sent_at, shown=shown or {}, changed=dict.fromkeys(fields, at))


def after(*pages: tuple[Json, Said]) -> Json:
    """Return what is kept after some pages came in, in the order of their arrival."""
    kept, times = dict[str, Any](), dict[str, float]()
    for answers, said in pages:
        kept, times = drafts.newest(kept, times, answers, said)
    return kept


def test_the_later_answer_of_a_question_counts_although_it_arrives_first() -> None:
    early, late = ({"sleep": 2}, touched("sleep", minute=1)), ({"sleep": 7}, touched("sleep", minute=2))

    assert after(early, late) == after(late, early) == {"sleep": 7}


def test_a_save_that_waited_for_a_line_counts_from_when_it_was_answered() -> None:
    waited = ({"sleep": 2}, touched("sleep", minute=1, sent=9))
    elsewhere = ({"sleep": 7}, touched("sleep", minute=5))

    assert after(elsewhere, waited) == {"sleep": 7}


def test_an_answer_is_compared_with_its_own_question_and_no_other() -> None:
    first, changed = ({"sleep": 2}, touched("sleep", minute=1)), ({"sleep": 3}, touched("sleep", minute=2))
    other = ({"mood": 8}, touched("mood", minute=5))

    assert after(first, other, changed) == {"sleep": 3, "mood": 8}


def test_two_windows_on_one_questionnaire_lose_no_item() -> None:
    here = ({"PHQ-9": {"1": 3, "2": None}}, touched("PHQ-9_1", minute=1))
    there = ({"PHQ-9": {"1": None, "2": 0}}, touched("PHQ-9_2", minute=2))

    assert after(here, there) == after(there, here) == {"PHQ-9": {"1": 3, "2": 0}}


def test_what_a_page_only_shows_is_not_answered_there() -> None:
    begun = ({"PHQ-9": {"1": 3, "2": 1}}, touched("PHQ-9_1", "PHQ-9_2", minute=1))
    elsewhere = ({"PHQ-9": {"1": 0, "2": 1}}, touched("PHQ-9_1", minute=2))
    stale = ({"PHQ-9": {"1": 3, "2": 2}}, touched("PHQ-9_2", minute=3))

    assert after(begun, elsewhere, stale) == {"PHQ-9": {"1": 0, "2": 2}}


def test_a_page_that_does_not_tell_what_was_touched_counts_as_a_whole() -> None:
    begun = ({"PHQ-9": {"1": 3, "2": 1}}, Said(sent_at=NOW + MINUTE))
    again = ({"PHQ-9": {"1": None, "2": None}}, Said(sent_at=NOW + MINUTE * 2))

    assert after(begun, again) == {"PHQ-9": {"1": None, "2": None}}
    assert after(again, begun) == {"PHQ-9": {"1": None, "2": None}}


NAUSEA = {"has_nausea": "on", "severity_nausea": "2", "checklist": "side-effects"}
NONE = {"no_symptoms": "on", "checklist": "side-effects"}


@pytest.mark.parametrize(
    ("none_at", "symptom_at", "kept"), [(1, 2, NAUSEA), (2, 1, NONE)], ids=["symptom later", "none later"]
)
def test_none_of_these_and_a_symptom_of_another_window_never_stand_together(
    none_at: int, symptom_at: int, kept: Json
) -> None:
    none = ({MEDICINES: NONE}, touched("no_symptoms", minute=none_at))
    symptom = ({MEDICINES: NAUSEA}, touched("has_nausea", "severity_nausea", minute=symptom_at))

    assert after(none, symptom)[MEDICINES] == after(symptom, none)[MEDICINES] == kept


def test_what_follows_a_tick_goes_with_it() -> None:
    ticked = ({MEDICINES: NAUSEA}, touched("has_nausea", "severity_nausea", minute=1))
    unticked = ({MEDICINES: {"checklist": "side-effects"}}, touched("has_nausea", minute=2))

    assert after(ticked, unticked)[MEDICINES] == {"checklist": "side-effects"}


def test_words_of_two_windows_are_kept_field_by_field() -> None:
    note = ({WORDS: {"note": "Only for me", "keep_private": "on"}}, touched("note", "keep_private", minute=1))
    wish = ({WORDS: {"contact_wish": "can_wait"}}, touched("contact_wish", minute=2))

    assert after(note, wish)[WORDS] == {"note": "Only for me", "keep_private": "on", "contact_wish": "can_wait"}


def test_a_draft_keeps_when_each_question_was_answered(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    for answers, said in (({"sleep": 7}, touched("sleep", minute=2)), ({"sleep": 1}, touched("sleep", minute=1))):
        drafts.save_answers(
            draft=draft, answers=answers, episode=planned.episode, by=planned.ann, at=NOW + MINUTE * 3, said=said
        )

    draft.refresh_from_db()
    assert draft.answers == {"sleep": 7}
    assert draft.answered_at == {"sleep": (NOW + MINUTE * 2).timestamp()}
    assert drafts.was_overtaken(draft, touched("sleep", minute=1))
    assert not drafts.was_overtaken(draft, touched("sleep", minute=2))
