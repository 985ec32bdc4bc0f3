"""The signal engine: a person's own history in, ranked findings with reasons out.

Pure: standard library and NumPy, no Django, no clock, no input or output at
run time. Nothing here is a diagnosis; every number can be recomputed by hand
or by `manage.py evaluate_engine`.
"""

from monitoring.engine.records import (
    CheckInRecord,
    CutOff,
    Direction,
    Domain,
    Finding,
    FindingKind,
    History,
    InstrumentSpec,
    InterventionChange,
    InterventionKind,
    InterventionRecord,
    Item,
    LevelPoint,
    Option,
    Schedule,
    Score,
    ScoreRecord,
    Sentence,
    Slot,
    SymptomRating,
    Tier,
)

__all__ = [
    "CheckInRecord",
    "CutOff",
    "Direction",
    "Domain",
    "Finding",
    "FindingKind",
    "History",
    "InstrumentSpec",
    "InterventionChange",
    "InterventionKind",
    "InterventionRecord",
    "Item",
    "LevelPoint",
    "Option",
    "Schedule",
    "Score",
    "ScoreRecord",
    "Sentence",
    "Slot",
    "SymptomRating",
    "Tier",
]
