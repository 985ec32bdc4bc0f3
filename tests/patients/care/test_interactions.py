"""The clinic's own list of what is not taken together."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.care import interactions
from patients.care.interactions import Pair, PairKnown, SameThing
from tests.conftest import World
from tests.factories import NOW
from tests.patients.care.trying import start

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
