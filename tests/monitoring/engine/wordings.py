"""Every questionnaire and checklist that is asked."""

from monitoring.engine import (
    INSTRUMENTS,
    Checklist,
    InstrumentSpec,
)
from monitoring.engine.instruments import CHECKLISTS

# A change of wording changes what is measured: it needs a new version and a
# person who compared it with the published form.
ASKED: tuple[InstrumentSpec | Checklist, ...] = (*INSTRUMENTS.values(), *CHECKLISTS.values())
