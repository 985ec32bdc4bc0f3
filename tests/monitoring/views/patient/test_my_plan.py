"""The plan that patient and team share, the events a patient adds, and the data a patient takes home."""

import csv
import io
import json
import re
import time
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from monitoring.models import AgreedAction, CheckIn, Review, Score
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from monitoring.reviews.reviews import NoReviewPlanned, TooManyTopics
from monitoring.take_home import cards, columns, files
from monitoring.take_home.columns import LEFT_OUT
from monitoring.take_home.files import FileKind, TooManyDownloads, csv_of
from patients.access.sign_in import SIGNED_IN_AT
from patients.care import care
from patients.models import AuditEvent, LifeEvent
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind
from patients.rights import own_record as care_record
from patients.rights.own_record import StoredTable
from patients.tenancy import ClinicOwned, clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.furnished import Furnished, furnish, our_models

# Tables that belong to the clinic and speak of no one.
OF_THE_CLINIC = {"ClinicInstrument", "ClinicBudget", "BudgetChange", "InteractionPair"}
YEARS = 10
SOURCES = (*care_record.SOURCES, *columns.SOURCES)


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(getattr(world, name))
    return client


def page(world: World, name: str, route: str, *args: Any) -> str:
    answer = signed_in(world, name).get(reverse(route, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def plan_review(world: World, *, in_days: int = 7) -> Review:
    now = timezone.now()
    return reviews.plan(episode=world.episode, planned_at=now + timedelta(days=in_days), by=world.chris, at=now)


def agree(world: World, text: str, owner: ActionOwner = ActionOwner.PATIENT, **more: Any) -> AgreedAction:
    return reviews.agree(episode=world.episode, text=text, owner=owner, by=world.chris, at=NOW, **more)


# --- What was agreed ------------------------------------------------------------------------------------------------


def test_open_actions_come_first_by_their_day(north: World) -> None:
    done = agree(north, "Done long ago")
    reviews.finish(action=done, by=north.ann, at=NOW)
    agree(north, "No day")
    agree(north, "Later", due_on=NOW.date() + timedelta(days=9))
    agree(north, "Sooner", due_on=NOW.date() + timedelta(days=2))

    order = [action.text for action in reviews.actions(north.episode)]

    assert order == ["Sooner", "Later", "No day", "Done long ago"]


def test_done_is_done_once(north: World) -> None:
    action = agree(north, "A walk a day")

    reviews.finish(action=action, by=north.ann, at=NOW)
    reviews.finish(action=action, by=north.ann, at=NOW + WEEK)

    action.refresh_from_db()
    assert action.done_at == NOW
    assert AuditEvent.objects.filter(action=AuditAction.ACTION_DONE).count() == 1


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


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [(Decimal("50.000"), "50", "50"), (Decimal("0.250"), "0.25", "0,25"), (11.0, "11", "11"), (4.567, "4.57", "4,57")],
)
def test_a_number_taken_home_reads_as_people_write_it(value: Decimal | float, english: str, german: str) -> None:
    assert cards.in_words(value) == english
    with translation.override("de"):
        assert cards.in_words(value) == german


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

    assert ", 10:00" in page(world, "chris", "shared_plan", world.episode.pk)
    assert ", 14:30" in page(world, "ann", "my_plan")


def test_moving_a_review_keeps_what_the_patient_prepared(north: World) -> None:
    first = plan_review(north)
    reviews.prepare(episode=north.episode, topics=["Later starts at work", "sleep"], by=north.ann, at=timezone.now())

    moved = plan_review(north, in_days=9)

    assert moved.pk == first.pk
    assert reviews.topics_of(moved) == ["Later starts at work", "My sleep"]


def test_a_review_whose_day_has_passed_keeps_its_topics_and_a_new_one_begins_empty(north: World) -> None:
    past = reviews.plan(episode=north.episode, planned_at=NOW, by=north.chris, at=NOW - WEEK)
    reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW - WEEK)

    new = reviews.plan(episode=north.episode, planned_at=NOW + WEEK, by=north.chris, at=NOW + timedelta(days=1))

    past.refresh_from_db()
    assert (past.held_at, past.topics) == (NOW, ["sleep"])
    assert (new.pk != past.pk, new.topics) == (True, [])
    assert reviews.coming(north.episode, at=NOW + timedelta(days=2)) == new


