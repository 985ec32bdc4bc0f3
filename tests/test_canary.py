"""A mark in every text of one clinic; the other clinic's people walk every page. The mark must not turn up anywhere.

Where the access matrix asks for what should be refused, this asks whether anything leaks through what is allowed:
lists, counts, error pages, forms, mail, logs.
"""

import dataclasses
import io
import itertools
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.mail import EmailMessage
from django.db import connection, models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.logs import JsonLines
from monitoring.alerts import alerts, evidence
from monitoring.alerts.closing import PlanReviewed, SafetyAssessment
from monitoring.engine.records import Tier
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.operations import tasks
from patients.models import Clinic, User
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.furnished import Furnished, Things, furnish, our_models, routes

SIGN = "ZQXB-"
MARK = f"{SIGN}{uuid4()}"
# Columns that must stay what they are for the pages to work at all; none of them holds what someone wrote.
STRUCTURE = {
    "Clinic.time_zone",
    "Clinic.other_hours",
    "Clinic.holiday_country",
    "Clinic.holiday_region",
    "ExpectedLevel.series",
    "Patient.language",
    "Patient.time_zone",
    "MonitoringPlan.time_zone",
    "MonitoringPlan.instruments",
    "User.language",
    "User.password",
    "Invitation.language",
    "Invitation.secret_hash",
    "Invitation.code_hash",
    "CheckInLink.secret_hash",
    "MonitoringPlan.remind_by",
    "Consent.text_version",
    "CheckIn.body_digest",
    "CheckIn.language",
    "CheckIn.answers",
    "CheckIn.side_effects",
    "CheckInDraft.answers",
    "CheckInDraft.asked",
    "Assessment.engine_version",
    "Assessment.rules_digest",
    "Score.instrument",
    "Score.instrument_version",
    "Score.language",
    "ClinicInstrument.code",
    "ClinicInstrument.version",
    "Signal.domain",
    "Signal.instrument",
    "Signal.item",
    "Signal.parts",
    "Signal.clears",
    "AlertEvent.said",
    "AuditEvent.action",
    "AuditEvent.object_kind",
    "AuditEvent.request_id",
    "AuditEvent.counts",
    "Heartbeat.name",
    "Heartbeat.error",
}
LINK = re.compile(r'(?:href|hx-get|action)="(/[^"#]*|\?[^"#]*)')
# Signing out ends a walk; files are no pages.
ELSEWHERE = ("/accounts/logout/", settings.STATIC_URL)
MOST_PAGES = 150


def texts_of(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    """Return the columns of a model that can hold free text."""
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, (models.CharField, models.TextField, models.JSONField, ArrayField))
        is_text = is_text and not (isinstance(field, ArrayField) and not isinstance(field.base_field, models.CharField))
        if is_text and not field.choices and f"{model.__name__}.{field.name}" not in STRUCTURE:
            yield field


def marked(field: "models.Field[Any, Any]", number: int) -> object:
    """Return a text with the mark that fits a column; different for every row."""
    if isinstance(field, models.JSONField):
        days = {"first": "2020-01-01", "last": "2020-01-02"}
        return [{"label": MARK, "number": f"{SIGN}{number}", "note": MARK, "value": 8} | days]
    if isinstance(field, ArrayField):
        return [MARK]
    if isinstance(field, models.EmailField):
        return f"{MARK.lower()}-{number}@south.example"
    return f"{SIGN}{number}-{MARK}"[: field.max_length]


def plant(world: World) -> None:
    """Mark every text of the other clinic, inside its context."""
    people = User.objects.filter(email__endswith="@south.example")
    rows_of = {User: people, Clinic: Clinic.objects.filter(pk=world.other_clinic.pk)}
    frozen = append_only()
    for model in our_models():
        if model._meta.db_table in frozen:
            continue
        for field in texts_of(model):
            for number, row in enumerate(list(rows_of.get(model, model._base_manager.all()))):
                model._base_manager.filter(pk=row.pk).update(**{field.name: marked(field, number)})
    alert = evidence.raise_alert(
        episode=world.zoes_episode, kind=AlertKind.NOT_ON_TRACK, tier=Tier.URGENT, at=timezone.now()
    )
    alerts.start_work(alert=alert, by=world.eve, version=alert.version, note=MARK, at=timezone.now())
    answer = evidence.raise_alert(
        episode=world.zoes_episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=timezone.now()
    )
    explored = SafetyAssessment(explored=MARK, plan=PlanReviewed.CHANGED, others=MARK)
    given = factories.read(answer) | {"assessment": explored}
    alerts.close(
        alert=answer,
        by=world.eve,
        version=answer.version,
        action=ActionCode.TALKED,
        note=MARK,
        at=timezone.now(),
        **given,
    )


