"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.assessments import budgets
from tests.scenes import Scene

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    budgets.choose: lambda _: {"budget": 1.0, "is_on": True},
}
