"""Compiled queries answer as Django would, for whoever asks, and refuse to keep a value that belongs to one call."""

import ast
import datetime as dt
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.attention import needs
from monitoring.operations import heartbeats
from monitoring.plans import plans
from monitoring.worklists import caseload_rows, caseloads
from patients import queries as module
from patients.care import interactions
from patients.models import Episode, Patient, User
from patients.queries import CompiledQuery, NotAsked, NotCompilable, Placeholder, ask, compiled
from patients.tenancy import NoClinicContext, clinic_context
from tests.architecture.sources import modules
from tests.conftest import World
from tests.factories import NOW
from tests.furnished import furnish
from tests.monitoring.worklists import test_common_week


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


def test_two_values_of_a_kind_keep_their_places(north: World) -> None:
    @compiled
    def between(first: dt.date, last: dt.date) -> QuerySet[Episode]:
        return Episode.objects.filter(started_on__gte=first, started_on__lte=last)

    assert len(between(NOW.date() - dt.timedelta(days=4000), NOW.date())) == 2
    assert between(NOW.date() + dt.timedelta(days=1), NOW.date()) == []


def test_one_of_two_values_may_fit(north: World) -> None:
    @compiled
    def either(one: UUID, other: UUID) -> QuerySet[Patient]:
        return Patient.objects.filter(Q(pk=one) | Q(pk=other)).order_by("name")

    ann, ben = north.episode.patient_id, north.bens_episode.patient_id

    assert [row.name for row in either(ann, ann)] == ["Ann Archer"]
    assert [row.name for row in either(ben, ann)] == ["Ann Archer", "Ben Brook"]


A_DAY = dt.timedelta(days=1)


def years_old(at: dt.datetime) -> int:
    return at.year - 1900


def or_now(at: dt.datetime) -> dt.datetime:
    return at if at else NOW


# What must not be done with a moment, an id or a list in the body of a compiled query, or in what the body calls.
WORKED_OUT: dict[str, Callable[[dt.datetime, UUID, list[UUID]], object]] = {
    "an earlier moment": lambda at, _id, _ids: at - A_DAY,
    "a later moment": lambda at, _id, _ids: A_DAY + at,
    "how long ago": lambda at, _id, _ids: NOW - at,
    "a part": lambda at, _id, _ids: at.year,
    "a part by its name": lambda at, _id, _ids: getattr(at, "hour"),  # noqa: B009  # as a helper would
    "its day": lambda at, _id, _ids: at.date(),
    "another zone": lambda at, _id, _ids: at.astimezone(dt.UTC),
    "the same but": lambda at, _id, _ids: at.replace(hour=0),
    "its text": lambda _at, pk, _ids: str(pk),
    "its code": lambda _at, pk, _ids: repr(pk),
    "a word with it": lambda at, _id, _ids: f"{at}",
    "a word with it in a form": lambda at, _id, _ids: f"{at:%Y}",
    "a word by the old way": lambda _at, pk, _ids: "%s" % pk,  # noqa: UP031
    "a number": lambda _at, pk, _ids: int(pk),  # type: ignore[call-overload]
    "a part of an id": lambda _at, pk, _ids: pk.hex[:2],
    "how many": lambda _at, _id, pks: len(pks),
    "the first": lambda _at, _id, pks: pks[0],
    "the first of them": lambda _at, _id, pks: next(iter(pks)),
    "other ids": lambda _at, _id, pks: [pk for pk in pks],  # noqa: C416
    "more ids": lambda _at, _id, pks: [*pks],
    "ids in order": lambda _at, _id, pks: sorted(pks),
    "whether it is one of": lambda _at, pk, pks: pk in pks,
    "one or the other": lambda at, _id, _ids: 1 if at else 2,
    "the earlier": lambda at, _id, _ids: min(at, NOW),
    "whether it is over": lambda at, _id, _ids: at > NOW,
    "whether it is this": lambda at, _id, _ids: at == NOW,
    "whether it is another": lambda _at, pk, _ids: pk != UUID(int=0),
    "in what is called": lambda at, _id, _ids: years_old(at),
    "a choice in what is called": lambda at, _id, _ids: or_now(at),
}


