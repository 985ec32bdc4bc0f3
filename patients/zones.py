"""Where an instant becomes somebody's day, and the names of the zones in which it does. No other place counts days.

Python counts, with the rules of clocks that the settings pin; neither the database nor the browser is asked
(docs/decisions/0164).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection

NO_ZONE = "UTC"
# Other spellings of no zone at all. Names such as Etc/GMT+5 are none of them: their sign is the other way round.
SAME_AS_UTC = frozenset(
    {"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "Etc/GMT", "Etc/Greenwich", "UCT", "Universal", "Zulu", "GMT"}
)
# Browsers go on sending the names by which they first knew a place. The list of links leads these to the city whose
# clock they share; the place has a name of its own. Source: Unicode CLDR, bcp47/timezone.xml, first alias of each.
LATER_SPELLING = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Coral_Harbour": "America/Atikokan",
    "Antarctica/South_Pole": "Antarctica/McMurdo",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}
# A zone may jump by up to a day (Apia 2011); minutes are tried up to that.
LONGEST_JUMP_MINUTES = 24 * 60
# Over so long two sets of rules are compared, once a week: another rule holds for weeks.
COMPARED_WEEKS = 54


# ---------- days and instants ----------


def local_instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant at which a wall clock shows a time on a day, in UTC.

    A time that the clock skips becomes the first valid minute after it; a time that comes twice is its first
    coming (docs/safety.md#weeks-and-clocks).

    Args:
        day: calendar day in the zone.
        at: wall-clock time.
        zone: IANA name.
    """
    tz = ZoneInfo(zone)
    naive = datetime.combine(day, at.replace(second=0, microsecond=0))
    for minute in range(LONGEST_JUMP_MINUTES + 1):
        wanted = naive + timedelta(minutes=minute)
        instant = wanted.replace(tzinfo=tz, fold=0).astimezone(UTC)
        if instant.astimezone(tz).replace(tzinfo=None) == wanted:
            return instant
    raise ValueError(f"no valid minute on {day} in {zone}")


def on_clock(at: datetime, zone: str) -> datetime:
    """Return an instant as a wall clock in a zone shows it."""
    return at.astimezone(ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return on_clock(at, zone).date()


def same_clock(zone: str, other: str, at: datetime) -> bool:
    """Say whether clocks in two zones show the same at an instant."""
    return on_clock(at, zone).utcoffset() == on_clock(at, other).utcoffset()


# ---------- names ----------


def place(zone: str) -> str:
    """Return the place by which a zone is named, such as "Buenos Aires"."""
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def places() -> tuple[str, ...]:
    """Return the zones that are offered, one name a place: those of the list of countries."""
    lines = _lines("zone.tab")
    return tuple(sorted(line.split("\t")[2] for line in lines if not line.startswith("#")))


def canonical(name: str) -> str | None:
    """Return the one name by which we keep a zone; None for what names no place and is no UTC.

    Aliases of a place become its present name: browsers send Asia/Calcutta. Names that programs read differently are
    refused: "EST5EDT" is a rule to one and a place to another, "posixrules" a file, Etc/GMT+5 lies west.
    """
    if name == NO_ZONE or name in SAME_AS_UTC:
        return NO_ZONE
    name = LATER_SPELLING.get(name, name)
    if name in places():
        return name
    target = _links().get(name) if "/" in name else None
    return target if target in places() else None


@cache
def _links() -> Mapping[str, str]:
    """Return alias -> the name it stands for."""
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return MappingProxyType({alias: target for _letter, target, alias in links})


def _lines(name: str) -> list[str]:
    """Return the lines of a list that comes with the rules."""
    return resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()


# ---------- the database's rules ----------

_OFFSETS = """
SELECT known.name, array_agg(
    extract(epoch FROM moment AT TIME ZONE known.name)::bigint - extract(epoch FROM moment)::bigint ORDER BY moment)
FROM pg_timezone_names known, unnest(%s::timestamptz[]) moment
WHERE known.name = ANY(%s)
GROUP BY known.name
"""


def differing(names: Collection[str], *, at: datetime) -> tuple[str, ...]:
    """Return the zones that Python or the database does not know, or that they read otherwise over the coming year.

    Nothing of ours is counted there, but whoever asks the database directly would get another day.
    """
    return _differing(tuple(sorted(names)), at.astimezone(UTC).date())


@lru_cache(maxsize=4)
def _differing(names: Sequence[str], since: date) -> tuple[str, ...]:
    """Compare once a day: the database's list of names is a folder of files."""
    first = datetime.combine(since, time(12), tzinfo=UTC)
    moments = [first + timedelta(weeks=week) for week in range(COMPARED_WEEKS)]
    with connection.cursor() as cursor:
        cursor.execute(_OFFSETS, [moments, list(names)])
        found = dict(cursor.fetchall())
    return tuple(name for name in names if found.get(name) != _offsets(name, moments))


def _offsets(name: str, moments: Iterable[datetime]) -> list[int]:
    """Return how far a zone is from UTC at some moments, in seconds; nothing for a name that Python does not know."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return []
    offsets = (moment.astimezone(zone).utcoffset() for moment in moments)
    return [int(offset.total_seconds()) for offset in offsets if offset is not None]
