"""Times the pages that matter against bare queries of the same rows on the same connection, and counts queries."""

import gzip
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, TextIO
from uuid import uuid4

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import clinic, course
from bench.clinic import Bench
from config.management.commands.serve import bring_up_to_date
from config.web.stack import roomy
from config.wsgi import settle
from monitoring.worklists.caseload_rows import USUAL_CHECK_INS
from monitoring.worklists.caseloads import PAGE_SIZE
from patients.models import Episode, User
from patients.tenancy import clinic_transaction

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config(")
WARM_UPS = 3
TIMES = 60
HOST = "127.0.0.1"
CASELOAD = "caseload, first 50"
QUESTION = "check-in, one page"
# What a page of the check-in must keep to: milliseconds, and kilobytes with its style and scripts, compressed.
QUESTION_MS, QUESTION_KILOBYTES = 50, 60
# What the caseload must keep to: milliseconds, queries, and how much slower the largest clinic may be.
CASELOAD_MS, CASELOAD_QUERIES, CASELOAD_GROWTH = 80, 15, 1.3
ASSETS = ("css/base.css", "css/patient.css", "js/app.js", "js/vendor/htmx.min.js")
BARE_TABLE = "CREATE TABLE IF NOT EXISTS bench_row (id uuid PRIMARY KEY, body text NOT NULL)"


@dataclass(frozen=True)
class Line:
    """One page at one size: milliseconds, queries, and how many times the bare query it takes."""

    page: str
    episodes: int
    p50_ms: float
    p95_ms: float
    queries: int
    bare_ms: float
    ratio: float


def run(sizes: list[int], *, with_engine: bool = True, out: TextIO) -> dict[str, object]:
    """Measure everything, print a line as soon as it is known, and return all of it."""
    bring_up_to_date()
    logging.disable(logging.INFO)
    settle()
    with connections["owner"].cursor() as cursor:
        cursor.execute(BARE_TABLE)
    bench = clinic.make("bench", at=timezone.now())
    out.write(f"{'page':<24}{'episodes':>9}{'p50 ms':>9}{'p95 ms':>9}{'queries':>9}{'bare ms':>9}{'ratio':>8}\n")
    lines, there = [], 1
    for size in sizes:
        clinic.copy(bench, first=there, last=size - 1)
        there = size
        for line in _lines(bench, size):
            lines.append(line)
            out.write(_words(line))
    long = course.make(bench, at=timezone.now())
    clinician = _signed_in(bench.clinician)
    lines.append(_line(course.PAGE, sizes[-1], course.asker(long, clinician), long.bare))
    out.write(_words(lines[-1]))
    weight = _kilobytes(_signed_in(bench.patient), "/checkin/1/")
    for words in (
        *_question_targets(lines, weight),
        *_targets(lines, small=sizes[0], growth=_growth(bench, sizes[0])),
        *course.targets(long, clinician, lines[-1].p95_ms, lines[-1].ratio),
    ):
        out.write(f"{words}\n")
    if with_engine:
        call_command("evaluate_engine", speed=True, stdout=out)
    return {"lines": [asdict(line) for line in lines]}


def _words(line: Line) -> str:
    """Return one line of the table."""
    return (
        f"{line.page:<24}{line.episodes:>9}{line.p50_ms:>9.1f}{line.p95_ms:>9.1f}{line.queries:>9}"
        f"{line.bare_ms:>9.2f}{line.ratio:>8.1f}\n"
    )


def _growth(bench: Bench, size: int) -> float:
    """Return how many times the caseload of a small clinic takes the one of the clinic that was measured.

    Asked in turns: minutes apart, the machine itself is faster or slower by more than what is to be seen.
    """
    other = clinic.make("small", at=timezone.now())
    clinic.copy(other, first=1, last=size - 1)
    small, large = _signed_in(other.clinician), _signed_in(bench.clinician)
    took = [
        (_milliseconds(lambda: small.get("/caseload/")), _milliseconds(lambda: large.get("/caseload/")))
        for _turn in range(WARM_UPS + TIMES)
    ]
    of_small, of_large = zip(*took[WARM_UPS:], strict=True)
    return median(of_large) / median(of_small)


def _targets(lines: list[Line], *, small: int, growth: float) -> Iterator[str]:
    """Say how the caseload keeps to its targets, at the largest size."""
    large = [line for line in lines if line.page == CASELOAD][-1]
    for name, value, most in (
        ("p95 ms", large.p95_ms, CASELOAD_MS),
        ("queries", large.queries, CASELOAD_QUERIES),
        (f"times its p50 with {small}, in turns", growth, CASELOAD_GROWTH),
    ):
        word = "kept" if value <= most else "MISSED"
        yield f"target: caseload of {large.episodes}, {name} <= {most}: {value:.2f} {word} (bare ratio {large.ratio:.1f})"


def _question_targets(lines: list[Line], weight: float) -> Iterator[str]:
    """Say how a page of the check-in keeps to its targets, at the largest size."""
    line = [line for line in lines if line.page == QUESTION][-1]
    for name, value, most in (("p95 ms", line.p95_ms, QUESTION_MS), ("kB compressed", weight, QUESTION_KILOBYTES)):
        word = "kept" if value <= most else "MISSED"
        yield f"target: {QUESTION}, {name} <= {most}: {value:.1f} {word} (bare ratio {line.ratio:.1f})"


def _kilobytes(client: Client, url: str) -> float:
    """Return the weight of a page with its style and its scripts, compressed; the font is kept by the browser."""
    page = client.get(url).content
    assets = [path.read_bytes() for path in map(Path, (finders.find(name) for name in ASSETS))]
    return (len(page) + sum(len(gzip.compress(asset)) for asset in assets)) / 1000


def _lines(bench: Bench, size: int) -> Iterator[Line]:
    """Measure each page at the present size of the clinic."""
    patient, clinician = _signed_in(bench.patient), _signed_in(bench.clinician)
    of_one, of_page = _bare_episode(bench), _bare_caseload(bench)
    patient.post("/checkin/", {"form": "full"})
    yield _line(QUESTION, size, lambda: patient.get("/checkin/1/"), of_one)
    yield _line("submit", size, lambda: _submit(patient, bench), _bare_insert, status=302, after=bench.take_back)
    yield _line("my chart", size, lambda: patient.get("/me/chart/"), of_one)
    yield _line("trajectory", size, lambda: clinician.get(f"/p/{bench.episode.pk}/"), of_one)
    yield _line(CASELOAD, size, lambda: clinician.get("/caseload/"), of_page)
    yield _line("alerts, first page", size, lambda: clinician.get("/alerts/"), of_page)


def _line(
    page: str,
    size: int,
    ask: Callable[[], Any],
    bare: Callable[[], object],
    *,
    status: int = 200,
    after: Callable[[], None] = lambda: None,
) -> Line:
    """Measure one page and the bare query beside it, in turns, so that both meet the same machine.

    `after` undoes a page and is not counted.
    """
    with CaptureQueriesContext(connection) as captured:
        found = ask().status_code
        # Counted now: the next request empties the list. What frames every request reads and writes no table.
        queries = clinic.statements(query for query in captured if not query["sql"].startswith(FRAME))
    if found != status:
        raise RuntimeError(f"{page}: status {found}")
    after()
    page_ms, bare_ms = [], []
    for turn in range(WARM_UPS + TIMES):
        took, alone = _milliseconds(ask), _milliseconds(bare)
        after()
        if turn >= WARM_UPS:
            page_ms.append(took)
            bare_ms.append(alone)
    p95 = quantiles(page_ms, n=20)[-1]
    middle, floor = median(page_ms), median(bare_ms)
    return Line(page, size, middle, p95, queries, floor, middle / floor)


@roomy
def _milliseconds(work: Callable[[], object]) -> float:
    """Return how long something takes, with the room for its calls that the web server gives a page."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Browser(Client):
    """Django's browser for tests, which lets go of each page as the web server does."""

    def request(self, **request: Any) -> Any:
        """Return the answer, without the part by which it points at itself."""
        answer = super().request(**request)
        del answer.json
        return answer


def _signed_in(user: User) -> Client:
    """Return a browser in which someone is signed in."""
    # Compressed, as every browser asks for it.
    client = Browser(SERVER_NAME=HOST, headers={"accept-encoding": "gzip"})
    client.force_login(user)
    return client


def _submit(patient: Client, bench: Bench) -> Any:
    """Send this week's check-in, as the form does."""
    answers = {"sleep": 5, "mood": 5, "energy": 5, "pain": 3, "function": 5}
    return patient.post("/checkin/send/", answers | {"client_key": uuid4(), "slot": bench.slot.pk})


def _bare_insert() -> None:
    """Write one row and wait for the disk: the least that "saved" can cost."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO bench_row VALUES (gen_random_uuid(), 'one row')")


def _bare(bench: Bench, query: str, values: list[Any]) -> Callable[[], object]:
    """Return a function that runs one query inside the clinic and fetches its rows."""

    def ask() -> object:
        with clinic_transaction(clinic_id=bench.clinic.pk), connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    return ask


def _bare_episode(bench: Bench) -> Callable[[], object]:
    """Return the query of one person's check-ins."""
    return _bare(bench, "SELECT * FROM monitoring_checkin WHERE episode_id = %s", [bench.episode.pk])


def _bare_caseload(bench: Bench) -> Callable[[], object]:
    """Return the query of the check-ins that a page of the caseload draws."""
    since = timezone.now() - timedelta(weeks=USUAL_CHECK_INS)
    with clinic_transaction(clinic_id=bench.clinic.pk):
        shown = [episode.pk for episode in Episode.objects.order_by("patient__name")[:PAGE_SIZE]]
    query = "SELECT * FROM monitoring_checkin WHERE episode_id = ANY(%s) AND submitted_at >= %s"
    return _bare(bench, query, [shown, since])
