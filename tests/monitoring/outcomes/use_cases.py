"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.outcomes import results
from tests.scenes import Scene

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    results.load_results: lambda _: {"instrument": "PHQ-9"},
}
