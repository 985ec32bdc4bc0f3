"""The page of the caseload: what stands in its address and what does not, and how it travels."""

import gzip
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.alerts import evidence
from monitoring.attention import needs
from monitoring.engine.records import Tier
from monitoring.models.alerts import AlertKind
from monitoring.reviews import reviews
from monitoring.worklists import caseloads
from patients.models.people import Role
from tests import factories
from tests.conftest import World

HREF = re.compile(r'(?:href|action|hx-get|hx-post)="([^"]*)"')


def addresses(page: str) -> list[str]:
    return HREF.findall(page)


def test_a_name_is_found_and_stands_in_no_address(north: World, client: Client) -> None:
    client.force_login(north.cora)

    page = client.post("/caseload/", {"name": "arch", "state": "none"}, follow=True).content.decode()

    assert "Ann Archer" in page and "Ben Brook" not in page
    assert not [address for address in addresses(page) if "arch" in address.lower() and "search" not in address]
    assert 'value="arch"' in page
    assert '<input type="hidden" form="find" name="state" value="none">' in page


def test_a_name_in_the_address_is_not_looked_for(north: World, client: Client) -> None:
    client.force_login(north.cora)

    page = client.get("/caseload/?name=arch").content.decode()

    assert "Ann Archer" in page and "Ben Brook" in page


def test_looking_for_a_name_needs_the_token_of_the_form(north: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(north.cora)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/caseload/").content.decode())

    assert client.post("/caseload/", {"name": "arch"}, follow=True).status_code == 403
    assert token is not None
    found = client.post("/caseload/", {"name": "arch", "csrfmiddlewaretoken": token.group(1)}, follow=True)
    assert found.status_code == 200


def test_nobody_looks_for_name_after_name(north: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseloads, "SEARCHES_A_MINUTE", 2)
    client.force_login(north.cora)
    found = [client.post("/caseload/", {"name": name}, follow=True) for name in ("a", "b", "c")]

    assert [answer.status_code for answer in found] == [200, 200, 429]
    assert found[-1].headers["Retry-After"] == "60" and "Ann Archer" not in found[-1].content.decode()
    assert client.get("/caseload/").status_code == 200
    client.force_login(north.chris)
    assert client.post("/caseload/", {"name": "a"}, follow=True).status_code == 200


def test_whose_people_can_be_asked_for_follows_the_roles(north: World, client: Client) -> None:
    client.force_login(north.chris)
    own = client.get("/caseload/?people=clinic").content.decode()
    client.force_login(north.cora)
    whole = client.get("/caseload/?people=mine").content.decode()
    factories.people.grant_role(user=north.chris, role=Role.COORDINATOR, at=factories.NOW)
    client.force_login(north.chris)
    both = client.get("/caseload/?people=clinic").content.decode()

    assert "Ben Brook" not in own and "Mine" in own and "Whole clinic" not in own
    assert "Ben Brook" in whole and 'aria-label="Whose patients"' not in whole
    assert "Ben Brook" in both and "Whole clinic" in both


def test_the_next_review_stands_on_the_row_with_the_place_of_its_clock(north: World, client: Client) -> None:
    planned_at = timezone.now() + timedelta(days=3)
    reviews.plan(episode=north.episode, planned_at=planned_at, by=north.chris, at=timezone.now())
    client.force_login(north.chris)

    page = client.get("/caseload/").content.decode()

    local = timezone.localtime(planned_at, timezone=ZoneInfo("Europe/Berlin"))
    assert f"{local.day} {local:%b}, {local:%H:%M} in Berlin" in page


def test_the_changes_can_be_looked_at_alone(north: World, client: Client) -> None:
    for episode in (north.episode, north.bens_episode):
        evidence.raise_alert(episode=episode, kind=AlertKind.MISSED_CHECK_INS, tier=Tier.REVIEW, at=timezone.now())
        needs.update(episode_ids=[episode.pk], at=timezone.now())
    client.force_login(north.cora)
    whole = client.get("/caseload/").content.decode()

    assert "Show the 2 changes" in whole
    filtered = re.sub(r"\s+", " ", client.get("/caseload/?state=worse").content.decode())
    told = "2 patients. 2 have changed since you last looked at them. 0 of them are shown."
    assert told in re.sub(r"\s+", " ", re.sub(r"</?b>", "", filtered))
    assert "?people=clinic&amp;changed=1" in addresses(whole) or "?people=clinic&changed=1" in addresses(whole)
    assert "Show everyone" in client.get("/caseload/?changed=1").content.decode()


@pytest.mark.parametrize(("url", "is_packed"), [("/caseload/", True), ("/livez", False)])
def test_answers_are_packed_unless_they_are_tiny(north: World, client: Client, url: str, is_packed: bool) -> None:
    client.force_login(north.cora)
    answers = [client.get(url, headers={"accept-encoding": "gzip"}) for _ in range(6)]

    assert [answer.headers.get("Content-Encoding") for answer in answers] == ["gzip" if is_packed else None] * 6
    if is_packed:
        pages = [gzip.decompress(answer.content).decode() for answer in answers]
        tokens = {re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1) for page in pages}
        # Another mask each time, and another length: what an attacker reflects cannot be told from its size.
        assert len(tokens) == 6
        assert len({len(answer.content) for answer in answers}) > 1
    assert needs.mend(at=timezone.now()) == 0


@pytest.mark.parametrize("search", ["marin", "MARÍN  ana", " ana\u00a0marin ", "0101"])
def test_a_name_or_number_is_found_however_it_is_typed(north: World, client: Client, search: str) -> None:
    patient = factories.people.add_patient(name="Ana Marín", external_id="101", by=None, at=factories.NOW)
    factories.make_episode(patient, team=(north.chris,))
    client.force_login(north.chris)

    page = client.post("/caseload/", {"name": search}, follow=True).content.decode()

    assert "Ana Marín" in page and "Ann Archer" not in page


@pytest.mark.parametrize("search", ["soerensen", "Sorensen", "sørensen søren"])
def test_a_search_finds_nobody_who_may_not_be_seen(north: World, client: Client, search: str) -> None:
    own, other = (factories.make_patient(f"Søren Sørensen {number}") for number in (1, 2))
    factories.make_episode(own, team=(north.chris,))
    factories.make_episode(other, team=(north.dana,))
    client.force_login(north.chris)

    page = client.post("/caseload/", {"name": search}, follow=True).content.decode()

    assert own.name in page and other.name not in page
