"""The product in German: what is measured is asked in published words, and programs still read plain numbers."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from monitoring.engine import INSTRUMENTS, instrument_in, screen_answers
from monitoring.models import Alert, CheckIn, Score, Signal
from monitoring.models.alerts import AlertKind
from monitoring.reviews import summaries
from monitoring.reviews.summary_sheet import summary_pdf
from monitoring.words import wording
from patients.access.permissions import PUBLIC, rule_of
from patients.models import User
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.furnished import Furnished, Things, furnish, routes

SEND = "/checkin/send/"
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def signed_in(user: User, language: str) -> Client:
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client


def ask(world: World, *codes: str) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(
            world.episode, starts_on=(now - timedelta(weeks=2)).date(), instruments=dict.fromkeys(codes, 1)
        )
        factories.open_week(world.episode, at=now)


def step(number: int) -> str:
    return reverse("check_in_step", args=[number])


def answer_and_send(client: Client, *forms: dict[str, str]) -> None:
    """Fill in the five ratings, then each questionnaire, and send."""
    client.post("/checkin/", {"form": "full"})
    ratings = {"sleep": "3", "mood": "4", "energy": "5", "pain": "6", "function": "7"}
    for number, answers in enumerate([*({name: value} for name, value in ratings.items()), *forms], start=1):
        assert client.post(step(number), answers).status_code == 302
    fields = dict(FIELD.findall(client.get(SEND).content.decode()))
    assert client.post(SEND, fields).status_code == 302


PHQ_9 = {f"PHQ-9_{item}": str(value) for item, value in zip("123456789", [2, 1, 3, 2, 0, 1, 2, 1, 2], strict=True)}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_phq_9_has_the_same_score_and_the_same_alarm_in_both_languages(world: World, language: str) -> None:
    ask(world, "PHQ-9")
    client = signed_in(world.ann, language)

    answer_and_send(client, PHQ_9)

    with clinic_context(clinic_id=world.clinic.pk):
        score = Score.objects.get()
        assert (score.value, score.instrument_version, score.language) == (14, "1", language)
        assert CheckIn.objects.get().language == language
        assert Alert.objects.get().kind == AlertKind.RISK_ANSWER


def test_a_phq_9_is_asked_in_the_published_german_words(world: World) -> None:
    ask(world, "PHQ-9")
    client = signed_in(world.ann, "de")
    client.post("/checkin/", {"form": "full"})

    page = client.get(step(6)).content.decode()

    assert '<h1 lang="de">Wie oft fühlten Sie sich im Verlauf der letzten 2 Wochen' in page
    assert "Gedanken, dass Sie lieber tot wären oder sich Leid zufügen möchten" in page
    assert page.count("An mehr als der Hälfte der Tage") == 9
    assert "Little interest" not in page
    assert "tested" not in page and "geprüft" not in page


def test_a_questionnaire_without_german_words_stays_english_and_says_so(world: World) -> None:
    ask(world, "PEG")
    client = signed_in(world.ann, "de")
    client.post("/checkin/", {"form": "full"})

    page = client.get(step(6)).content.decode()

    assert '<html lang="de"' in page
    assert '<fieldset class="part item" lang="en">' in page
    assert "What number best describes your pain" in page
    assert "noch niemand geprüft" in page

    answer_and_send(client, {"PEG_1": "5", "PEG_2": "5", "PEG_3": "5"})
    with clinic_context(clinic_id=world.clinic.pk):
        assert (CheckIn.objects.get().language, Score.objects.get().language) == ("de", "en")


@pytest.mark.parametrize(
    ("reader", "question", "label"),
    [
        ("de", "Gedanken, dass Sie lieber tot wären", False),
        ("en", "Thoughts that you would be better off dead", True),
    ],
)
def test_each_reader_sees_question_and_answer_in_the_own_language(
    world: World, reader: str, question: str, label: bool
) -> None:
    ask(world, "PHQ-9")
    answer_and_send(signed_in(world.ann, "de"), PHQ_9)
    with clinic_context(clinic_id=world.clinic.pk):
        given = CheckIn.objects.get()
    (finding,) = screen_answers("PHQ-9", given.answers["PHQ-9"])
    signal = Signal(kind=finding.kind, tier=finding.tier, instrument="PHQ-9", item="9", parts=finding.parts)
    page = signed_in(world.chris, reader).get(reverse("check_in_answers", args=[world.episode.pk, given.pk]))

    with translation.override(reader):
        assert question in wording.reason(signal)
    assert question in page.content.decode()
    assert ("asked in Deutsch" in page.content.decode()) is label


def test_symptoms_have_names_in_the_readers_language() -> None:
    with translation.override("de"):
        assert wording.symptom_name("nausea") == "Übelkeit"
        assert wording._word(["Feeling sick", "Sleep"], opens=False) == "Übelkeit, Schlaf"
    with translation.override("en"):
        assert wording.symptom_name("nausea") == "Feeling sick"
        assert wording.symptom_name("unheard_of") == "unheard_of"


@pytest.mark.parametrize("code", [code for code, spec in INSTRUMENTS.items() if spec.cut_offs])
def test_every_severity_band_has_a_german_name(code: str) -> None:
    known = {"minimal", "normal"}  # the same in both languages

    with translation.override("de"):
        same = [cut.label for cut in INSTRUMENTS[code].cut_offs if translation.gettext(cut.label) == cut.label]

    assert set(same) <= known
    assert instrument_in(INSTRUMENTS[code], "de").cut_offs == INSTRUMENTS[code].cut_offs


# --- Numbers and days ---------------------------------------------------------------------------------------------------


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def test_a_german_page_has_german_days_and_decimals(furnished: Furnished) -> None:
    url = reverse("trajectory", args=[furnished.north.episode_id]) + "?view=table"

    page = signed_in(furnished.people["clinician"], "de").get(url).content.decode()

    assert "Schlaf, Energie, Schmerz und Alltag: stabil" in page
    assert re.search(r">[^<]*\d{1,2}\. (Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\.? 20\d\d", page)
    assert re.search(r">[^<]*\d,\d[^<]*<", page)
    assert not re.search(r">\s*\d+\.\d\s*<", page)


def test_the_sheet_says_in_which_language_it_is(furnished: Furnished) -> None:
    with clinic_context(clinic_id=furnished.world.clinic.pk), translation.override("de"):
        summary = summaries.load_summary(
            episode=furnished.world.episode,
            clinic=furnished.world.clinic,
            by=furnished.people["clinician"],
            at=timezone.now(),
        )
        assert b"/Lang (de)" in summary_pdf(summary)


# --- What programs read -------------------------------------------------------------------------------------------------

# Attributes in which words may stand; the others are read by programs.
IN_WORDS = re.compile(
    r"^(lang|title|alt|placeholder|content|aria-(label|description|valuetext)|data-(?!figure|day$|on$).*)$"
)
TAG = re.compile(r"<([a-z][\w-]*)((?:\s+[\w:-]+(?:=\"[^\"]*\")?)*)\s*/?>")
ATTRIBUTE = re.compile(r"([\w:-]+)=\"([^\"]*)\"")
JSON = re.compile(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', re.DOTALL)
CHOICE = re.compile(r'<form [^>]*action="/language/".*?</form>', re.DOTALL)
# Where a label stands and how many lines it takes depends on its words; its numbers must still be numbers.
LABEL = re.compile(r"<text [^>]*>")
GERMAN_NUMBER = re.compile(r'<text [^>]*"-?\d+,\d')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def read_by_programs(html: str) -> list[str]:
    """Return what scripts, forms and drawings read of a page, in its order: no words of people."""
    page = JSON.sub("", LABEL.sub("", CSRF.sub("", CHOICE.sub("", html))))
    attributes = [
        f"{tag} {name}={value}"
        for tag, inside in TAG.findall(page)
        for name, value in ATTRIBUTE.findall(inside)
        if not IN_WORDS.match(name)
    ]
    return [*attributes, *(json.dumps(_numbers(json.loads(one))) for one in JSON.findall(html))]


def _numbers(value: Any) -> Any:
    """Return a figure without its words, days kept."""
    if isinstance(value, dict):
        return {key: _numbers(one) for key, one in value.items() if key not in {"text", "label", "words"}}
    return [_numbers(one) for one in value] if isinstance(value, list) else value


def addresses(things: Things) -> list[str]:
    """Return every page of ours that needs a sign-in."""
    closed = [one for one in routes() if one.is_ours and rule_of(view=one.view, route=one.name) != PUBLIC]
    return [reverse(one.name, kwargs={part: getattr(things, part, "1") for part in one.parts}) for one in closed]


def page_in(user: User, url: str, language: str) -> str:
    """Return a page as it looks in a language; nothing is kept of the visit."""
    with transaction.atomic():
        response = signed_in(user, language=language).get(url)
        transaction.set_rollback(True)
    is_page = response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")
    return response.content.decode() if is_page else ""


@pytest.mark.parametrize("person", ["patient", "clinician", "clinic_admin"])
def test_a_page_in_german_has_the_same_numbers_for_programs(furnished: Furnished, person: str) -> None:
    """German writes 3,5: in a drawing, a figure or a form that would be another number or none."""
    user = furnished.people[person]
    urls = addresses(furnished.north)
    person_page = reverse("trajectory", args=[furnished.north.episode_id])
    urls += [f"{person_page}?view={view}" for view in ("table", "both", "around")]

    different, seen = {}, 0
    for url in urls:
        english, german = (page_in(user, url, language) for language in ("en", "de"))
        if english:
            seen += 1
            assert 'lang="de"' in german, url
            # Sorted: a list of countries goes by their names.
            ours, theirs = sorted(read_by_programs(english)), sorted(read_by_programs(german))
            found = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
            if found or len(ours) != len(theirs):
                different[url] = found[:3]

    assert different == {}
    assert seen > 5