def test_nothing_can_be_prepared_without_a_review(north: World) -> None:
    with pytest.raises(NoReviewPlanned):
        reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW)


def test_more_than_three_topics_are_refused(north: World) -> None:
    plan_review(north)

    with pytest.raises(TooManyTopics):
        reviews.prepare(
            episode=north.episode, topics=["sleep", "mood", "pain", "energy"], by=north.ann, at=timezone.now()
        )


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
            row = care.start_intervention(
                episode=world.episode,
                kind=InterventionKind.MEDICATION,
                name=name,
                started_on=NOW.date(),
                by=world.chris,
                at=NOW,
            )
        care.stop_intervention(intervention=row, stopped_on=NOW.date(), reason="Nausea", by=world.chris, at=NOW)

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
        own = care.add_life_event(episode=world.episode, title="A fall", happened_on=now.date(), by=world.ann, at=now)
        theirs = care.add_life_event(
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


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def archive_of(furnished: Furnished, person: str) -> zipfile.ZipFile:
    answer = signed_in(furnished.world, person).post(reverse("my_download"), {"form": "zip"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_every_table_about_a_patient_is_in_the_file_or_left_out_with_a_reason() -> None:
    owned = {model.__name__ for model in our_models() if issubclass(model, ClinicOwned)}

    unknown = owned - {source.model.__name__ for source in SOURCES} - set(LEFT_OUT) - OF_THE_CLINIC
    assert unknown == set(), "say in monitoring.take_home.columns what it means, or why it is left out"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_column_has_a_meaning_or_is_for_the_machine(source: Any) -> None:
    known = {"clinic", source.path.partition("__")[0], *source.columns, *source.internal}
    stored = {field.name for field in source.model._meta.concrete_fields} | {"pk"}

    assert stored - known - {"pk"} == set(), "say in monitoring.take_home.columns what the column means"
    assert known <= stored
    assert not set(source.columns) & source.internal


def test_the_file_holds_every_table_of_the_patient_and_nothing_of_others(furnished: Furnished) -> None:
    archive = archive_of(furnished, "ann")
    document = json.loads(archive.read("my-data.json"))

    filled = {name for name, table in document["tables"].items() if table["rows"]}
    assert filled == {source.name for source in SOURCES} | {"account", "access_log"}
    assert [row["name"] for row in document["tables"]["patient"]["rows"]] == ["Ann Archer"]
    assert len(document["tables"]["episodes"]["rows"]) == 1
    everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "The new job wears me out." in everything
    for stranger in ("Ben Brook", "Zoe Zimmer", "Words of the other clinic", "Called, no answer."):
        assert stranger not in everything


def test_every_key_of_the_document_is_explained(furnished: Furnished) -> None:
    document = json.loads(archive_of(furnished, "ann").read("my-data.json"))

    for name, table in document["tables"].items():
        for row in table["rows"]:
            assert set(row) == set(table["columns"]), name
        assert all(table["columns"].values()), name
    assert document["not_included"]


def test_tables_and_document_have_the_same_rows(furnished: Furnished) -> None:
    archive = archive_of(furnished, "ann")
    document = json.loads(archive.read("my-data.json"))

    for name, table in document["tables"].items():
        if name != "access_log":
            rows = list(csv.reader(io.StringIO(archive.read(f"tables/{name}.csv").decode(), newline="")))
            assert rows[0] == list(table["columns"])
            assert len(rows) - 1 == len(table["rows"]), name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_run_by_a_spreadsheet_and_numbers_stay_numbers(start: str) -> None:
    rows: list[dict[str, Any]] = [{"words": f'{start}cmd|" /C calc"!A0', "number": -2.5}]
    table = StoredTable(name="t", title="T", columns={"words": "W", "number": "N"}, rows=rows, choices={})

    [_head, cells] = csv.reader(io.StringIO(csv_of(table).decode(), newline=""))

    assert cells == [f"'{rows[0]['words']}", "-2.5"]
    assert csv_of(table).endswith(b'"-2.5"\r\n')


def test_the_page_to_read_stands_alone_and_escapes_what_was_written(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
        factories.make_check_in(world.episode, by=world.ann, note="<script>alert(1)</script> 😀 שלום")

    answer = signed_in(world, "ann").post(reverse("my_download"), {"form": "html"})

    text = answer.content.decode()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 😀 שלום" in text
    assert "<script" not in text and "http" not in text
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
    assert "<table" not in text
    assert not re.search(r"<dt>[^<]*(_|; empty)", text)


def test_a_corrected_check_in_is_in_the_file_with_both_versions(north: World) -> None:
    factories.make_plan(north.episode)
    old = factories.make_check_in(north.episode, by=north.ann).check_in
    CheckIn.versions.filter(pk=old.pk).update(superseded_at=NOW)

    tables = {table.name: table.rows for table in columns.load(north.episode.patient)}

    assert [row["superseded_at"] for row in tables["check_ins"]] == [NOW]


def test_a_download_leaves_its_trace_with_counts(furnished: Furnished) -> None:
    archive_of(furnished, "ann")

    with clinic_context(clinic_id=furnished.world.clinic.pk):
        [line] = AuditEvent.objects.filter(action=AuditAction.DATA_DOWNLOADED)
        assert line.actor_id == furnished.world.ann.pk
        assert line.counts["check_ins"] == CheckIn.versions.filter(episode=furnished.world.episode).count()


def test_six_downloads_within_an_hour_are_one_too_many(north: World) -> None:
    def get(minutes: int) -> None:
        files.download(
            patient=north.episode.patient,
            kind=FileKind.PROGRAM,
            by=north.ann,
            at=NOW + timedelta(minutes=minutes),
        )

    for minute in range(5):
        get(minute)
    with pytest.raises(TooManyDownloads) as refused:
        get(6)

    assert refused.value.again_at == NOW + timedelta(minutes=60)
    get(61)


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


@pytest.mark.slow
def test_ten_years_of_weekly_data_fit_into_one_file(north: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Measured on two busy cores: 520 weeks in 0.75 s, 75 kB; each run prints its own figure."""
    weeks = YEARS * 52
    stored = CheckIn.objects.bulk_create(
        CheckIn(
            clinic=north.clinic,
            episode=north.episode,
            client_key=f"00000000-0000-7000-8000-{number:012d}",
            about_on=NOW.date() - WEEK * number,
            submitted_at=NOW - WEEK * number,
            sleep=6,
            answers={"PHQ-9": factories.phq9()},
            note="An ordinary week, with a few words about it.",
        )
        for number in range(weeks)
    )
    Score.objects.bulk_create(
        Score(
            clinic=north.clinic,
            episode=north.episode,
            check_in=row,
            instrument="PHQ-9",
            instrument_version="1",
            about_on=row.about_on,
            entered_at=row.submitted_at,
            value=8,
        )
        for row in stored
    )

    begun = time.perf_counter()
    file = files.download(patient=north.episode.patient, kind=FileKind.EVERYTHING, by=north.ann, at=NOW)
    seconds = time.perf_counter() - begun

    document = json.loads(zipfile.ZipFile(io.BytesIO(file.content)).read("my-data.json"))
    assert len(document["tables"]["check_ins"]["rows"]) == weeks
    assert len(document["tables"]["scores"]["rows"]) == weeks
    with capsys.disabled():
        print(f"{weeks} weeks in {seconds:.2f} s, {len(file.content) / 1024:.0f} kB")  # noqa: T201
