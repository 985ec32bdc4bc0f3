"""The signal engine: a person's own history in, ranked findings with reasons out.

Pure: standard library and NumPy, no Django, no clock, no input or output at
run time. Nothing here is a diagnosis; every number can be recomputed by hand
or by `manage.py evaluate_engine`.
"""

from monitoring.engine.assess import Judgement, assess, judge, screen_ratings
from monitoring.engine.baseline import estimate_levels, estimate_score_levels
from monitoring.engine.before_after import INTERVAL, BeforeAfter, Difference, before_after
from monitoring.engine.explain import describe, describe_clearing, explain
from monitoring.engine.instruments import (
    CHECKLISTS,
    INSTRUMENTS,
    AnswerOutOfRange,
    UnknownInstrument,
    UnknownItem,
    band_of,
    get_instrument,
    options_of,
    score,
    screen_answers,
)
from monitoring.engine.panel import NonMonotoneWeeks, PanelRatingOutOfRange, PanelScores, RatingsShape, score_panel
from monitoring.engine.records import (
    CheckInRecord,
    Checklist,
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
    RedFlag,
    Schedule,
    Score,
    ScoreRecord,
    Sentence,
    Slot,
    SymptomRating,
    Tier,
)
from monitoring.engine.rules import DEFAULT, ENGINE_VERSION, InvalidRules, RuleSet
from monitoring.engine.series import RatingOutOfRange
from monitoring.engine.simulate import Panel, Shape, World, simulate
from monitoring.engine.standing import Standing

__all__ = [
    "CHECKLISTS",
    "DEFAULT",
    "ENGINE_VERSION",
    "INSTRUMENTS",
    "INTERVAL",
    "AnswerOutOfRange",
    "BeforeAfter",
    "CheckInRecord",
    "Checklist",
    "CutOff",
    "Difference",
    "Direction",
    "Domain",
    "Finding",
    "FindingKind",
    "History",
    "InstrumentSpec",
    "InterventionChange",
    "InterventionKind",
    "InterventionRecord",
    "InvalidRules",
    "Item",
    "Judgement",
    "LevelPoint",
    "NonMonotoneWeeks",
    "Option",
    "Panel",
    "PanelRatingOutOfRange",
    "PanelScores",
    "RatingOutOfRange",
    "RatingsShape",
    "RedFlag",
    "RuleSet",
    "Schedule",
    "Score",
    "ScoreRecord",
    "Sentence",
    "Shape",
    "Slot",
    "Standing",
    "SymptomRating",
    "Tier",
    "UnknownInstrument",
    "UnknownItem",
    "World",
    "assess",
    "band_of",
    "before_after",
    "describe",
    "describe_clearing",
    "estimate_levels",
    "estimate_score_levels",
    "explain",
    "get_instrument",
    "judge",
    "options_of",
    "score",
    "score_panel",
    "screen_answers",
    "screen_ratings",
    "simulate",
]
