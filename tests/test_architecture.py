"""Rules about the code that the code's tools cannot hold: completeness, escaping, sources, atomic use cases."""

import hashlib
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import plotly.offline
import pytest
from django.db import connection, models, transaction
from django.utils import timezone, translation

import monitoring
import patients
from monitoring import engine, exchange
from monitoring.alerts import alerts, evidence, screening, sightings
from monitoring.assessments import budgets
from monitoring.check_ins import check_ins, drafts, open_forms
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.engine.records import Domain, Tier
from monitoring.engine.rules import RuleSet
from monitoring.exchange import imports
from monitoring.messages import reminders
from monitoring.models import Alert, CheckIn, CheckInSlot
from monitoring.models.alerts import ActionCode, AlertKind, AlertState
from monitoring.models.plans import PauseReason
from monitoring.models.reviews import ActionOwner
from monitoring.outcomes import results
from monitoring.plans import cadences, own_items, plans
from monitoring.reviews import reviews, summaries
from monitoring.take_home import files
from monitoring.words.questions import QUESTIONS
from patients import audit
from patients.accounts import claims, invitations, proposals
from patients.care import care, context, exposure, interactions
from patients.care.care import Dose
from patients.care.interactions import Pair
from patients.models import AuditEvent, Clinic
from patients.models.care import InterventionKind, Profession
from patients.models.consent import ConsentPurpose
from patients.models.context import ContextKind
from patients.models.exposure import Kept, Measure
from patients.models.people import Role
from patients.models.rights import RequestKind
from patients.people import languages, people
from patients.rights import consent, rights
from patients.tenancy import ClinicOwned, clinic_context
from tests import factories
from tests.conftest import World
from tests.furnished import Furnished, furnish, our_models

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LETTERS = sorted((ROOT / "templates").rglob("*.txt"))
SOURCES = sorted(path for app in ("config", "monitoring", "patients") for path in (ROOT / app).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- States ---------------------------------------------------------------------------------------------------------


def test_every_state_of_an_alert_has_its_steps_its_event_and_its_trace() -> None:
    assert set(alerts.TRANSITIONS) == set(alerts.EVENT_OF) == set(alerts.AUDIT_OF) == set(AlertState.values)
    assert set().union(*alerts.TRANSITIONS.values()) == set(AlertState.values)


def test_the_database_knows_the_same_steps(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tidemark_alert_step'")
        [(body,)] = cursor.fetchall()
    in_database = set(re.findall(r"\('(\w+)', '(\w+)'\)", body))

    assert in_database == {(str(old), str(new)) for old, steps in alerts.TRANSITIONS.items() for new in steps}


# --- Tables ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def test_every_table_of_a_clinic_can_be_filled(furnished: Furnished) -> None:
    for clinic in (furnished.world.clinic, furnished.world.other_clinic):
        with clinic_context(clinic_id=clinic.pk):
            empty = [m.__name__ for m in our_models() if issubclass(m, ClinicOwned) and not m._base_manager.exists()]
            assert empty == []


def pairs() -> Iterator[tuple[type[models.Model], str]]:
    """Return each "x" of which a model has an optional x_at and an x_by."""
    for model in our_models():
        columns = {field.name: field for field in model._meta.concrete_fields}
        for name, field in columns.items():
            if name.endswith("_at") and field.null and f"{name[:-3]}_by" in columns:
                yield model, name[:-3]


def names_in(condition: Any) -> set[str]:
    """Return the columns that a condition speaks of."""
    if isinstance(condition, models.Q):
        return set().union(*(names_in(child) for child in condition.children))
    return {str(condition[0]).partition("__")[0]} if isinstance(condition, tuple) else set()


def test_a_time_and_its_person_come_together_or_not_at_all() -> None:
    """A row that says when but not by whom, or the other way round, must be impossible."""
    loose = [
        f"{model.__name__}.{stem}"
        for model, stem in pairs()
        if not any(
            {f"{stem}_at", f"{stem}_by"} <= names_in(constraint.condition)
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        )
    ]

    assert list(pairs())
    assert loose == []


# --- Use cases ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """What the examples of the use cases act on."""

    furnished: Furnished

    @property
    def world(self) -> World:
        return self.furnished.world


def new_alert(scene: Scene) -> Alert:
    return evidence.raise_alert(
        episode=scene.world.bens_episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=timezone.now()
    )


def alert_arguments(scene: Scene, **more: Any) -> dict[str, Any]:
    alert = new_alert(scene)
    return {"alert": alert, "version": alert.version, **more}


def refused_form(scene: Scene) -> dict[str, Any]:
    given = week(scene)
    slot = CheckInSlot.objects.get(pk=given["slot_id"])
    return {"episode": given["episode"], "slot": slot, "items": {"PHQ-9": factories.phq9(item_9=2)}}


def closed_alert(scene: Scene) -> dict[str, Any]:
    alert = new_alert(scene)
    closed = (
        alert
        if not alert.is_open
        else alerts.close(
            alert=alert,
            by=scene.world.chris,
            version=alert.version,
            action=ActionCode.TALKED,
            note="Rang.",
            at=timezone.now(),
        )
    )
    return {"alert": closed, "version": closed.version, "note": "It began again."}


def intervention(scene: Scene) -> Any:
    return care.interventions(scene.world.episode).get(pk=scene.furnished.north.intervention_id)


def life_event(scene: Scene) -> Any:
    ann = scene.world.ann
    return care.add_life_event(
        episode=scene.world.episode, title="Moved", happened_on=today(), by=ann, at=timezone.now()
    )


def done_action(scene: Scene) -> Any:
    action = reviews.actions(scene.world.episode).get(pk=scene.furnished.north.action_id)
    return reviews.finish(action=action, by=scene.world.ann, at=timezone.now())


def paper_patient(scene: Scene) -> Any:
    return people.patients().get(pk=scene.furnished.north.patient_id)


def proposal(scene: Scene) -> Any:
    return proposals.waiting(at=timezone.now()).get(pk=scene.furnished.north.proposal_id)


def asked(scene: Scene) -> Any:
    return rights.requests().get(pk=scene.furnished.north.request_id)


def risky_draft(scene: Scene) -> Any:
    draft = open_forms.open_form(scene.world.episode, at=timezone.now()).draft
    return {"draft": draft, "answers": {"PHQ-9": factories.phq9(item_9=3)}, "episode": scene.world.episode}


def week(scene: Scene) -> dict[str, Any]:
    answers = CheckInAnswers(ratings=dict.fromkeys(Domain, 5), items={"PHQ-9": factories.phq9(item_9=2)})
    slot_id = scene.furnished.north.slot_id
    return {"episode": scene.world.episode, "slot_id": slot_id, "client_key": uuid4(), "answers": answers}


def series_file() -> dict[str, Any]:
    known = {"TOY": replace(engine.INSTRUMENTS["PHQ-9"], code="TOY", items=())}
    content = b"dataset,subject,day,week,instrument,value,arm\ntoy,1,0,0,TOY,20,a\n"
    file, mapping = exchange.read_series(content, known), exchange.Mapping(instruments=known)
    return {"file": file, "mapping": mapping, "start_on": today() - timedelta(days=30), "responsible": None}


def own_question() -> dict[str, Any]:
    return {"wording": "How far could I walk?", "low": "Not at all", "high": "Far", "higher_is_better": True}


def asked_in_own_words(scene: Scene) -> Any:
    said = own_question()
    own_items.set_own_item(episode=scene.world.episode, by=scene.world.ann, at=timezone.now(), **said)
    return scene.world.episode


def tired(scene: Scene) -> Any:
    """Three bad-day forms in a row."""
    CheckIn.objects.filter(episode=scene.world.episode).update(is_short=True)
    return scene.world.episode


def rhythm() -> plans.Rhythm:
    return plans.Rhythm(weekday=1, local_time=time(9))


def plan(scene: Scene) -> Any:
    return plans.of_episode(scene.world.episode)


def paused_plan(scene: Scene) -> Any:
    until = today() + timedelta(days=9)
    return plans.pause(plan=plan(scene), reason=PauseReason.BREAK, until=until, by=scene.world.ann, at=timezone.now())


def today() -> Any:
    return timezone.now().date()


# Use case -> arguments with which it works, besides by= and at=. A new use case needs a line here.
EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    care.open_episode: lambda s: {"patient": paper_patient(s), "started_on": today()},
    care.end_episode: lambda s: {"episode": s.world.bens_episode, "ended_on": today()},
    care.join_care_team: lambda s: {
        "episode": s.world.bens_episode, "member": s.world.chris, "profession": Profession.NURSE, "is_responsible": True
    },
    care.leave_care_team: lambda s: {"episode": s.world.episode, "member": s.furnished.people["deactivated"]},
    care.start_intervention: lambda s: {
        "episode": s.world.episode, "kind": InterventionKind.SLEEP, "name": "Sleep plan", "started_on": today()
    },
    care.change_intervention: lambda s: {
        "intervention": intervention(s), "dose": Dose(label="100 mg"), "from_on": today()
    },
    care.stop_intervention: lambda s: {"intervention": intervention(s), "stopped_on": today(), "reason": "Nausea"},
    care.add_life_event: lambda s: {"episode": s.world.episode, "title": "Moved", "happened_on": today()},
    care.remove_life_event: lambda s: {"event": life_event(s)},
    summaries.load_summary: lambda s: {"episode": s.world.episode, "clinic": s.world.clinic},
    results.load_results: lambda _: {"instrument": "PHQ-9"},
    exposure.record_session: lambda s: {"intervention": intervention(s), "on": today(), "kept": Kept.PARTLY},
    exposure.expect: lambda s: {
        "intervention": intervention(s), "measure": Measure.SLEEP, "points": 2, "by_on": today() + timedelta(days=42)
    },
    context.note: lambda s: {
        "episode": s.world.episode, "kind": ContextKind.STRESS, "text": "Night shifts", "from_on": today()
    },
    interactions.add: lambda _: {"pairs": [Pair(first="A", second="B", note="Watch it", source="Handbook")]},
    interactions.remove: lambda s: {"pair": interactions.listed().get(pk=s.furnished.north.pair_id)},
    consent.decide: lambda s: {
        "patient": s.world.episode.patient, "purpose": ConsentPurpose.CHECK_INS, "is_given": False
    },
    people.add_patient: lambda _: {"name": "New Patient"},
    people.end_role: lambda s: {"role": people.held_roles().get(pk=s.furnished.north.role_id)},
    invitations.invite: lambda _: {"email": "new@north.example", "name": "New", "role": Role.CLINICIAN},
    invitations.invite_patient: lambda s: {"patient": paper_patient(s), "email": "pat@north.example"},
    invitations.renew: lambda s: {"invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)},
    invitations.make_code: lambda s: {"invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)},
    invitations.revoke: lambda s: {"invitation": invitations.open_invitations().get(pk=s.furnished.north.invitation_id)},
    invitations.give_role: lambda s: {"invitation": proposal(s), "user": s.world.cora},
    claims.undo: lambda s: {"patient": s.world.episode.patient},
    proposals.confirm: lambda s: {"invitation": proposal(s)},
    proposals.refuse: lambda s: {"invitation": proposal(s)},
    people.change_clinic: lambda s: {"clinic": renamed(s.world.clinic)},
    people.choose_clinic: lambda s: {"clinic_id": str(s.world.clinic.pk)},
    alerts.acknowledge: alert_arguments,
    alerts.start_work: lambda s: alert_arguments(s, note="Rang."),
    alerts.give: lambda s: alert_arguments(s, to=s.world.cora),
    alerts.close: lambda s: alert_arguments(s, note="Rang.", action=ActionCode.TALKED),
    alerts.reopen: closed_alert,
    alerts.record_reading: lambda s: {"alert": new_alert(s)},
    budgets.choose: lambda _: {"budget": 1.0, "is_on": True},
    drafts.save_answers: risky_draft,
    check_ins.submit: week,
    check_ins.screen_refused: refused_form,
    screening.raise_risk: lambda s: {
        "episode": s.world.episode, "found": screening.red_flags({"PHQ-9": factories.phq9(item_9=2)}), "slot": None
    },
    own_items.set_own_item: lambda s: {"episode": s.world.bens_episode, **own_question()},
    own_items.drop_own_item: lambda s: {"episode": asked_in_own_words(s)},
    cadences.lower: lambda s: {"episode": tired(s)},
    files.download: lambda s: {"patient": s.world.episode.patient, "kind": files.FileKind.PROGRAM},
    reviews.plan: lambda s: {"episode": s.world.episode, "planned_at": timezone.now() + timedelta(days=3)},
    reviews.prepare: lambda s: {"episode": s.world.episode, "topics": ["mood", "More days at work"]},
    reviews.agree: lambda s: {"episode": s.world.episode, "text": "Call the baths", "owner": ActionOwner.TEAM},
    reviews.finish: lambda s: {"action": reviews.actions(s.world.episode).get(pk=s.furnished.north.action_id)},
    reviews.reopen: lambda s: {"action": done_action(s)},
    rights.save_safety_plan: lambda s: {"patient": s.world.episode.patient, "words": {"own_steps": "A walk"}},
    rights.record_plan_reading: lambda s: {"plan": rights.newest_safety_plan(s.world.episode.patient)},
    rights.ask: lambda s: {"patient": s.world.episode.patient, "kind": RequestKind.ERASURE, "text": "All of it"},
    rights.answer: lambda s: {"asked": asked(s), "is_granted": False, "words": "The law keeps it for ten years."},
    rights.record_request_reading: lambda s: {"asked": asked(s)},
    plans.start: lambda s: {
        "episode": s.world.bens_episode, "weekday": 1, "local_time": time(9), "starts_on": today()
    },
    people.end_sessions: lambda _: {},
    languages.choose: lambda _: {"language": "de"},
    plans.change_rhythm: lambda s: {"plan": plan(s), "weekday": 4, "time_zone": "Asia/Kathmandu"},
    plans.pause: lambda s: {"plan": plan(s), "reason": PauseReason.HOLIDAY, "until": today() + timedelta(days=9)},
    plans.resume: lambda s: {"plan": paused_plan(s)},
    imports.import_series: lambda _: series_file(),
    reminders.choose: lambda s: {"plan": plan(s), "channel": ""},
    plans.admit: lambda s: {
        "patient": paper_patient(s), "started_on": today(), "problems": "Pain", "goal": "", "rhythm": rhythm()
    },
}  # fmt: skip
# They have by= and at= and leave no trace of their own: who looked is itself a trace; the audit's writers.
NO_TRACE: set[Callable[..., Any]] = {
    sightings.seen,
    screening.record_help_shown,
    audit.record,
    audit.record_found,
    audit.record_list,
}


def renamed(clinic: Clinic) -> Clinic:
    clinic.public_name = "Renamed"
    return clinic


def use_cases() -> Iterator[Callable[..., Any]]:
    """Return every public function of ours that takes the actor and the clock by name."""
    for module in modules():
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                parameters = inspect.signature(function).parameters.values()
                if {"by", "at"} <= {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}:
                    yield function


def modules() -> Iterator[ModuleType]:
    for package in (patients, monitoring):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.ispkg and ".migrations." not in found.name:
                yield importlib.import_module(found.name)


def test_a_role_is_given_by_nothing_but_an_accepted_invitation() -> None:
    """What gives a role without a second person must not be called from a page, a job or a command."""
    calls = {name_of(path) for path in SOURCES if "people.grant_role(" in path.read_text()}

    assert calls == {"patients/accounts/invitations.py"}


def test_every_use_case_has_an_example() -> None:
    unknown = {f"{case.__module__}.{case.__name__}" for case in set(use_cases()) - set(EXAMPLES) - NO_TRACE}

    assert unknown == set(), "say in EXAMPLES with which arguments it works"


def contents() -> dict[str, str]:
    """Return table -> fingerprint of its rows, in the present clinic."""
    found = {}
    with connection.cursor() as cursor:
        for model in our_models():
            table = model._meta.db_table
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            [(found[table],)] = cursor.fetchall()
    return found


@pytest.mark.parametrize("use_case", EXAMPLES, ids=lambda case: f"{case.__module__}.{case.__name__}")
def test_a_use_case_leaves_nothing_behind_when_its_trace_cannot_be_written(
    furnished: Furnished, use_case: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, by, at = Scene(furnished), furnished.world.chris, timezone.now() + timedelta(seconds=1)

    class DiskFull(Exception):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise DiskFull

    with clinic_context(clinic_id=scene.world.clinic.pk, user_id=by.pk):
        arguments = EXAMPLES[use_case](scene)
        before = contents()
        with monkeypatch.context() as patch:
            patch.setattr(AuditEvent.objects, "create", refuse)
            with pytest.raises(DiskFull):
                use_case(**arguments, by=by, at=at)
        assert contents() == before

        with transaction.atomic():
            use_case(**EXAMPLES[use_case](scene), by=by, at=at)
        assert contents() != before


# --- Sources and wording --------------------------------------------------------------------------------------------


def test_every_threshold_has_a_unit_and_a_source() -> None:
    bare = [rule.name for rule in fields(RuleSet) if not rule.metadata.get("unit") or not rule.metadata.get("source")]

    assert bare == []


@pytest.mark.parametrize("code", engine.INSTRUMENTS)
def test_every_number_of_an_instrument_has_its_source(code: str) -> None:
    instrument = engine.INSTRUMENTS[code]
    numbers = {name for name in ("sem", "reliable_change", "mcid", "response_drop", "remission_below", "relapse_at")
               if getattr(instrument, name) is not None}  # fmt: skip

    assert instrument.licence
    assert instrument.sources
    assert all(source.strip() for source in instrument.sources.values())
    assert numbers <= set(instrument.sources), numbers - set(instrument.sources)


def test_the_wording_of_the_five_ratings_is_the_one_that_was_agreed() -> None:
    """Another wording asks another question: old and new answers would no longer be one course."""
    with translation.override("en"):
        wording = [
            [domain, *map(str, (asked.title, asked.hint, asked.low, asked.high)), *map(str, asked.words.values())]
            for domain, asked in QUESTIONS.items()
        ]
    digest = hashlib.sha256(json.dumps(wording, ensure_ascii=False).encode()).hexdigest()

    assert digest[:16] == "623dcc4369e7ffbf"


@pytest.mark.parametrize("domain", Domain)
def test_every_number_of_a_rating_has_words(domain: Domain) -> None:
    asked = QUESTIONS[domain]

    assert all(str(asked.words_for(value)) for value in range(11))
    assert str(asked.words_for(0)) and str(asked.words_for(10))


# --- Pages ----------------------------------------------------------------------------------------------------------

UNESCAPED = re.compile(r"\|\s*(safe|safeseq)\b|\{%\s*autoescape\s+off")


def test_no_page_switches_escaping_off() -> None:
    assert [name_of(path) for path in TEMPLATES if UNESCAPED.search(path.read_text())] == []


def test_only_the_drawings_make_markup_in_python() -> None:
    maker = re.compile(r"\b(mark_safe|format_html|format_html_join|html_safe|__html__)\b|\bSafe(String|Data)\(")
    found = {name_of(path) for path in SOURCES if maker.search(path.read_text())}

    # That these escape every text is shown in tests/monitoring/course/drawing/test_charts.py.
    assert found == {"monitoring/course/drawing/drawings.py"}


def test_pages_carry_no_script_style_or_handler_of_their_own() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:"
    )

    assert [name_of(path) for path in TEMPLATES if inline.search(path.read_text())] == []


def test_pages_load_nothing_from_elsewhere() -> None:
    remote = re.compile(r'(?:src|href|action)="(?:https?:)?//')

    assert [name_of(path) for path in TEMPLATES if remote.search(path.read_text())] == []


TRANSLATED = re.compile(
    r"\{%\s*(blocktranslate|blocktrans)\b.*?\{%\s*end\1\s*%\}|\{%\s*comment\b.*?endcomment\s*%\}|\{[%#].*?[%#]\}|\{\{.*?\}\}",
    re.DOTALL,
)
# Not read as language: the product's name, what is printed on a key, the class of a page.
UNTRANSLATABLE = {"Tidemark", "Enter"}
CLASS_OF_PAGE = re.compile(r"\{% block \w+_class %\}[\w -]*")
WRITTEN_IN_PAGES = re.compile(r'<[^>]*?\b(?:aria-label|placeholder|title|alt|label)="([^"]*)"[^>]*>|<[^>]*>')


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_word_of_a_page_can_be_translated(path: Path) -> None:
    without_tags = TRANSLATED.sub(" ", CLASS_OF_PAGE.sub(" ", path.read_text()))
    bare = WRITTEN_IN_PAGES.sub(lambda tag: f" {tag.group(1) or ''} ", without_tags)
    words = set(re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", bare)))

    assert words - UNTRANSLATABLE == set()


def test_the_chart_library_is_the_one_whose_figures_are_checked() -> None:
    """plotly.py validates figures in tests; plotly.js draws them. Both must mean the same by a figure."""
    script = (ROOT / "static/js/vendor/plotly-basic.min.js").read_text()[:200]

    assert f"v{plotly.offline.get_plotlyjs_version()}" in script


def test_a_view_contains_no_query_and_no_role() -> None:
    query = re.compile(r"\.objects\b|\._base_manager\b|cursor\(|\.role\s*==")
    views = [path for path in SOURCES if "views" in path.parts]

    assert views
    assert [name_of(path) for path in views if query.search(path.read_text())] in (
        [],
        ["monitoring/views/clinic/health.py"],
    )
