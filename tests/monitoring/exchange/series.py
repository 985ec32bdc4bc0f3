"""Files of series, good and bad, and an import of one."""

from pathlib import Path

from monitoring import exchange
from monitoring.engine.records import Direction, InstrumentSpec

MAPPINGS = Path(__file__).parents[3] / "docs" / "examples" / "mappings"
HAM_D = InstrumentSpec(
    code="HAM-D", version="1", name="HAM-D", direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=52
)
KNOWN = {"HAM-D": HAM_D}
HEADER = "dataset,subject,day,week,instrument,value,arm"
GOOD = [HEADER, "toy,1,0,0,HAM-D,20,a", "toy,1,7,1,HAM-D,,a", "toy,2,0,,HAM-D,18.5,b"]


def read(*lines: str, encoding: str = "utf-8") -> exchange.SeriesFile:
    return exchange.read_series("\n".join(lines).encode(encoding), KNOWN)