@pytest.mark.parametrize("work_out", WORKED_OUT.values(), ids=WORKED_OUT)
def test_nothing_can_be_worked_out_from_an_argument(
    work_out: Callable[[dt.datetime, UUID, list[UUID]], object],
) -> None:
    @compiled
    def asked(at: dt.datetime, user_id: UUID, user_ids: list[UUID]) -> QuerySet[User]:
        work_out(at, user_id, user_ids)
        return User.objects.filter(claimed_at__lte=at, pk=user_id, pk__any=user_ids)

    with pytest.raises(NotCompilable):
        asked(NOW, uuid4(), [])
    assert not any(asked.build in key for key in module.known if isinstance(key, tuple))


def test_an_argument_of_another_type_is_refused_at_once() -> None:
    with pytest.raises(NotCompilable, match="name"):

        @compiled
        def called(name: str) -> QuerySet[Patient]:
            return Patient.objects.filter(name=name)


def test_a_moment_is_not_taken_for_a_day(north: World) -> None:
    @compiled
    def started(at: dt.datetime) -> QuerySet[Episode]:
        return Episode.objects.filter(started_on__lte=at)

    with pytest.raises(NotCompilable):
        started(NOW)


def test_what_would_stay_from_the_first_call_is_refused(north: World) -> None:
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

    @compiled
    def with_episodes() -> QuerySet[Patient]:
        return Patient.objects.prefetch_related("episodes")

    for query in (today, anns, day_here, apart, with_episodes):
        with pytest.raises(NotCompilable):
            query()


# --- The compiled queries of the product ----------------------------------------------------------------------------


def compiled_queries() -> Iterator[CompiledQuery[..., Any]]:
    """Return every compiled query of the product, once."""
    found = {id(one): one for each in modules() for one in vars(each).values() if isinstance(one, CompiledQuery)}
    yield from found.values()


def name_of(build: Callable[..., Any]) -> str:
    return f"{build.__module__}.{build.__name__}"


def uses(build: Callable[..., Any]) -> Iterator[str]:
    """Return how a builder uses its arguments otherwise than by handing them on, as they are, to what it calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(build)))
    names = {one.name for one in inspect.signature(build).parameters.values() if one.kind is not one.KEYWORD_ONLY}
    handed_on = {
        id(value)
        for node in ast.walk(tree)
        for value in (
            (*node.args, *(keyword.value for keyword in node.keywords))
            if isinstance(node, ast.Call)
            else node.values
            if isinstance(node, ast.Dict)
            else ()
        )
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and id(node) not in handed_on:
            yield f"{name_of(build)}: {node.id}"


def test_the_bodies_of_the_product_only_hand_their_arguments_on() -> None:
    """Says what a placeholder cannot see: `is`, and two arguments compared with each other."""
    queries = list(compiled_queries())

    assert len(queries) > 30
    assert [use for query in queries for use in uses(query.build)] == []


def test_a_body_that_compares_two_arguments_is_seen() -> None:
    def same(one: UUID, other: UUID) -> QuerySet[Patient]:
        return Patient.objects.filter(pk=one) if one is other else Patient.objects.none()

    assert len(list(uses(same))) == 2


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each compiled query is asked a second time as Django would ask it, built anew with the same values.

    Returns the names of those that were, and had an answer.
    """
    asked: list[str] = []
    compile_query = module.compile_query

    def compile_both(build: Callable[..., QuerySet[Any, Any]], placeholders: list[Placeholder], shape: Any) -> Any:
        query = compile_query(build, placeholders, shape)
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
            if rows:
                asked.append(name_of(self.build))
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


def ask_what_pages_seldom_ask(episode: Episode) -> None:
    """Ask what needs two medicines, a duty of the machine, somebody without ratings, or four who got worse."""
    interactions.warnings([name for pair in interactions.listed() for name in (pair.first, pair.second)])
    heartbeats.find(heartbeats.SWEEP)
    caseload_rows._score_rows([episode.pk])
    for worse in test_common_week.people(caseloads.COMMON_LEAST):
        test_common_week.find(worse, kind="deterioration", onset_on=test_common_week.MONDAY)
    caseloads.common_week(at=NOW)


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
        ask_what_pages_seldom_ask(world.episode)
    assert {name_of(query.build) for query in compiled_queries()} - set(compared) == set()