def append_only() -> set[str]:
    """Return the tables whose rows cannot be marked afterwards; their texts are marked when they are written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
        return {table for (table,) in cursor.fetchall()}


def unmarked() -> list[str]:
    """Return the columns of the present clinic that hold text without the mark everywhere."""
    return [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in texts_of(model)
        if not any(
            SIGN.lower() in str(value).lower() for value in model._base_manager.values_list(field.name, flat=True)
        )
    ]


@pytest.fixture
def furnished(world: World) -> Furnished:
    """Both clinics, with the mark in every text of the other one."""
    furnished = furnish(world, words=MARK)
    with clinic_context(clinic_id=world.other_clinic.pk):
        plant(world)
    return furnished


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def addresses(*things: Things) -> Iterator[str]:
    """Return the address of every route for the given things; the secrets of invitations are not known."""
    for route, known in itertools.product(routes(), things):
        unknown = f"{known.clinic_id.hex}.{'x' * 43}"
        thing = dataclasses.replace(known, token=unknown, link=unknown)
        values = {part: getattr(thing, part, "1") for part in route.parts}
        with suppress(NoReverseMatch):  # a package's own key, of a shape that ours do not have
            yield reverse(route.name, kwargs=values)


def walk(client: Client, start: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Follow every link from the given pages on, and yield each address with what came back."""
    waiting, seen = list(dict.fromkeys(start)), set[str]()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        seen.add(url)
        with transaction.atomic():
            response = client.get(url)
            transaction.set_rollback(True)
        # Whom to call stays on the device once a clinic's link was opened: those numbers are for everyone.
        client.cookies.pop("crisis", None)
        # A PDF is packed: what stands on it is what the page beside it shows, from one Summary.
        text = unescape(response.content.decode(errors="replace"))
        yield url, f"{text} {dict(response.items())}"
        links = {link if link.startswith("/") else url.partition("?")[0] + link for link in LINK.findall(text)}
        target = response.headers.get("Location", "")
        new = links | ({target} if target.startswith("/") else set())
        waiting += sorted(link for link in new - seen - set(waiting) if not link.startswith(ELSEWHERE))


def leaks(pages: Iterable[tuple[str, str]]) -> list[str]:
    return [url for url, text in pages if SIGN.lower() in text.lower()]


def test_every_text_of_the_other_clinic_carries_the_mark(furnished: Furnished) -> None:
    with clinic_context(clinic_id=furnished.world.other_clinic.pk):
        assert unmarked() == []


@pytest.mark.parametrize(
    "person",
    ["anonymous", "patient", "other_patient", "clinician", "clinician_off_team", "coordinator", "clinic_admin",
     "deactivated", "without_role"],
)  # fmt: skip
def test_no_page_of_anybody_in_one_clinic_shows_anything_of_the_other(
    furnished: Furnished, client: Client, person: str, log: io.StringIO
) -> None:
    user = furnished.people[person]
    if user is not None:
        client.force_login(user)

    pages = list(walk(client, ["/", *addresses(furnished.north, furnished.south)]))

    assert leaks(pages) == []
    assert len(pages) > 50
    assert SIGN not in log.getvalue()


def test_a_posted_form_shows_nothing_of_the_other_clinic(furnished: Furnished, client: Client) -> None:
    for person in ("patient", "clinician", "coordinator", "clinic_admin"):
        client.force_login(furnished.people[person])
        for url in addresses(furnished.north, furnished.south):
            if url != reverse("account_logout"):
                with transaction.atomic():
                    response = client.post(url)
                    transaction.set_rollback(True)
                assert SIGN not in response.content.decode(), f"{person} {url}"


def test_its_own_people_see_the_marks(furnished: Furnished, client: Client) -> None:
    """Without this the tests above would also hold if nothing were ever shown."""
    client.force_login(furnished.world.eve)
    seen = leaks(walk(client, ["/", *addresses(furnished.south)]))

    assert reverse("caseload") in seen
    assert reverse("trajectory", args=[furnished.south.episode_id]) in seen
    assert reverse("alert_detail", args=[furnished.south.alert_id]) in seen


def test_no_address_carries_what_somebody_wrote(furnished: Furnished, client: Client) -> None:
    client.force_login(furnished.world.eve)
    urls = [url for url, _ in walk(client, ["/", *addresses(furnished.south)])]

    assert [url for url in urls if SIGN in url] == []


def test_mail_says_nothing_that_somebody_wrote(
    furnished: Furnished,
    client: Client,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    world = furnished.world
    Clinic.objects.filter(pk=world.other_clinic.pk).update(public_name="South")
    tasks.run_sweep(at=timezone.now())
    client.force_login(world.sam)
    client.get(reverse("livez"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("resend_invitation", args=[furnished.north.invitation_id]))

    letters = [f"{letter.subject} {letter.body} {letter.from_email} {letter.extra_headers}" for letter in mailoutbox]
    assert [letter for letter in letters if SIGN in letter] == []
    to_the_south = [letter for letter in mailoutbox if SIGN.lower() in letter.to[0]]
    assert to_the_south
    assert len(mailoutbox) > len(to_the_south)


def test_logs_audit_and_cache_hold_nothing_that_somebody_wrote(
    furnished: Furnished, client: Client, log: io.StringIO
) -> None:
    client.force_login(furnished.world.eve)
    pages = list(walk(client, ["/", *addresses(furnished.south)]))
    tasks.run_sweep(at=timezone.now())
    logging.getLogger("monitoring").error("failing row contains %s", MARK, exc_info=ValueError(MARK))

    assert leaks(pages)
    assert "trajectory" in log.getvalue()
    assert SIGN not in log.getvalue()
    with clinic_context(clinic_id=furnished.world.other_clinic.pk), connection.cursor() as cursor:
        for table in ("patients_auditevent", "django_cache"):
            cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE t::text ILIKE %s) FROM {table} t", [f"%{SIGN}%"])
            rows, hits = cursor.fetchone()
            assert hits == 0, table
            assert rows or table == "django_cache"
