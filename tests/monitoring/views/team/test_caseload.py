"""The reading pages: who comes first and why, one person's course, and what a patient sees of the own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.alerts import alerts, evidence
from monitoring.attention import needs, sightings
from monitoring.engine import FindingKind, Tier
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.words.states import State
from patients.access.permissions import Whose
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, answer_once, import_scores, judge, load, make_course
from tests.monitoring.worklists.parts import changed, unchanged, waiting

# ---------- caseload ----------


def test_somebody_who_gets_worse_comes_first_with_a_reason(north: World) -> None:
    make_course(north, FALL)
    make_course(north, STEADY, north.bens_episode, north.ben)

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    row = changed(page)[0]
    assert (row.name, row.states[0], row.has_changed) == ("Ann Archer", State.WORSE, True)
    assert "Mood" in row.reason
    assert [row.name for row in unchanged(page)] == ["Ben Brook"]


def test_somebody_who_waits_stays_on_top_after_being_looked_at(north: World) -> None:
    make_course(north, STEADY)
    make_course(north, FALL, north.bens_episode, north.ben)
    factories.make_check_in(north.episode, by=north.ann, at=NOW + WEEK, contact_wish=ContactWish.CONTACT_ME)
    sightings.seen(episode=north.episode, by=north.cora, sent_at=None, at=NOW + WEEK + timedelta(minutes=5))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [(row.name, row.has_changed) for row in waiting(page)] == [("Ann Archer", False)]
    assert [row.name for row in changed(page)] == ["Ben Brook"]


def test_whose_alert_is_overdue_and_nobodys_waits_for_somebody(north: World) -> None:
    make_course(north, STEADY)
    make_course(north, STEADY, north.bens_episode, north.ben)
    raised = {
        episode: evidence.raise_alert(episode=episode, kind=AlertKind.RELAPSE, tier=Tier.REVIEW, at=NOW - 4 * WEEK)
        for episode in (north.episode, north.bens_episode)
    }
    owned = raised[north.bens_episode]
    alerts.acknowledge(alert=owned, by=north.chris, version=owned.version, at=NOW)
    needs.update(episode_ids=[north.episode.pk, north.bens_episode.pk], at=NOW)

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [row.name for row in waiting(page)] == ["Ann Archer"]
    assert page.groups[0].title == "Waiting for somebody"
    assert [row.name for row in page.rows] == ["Ann Archer", "Ben Brook"]


def test_a_clinician_sees_only_the_own_people_and_mine_means_responsible(north: World) -> None:
    make_course(north, STEADY)

    assert [row.name for row in unchanged(load(north.chris, {"clinician"}))] == ["Ann Archer"]
    assert "Ann Archer" not in str(load(north.dana, {"clinician"}, whose=Whose.CLINIC))


def test_filters_narrow_the_list_and_the_counts_stay(north: World) -> None:
    make_course(north, FALL)
    make_course(north, STEADY, north.bens_episode, north.ben)

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, state=State.STEADY)
    named = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, name="arch")

    assert [row.name for row in (*changed(page), *unchanged(page))] == ["Ben Brook"]
    assert {entry.state: entry.count for entry in page.counts} == {State.WORSE: 1, State.STEADY: 1}
    assert (named.total, named.shown) == (2, 1)


def test_the_number_of_queries_does_not_grow_with_the_list(
    north: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    make_course(north, FALL)
    with django_assert_max_num_queries(15) as one:
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC)
    for number in range(8):
        episode = factories.make_episode(factories.make_patient(f"Patient {number}"), team=(north.chris,))
        evidence.raise_alert(episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    with django_assert_num_queries(len(one)):
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC)


def test_pages_hold_fifty_and_a_page_that_is_not_there_gives_the_last(north: World) -> None:
    for number in range(52):
        factories.make_episode(factories.make_patient(f"Patient {number:02}"), team=(north.chris,))

    page = load(north.chris, {"clinician"}, page=99)

    assert (page.page, page.pages, len(changed(page)) + len(unchanged(page))) == (2, 2, 3)


# ---------- caseload: order, heads, reasons ----------


def test_nobody_getting_worse_stands_behind_good_news(north: World) -> None:
    answer_once(north, north.episode)
    answer_once(north, north.bens_episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))
    sightings.seen(episode=north.episode, by=north.cora, sent_at=None, at=NOW + timedelta(minutes=1))
    judge(north.bens_episode, (FindingKind.IMPROVEMENT, Tier.INFO, "mood"))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [(group.title, [row.name for row in group.rows]) for group in page.groups] == [
        ("No change since you last looked", ["Ann Archer"]),
        ("Changed since you last looked", ["Ben Brook"]),
    ]


def test_among_those_in_need_the_changed_come_first(north: World) -> None:
    answer_once(north, north.episode)
    answer_once(north, north.bens_episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))
    sightings.seen(episode=north.episode, by=north.cora, sent_at=None, at=NOW + timedelta(minutes=1))
    judge(north.bens_episode, (FindingKind.DETERIORATION, Tier.WATCH, "mood"))

    page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC)

    assert [row.name for row in page.rows] == ["Ben Brook", "Ann Archer"]


def test_the_head_counts_everybody_whatever_the_filter(north: World) -> None:
    answer_once(north, north.episode)
    judge(north.episode, (FindingKind.DETERIORATION, Tier.REVIEW, "mood"))

    for filters in ({"state": State.NONE}, {"name": "brook"}):
        page = load(north.cora, {"coordinator"}, whose=Whose.CLINIC, **filters)
        assert (page.total, page.total_changed, page.shown, page.changed) == (2, 1, 1, 0)


def test_a_caseload_with_everybody_of_every_kind_keeps_to_its_queries(
    north: World, django_assert_max_num_queries: Any
) -> None:
    import_scores(north, 26, 22)
    factories.make_plan(north.bens_episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.bens_episode, by=north.ben, moods=[*[7] * 14, 3, 3])
    judge(north.bens_episode)

    with django_assert_max_num_queries(15):
        load(north.cora, {"coordinator"}, whose=Whose.CLINIC, name="b")


# ---------- pages ----------


@pytest.mark.parametrize("query", ["", "?people=team", "?state=nonsense&page=-1", "?page=99999999999", "?name=%3Cb%3E"])
def test_the_caseload_answers_whatever_the_address_asks(world: World, client: Client, query: str) -> None:
    client.force_login(world.chris)

    response = client.get(reverse("caseload") + query)

    assert response.status_code == 200
    assert "<b>" not in response.context["caseload"].filters.name or "&lt;b&gt;" in response.content.decode()


def test_a_filter_swaps_only_the_list(world: World, client: Client) -> None:
    client.force_login(world.chris)

    part = client.get(reverse("caseload"), headers={"HX-Request": "true"})

    assert "<html" not in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]
