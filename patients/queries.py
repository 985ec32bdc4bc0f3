"""Queries of every page: written with the ORM, compiled once in a process, asked with new values each time.

Django builds a query anew whenever it is asked, which takes longer than PostgreSQL needs to answer it: half of what
the trajectory spends on its queries. The SQL of a compiled query is kept; only its values are put in anew. Both walls
stand as before: the clinic of the present context is such a value, and there is none outside of one.
"""

import datetime as dt
import inspect
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import update_wrapper
from types import SimpleNamespace
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.lookups import Lookup
from django.utils import timezone

from patients.tenancy import NoClinicContext, current_clinic_id

_Given = ParamSpec("_Given")
_Row = TypeVar("_Row")
# Stands for the clinic among the values; no argument can have this name.
CLINIC = ""
# Types of which a value that is no argument was worked out from one, or from the clock: it would stay as it is. A number
# or a word worked out inside would stay as well, and cannot be told from a constant.
CHANGING = (dt.date, UUID, list)
# Nobody lives here: where it turns up in a query, the zone of whoever asked first would be kept.
NOBODYS_ZONE = dt.timezone(dt.timedelta(hours=-12), "nobody's zone")
# Between two statements that go to the database together.
BETWEEN = ";\n"


class NotAsked(RuntimeError):
    """The answer of a question was wanted before it was asked."""


class NotCompilable(TypeError):
    """A query that would answer the next one wrongly, or that cannot be kept."""


@dataclass(frozen=True, slots=True)
class _Argument:
    """The place of an argument among the values of a query."""

    name: str

    def among(self, given: Mapping[str, object]) -> object:
        """Return what was given for it; of the clinic, the one of the present context."""
        return given[self.name] if self.name else current_clinic_id()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A query whose SQL is known."""

    # With what Django keeps to itself: how it turns rows into objects is asked for, not repeated here.
    queryset: Any
    compiler: Any
    sql: str
    values: tuple[object, ...]

    def values_for(self, given: Mapping[str, object]) -> list[Any]:
        """Return what stands in the places of the SQL."""
        return [value.among(given) if isinstance(value, _Argument) else value for value in self.values]

    def rows_from(self, fetched: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Return what the queryset would have made of what the database said."""
        # Copies, because threads share what is kept.
        compiler, query = copy(self.compiler), copy(self.queryset.query)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.execute_sql = lambda *_args, **_kwargs: [fetched]
        query.get_compiler = lambda *_args, **_kwargs: compiler
        asked = SimpleNamespace(
            db=DEFAULT_DB_ALIAS, query=query, _fields=self.queryset._fields, _known_related_objects={}
        )
        return list(self.queryset._iterable_class(asked))


@dataclass(slots=True)
class Question(Generic[_Row]):
    """A compiled query with its values, to be asked together with others."""

    query: _Compiled | None
    given: Mapping[str, object]
    answer: list[_Row] | None = None

    @property
    def rows(self) -> list[_Row]:
        """Return the answer.

        Raises:
            NotAsked: there is none yet.
        """
        if self.answer is None:
            raise NotAsked
        return self.answer


def ask(*questions: "Question[Any]") -> None:
    """Ask everything in one go: the way to the database and back takes longer than most answers.

    Several statements can travel together because the client puts the values in (Django's default with psycopg).
    """
    for question in questions:
        question.answer = []
    asked = [(question, question.query) for question in questions if question.query is not None]
    if not asked:
        return
    values = [value for question, query in asked for value in query.values_for(question.given)]
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(BETWEEN.join(query.sql for _question, query in asked), values)
        for question, query in asked:
            question.answer = query.rows_from(cursor.fetchall())
            cursor.nextset()


# What was compiled in this process, by the function that builds it and its keywords. Where nothing can match there is
# nothing to keep: built anew, it refuses by itself outside of a clinic.
known: dict[Hashable, _Compiled] = {}


