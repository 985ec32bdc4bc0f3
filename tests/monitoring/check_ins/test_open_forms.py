"""The form that is being filled in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.check_ins import drafts, open_forms, weeks
from monitoring.check_ins.contents import MEDICINES
from monitoring.engine.records import Domain
from monitoring.models import CheckInDraft, MonitoringPlan
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import prescribe
from tests.monitoring.views.patient.test_check_ins import START, step

PHQ = {"PHQ-9": factories.phq9(others=2)}


def begin_and_answer(world: World, *keys: str) -> CheckInDraft:
    """Begin this week's form with a medicine and a questionnaire, and answer some of its pages."""
    medicine = prescribe(world, on=(NOW - WEEK).date())
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1})
    factories.open_week(world.episode)
    draft = drafts.begin(episode=world.episode, is_short=False, at=NOW)
    said: dict[str, object] = {
        **dict.fromkeys(map(str, Domain), 4),
        MEDICINES: {f"taken_{medicine.pk}": "all", "checklist": "side-effects", "has_nausea": "on"},
        **PHQ,
    }
    drafts.save_answers(
        draft=draft, answers={key: said[key] for key in keys}, episode=world.episode, by=world.ann, at=NOW
    )
    return draft


def test_a_form_that_its_week_leaves_behind_keeps_its_pages_and_their_numbers(planned: World) -> None:
    draft = begin_and_answer(planned, "sleep", "mood", MEDICINES)
    before = open_forms.open_form(planned.episode, at=NOW)
    after = open_forms.open_form(planned.episode, at=draft.slot.closes_at + timedelta(hours=1))

    assert before is not None
    assert after is not None
    assert [(page.number, page.key, page.total) for page in before.pages] == [
        (page.number, page.key, page.total) for page in after.pages
    ]
    assert [page.key for page in after.pages] == [*Domain, MEDICINES, "PHQ-9"]
    assert after.late_until is None


def test_a_form_that_lay_for_days_says_of_which_days_it_asks(planned: World) -> None:
    draft = begin_and_answer(planned, "sleep", MEDICINES)

    form = open_forms.open_form(planned.episode, at=draft.slot.closes_at + timedelta(days=3))

    assert form is not None
    assert form.late_until == NOW.date()
    assert [page.key for page in form.pages] == [*Domain, MEDICINES]


@pytest.mark.parametrize(
    ("keys", "page"), [(("sleep",), 2), ((*Domain, MEDICINES), 7), ((*Domain, MEDICINES, "PHQ-9"), 8)]
)
def test_staff_see_how_far_an_unsent_form_got_and_none_of_its_answers(
    planned: World, keys: tuple[str, ...], page: int
) -> None:
    begin_and_answer(planned, *keys)

    assert vars(open_forms.unsent(drafts.of_episode(planned.episode.pk), at=NOW)) == {
        "week_of": NOW.date(),
        "page": page,
        "pages": 8,
        "touched_at": NOW,
    }


def test_a_form_without_an_answer_is_no_form_that_waits(planned: World) -> None:
    factories.open_week(planned.episode)
    drafts.begin(episode=planned.episode, is_short=False, at=NOW)

    assert open_forms.unsent(drafts.of_episode(planned.episode.pk), at=NOW) is None


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
