"""`manage.py outcomes`: what became of the people of a clinic, on one form of an instrument."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes import outcomes, score_courses, thresholds
from monitoring.outcomes.outcomes import AnchorGroup, CoursePoint, Outcomes, Share
from monitoring.outcomes.score_courses import NoScoresOfInstrument, SeveralForms
from patients.models import Clinic
from patients.tenancy import clinic_transaction

DIGITS = 3
# Lines of the rules: never rounded, or the printed one would be another than the rule's.
LINES = frozenset({"start_line", "reliable_points", "clear_points"})


class Command(BaseCommand):
    """Print response, remission, reliable change, the mean course, and who stopped reporting."""

    help = "Print the outcomes of a clinic in one instrument. For the operator: small groups are not hidden."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare clinic, instrument and form."""
        parser.add_argument("--clinic", required=True, help="name of the clinic")
        parser.add_argument("--instrument", required=True, help="code, for example HAM-D")
        parser.add_argument(
            "--instrument-version", default="", metavar="VERSION", help="needed where there are several"
        )
        parser.add_argument("--by", metavar="CODE", help="also the mean change by the value of another instrument")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the courses, work out what became of people, print it."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic {options['clinic']!r}.")
        by, at = options["by"], timezone.now()
        try:
            with clinic_transaction(clinic_id=clinic.pk):
                form = score_courses.only_form(options["instrument"], options["instrument_version"])
                spec = score_courses.load_spec(form)
                courses = score_courses.load_courses(form, at=at)
                others = score_courses.load_courses(score_courses.only_form(by), at=at) if by else []
        except NoScoresOfInstrument as unknown:
            raise CommandError(f"{clinic.name} has no scores of {unknown}.") from unknown
        except SeveralForms as several:
            raise CommandError(f"{several}. They are never put together: name one (--instrument-version).") from several
        result, groups = outcomes.outcomes(courses, spec), outcomes.change_by(courses, others)
        if options["json"]:
            head = {
                "clinic": clinic.name,
                "instrument": spec.code,
                "version": spec.version,
                "direction": spec.direction.value,
                "as_of": at.isoformat(),
            }
            body = _rounded(head | asdict(result) | ({"change_by": {"instrument": by, "groups": groups}} if by else {}))
            self.stdout.write(json.dumps(body, indent=2))
        else:
            self.stdout.write("\n".join(lines_of(spec, result, by, groups)))


def _rounded(value: Any) -> Any:
    """Return a JSON value with numbers that people read."""
    if isinstance(value, AnchorGroup):
        return _rounded(asdict(value))
    if isinstance(value, dict):
        return {key: part if key in LINES else _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def lines_of(spec: InstrumentSpec, result: Outcomes, by: str | None, groups: tuple[AnchorGroup, ...]) -> list[str]:
    """Return the outcomes as lines of text."""
    course = ", ".join(f"week {point.week}: {point.mean:.1f} ({_known(point)})" for point in result.course)
    named = {
        "Scored on another version too": result.on_other_forms,
        f"Stopped reporting ({_people(result.stopping_known)} of whom it can be known)": result.stopped_reporting,
    }
    return [
        f"{spec.code} version {spec.version}: {_people(result.people)}, {result.compared} with a first and a later score",
        *_judged(spec, result),
        f"Mean by week since the start: {course}",
        *(f"{name}: {', '.join(people) or 'nobody'}" for name, people in named.items()),
        *(
            f"Change where {by} is {group.value:g}: {group.mean_change:+.1f} ({_visits(group.visits)})"
            for group in groups
        ),
    ]


def _judged(spec: InstrumentSpec, result: Outcomes) -> list[str]:
    """Return what is counted by a line of the instrument, or why nothing is."""
    if spec.direction is Direction.NEUTRAL:
        return ["A neutral measure: no value of it is better or worse than another"]
    if result.start_line is None or result.clear_points is None:
        return ["No line is declared: nothing is counted as a response, a remission or a change for better or worse"]
    side = "below" if spec.direction is Direction.HIGHER_IS_WORSE else "above"
    clear = f"{thresholds.exact(result.clear_points)}"
    lines = [
        f"Started {side} {thresholds.exact(result.start_line)}, counted apart: {_people(result.started_below or 0)}",
        f"Response: {_share(result.response)}",
        f"Remission: {_share(result.remission)}",
    ]
    if result.reliable_points is None:
        lines.append("No reliable change is declared: whether a response or a change is more than chance is not known")
    else:
        lines += [
            f"Reliably better: {_share(result.improvement)}",
            f"Deterioration: {_share(result.deterioration)}",
            f"Reliably better and deterioration: changed by {clear} or more points",
        ]
    return [
        *lines,
        f"Clear non-responders: {', '.join(result.clear_non_responders) or 'nobody'}",
        f"Rebound after the share of a response was gone, by {clear} or more points: {', '.join(result.rebounds) or 'nobody'}",
    ]


def _share(share: Share | None) -> str:
    """Return a share in words."""
    if share is None:
        return "no line is declared"
    return f"{share.count} of {share.of} (95 % interval {share.low:.0%} to {share.high:.0%})" if share.of else "nobody"


def _known(point: CoursePoint) -> str:
    """Return from how many people a mean is, with its interval where there is one."""
    interval = "" if point.low is None or point.high is None else f"95 % interval {point.low:.1f} to {point.high:.1f}, "
    return f"{interval}{_people(point.people)}"


def _people(number: int) -> str:
    return f"{number} {'person' if number == 1 else 'people'}"


def _visits(number: int) -> str:
    return f"{number} {'visit' if number == 1 else 'visits'}"
