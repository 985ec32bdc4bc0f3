"""A safety answer ends with words about what was found; nowhere is there a level of risk."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from monitoring.alerts import alerts, closing, evidence
from monitoring.alerts.closing import AssessmentMissing, PlanReviewed, SafetyAssessment
from monitoring.engine.records import Tier
from monitoring.models import AlertEvent
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, AlertState
from tests import factories
from tests.conftest import World
from tests.factories import NOW

# In words that people read, risk has no level. Source: NHS England, Staying safe from suicide (2025): no tool or scale
# is to sort people into low, medium or high risk.
LEVELS = {
    "en": re.compile(
        r"\b(low|medium|moderate|high|higher|lower|severe|acute)[ -]risk\b"
        r"|\brisk (level|score|category|group|rating|stratification)s?\b|\b(at|no) risk\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?i:gering|mittler|hoh|niedrig|akut)(e|es|er|en|em) (Suizid)?[Rr]isiko|[Rr]isiko(stufe|gruppe|klasse|bewertung|wert)"
        r"|[Hh]ochrisiko|[Nn]iedrigrisiko|\bkein Risiko\b"
    ),
}


@pytest.mark.parametrize("left_out", ["explored", "others"])
def test_a_safety_answer_is_closed_with_everything_that_was_found(north: World, left_out: str) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    said = {"explored": "What keeps her here.", "plan": PlanReviewed.CHANGED, "others": "Her sister."}
    given = {
        "alert": alert, "by": north.chris, "version": 1, "action": ActionCode.TALKED, "note": "Rang.", "at": NOW,
        "shown": closing.since_opened(alert)[-1].pk,
    }  # fmt: skip

    with pytest.raises(AssessmentMissing):
        alerts.close(**given)
    with pytest.raises(AssessmentMissing):
        alerts.close(**given, assessment=SafetyAssessment(**{**said, left_out: " "}))
    closed = alerts.close(**given, assessment=SafetyAssessment(**said))

    assert closed.state == AlertState.CLOSED
    kept = AlertEvent.objects.get(alert=alert, kind=AlertEventKind.CLOSED).assessment
    assert kept == {"explored": "What keeps her here.", "plan": "changed", "others": "Her sister."}


def test_other_alerts_are_closed_without_it(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    alerts.close(alert=alert, by=north.chris, version=1, action=ActionCode.TALKED, note="Rang.", at=NOW)

    assert factories.read(alert).get("assessment") is None


def words_of(language: str) -> list[str]:
    """Return every sentence that people read in a language."""
    catalogue = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES" / "django.po"
    key = "msgid" if language == "en" else "msgstr"
    blocks = re.findall(rf'^{key}(?:_plural|\[\d\])? ((?:".*"\n?)+)', catalogue.read_text(), flags=re.MULTILINE)
    return ["".join(re.findall(r'"(.*)"', block)) for block in blocks]


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_sentence_gives_anybody_a_level_of_risk(language: str) -> None:
    sentences = words_of(language)

    assert len(sentences) > 1000
    assert [words for words in sentences if LEVELS[language].search(words)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "High-risk patients"), ("en", "Risk level: low"), ("de", "Hohes Risiko"), ("de", "Die Risikostufe")],
)
def test_the_rule_finds_what_it_forbids(language: str, words: str) -> None:
    assert LEVELS[language].search(words)
