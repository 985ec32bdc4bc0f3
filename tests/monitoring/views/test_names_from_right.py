"""A name that runs from the right turns nothing round that stands beside it, on any page.

Style sheets isolate what has an element of its own; a name inside of a sentence is isolated by characters.
"""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from patients.access.permissions import RULES, rule_of
from patients.models import Episode, Intervention, LifeEvent, Patient, User
from patients.templatetags.care_tags import isolated
from patients.tenancy import clinic_context
from tests.furnished import Furnished, routes

PATIENT, CLINICIAN, MEDICINE, EVENT = "שרה כוהן", "רות אברהם", "פרוזק", "מעבר דירה"
OURS = re.compile("[\u0590-\u05ff]")
ISOLATED = re.compile("\N{FIRST STRONG ISOLATE}[^\N{POP DIRECTIONAL ISOLATE}]*\N{POP DIRECTIONAL ISOLATE}")
OTHER = re.compile(r"[0-9A-Za-z]")
# Text of these is shown alone, or not at all.
ALONE = {"title", "textarea", "script", "style", "option"}
LOOKERS = {"patient": "ann@north.example", "clinician": "chris@north.example", "admin": "sam@north.example"}


class Texts(HTMLParser):
    """Keeps every text that stands in one element without another one between."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = [""]
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # how the parser calls it
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            del self.inside[len(self.inside) - 1 - self.inside[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not ALONE & set(self.inside):
            self.texts.append(" ".join(data.split()))


def turned(html: str) -> list[str]:
    """Return the texts in which a name from the right stands beside letters or numbers and is not isolated."""
    parser = Texts()
    parser.feed(html)
    left = [(text, ISOLATED.sub("", text)) for text in parser.texts]
    return [text for text, rest in left if OURS.search(rest) and OTHER.search(rest)]


def rename(furnished: Furnished) -> None:
    """Let everybody and everything of the clinic have names from the right."""
    with clinic_context(clinic_id=furnished.world.clinic.pk):
        episode = Episode.objects.get(pk=furnished.north.episode_id)
        Patient.objects.filter(pk=episode.patient_id).update(name=PATIENT)
        Intervention.objects.filter(episode=episode).update(name=MEDICINE)
        LifeEvent.objects.filter(episode=episode).update(title=EVENT)
    User.objects.filter(email=LOOKERS["clinician"]).update(name=CLINICIAN)


def test_no_page_lets_a_name_turn_round_what_stands_beside_it(furnished: Furnished) -> None:
    rename(furnished)
    found: dict[str, list[str]] = {}
    seen = 0
    for route in routes():
        rule = rule_of(view=route.view, route=route.name)
        if rule is None or {"key", "pk"} & set(route.parts) or not route.is_ours:
            continue
        values = {part: getattr(furnished.north, part, "1") for part in route.parts}
        for role, email in LOOKERS.items():
            if rule != "public" and role not in RULES[rule]:
                continue
            client = Client()
            client.force_login(User.objects.get(email=email))
            answer = client.get(reverse(route.name, kwargs=values))
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                seen += OURS.search(answer.content.decode()) is not None
                if texts := turned(answer.content.decode()):
                    found[f"{route.name} {role}"] = texts

    assert seen > 30
    assert found == {}


@pytest.mark.parametrize(
    ("name", "is_isolated"), [(PATIENT, True), ("فاطمة", True), ("Ann Lee", False), ("陈伟明", False)]
)
def test_only_names_from_the_right_need_it(name: str, is_isolated: bool) -> None:
    assert (isolated(name) == f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}") is is_isolated
