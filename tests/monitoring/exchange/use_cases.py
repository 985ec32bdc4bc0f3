"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitoring import engine, exchange
from monitoring.exchange import imports
from tests.scenes import Scene, today


def series_file() -> dict[str, Any]:
    known = {"TOY": replace(engine.INSTRUMENTS["PHQ-9"], code="TOY", items=())}
    content = b"dataset,subject,day,week,instrument,value,arm\ntoy,1,0,0,TOY,20,a\n"
    file, mapping = exchange.read_series(content, known), exchange.Mapping(instruments=known)
    return {"file": file, "mapping": mapping, "start_on": today() - timedelta(days=30), "responsible": None}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    imports.import_series: lambda _: series_file(),
}
