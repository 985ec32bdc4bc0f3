"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.take_home import files
from tests.scenes import Scene

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    files.download: lambda s: {"patient": s.world.episode.patient, "kind": files.FileKind.PROGRAM},
}
