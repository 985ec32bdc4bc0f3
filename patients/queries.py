"""Queries of every page: written with the ORM, compiled once in a process, asked with new values each time.

Django builds a query anew whenever it is asked, which takes longer than PostgreSQL needs to answer it: without this
module the trajectory takes 1.7 times as long. The SQL of a compiled query is kept; only its values are put in anew.
Both walls stand as before: the clinic of the present context is such a value, and there is none outside of one.

This is a private door (docs/private-doors.md): it asks a query of Django for its compiler, the compiler for its SQL, and
gives the compiler the rows to make objects of. Who may use it stands in pyproject.toml.
"""

import datetime as dt
import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.lookups import Lookup
from django.utils import timezone

from patients.tenancy import NoClinicContext, current_clinic_id

_Given = ParamSpec("_Given")
_Row = TypeVar("_Row")
# Stands for the clinic among the values; no argument can have this name.
CLINIC = ""
# What an argument may be, and what Django takes its placeholder for. A list passes as it is.
KINDS: Mapping[object, type] = {UUID: UUID, dt.datetime: dt.datetime, dt.date: dt.date, list[UUID]: object}
# A value of these types that is no argument is another one at the next call, and would stay as it is. A number or a word
# from elsewhere than the arguments (the clock, say) cannot be told from a constant.
CHANGING = (dt.date, UUID, list)
# No clinic has this zone. A query that holds it depends on the zone of whoever asks, and would keep the first one's.
NO_ZONE = dt.timezone(dt.timedelta(hours=-12), "no zone of anybody")
# Between two statements that go to the database together.
BETWEEN = ";\n"


class NotAsked(RuntimeError):
    """The answer of a question was wanted before it was asked."""


class NotCompilable(TypeError):
    """A query that would answer the next one wrongly, or that cannot be kept."""


class _NoPart(NotCompilable, AttributeError):
    """A part of an argument was wanted. Django reads this as "has no such attribute" when it looks for one."""


class Placeholder:
    """Stands for an argument while a query is built. It can be handed on and compared with in the database, no more.

    The builder of a query runs once for all calls. A value worked out in it from an argument (`at - A_DAY`, `at.year`,
    `str(user_id)`, `f"{at}"`, `1 if at else 2`, `len(pks)`) would stay as it was at the first call: it is refused.
    """

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: type) -> None:
        """Stand for the argument of this name; Django takes it for a value of this type."""
        self.name, self.kind = name, kind

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Return the type that `isinstance` sees."""
        return self.kind

    def among(self, given: Mapping[str, object]) -> object:
        """Return what was given for it; of the clinic, the one of the present context."""
        return given[self.name] if self.name else current_clinic_id()

    def utcoffset(self) -> dt.timedelta:
        """Say to Django that a moment has a zone."""
        return dt.timedelta(0)

    def __hash__(self) -> int:
        """Return what finds it again: Django looks for twins among the conditions of a query."""
        return id(self)

    def __eq__(self, other: object) -> bool:
        """Say whether the other is this one: Django compares conditions, and asks whether a value is the empty text."""
        return self is other if isinstance(other, Placeholder) or other == "" else self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse to be looked into."""
        raise _NoPart(f"{name} of an argument would be kept from the first call")

    def _refuse(self, *_others: object) -> NoReturn:
        raise NotCompilable("what is worked out from an argument would be kept from the first call")

    __bool__ = __str__ = __repr__ = __format__ = __int__ = __float__ = __index__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __len__ = __contains__ = __getitem__ = _refuse


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A query whose SQL is known."""

    queryset: models.QuerySet[Any, Any]
    # Django's own, undocumented: it knows how to turn rows into objects.
    compiler: Any
    sql: str
    values: tuple[object, ...]

    def values_for(self, given: Mapping[str, object]) -> list[Any]:
        """Return what stands in the places of the SQL."""
        return [value.among(given) if isinstance(value, Placeholder) else value for value in self.values]

    def rows_from(self, fetched: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Return what the queryset would have made of what the database said."""
        if not fetched:
            return []
        # Copies, because threads share what is kept.
        queryset, compiler = self.queryset.all(), copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.execute_sql = lambda *_args, **_kwargs: [fetched]
        query: Any = queryset.query
        query.get_compiler = lambda *_args, **_kwargs: compiler
        return list(queryset)