class CompiledQuery(Generic[_Given, _Row]):
    """A function that builds a queryset, turned into one that answers it.

    Positional arguments are values: UUID, datetime, date, or a list of UUID (with the lookup "any"). They may only be
    compared with, as they are. Keyword arguments decide what the query looks like; each combination is compiled by
    itself, so there must be few.
    """

    def __init__(self, build: Callable[_Given, models.QuerySet[Any, _Row]]) -> None:
        """Keep the function, and what it takes."""
        self.build = build
        parameters = inspect.signature(build).parameters.values()
        self.kinds = {one.name: one.annotation for one in parameters if one.kind is not one.KEYWORD_ONLY}
        update_wrapper(self, build)

    def __call__(self, *args: _Given.args, **shape: _Given.kwargs) -> list[_Row]:
        """Return the rows.

        Raises:
            NotCompilable: at the first call, when the query holds a time, an id or a list that is no argument, depends
                on the time zone of who asks, prefetches, or is distinct in an order of its own.
            NoClinicContext: outside a clinic context.
        """
        question = self.asking(*args, **shape)
        ask(question)
        return question.rows

    def asking(self, *args: _Given.args, **shape: _Given.kwargs) -> Question[_Row]:
        """Return the question, to be asked together with others; raises as a call does."""
        key = (self.build, *sorted(shape.items()))
        query = known.get(key)
        if query is None and (query := compile_query(self.build, self.kinds, shape)) is not None:
            known[key] = query
        return Question(query, dict(zip(self.kinds, args, strict=True)))


compiled = CompiledQuery


def compile_query(
    build: Callable[..., models.QuerySet[Any, Any]], kinds: Mapping[str, object], shape: Mapping[str, object]
) -> _Compiled | None:
    """Build the query with a stand-in for each argument, and find these among its values; None if nothing can match."""
    places: dict[Hashable, _Argument] = {}
    stand_ins = []
    for name, kind in kinds.items():
        stand_in = STAND_INS[kind]()
        while _key(stand_in) in places:
            stand_in = STAND_INS[kind]()
        places[_key(stand_in)] = _Argument(name)
        stand_ins.append(stand_in)
    with suppress(NoClinicContext):  # of tables that belong to no clinic
        places[_key(current_clinic_id())] = _Argument(CLINIC)
    with timezone.override(NOBODYS_ZONE):
        queryset: Any = build(*stand_ins, **shape)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        try:
            sql, raw = compiler.as_sql()
        except EmptyResultSet:
            return None
    values = tuple(places.get(_key(value), value) for value in raw)
    is_whole = not queryset._prefetch_related_lookups and not compiler.has_extra_select
    if not is_whole or any(_is_hidden(value) for value in values):
        raise NotCompilable(f"{build.__module__}.{build.__name__}")
    return _Compiled(queryset, compiler, sql, values)


def _key(value: object) -> Hashable:
    """Return a value as a key; equal only to a value of the same kind."""
    return type(value), repr(value)


def _is_hidden(value: object) -> bool:
    """Say whether a value would be another one at the next call."""
    return isinstance(value, CHANGING) or value == str(NOBODYS_ZONE)


def _moment() -> dt.datetime:
    return dt.datetime(1900, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=secrets.randbelow(10**15))


# What stands for an argument while a query is built: values that no constant of a query equals.
STAND_INS: Mapping[object, Callable[[], object]] = {
    UUID: uuid4,
    dt.datetime: _moment,
    dt.date: lambda: _moment().date(),
    list[UUID]: lambda: [uuid4()],
}


@models.ForeignKey.register_lookup
@models.UUIDField.register_lookup
class AnyOf(Lookup):  # type: ignore[type-arg]
    """`x = ANY(list)`: unlike `IN`, the same SQL for any number of values."""

    lookup_name = "any"

    def get_prep_lookup(self) -> list[Any]:
        """Return the ids as they are."""
        return list(self.rhs)

    def get_db_prep_lookup(self, value: Any, _connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the list as one value."""
        return "%s", (value,)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        left, values = self.process_lhs(compiler, connection)
        right, given = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*values, *given)
