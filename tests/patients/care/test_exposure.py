"""Uptake, expectations, context and the clinic's own interaction list; and days that cannot be."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from monitoring import engine
from patients.care import care, context, exposure, interactions
from patients.care.care import AlreadyRunning, CareConflict, Dose
from patients.care.interactions import Pair, PairKnown, SameThing
from patients.models import AuditEvent, ContextNote, Intervention, Session
from patients.models.care import InterventionKind
from patients.models.context import ContextKind
from patients.models.exposure import Homework, Kept, Measure
from tests.conftest import World
from tests.factories import NOW

TODAY = NOW.date()


def start(world: World, name: str = "CBT", *, on: date = TODAY - timedelta(days=60), kind: str = "psychotherapy"):
    return care.start_intervention(
        episode=world.episode, kind=InterventionKind(kind), name=name, started_on=on, by=world.chris, at=NOW
    )


# ---------- sessions and homework ----------


def test_sessions_are_counted_and_a_second_entry_for_a_day_replaces_the_first(north: World) -> None:
    therapy = start(north)
    for days, kept, homework in ((21, Kept.KEPT, Homework.DONE), (14, Kept.MISSED, None), (7, Kept.KEPT, None)):
        exposure.record_session(
            intervention=therapy, on=TODAY - timedelta(days=days), kept=kept, homework=homework, by=north.chris, at=NOW
        )
    exposure.record_session(
        intervention=therapy,
        on=TODAY - timedelta(days=7),
        kept=Kept.KEPT,
        homework=Homework.NOT_DONE,
        by=north.chris,
        at=NOW,
    )

    found = exposure.uptake(list(therapy.sessions.all()))

    assert (found.kept, found.missed, found.occasions) == (2, 1, 3)
    assert (found.homework_done, found.homework_set) == (1, 2)


@pytest.mark.parametrize("days", [-90, 1])
def test_a_session_lies_between_start_and_stop(north: World, days: int) -> None:
    therapy = start(north)
    care.stop_intervention(intervention=therapy, stopped_on=TODAY, reason="Done", by=north.chris, at=NOW)

    with pytest.raises(CareConflict):
        exposure.record_session(
            intervention=therapy, on=TODAY + timedelta(days=days), kept=Kept.KEPT, by=north.chris, at=NOW
        )
    assert not Session.objects.exists()


def test_a_session_takes_two_clicks_and_is_there_in_the_same_request(north: World, client: Client) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    there = reverse("record_session", args=[north.episode.pk, therapy.pk])
    assert there in client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()

    form = client.get(there).content.decode()
    day = timezone.now().date().isoformat()
    answer = client.post(there, {"on": day, "outcome": "kept-done"}, follow=True)

    assert f'value="{day}"' in form
    assert answer.redirect_chain == [(reverse("trajectory", args=[north.episode.pk]), 302)]
    session = Session.objects.get()
    assert (session.kept, session.homework, session.recorded_by) == (Kept.KEPT, Homework.DONE, north.chris)
    assert "Attended 1 of 1. Homework done 1 of 1 time." in client.get(there).content.decode()


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        ("psychotherapy", "missed", "Missed"),
        ("psychotherapy", "partly", "Attended in part"),
        ("psychotherapy", "kept-not_done", "Attended. Homework: Not done"),
        ("activity", "missed", "Not followed"),
        ("activity", "kept", "As agreed"),
    ],
)
def test_what_was_recorded_is_said_in_the_words_of_the_form(
    north: World, client: Client, kind: str, outcome: str, words: str
) -> None:
    tried = start(north, kind=kind)
    client.force_login(north.chris)
    there = reverse("record_session", args=[north.episode.pk, tried.pk])
    day = timezone.now().date()

    said = client.post(there, {"on": day.isoformat(), "outcome": outcome}, follow=True).content.decode()

    assert f"Recorded for {date_format(day, 'j M Y')}: {words}." in said
    page = client.get(there).content.decode()
    assert f"{words.split('. ')[0]}</button>" in page or words.startswith("Attended.")
    assert f"</span> {words}</li>" in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"on": "2999-01-01", "outcome": "kept"}, "is in the future"),
        ({"on": "2000-01-01", "outcome": "kept"}, "before the start"),
        ({"on": "nonsense", "outcome": "kept"}, "valid date"),
    ],
)
def test_an_impossible_day_of_a_session_is_said_in_words(
    north: World, client: Client, body: dict[str, str], words: str
) -> None:
    therapy = start(north)
    client.force_login(north.chris)

    answer = client.post(reverse("record_session", args=[north.episode.pk, therapy.pk]), body)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Session.objects.exists()


# ---------- what it should bring ----------


def test_a_new_agreement_about_a_measure_replaces_the_old_one(north: World, client: Client) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    there = reverse("expect", args=[north.episode.pk, therapy.pk])
    by_on = (timezone.now() + timedelta(weeks=6)).date().isoformat()

    for points in ("2", "3"):
        assert client.post(there, {"measure": "sleep", "points": points, "by_on": by_on}).status_code == 302

    assert [(row.measure, row.points) for row in therapy.expectations.all()] == [("sleep", Decimal("3.0"))]
    assert "Sleep 3 better by" in client.get(there).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("points", "-2", "greater than or equal"),
        ("points", "99", "less than or equal"),
        ("by_on", "2999-01-01", "more than two years away"),
        ("by_on", "2000-01-01", "before the start"),
        ("measure", "serotonin", "valid choice"),
    ],
)
def test_an_impossible_expectation_is_said_in_words(
    north: World, client: Client, field: str, value: str, words: str
) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    body = {"measure": "sleep", "points": "2", "by_on": (timezone.now() + timedelta(weeks=6)).date().isoformat()}

    answer = client.post(reverse("expect", args=[north.episode.pk, therapy.pk]), body | {field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_what_can_be_expected_to_get_better_is_what_the_product_measures() -> None:
    ratings, questionnaires = set(map(str, engine.Domain)), set(engine.INSTRUMENTS)

    assert set(Measure.values) <= ratings | questionnaires
    assert ratings <= set(Measure.values)


# ---------- starts and stops that cannot be ----------


def test_the_same_thing_is_not_started_twice_at_once(north: World, client: Client) -> None:
    start(north, "Sertraline", kind="medication")
    client.force_login(north.chris)

    with pytest.raises(AlreadyRunning):
        start(north, " sertraline ", kind="medication")
    body = {"kind": "medication", "name": "SERTRALINE", "started_on": timezone.now().date().isoformat()}
    answer = client.post(reverse("start_intervention", args=[north.episode.pk]), body)

    assert answer.status_code == 422
    assert "Change its dose instead" in answer.content.decode()
    assert Intervention.objects.count() == 1


def test_it_can_be_started_again_after_its_stop_but_not_before(north: World) -> None:
    first = start(north, "Sertraline", on=TODAY - timedelta(days=100), kind="medication")
    care.stop_intervention(
        intervention=first, stopped_on=TODAY - timedelta(days=50), reason="Nausea", by=north.chris, at=NOW
    )

    with pytest.raises(AlreadyRunning):
        start(north, "Sertraline", on=TODAY - timedelta(days=60), kind="medication")
    assert start(north, "Sertraline", on=TODAY - timedelta(days=50), kind="medication").pk


def test_a_stop_before_a_change_of_dose_is_refused_with_the_day(north: World, client: Client) -> None:
    medicine = start(north, "Sertraline", kind="medication")
    changed_on = TODAY - timedelta(days=10)
    care.change_intervention(
        intervention=medicine, dose=Dose(label="100 mg"), from_on=changed_on, by=north.chris, at=NOW
    )
    client.force_login(north.chris)

    body = {"stopped_on": (changed_on - timedelta(days=1)).isoformat(), "reason": "Nausea"}
    answer = client.post(reverse("stop_intervention", args=[north.episode.pk, medicine.pk]), body)

    assert answer.status_code == 422
    assert date_format(changed_on, "j M Y") in answer.content.decode()


def test_something_from_before_the_start_of_care_is_drawn(north: World, client: Client) -> None:
    start(north, "Light therapy", on=north.episode.started_on - timedelta(days=900), kind="other")
    client.force_login(north.chris)

    page = client.get(reverse("trajectory", args=[north.episode.pk]) + "?window=all")

    assert page.status_code == 200
    assert "Light therapy" in page.content.decode()


# ---------- context ----------


def test_context_keeps_its_history_and_the_newest_day_counts(north: World, client: Client) -> None:
    client.force_login(north.chris)
    there = reverse("episode_context", args=[north.episode.pk])
    for day, text in (("2026-03-01", "Second trimester"), ("2025-01-01", "<b>Regular</b> cycle")):
        answer = client.post(there, {"kind": "hormonal", "text": text, "from_on": day})
        assert answer.status_code == 302

    topic = next(topic for topic in context.topics(north.episode) if topic.kind == ContextKind.HORMONAL)
    page = client.get(there).content.decode()

    assert topic.present.text == "Second trimester"
    assert [note.text for note in topic.earlier] == ["<b>Regular</b> cycle"]
    assert "&lt;b&gt;Regular&lt;/b&gt;" in page
    assert AuditEvent.objects.filter(action="context_noted").count() == 2


def test_a_fact_once_noted_cannot_be_changed(north: World) -> None:
    context.note(
        episode=north.episode, kind=ContextKind.STRESS, text="Night shifts", from_on=TODAY, by=north.chris, at=NOW
    )
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        ContextNote.objects.update(text="None")


# ---------- the clinic's own list ----------

PAIR = Pair(first="Sertraline", second="St John's wort", note="Ask about agitation.", source="Clinic pharmacist, 2026")


def test_nobody_is_warned_without_a_list(north: World) -> None:
    assert interactions.warnings(["Sertraline", "St John's wort"]) == []


@pytest.mark.parametrize(
    ("names", "is_warned"),
    [
        (["Sertraline 50 retard", "st john's WORT tea"], True),
        (["Sertraline"], False),
        (["Sertraline", "Sertralinex"], False),
        (["Desertraline", "St John's wort"], False),
        (["St John's wort and sertraline"], False),
    ],
)
def test_a_pair_counts_as_whole_words_in_two_active_things(north: World, names: list[str], is_warned: bool) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)

    assert bool(interactions.warnings(names)) is is_warned


@pytest.mark.parametrize("again", [PAIR, Pair(first="st john's wort", second="SERTRALINE", note="x", source="y")])
def test_a_pair_is_on_the_list_once_whichever_way_round(north: World, again: Pair) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)

    with pytest.raises(PairKnown), transaction.atomic():
        interactions.add(pairs=[again], by=north.sam, at=NOW)
    with pytest.raises(SameThing), transaction.atomic():
        interactions.add(pairs=[Pair(first="A", second="a ", note="x", source="y")], by=north.sam, at=NOW)
    assert interactions.listed().count() == 1


def test_starting_the_second_of_a_pair_warns_and_the_page_goes_on_warning(north: World, client: Client) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)
    start(north, "St John's wort", kind="other")
    client.force_login(north.chris)
    body = {"kind": "medication", "name": "Sertraline", "started_on": timezone.now().date().isoformat()}

    answer = client.post(reverse("start_intervention", args=[north.episode.pk]), body, follow=True)
    again = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()

    assert "are both active: Ask about agitation. (Clinic pharmacist, 2026)" in answer.content.decode()
    assert "Ask about agitation." in again
    pair = interactions.listed().get()
    interactions.remove(pair=pair, by=north.sam, at=NOW)
    assert "Ask about agitation." not in client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()


def upload(client: Client, content: str | bytes):
    raw = content.encode() if isinstance(content, str) else content
    return client.post(reverse("interaction_list"), {"file": SimpleUploadedFile("pairs.csv", raw)})


def test_a_file_is_taken_whole_or_not_at_all(north: World, client: Client) -> None:
    client.force_login(north.sam)
    good = "first,second,note,source\r\nA,B,Watch it,Handbook\r\n"

    bad = upload(client, good + "C,D,,Handbook\r\n")
    twice = upload(client, good + "b,a,Again,Handbook\r\n")
    assert (bad.status_code, twice.status_code) == (422, 422)
    assert "Line 3 is not complete" in bad.content.decode()
    assert "Already on the list, or entered twice" in twice.content.decode()
    assert not interactions.listed().exists()

    assert upload(client, good).status_code == 302
    assert interactions.listed().get().note == "Watch it"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a;b;c\n1;2;3\n", b"first,second,note,source\n", b"x" * 300_000])
def test_a_file_of_another_kind_is_refused_in_words(north: World, client: Client, content: bytes) -> None:
    client.force_login(north.sam)

    answer = upload(client, content)

    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()


def test_a_removed_pair_says_by_whom(north: World) -> None:
    interactions.add(pairs=[PAIR], by=north.sam, at=NOW)
    pair = interactions.listed().get()
    pair.removed_at = NOW

    with pytest.raises(IntegrityError), transaction.atomic():
        pair.save()
