"""`manage.py import_series`: take a long CSV of past series into a clinic; a dry run unless --commit is given."""

import signal
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from monitoring import engine, exchange
from monitoring.exchange import FileRefused, Import, MappingRefused
from monitoring.exchange.files import LARGEST_BYTES
from patients.models import Clinic, User
from patients.people import people
from patients.tenancy import clinic_transaction

# Between two lines about how far it is.
SECONDS_BETWEEN = 2
# What a shell reports of a program that was interrupted.
STOPPED = 130


class Command(BaseCommand):
    """Check a file, say what it would change, and change it only when told to."""

    help = "Import series from a long CSV (docs/importing.md). Prints a report; writes only with --commit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare file, clinic, mapping and the two ways of running."""
        parser.add_argument("file", type=Path, help="CSV with dataset,subject,day,week,instrument,value and covariates")
        parser.add_argument("--clinic", required=True, help="name of the clinic")
        parser.add_argument("--mapping", type=Path, help="TOML file: instruments and interventions")
        parser.add_argument(
            "--instrument",
            action="append",
            default=[],
            metavar="CODE:DIRECTION:MIN:MAX[:response_drop=0.5][:remission_below=8][:source=...]",
            help="declare an instrument; may be repeated",
        )
        parser.add_argument("--start-on", type=date.fromisoformat, help="day 0 of everybody, YYYY-MM-DD")
        parser.add_argument("--responsible", metavar="EMAIL", help="clinician who joins each care team")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--dry-run", action="store_true", help="only report (the default)")
        choice.add_argument("--commit", action="store_true", help="write, all of it or nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, report, and write if told to."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic {options['clinic']!r}.")
        try:
            mapping = declared(options["mapping"], options["instrument"])
            file = exchange.read_series(content_of(options["file"]), {**engine.INSTRUMENTS, **mapping.instruments})
            with clinic_transaction(clinic_id=clinic.pk):
                arguments = {
                    "file": file,
                    "mapping": mapping,
                    "start_on": options["start_on"],
                    "responsible": clinician(options["responsible"]),
                    "at": timezone.now(),
                }
                if options["commit"]:
                    with stoppable():
                        report = exchange.import_series(by=None, progress=Shown(self.stderr), **arguments)
                else:
                    report = exchange.check_series(**arguments)
        except FileRefused as refused:
            self._refuse(refused)
        except MappingRefused as refused:
            raise CommandError(f"Nothing was changed. {refused}") from refused
        except KeyboardInterrupt as stopped:
            words = "Stopped. Nothing was changed; the same command begins anew."
            raise CommandError(words, returncode=STOPPED) from stopped
        else:
            self.stdout.write("\n".join(lines_of(report, is_committed=options["commit"])))

    def _refuse(self, refused: FileRefused) -> None:
        """Print every bad line, and fail."""
        for problem in refused.problems:
            self.stderr.write(str(problem))
        more = f" and {refused.more} more" if refused.more else ""
        raise CommandError(f"Nothing was changed: {len(refused.problems)} problems{more}.")


class Shown:
    """Says now and then how far an import has come, and about how long the rest takes."""

    def __init__(self, stream: OutputWrapper) -> None:
        """Write to a stream."""
        self.stream = stream
        self.began = self.said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Say it, unless it was said a moment ago; the first and the last day always."""
        now = time.monotonic()
        if done == 1:
            self.began = self.said = now
            self.stream.write(f"1 of {total} days assessed. Nothing is kept before the end.")
        elif done == total or now - self.said >= SECONDS_BETWEEN:
            self.said = now
            left = (now - self.began) / (done - 1) * (total - done)
            self.stream.write(f"{done} of {total} days assessed, about {left:.0f} s left.")


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a request to end, as of a service manager, stop the work as Ctrl-C does: with nothing half written."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def declared(path: Path | None, instruments: list[str]) -> exchange.Mapping:
    """Return the mapping file with the instruments of the command line.

    Raises:
        MappingRefused: one of them cannot be, or redefines an instrument that comes with the product.
    """
    mapping = exchange.Mapping()
    if path is not None:
        try:
            mapping = exchange.read_mapping(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MappingRefused(f"{path}: {error}") from error
    mapping = mapping.with_instruments(exchange.instrument_from_text(text) for text in instruments)
    built_in = sorted(mapping.instruments.keys() & engine.INSTRUMENTS.keys())
    if built_in:
        raise MappingRefused(f"{', '.join(built_in)} comes with the product; leave it out of the mapping")
    return mapping


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, no more of them than are needed to know that it is too large.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def clinician(email: str | None) -> User | None:
    """Return the clinician behind an address.

    Raises:
        CommandError: no one, or no clinician of this clinic.
    """
    if email is None:
        return None
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None or not people.is_clinician(user):
        raise CommandError(f"{email} is no clinician of this clinic.")
    return user


def lines_of(report: Import, *, is_committed: bool) -> list[str]:
    """Return the report as lines of text."""
    done = "Added" if is_committed else "Would add"
    lines = [
        f"{report.dataset}: {report.rows} rows, {report.people} people, {report.missing} missing values,"
        f" {report.first_on} to {report.last_on}",
        f"{done}: {report.new_people} people, {report.new_instruments} instruments,"
        f" {report.new_interventions} interventions, {report.new_memberships} care-team members,"
        f" {report.new_scores} scores, {report.assessments} assessments",
        f"Known already: {report.known_scores} scores",
    ]
    if not report.changes_anything:
        return [*lines, "Everything is there already; nothing changed."]
    return lines if is_committed else [*lines, "Dry run: nothing was changed. Repeat with --commit to write."]
