"""Compiled queries answer as Django would, for whoever asks, and refuse to keep a value that belongs to one call."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.attention import needs
from monitoring.plans import plans
from patients import queries as module
from patients.models import Episode, Patient
from patients.queries import NotAsked, NotCompilable, ask, compiled
from patients.tenancy import NoClinicContext, clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.furnished import furnish


@compiled
def by_id(patient_id: UUID) -> QuerySet[Patient]:
    return Patient.objects.filter(pk=patient_id)


@compiled
def by_ids(patient_ids: list[UUID]) -> QuerySet[Patient]:
    return Patient.objects.filter(pk__any=patient_ids).order_by("name")


@compiled
def with_patient(day: dt.date) -> QuerySet[Episode]:
    return Episode.objects.filter(started_on__lte=day).select_related("patient").order_by("patient__name")


@compiled
def names(*, order: str) -> QuerySet[Patient, str]:
    return Patient.objects.order_by(order).values_list("name", flat=True)


@compiled
def nobody(patient_id: UUID) -> QuerySet[Patient]:
    return Patient.objects.none().filter(pk=patient_id)


def test_each_call_asks_with_its_own_values(north: World) -> None:
    assert [row.name for row in by_id(north.episode.patient_id)] == ["Ann Archer"]
    assert [row.name for row in by_id(north.bens_episode.patient_id)] == ["Ben Brook"]
    assert [row.name for row in by_ids([north.episode.patient_id, north.bens_episode.patient_id])] == [
        "Ann Archer",
        "Ben Brook",
    ]
    assert by_ids([]) == []
    assert nobody(north.episode.patient_id) == []


def test_what_the_query_looks_like_may_depend_on_keywords(north: World) -> None:
    assert names(order="name") == ["Ann Archer", "Ben Brook"]
    assert names(order="-name") == ["Ben Brook", "Ann Archer"]


def test_related_rows_come_with_it(north: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = [episode.patient.name for episode in with_patient(NOW.date())]
    assert found == ["Ann Archer", "Ben Brook"]
    assert len(captured) == 1
    assert with_patient(dt.date(1950, 1, 1)) == []


def test_a_query_that_one_clinic_compiled_answers_the_next_with_its_own_rows(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        assert names(order="name") == ["Ann Archer", "Ben Brook"]
    with clinic_context(clinic_id=world.other_clinic.pk):
        assert names(order="name") == list(Patient.objects.order_by("name").values_list("name", flat=True))
        assert "Ann Archer" not in names(order="name")
        assert by_id(world.episode.patient_id) == []


def test_several_are_asked_in_one_go(north: World) -> None:
    questions = (by_id.asking(north.episode.patient_id), nobody.asking(north.episode.patient_id))
    others = (names.asking(order="name"), with_patient.asking(NOW.date()))
    with pytest.raises(NotAsked):
        assert questions[0].rows

    with CaptureQueriesContext(connection) as captured:
        ask(*questions, *others)

    assert len(captured) == 1
    assert [[row.name for row in one.rows] for one in questions] == [["Ann Archer"], []]
    assert others[0].rows == ["Ann Archer", "Ben Brook"]
    assert [row.patient.name for row in others[1].rows] == ["Ann Archer", "Ben Brook"]


def test_outside_of_a_clinic_it_refuses_before_and_after_it_was_compiled(world: World) -> None:
    @compiled
    def anybody() -> QuerySet[Patient]:
        return Patient.objects.all()

    with pytest.raises(NoClinicContext):
        anybody()
    with clinic_context(clinic_id=world.clinic.pk):
        assert len(anybody()) == 2
        assert nobody(world.episode.patient_id) == []
    with pytest.raises(NoClinicContext):
        anybody()
    with pytest.raises(NoClinicContext):
        nobody(world.episode.patient_id)


def test_two_values_of_a_kind_keep_their_places(north: World, monkeypatch: pytest.MonkeyPatch) -> None:
    @compiled
    def between(first: dt.date, last: dt.date) -> QuerySet[Episode]:
        return Episode.objects.filter(started_on__gte=first, started_on__lte=last)

    drawn = [dt.date(1901, 1, 1), dt.date(1901, 1, 1), dt.date(1902, 2, 2)]
    monkeypatch.setattr(module, "STAND_INS", {dt.date: lambda: drawn.pop(0)})

    assert len(between(NOW.date() - dt.timedelta(days=4000), NOW.date())) == 2
    assert between(NOW.date() + dt.timedelta(days=1), NOW.date()) == []


def test_a_value_that_was_worked_out_inside_is_refused(north: World) -> None:
    @compiled
    def lately(at: dt.datetime) -> QuerySet[Episode]:
        return Episode.objects.filter(patient__created_at__gt=at - dt.timedelta(days=1))

    @compiled
    def today() -> QuerySet[Episode]:
        return Episode.objects.filter(started_on__lte=timezone.now().date())

    @compiled
    def anns() -> QuerySet[Patient]:
        return Patient.objects.filter(pk=north.episode.patient_id)

    @compiled
    def day_here() -> QuerySet[Patient, Any]:
        return Patient.objects.values_list(TruncDate("created_at"))

    @compiled
    def apart() -> QuerySet[Patient, Any]:
        return Patient.objects.order_by("name").distinct().values_list("pk")

    for query in (lambda: lately(timezone.now()), today, anns, day_here, apart):
        with pytest.raises(NotCompilable):
            query()


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each compiled query is asked a second time as Django would ask it, built anew with the same values."""
    asked: list[str] = []
    compile_query = module.compile_query

    def compile_both(build: Callable[..., QuerySet[Any, Any]], kinds: Any, shape: Any) -> Any:
        query = compile_query(build, kinds, shape)
        return query and Both(query, build, shape)

    @dataclass
    class Both:
        query: Any
        build: Callable[..., QuerySet[Any, Any]]
        shape: Any
        given: dict[str, Any] = field(default_factory=dict)

        @property
        def sql(self) -> str:
            return str(self.query.sql)

        def values_for(self, given: dict[str, Any]) -> list[object]:
            self.given = given
            return list(self.query.values_for(given))

        def rows_from(self, fetched: Any) -> list[Any]:
            rows: list[Any] = self.query.rows_from(fetched)
            assert [said(row) for row in rows] == [said(row) for row in self.build(*self.given.values(), **self.shape)]
            asked.append(f"{self.build.__module__}.{self.build.__name__}")
            return rows

    monkeypatch.setattr(module, "compile_query", compile_both)
    monkeypatch.setattr(module, "known", {})
    return asked


def said(row: Any) -> Any:
    """Return a row with all its columns, and those of the rows that came with it."""
    if not hasattr(row, "_meta"):
        return row
    related = (getattr(row, field.name) for field in row._meta.fields if field.is_relation and field.is_cached(row))
    return {
        **{field.attname: getattr(row, field.attname) for field in row._meta.fields},
        "with": list(map(said, related)),
    }


def test_every_page_gets_what_django_would_have_given(client: Client, world: World, compared: list[str]) -> None:
    furnish(world)
    for user, urls in (
        (world.chris, ("/caseload/", "/alerts/", f"/p/{world.episode.pk}/?window=all")),
        (world.cora, ("/caseload/?people=clinic&state=worse", f"/p/{world.episode.pk}/?compare=review")),
        (world.ann, ("/me/", "/me/chart/", "/me/plan/")),
    ):
        client.force_login(user)
        for url in urls:
            assert client.get(url).status_code == 200, url
    with clinic_context(clinic_id=world.clinic.pk):
        needs.update(episode_ids=[world.episode.pk, world.bens_episode.pk], at=timezone.now())
        plans.next_due(world.episode, at=timezone.now())
    assert len(set(compared)) > 25, sorted(set(compared))
