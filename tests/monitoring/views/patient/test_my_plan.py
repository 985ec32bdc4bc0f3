"""The plan that patient and team share, the events a patient adds, and the pages from which data are taken home."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from monitoring.models import CheckIn
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from monitoring.take_home import files
from monitoring.take_home.files import FileKind
from patients.access.sign_in import SIGNED_IN_AT
from patients.care import life_events, treatments
from patients.models import AuditEvent, LifeEvent
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.furnished import Furnished
from tests.monitoring.taking_home import agree, archive_of, plan_review, signed_in


def page(world: World, name: str, route: str, *args: Any) -> str:
    answer = signed_in(world, name).get(reverse(route, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


# --- What was agreed ------------------------------------------------------------------------------------------------


def test_a_patient_marks_the_own_actions_and_no_others(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        own, of_team = agree(world, "A walk a day"), agree(world, "Ring the baths", ActionOwner.TEAM)
    client = signed_in(world, "ann")

    assert client.post(reverse("finish_own_action", args=[own.pk])).status_code == 302
    assert client.post(reverse("finish_own_action", args=[of_team.pk])).status_code == 404
    assert signed_in(world, "ben").post(reverse("finish_own_action", args=[own.pk])).status_code == 404

    shown = client.get(reverse("my_plan")).content.decode()
    assert shown.index("Ring the baths") < shown.index("A walk a day")
    assert "done on" in shown


def test_the_team_writes_down_what_was_agreed_and_marks_it(world: World) -> None:
    client = signed_in(world, "chris")

    client.post(
        reverse("agree_action", args=[world.episode.pk]),
        {"text": "Sleep plan again", "owner": "team", "due_on": (timezone.now() + timedelta(days=40)).date()},
    )

    assert "Sleep plan again" in page(world, "ann", "my_plan")
    assert "Sleep plan again" in page(world, "chris", "trajectory", world.episode.pk)
    with clinic_context(clinic_id=world.clinic.pk):
        [action] = reviews.actions(world.episode)
    client.post(reverse("finish_action", args=[world.episode.pk, action.pk]))
    assert "Sleep plan again" not in page(world, "chris", "trajectory", world.episode.pk)


def test_what_was_not_filled_in_comes_back_beside_its_form(world: World) -> None:
    client = signed_in(world, "chris")

    empty = client.post(reverse("agree_action", args=[world.episode.pk]), {"text": ""})
    past = client.post(reverse("plan_review", args=[world.episode.pk]), {"day": "2020-01-01", "time": "09:00"})
    agreed = {"text": "A walk a day", "owner": "patient", "due_on": "2020-01-01"}
    over = client.post(reverse("agree_action", args=[world.episode.pk]), agreed)

    assert (empty.status_code, past.status_code, over.status_code) == (422, 422, 422)
    assert 'href="#action_due_on"' in over.content.decode()
    assert 'href="#action_text"' in empty.content.decode()
    assert 'href="#review_day"' in past.content.decode()


# --- The next review ------------------------------------------------------------------------------------------------


def test_the_team_plans_on_its_own_clock_and_the_patient_reads_the_own(world: World) -> None:
    year = timezone.now().year + 1

    signed_in(world, "chris").post(
        reverse("plan_review", args=[world.episode.pk]), {"day": f"{year}-02-01", "time": "10:00"}
    )

    assert ", 10:00 in Berlin<" in page(world, "chris", "shared_plan", world.episode.pk)
    for name in ("my_plan", "prepare_review"):
        assert ", 10:00 in Berlin (14:30 for you)" in page(world, "ann", name)


def test_a_patient_prepares_the_review_in_own_words_first(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        plan_review(world)
    client, url = signed_in(world, "ann"), reverse("prepare_review")

    too_many = client.post(url, {"own": "<i>Work</i>", "picked": ["sleep", "mood", "pain"]})
    assert too_many.status_code == 422
    assert "Choose up to three" in too_many.content.decode()
    client.post(url, {"own": "<i>Work</i>", "picked": ["sleep", "mood"]})

    for shown in (page(world, "ann", "my_plan"), page(world, "chris", "trajectory", world.episode.pk)):
        assert shown.index("&lt;i&gt;Work") < shown.index("My sleep") < shown.index("My mood")
    again = client.get(url).content.decode()
    assert "&lt;i&gt;Work" in again and again.count(" checked") == 2


def test_my_plan_shows_the_goal_and_what_is_tried(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        type(world.episode).objects.filter(pk=world.episode.pk).update(goal="Dance at the wedding")
        for name in ("Sertraline", "Stopped long ago"):
            row = treatments.start_intervention(
                episode=world.episode,
                kind=InterventionKind.MEDICATION,
                name=name,
                started_on=NOW.date(),
                by=world.chris,
                at=NOW,
            )
        treatments.stop_intervention(intervention=row, stopped_on=NOW.date(), reason="Nausea", by=world.chris, at=NOW)

    shown = page(world, "ann", "my_plan")

    assert "Dance at the wedding" in shown and "Sertraline" in shown
    assert "Stopped long ago" not in shown


# --- Own events -----------------------------------------------------------------------------------------------------


def test_a_patient_pins_an_event_to_the_own_chart(world: World) -> None:
    client = signed_in(world, "ann")
    today = timezone.now().date().isoformat()

    future = client.post(reverse("add_own_event"), {"title": "Moved", "happened_on": "2099-01-01"})
    done = client.post(reverse("add_own_event"), {"title": "Moved <house>", "happened_on": today})

    assert (future.status_code, done.headers["Location"]) == (422, reverse("my_chart"))
    shown = page(world, "ann", "my_chart")
    assert "Moved &lt;house&gt;" in shown and "added by you" in shown
    with clinic_context(clinic_id=world.clinic.pk):
        [event] = LifeEvent.objects.all()
        assert event.recorded_by == world.ann


def test_a_patient_takes_an_own_event_off_the_chart_and_no_other(world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        own = life_events.add_life_event(
            episode=world.episode, title="A fall", happened_on=now.date(), by=world.ann, at=now
        )
        theirs = life_events.add_life_event(
            episode=world.episode, title="Moved house", happened_on=now.date(), by=world.chris, at=now
        )
    client = signed_in(world, "ann")
    assert page(world, "ann", "my_chart").count("/remove/") == 1

    done = client.post(reverse("remove_own_event", args=[own.pk]))

    assert done.headers["Location"] == reverse("my_chart")
    assert client.post(reverse("remove_own_event", args=[theirs.pk])).status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert list(LifeEvent.objects.all()) == [theirs]
        [line] = AuditEvent.objects.filter(action=AuditAction.LIFE_EVENT_REMOVED)
        assert (line.actor_id, line.object_id) == (world.ann.pk, own.pk)


def test_done_can_be_taken_back(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        action = agree(world, "A walk a day")
    client = signed_in(world, "ann")
    client.post(reverse("finish_own_action", args=[action.pk]))
    assert "Mark as not done" in page(world, "ann", "my_plan")

    client.post(reverse("reopen_own_action", args=[action.pk]))

    assert "Mark as done" in page(world, "ann", "my_plan")
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.ACTION_REOPENED, actor_id=world.ann.pk).count() == 1


def test_the_chart_says_who_of_the_team_has_looked(world: World) -> None:
    assert "Who has looked" not in page(world, "ann", "my_chart")

    page(world, "chris", "trajectory", world.episode.pk)
    page(world, "cora", "trajectory", world.episode.pk)

    shown = page(world, "ann", "my_chart")
    assert shown.index("Cora") < shown.index("Chris")


# --- Everything to take home ----------------------------------------------------------------------------------------


def test_a_download_leaves_its_trace_with_counts(furnished: Furnished) -> None:
    archive_of(furnished, "ann")

    with clinic_context(clinic_id=furnished.world.clinic.pk):
        [line] = AuditEvent.objects.filter(action=AuditAction.DATA_DOWNLOADED)
        assert line.actor_id == furnished.world.ann.pk
        assert line.counts["check_ins"] == CheckIn.versions.filter(episode=furnished.world.episode).count()


def test_too_many_downloads_are_said_in_words(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        for _ in range(5):
            files.download(patient=world.episode.patient, kind=FileKind.PROGRAM, by=world.ann, at=timezone.now())

    answer = signed_in(world, "ann").post(reverse("my_download"), {"form": "json"})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3601
    assert "five times within the hour" in answer.content.decode()


def test_a_download_asks_again_who_it_is(world: World) -> None:
    client = signed_in(world, "ann")
    client.get(reverse("home"))
    session = client.session
    session[SIGNED_IN_AT] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    for answer in (client.get(reverse("my_download")), client.post(reverse("my_download"), {"form": "zip"})):
        assert answer.headers["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fme%2Fdownload%2F"


def test_an_unknown_kind_of_file_is_refused_in_words(world: World) -> None:
    answer = signed_in(world, "ann").post(reverse("my_download"), {"form": "../../etc/passwd"})

    assert answer.status_code == 422
    assert "Choose one of the three files." in answer.content.decode()
