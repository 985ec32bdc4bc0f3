"""What the start page of a patient says: what is to be answered, what was sent, and what comes next."""

from datetime import timedelta

from monitoring.attention import sightings
from monitoring.check_ins import contents, drafts, start
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.start import StartPage
from monitoring.models.plans import PauseReason
from monitoring.plans import plans
from patients.models import Clinic, Episode
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, correct, missed_week, submit


def load(world: World, *, at=NOW) -> StartPage:
    return start.load_start_page(world.episode, clinic=Clinic.objects.get(pk=world.clinic.pk), at=at)


def test_an_open_week_is_offered_with_its_pages_and_minutes(planned: World) -> None:
    slot = factories.open_week(planned.episode)

    page = load(planned)

    assert page.slot == slot
    # The five ratings, and the page that sends.
    assert (page.questions, page.short_questions) == (6, len(contents.SHORT_FORM))
    assert page.minutes > 0
    assert (page.has_begun, page.last, page.can_change) == (False, None, False)
    assert page.clinician == planned.chris


def test_a_form_that_holds_an_answer_is_gone_on_with(planned: World) -> None:
    factories.open_week(planned.episode)
    draft = drafts.begin(episode=planned.episode, is_short=False, at=NOW)
    assert not load(planned).has_begun

    drafts.save_answers(draft=draft, answers={"sleep": 4}, episode=planned.episode, by=planned.ann, at=NOW)

    assert load(planned).has_begun


def test_after_sending_nothing_is_to_be_answered_and_the_answers_can_be_changed(planned: World) -> None:
    sent = submit(planned, CheckInAnswers(ratings=STEADY))

    page = load(planned)

    assert (page.slot, page.questions, page.minutes) == (None, 0, 0)
    assert (page.last, page.can_change, page.is_corrected) == (sent, True, False)
    assert page.next_due == (NOW + WEEK).date()
    assert page.read_by is not None


def test_a_change_on_a_later_day_is_said(planned: World) -> None:
    original = submit(planned, CheckInAnswers(ratings=STEADY))
    correct(planned, original, CheckInAnswers(ratings=STEADY), at=NOW + timedelta(days=1))

    assert load(planned, at=NOW + timedelta(days=1)).is_corrected


def test_a_missed_week_is_offered_beside_the_present_one(planned: World) -> None:
    late = missed_week(planned)

    page = load(planned)

    assert page.late_slot == late
    assert page.slot is not None and page.slot != late


def test_a_pause_is_told_and_nothing_is_asked(planned: World) -> None:
    until = (NOW + timedelta(days=20)).date()
    plan = plans.of_episode(planned.episode)
    plans.pause(plan=plan, reason=PauseReason.HOLIDAY, until=until, by=planned.ann, at=NOW)

    page = load(planned)

    assert page.pause is not None and page.pause.until == until
    assert page.slot is None


def test_on_the_due_day_before_its_hour_the_page_says_when_it_opens_today(planned: World) -> None:
    """Ann is asked on Mondays at nine in India."""
    page = load(planned, at=NOW.replace(hour=1))

    assert page.slot is None
    assert page.opens_today_at is not None
    assert (page.next_due, f"{page.opens_today_at:%H:%M}") == (NOW.date(), "09:00")


def test_the_page_names_who_looked_first_at_what_was_sent_last(planned: World) -> None:
    """Dana looked before, Chris first after, and both again: neither look before nor the newest is the answer."""
    sightings.seen(episode=planned.episode, by=planned.dana, sent_at=None, at=NOW - timedelta(days=1))
    submit(planned, CheckInAnswers(ratings=STEADY))
    assert load(planned).sighting is None

    for by, minutes in ((planned.chris, 5), (planned.dana, 30), (planned.chris, 90)):
        sightings.seen(episode=planned.episode, by=by, sent_at=None, at=NOW + timedelta(minutes=minutes))

    look = load(planned, at=NOW + timedelta(days=1)).sighting
    assert look is not None
    assert (look.user, look.first_since) == (planned.chris, NOW + timedelta(minutes=5))


def test_on_another_day_nothing_opens_today(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings=STEADY))

    assert load(planned).opens_today_at is None


def test_the_last_check_in_is_of_the_day_that_its_chart_has_after_a_journey_too(north: World) -> None:
    """Saturday evening in London is Sunday in Kiribati: the page said Sunday, the chart Saturday."""
    plan = factories.make_plan(north.episode, starts_on=(NOW - WEEK).date())
    plan = plans.change_rhythm(plan=plan, time_zone="Europe/London", by=north.ann, at=NOW - WEEK)
    moved = Episode.objects.get(pk=north.episode.pk)
    factories.make_check_in(moved, by=north.ann, at=NOW.replace(hour=19))
    plans.change_rhythm(plan=plan, time_zone="Pacific/Kiritimati", by=north.ann, at=NOW.replace(hour=20))
    episode = Episode.objects.get(pk=north.episode.pk)

    page = start.load_start_page(episode, clinic=north.clinic, at=NOW.replace(hour=21))

    assert page.last is not None
    assert page.last_on == page.last.about_on == NOW.date()
