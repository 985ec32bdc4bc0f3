"""`manage.py outcomes`: what became of the people of a clinic, in one instrument."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitoring.outcomes import outcomes, score_courses
from monitoring.outcomes.outcomes import AnchorGroup, Outcomes
from monitoring.outcomes.score_courses import NoScoresOfInstrument
from patients.models import Clinic
from patients.tenancy import clinic_transaction

DIGITS = 3


class Command(BaseCommand):
    """Print response, remission, reliable change, the mean course, and who stopped reporting."""

    help = "Print the outcomes of a clinic in one instrument. For the operator: small groups are not hidden."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare clinic, instrument and form."""
        parser.add_argument("--clinic", required=True, help="name of the clinic")
        parser.add_argument("--instrument", required=True, help="code, for example HAM-D")
        parser.add_argument("--by", metavar="CODE", help="also the mean change by the value of another instrument")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the courses, work out what became of people, print it."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic {options['clinic']!r}.")
        code, by, at = options["instrument"], options["by"], timezone.now()
        try:
            with clinic_transaction(clinic_id=clinic.pk):
                spec = score_courses.load_spec(code)
                courses = score_courses.load_courses(instrument=code, at=at)
                others = score_courses.load_courses(instrument=by, at=at) if by else []
        except NoScoresOfInstrument as unknown:
            raise CommandError(f"{clinic.name} has no scores of {unknown}.") from unknown
        result, groups = outcomes.outcomes(courses, spec), outcomes.change_by(courses, others)
        if options["json"]:
            head = {
                "clinic": clinic.name,
                "instrument": code,
                "direction": spec.direction.value,
                "as_of": at.isoformat(),
            }
            body = _rounded(head | asdict(result) | ({"change_by": {"instrument": by, "groups": groups}} if by else {}))
            self.stdout.write(json.dumps(body, indent=2))
        else:
            self.stdout.write("\n".join(lines_of(code, result, by, groups)))


def _rounded(value: Any) -> Any:
    """Return a JSON value with numbers that people read."""
    if isinstance(value, AnchorGroup):
        return _rounded(asdict(value))
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def lines_of(code: str, result: Outcomes, by: str | None, groups: tuple[AnchorGroup, ...]) -> list[str]:
    """Return the outcomes as lines of text."""
    shares = {
        "Response": result.response,
        "Remission": result.remission,
        "Reliably better": result.improvement,
        "Deterioration": result.deterioration,
    }
    course = ", ".join(f"{point.mean:.1f} (n {point.people})" for point in result.course)
    named = {
        "Clear non-responders": result.clear_non_responders,
        "Rebound after response": result.rebounds,
        "Stopped reporting": result.stopped_reporting,
    }
    return [
        f"{code}: {result.people} people, {result.compared} with a first and a later score",
        *(
            f"{name}: {part.count} of {part.of} (95 % interval {part.low:.0%} to {part.high:.0%})"
            for name, part in shares.items()
            if part is not None
        ),
        f"Reliably better and deterioration: changed by {result.reliable_points:g} points or more",
        f"Mean by week: {course}",
        *(f"{name}: {', '.join(people) or 'nobody'}" for name, people in named.items()),
        *(f"Change where {by} is {group.value:g}: {group.mean_change:+.1f} (n {group.visits})" for group in groups),
    ]