@dataclass(slots=True)
class AskedQuery(Generic[_Row]):
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


def ask(*questions: "AskedQuery[Any]") -> None:
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

    Raises:
        NotCompilable: a positional argument is annotated with another type.
    """

    def __init__(self, build: Callable[_Given, models.QuerySet[Any, _Row]]) -> None:
        """Keep the function, and what it takes."""
        self.build = build
        parameters = inspect.signature(build).parameters.values()
        kinds = {one.name: one.annotation for one in parameters if one.kind is not one.KEYWORD_ONLY}
        if unknown := [name for name, kind in kinds.items() if kind not in KINDS]:
            raise NotCompilable(f"{build.__module__}.{build.__name__}: {', '.join(unknown)}")
        self.placeholders = [Placeholder(name, KINDS[kind]) for name, kind in kinds.items()]
        update_wrapper(self, build)

    def __call__(self, *args: _Given.args, **shape: _Given.kwargs) -> list[_Row]:
        """Return the rows.

        Raises:
            NotCompilable: at the first call, when something is worked out from an argument; when the query holds a
                time, an id or a list that is no argument, depends on the time zone of who asks, prefetches, or is
                distinct in an order of its own.
            NoClinicContext: outside a clinic context.
        """
        question = self.asking(*args, **shape)
        ask(question)
        return question.rows

    def asking(self, *args: _Given.args, **shape: _Given.kwargs) -> AskedQuery[_Row]:
        """Return the question, to be asked together with others; raises as a call does."""
        key = (self.build, *sorted(shape.items()))
        query = known.get(key)
        if query is None and (query := compile_query(self.build, self.placeholders, shape)) is not None:
            known[key] = query
        return AskedQuery(query, {one.name: value for one, value in zip(self.placeholders, args, strict=True)})


compiled = CompiledQuery


def compile_query(
    build: Callable[..., models.QuerySet[Any, Any]], placeholders: Sequence[Placeholder], shape: Mapping[str, object]
) -> _Compiled | None:
    """Build the query with placeholders, and find these among its values; None if nothing can match."""
    with timezone.override(NO_ZONE):
        queryset: Any = build(*placeholders, **shape)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        try:
            sql, raw = compiler.as_sql()
        except EmptyResultSet:
            return None
    values = tuple(map(_place, raw))
    is_whole = not queryset._prefetch_related_lookups and not compiler.has_extra_select
    if not is_whole or any(_is_hidden(value) for value in values):
        raise NotCompilable(f"{build.__module__}.{build.__name__}")
    # How columns become values does not change either; Django looks it up for every answer.
    converters = compiler.get_converters([column for column, *_names in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda _columns: converters
    return _Compiled(queryset, compiler, sql, values)


def _place(value: object) -> object:
    """Return a placeholder for the present clinic, anything else as it is."""
    with suppress(NoClinicContext):  # of tables that belong to no clinic
        if type(value) is UUID and value == current_clinic_id():
            return Placeholder(CLINIC, UUID)
    return value


def _is_hidden(value: object) -> bool:
    """Say whether a value would be another one at the next call."""
    return not isinstance(value, Placeholder) and (isinstance(value, CHANGING) or value == str(NO_ZONE))


@models.ForeignKey.register_lookup
@models.UUIDField.register_lookup
class AnyOf(Lookup):  # type: ignore[type-arg]
    """`x = ANY(list)`: unlike `IN`, the same SQL for any number of values."""

    lookup_name = "any"

    def get_prep_lookup(self) -> Any:
        """Return the ids as they are, or what stands for them."""
        return self.rhs

    def get_db_prep_lookup(self, value: Any, _connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the list as one value."""
        return "%s", (value,)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        left, values = self.process_lhs(compiler, connection)
        right, given = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*values, *given)
