"""What is kept about a patient, table by table: every row of that person, names instead of numbers, nobody else's."""

from datetime import timedelta

import pytest

from patients.care import treatments
from patients.care.treatments import Dose
from patients.models import Intervention
from patients.models.care import InterventionKind
from patients.people import people
from patients.rights import own_record, safety_plans
from patients.rights.own_record import KNOWN_BY, SOURCES, StoredTable
from tests.conftest import World
from tests.factories import NOW

BY_NAME = {source.name: source for source in SOURCES}


def table(name: str, world: World) -> StoredTable:
    return own_record.table(BY_NAME[name], world.episode.patient, known_by=KNOWN_BY)


@pytest.fixture
def tried(north: World) -> Intervention:
    day = (NOW - timedelta(days=30)).date()
    for episode in (north.episode, north.bens_episode):
        tried = treatments.start_intervention(
            episode=episode,
            kind=InterventionKind.MEDICATION,
            name="Sertraline",
            started_on=day,
            dose=Dose(label="50 mg", amount=50, unit="mg"),
            by=north.chris,
            at=NOW,
        )
    return tried


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_column_of_a_table_has_a_meaning_or_is_for_the_machine(source: own_record.Source) -> None:
    stored = {field.name for field in source.model._meta.concrete_fields} - {"clinic"}

    told = set(source.columns) | source.internal | {source.path.split("__")[0]}
    assert stored - told == set()
    assert not set(source.columns) & source.internal


def test_a_table_holds_the_rows_of_one_patient(north: World, tried: Intervention) -> None:
    [row] = table("interventions", north).rows

    assert (row["name"], row["episode"]) == ("Sertraline", north.episode.pk)
    assert row["id"] != tried.pk


def test_people_are_named_and_rows_are_known_by_words(north: World, tried: Intervention) -> None:
    doses = table("doses", north)

    assert doses.columns.keys() > {"intervention", "intervention_name"}
    assert [row["intervention_name"] for row in doses.rows] == ["Sertraline"]
    assert table("interventions", north).rows[0]["recorded_by"] == str(north.chris)


def test_what_is_stored_as_a_code_comes_with_its_words(north: World, tried: Intervention) -> None:
    found = table("interventions", north)

    code = found.rows[0]["kind"]
    assert str(found.choices["kind"][code]) == str(InterventionKind.MEDICATION.label)
    assert "name" not in found.choices


def test_every_version_of_the_safety_plan_is_there(north: World) -> None:
    for days, words in enumerate(("The dog", "The dog and the sea")):
        safety_plans.save_safety_plan(
            patient=north.episode.patient, words={"reasons": words}, by=north.ann, at=NOW + timedelta(days=days)
        )

    assert {row["reasons"] for row in table("safety_plans", north).rows} == {"The dog", "The dog and the sea"}


def test_a_patient_of_paper_has_no_account(north: World) -> None:
    paper = people.add_patient(name="Pia Poole", time_zone="Europe/Berlin", by=north.chris, at=NOW)

    assert own_record.account(paper).rows == []
    [row] = own_record.account(north.episode.patient).rows
    assert row["email"] == "ann@north.example"


def test_who_looked_is_told_with_profession_and_deed(north: World, tried: Intervention) -> None:
    [row] = [row for row in own_record.who_looked(north.episode.patient).rows if row["who"] == "Chris"]

    assert row["title"] == "Psychiatrist"
    assert row["at"] == NOW
    assert row["what"]
