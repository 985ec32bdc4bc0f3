"""`manage.py backtest RULES.toml --clinic NAME`: what other rules would have done on the clinic's own past."""

import json
import tomllib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitoring.assessments import backtests, budgets
from monitoring.assessments.backtests import UnknownRule
from monitoring.engine import InvalidRules, RuleSet
from patients.models import Clinic
from patients.tenancy import clinic_transaction


class Command(BaseCommand):
    """Replay the rating alerts of a clinic's past with some rules replaced, beside the present rules. Reads only."""

    help = "Compare a rule file (name = number lines) with the clinic's present rules on its own past. Reads only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the rule file, the clinic, and where to put the numbers."""
        parser.add_argument("rules", type=Path, metavar="RULES.toml")
        parser.add_argument("--clinic", required=True, metavar="NAME")
        parser.add_argument("--json", type=Path, metavar="FILE", help="Write the numbers here instead of printing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table, then the JSON."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"there is no clinic called {options['clinic']}")
        with clinic_transaction(clinic_id=clinic.pk):
            present = budgets.clinic_rules()
            rules = {"present": present, "proposed": read_rules(options["rules"], base=present)}
            results = backtests.compare(rules, at=timezone.now())
        self.stdout.write(backtests.as_table(results))
        numbers = json.dumps(backtests.as_json(results, rules), indent=2)
        if options["json"]:
            options["json"].write_text(numbers + "\n", encoding="utf-8")
        else:
            self.stdout.write(numbers)


def read_rules(path: Path, *, base: RuleSet) -> RuleSet:
    """Return the present rules with the file's numbers in their place.

    Raises:
        CommandError: the file cannot be read, or names something that is no rule.
    """
    try:
        return backtests.parse(tomllib.loads(path.read_text(encoding="utf-8")), base=base)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, UnknownRule, InvalidRules) as problem:
        raise CommandError(str(problem)) from problem
