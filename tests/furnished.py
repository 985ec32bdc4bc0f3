"""A world in which every table of both clinics holds something: what walks every page needs something on every page.

Its time is the clock's, because pages read the clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from monitoring.alerts import alerts, evidence
from monitoring.assessments import assessments
from monitoring.attention import sightings
from monitoring.check_ins import drafts
from monitoring.engine.records import Direction, Tier
from monitoring.messages import reminders
from monitoring.models import ClinicInstrument, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.models.reviews import ActionOwner
from monitoring.operations import heartbeats
from monitoring.reviews import reviews
from monitoring.worklists.transfers import hand_overs
from patients.accounts import invitations
from patients.care import exposure, interactions, life_events, teams, treatments
from patients.care.interactions import Pair
from patients.care.treatments import Dose
from patients.models import Clinic, Episode, User
from patients.models.care import InterventionKind
from patients.models.consent import ConsentPurpose
from patients.models.exposure import Kept
from patients.models.people import Role
from patients.models.rights import RequestKind
from patients.people import absences, people
from patients.rights import consent, data_requests
from patients.tenancy import ClinicOwned, clinic_context, current_clinic_id
from tests import factories
from tests.conftest import PASSWORD, World

WEEKS_OF_PLAN = 18
OPEN_NOTE = "The new job wears me out."
PRIVATE_NOTE = "Only I should read this one."
INSTRUMENT = "HAM-D"


@dataclass(frozen=True)
class Things:
    """What the addresses of one clinic name."""

    clinic_id: UUID
    episode_id: UUID
    check_in_id: UUID
    intervention_id: UUID
    membership_id: UUID
    alert_id: UUID
    patient_id: UUID
    invitation_id: UUID
    proposal_id: UUID
    hand_over_id: UUID
    role_id: UUID
    pair_id: UUID
    slot_id: UUID
    action_id: UUID
    request_id: UUID
    event_id: UUID
    absence_id: UUID
    # One entry of the record, by its kind and its id.
    kind: str
    entry_id: UUID
    token: str
    link: str


@dataclass(frozen=True)
class Furnished:
    """Both clinics with their people and things."""

    world: World
    north: Things
    south: Things
    people: dict[str, User | None]


def furnish(world: World, *, words: str = "Words of the other clinic") -> Furnished:
    """Fill both clinics, and add the people whom the access matrix needs beside the personas.

    `words` stand in the other clinic's rows of tables that have no use case in this file.
    """
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        fay = factories.make_user("fay@north.example", password=PASSWORD, roles=(Role.CLINICIAN,))
        north = _fill(world.clinic, world.episode, patient=world.ann, clinician=world.chris, now=now)
        invent_missing(words="Some words", now=now)
        teams.join_care_team(
            episode=world.episode, member=fay, profession=teams.profession_of(fay), by=world.chris, at=now
        )
    with clinic_context(clinic_id=world.other_clinic.pk):
        factories.make_user("ivy@south.example", password=PASSWORD, roles=(Role.COORDINATOR, Role.ADMIN))
        south = _fill(world.other_clinic, world.zoes_episode, patient=world.zoe, clinician=world.eve, now=now)
        invent_missing(words=words, now=now)
    with heartbeats.beat(heartbeats.SWEEP):
        pass
    User.objects.filter(pk=fay.pk).update(is_active=False)
    nobody = User.objects.create_user("nobody@nowhere.example", PASSWORD, name="Nobody", claimed_at=now)
    personas: dict[str, User | None] = {
        "anonymous": None,
        "patient": world.ann,
        "other_patient": world.ben,
        "foreign_patient": world.zoe,
        "clinician": world.chris,
        "clinician_off_team": world.dana,
        "foreign_clinician": world.eve,
        "coordinator": world.cora,
        "clinic_admin": world.sam,
        "deactivated": fay,
        "without_role": nobody,
        "link_holder": None,
    }
    return Furnished(world, north, south, personas)


def _fill(clinic: Clinic, episode: Episode, *, patient: User, clinician: User, now: datetime) -> Things:
    """Give one episode a course with every kind of thing in it."""
    intervention = treatments.start_intervention(
        episode=episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(now - timedelta(weeks=8)).date(),
        dose=Dose(label="50 mg", amount=50, unit="mg"),
        by=clinician,
        at=now - timedelta(weeks=8),
    )
    pair = Pair(first="Sertraline", second="St John's wort", note="Ask about agitation.", source="Clinic list")
    interactions.add(pairs=[pair], by=clinician, at=now)
    exposure.record_session(intervention=intervention, on=now.date(), kept=Kept.KEPT, by=clinician, at=now)
    life_events.add_life_event(episode=episode, title="Moved house", happened_on=now.date(), by=clinician, at=now)
    _give_course(episode, patient=patient, now=now)
    instrument = ClinicInstrument.objects.create(
        code=INSTRUMENT,
        name="Hamilton scale",
        direction=Direction.HIGHER_IS_WORSE,
        minimum=0,
        maximum=52,
        cut_offs=[{"value": 8, "label": "mild"}],
        source="Hamilton (1960)",
    )
    Score.objects.create(
        episode=episode,
        instrument=instrument.code,
        instrument_version=instrument.version,
        about_on=(now - timedelta(weeks=3)).date(),
        entered_at=now,
        value=21,
    )
    assessments.assess_episode(episode_id=episode.pk, at=now)
    alert = evidence.raise_alert(episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=now)
    alert = alerts.start_work(alert=alert, by=clinician, version=alert.version, note="Called, no answer.", at=now)
    sightings.seen(episode=episode, by=clinician, sent_at=None, at=now)
    paper = people.add_patient(name="Pat Paper", external_id="P-7", by=clinician, at=now)
    link = invitations.invite(
        email=f"pat@{clinic.pk}.example", name="Pat Paper", role=Role.PATIENT, patient=paper, by=clinician, at=now
    )
    admin = next(role.user for role in people.held_roles() if role.role == Role.ADMIN)
    proposed = invitations.invite(
        email=f"new@{clinic.pk}.example", name="Nat New", role=Role.CLINICIAN, by=admin, at=now
    )
    # So that letters to patients go out too, and are read by the tests.
    consent.decide(patient=episode.patient, purpose=ConsentPurpose.REMINDERS, is_given=True, by=patient, at=now)
    draft = drafts.begin(episode=episode, is_short=False, at=now)
    drafts.save_answers(draft=draft, answers={"sleep": 3}, episode=episode, by=patient, at=now)
    reviews.plan(episode=episode, planned_at=now + timedelta(days=7), by=clinician, at=now)
    reviews.prepare(episode=episode, topics=["sleep"], by=patient, at=now)
    action = reviews.agree(episode=episode, text="A walk a day", owner=ActionOwner.PATIENT, by=clinician, at=now)
    asked = data_requests.ask(
        patient=episode.patient, kind=RequestKind.CORRECTION, text="I moved house in May.", by=patient, at=now
    )
    own = life_events.add_life_event(episode=episode, title="A fall", happened_on=now.date(), by=patient, at=now)
    away = absences.plan(
        user=clinician, first=now.date(), last=now.date(), stand_in=None, by=clinician, today=now.date(), at=now
    )
    other = hand_overs.receivers(episode).first() or factories.make_user(
        f"gil@{clinic.pk}.example", name="Gil", password=PASSWORD, roles=(Role.CLINICIAN,)
    )
    asked_over = hand_overs.ask(episode=episode, to=other, note=OPEN_NOTE, by=clinician, at=now)
    held = people.held_roles().filter(user=clinician).get()
    return Things(
        clinic_id=clinic.pk,
        episode_id=episode.pk,
        check_in_id=episode.check_ins.latest("submitted_at").pk,
        intervention_id=intervention.pk,
        membership_id=episode.care_team.get(user=clinician).pk,
        alert_id=alert.pk,
        patient_id=paper.pk,
        invitation_id=link.invitation.pk,
        proposal_id=proposed.invitation.pk,
        hand_over_id=asked_over.pk,
        role_id=held.pk,
        pair_id=interactions.listed().get().pk,
        slot_id=draft.slot_id,
        action_id=action.pk,
        request_id=asked.pk,
        event_id=own.pk,
        absence_id=away.pk,
        kind="event",
        entry_id=own.pk,
        token=link.token,
        link=reminders.issue_link(slot=draft.slot, at=now),
    )


def _give_course(episode: Episode, *, patient: User, now: datetime) -> None:
    """Submit one check-in a week until last week: well at first, worse and worse at the end, one week missed."""
    moods = [7, 8, 7, 7, 8, 7, None, 7, 8, 7, 7, 5, 4, 2, 2, 1]
    factories.make_plan(episode, starts_on=(now - timedelta(weeks=WEEKS_OF_PLAN)).date(), instruments={"PHQ-9": 4})
    last_week = now - timedelta(weeks=1)
    factories.make_history(episode, by=patient, moods=moods[:-1], until=last_week - timedelta(weeks=1))
    factories.make_check_in(
        episode,
        by=patient,
        at=last_week,
        mood=moods[-1],
        items={"PHQ-9": factories.phq9(item_9=0, others=2)},
        contact_wish=ContactWish.CONTACT_ME,
        note=OPEN_NOTE,
    )
    factories.open_week(episode, at=now)


def invent_missing(*, words: str, now: datetime) -> None:
    """Write one row into each table of the present clinic that is still empty: a new table is never left out."""
    for model in our_models():
        if issubclass(model, ClinicOwned) and not model._base_manager.filter(clinic_id=current_clinic_id()).exists():
            values = {field.name: _invent(field, words, now) for field in model._meta.concrete_fields if _needed(field)}
            model._base_manager.create(clinic_id=current_clinic_id(), **values)


def _needed(field: "models.Field[Any, Any]") -> bool:
    """Say whether a row cannot be without the column, or whether it can hold what someone wrote."""
    if field.primary_key or field.name == "clinic" or (field.choices and field.has_default()):
        return False
    is_words = isinstance(field, (models.CharField, models.TextField)) and not field.choices
    return is_words or not (field.null or field.has_default())


def _invent(field: "models.Field[Any, Any]", words: str, now: datetime) -> Any:
    """Return a value that a column takes."""
    if isinstance(field, models.ForeignKey):
        rows = field.related_model._base_manager.all()
        is_owned = issubclass(field.related_model, ClinicOwned)
        return (rows.filter(clinic_id=current_clinic_id()) if is_owned else rows).first()
    if field.choices:
        return field.choices[0][0]
    known: list[tuple[type, Any]] = [
        (models.DateTimeField, now),
        (models.DateField, now.date()),
        (models.TimeField, now.time()),
        (models.BooleanField, False),
        (models.UUIDField, uuid4()),
        (models.JSONField, [words]),
    ]
    if isinstance(field, ArrayField):
        return [_invent(field.base_field, words, now)] * (field.size or 1)
    found = next((value for kind, value in known if isinstance(field, kind)), 1)
    return words[: field.max_length] if isinstance(field, (models.CharField, models.TextField)) else found


@dataclass(frozen=True)
class Route:
    """One address of the product, as the resolver knows it."""

    name: str
    view: Any
    parts: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Say whether the view is our own code."""
        return str(self.view.__module__).partition(".")[0] in {"config", "patients", "monitoring"}


def routes() -> list[Route]:
    """Return every route of the product, packages included."""
    return list(_walk(get_resolver().url_patterns))


def _walk(patterns: Iterable[URLPattern | URLResolver], above: tuple[str, ...] = ()) -> Iterator[Route]:
    for pattern in patterns:
        parts = (*above, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, parts)
        else:
            assert pattern.name, f"{pattern} has no name, so no table can speak about it"
            yield Route(pattern.name, pattern.callback, parts)


def our_models() -> list[type[models.Model]]:
    """Return every model of our own apps."""
    return [model for model in apps.get_models() if model._meta.app_label in {"patients", "monitoring"}]
