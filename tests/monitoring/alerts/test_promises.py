"""What a patient is told about who acts on an answer: one due time, the same on every page; and who has read it."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.alerts import alerts, evidence, promises
from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from patients.clinics import hours
from patients.models import Clinic, Episode
from patients.rights import safety_plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.patients.clinics.staffed import EVENING

# Wednesday evening after hours; the clinic opens on Thursday at nine.
PAGING = [Tier.REVIEW, Tier.PRIORITY, Tier.URGENT]


def ask_to_be_called(world: World, *, risk: bool = False, at: datetime) -> None:
    items = {"PHQ-9": factories.phq9(item_9=2 if risk else 0)}
    factories.make_plan(world.episode, instruments={"PHQ-9": 1})
    factories.make_check_in(world.episode, by=world.ann, at=at, items=items, contact_wish=ContactWish.CONTACT_ME)


def test_the_promise_after_a_risk_answer_names_the_day_on_which_its_alert_is_due(north: World) -> None:
    ask_to_be_called(north, risk=True, at=EVENING)

    said = promises.open_promises(north.episode, at=EVENING)

    assert Alert.objects.get(kind=AlertKind.RISK_ANSWER).due_at == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert said == [
        "Your answer is first on your team's list. They will look at it by Thursday 26 November, 10:00 in Berlin (14:30 for you).",
        "You asked us to call. We will call by Thursday 26 November, 17:00 in Berlin (21:30 for you).",
    ]


def test_the_first_answer_of_several_days_is_promised_and_queued_for_the_same_staffed_day(north: World) -> None:
    """It was told "at the top of the list" and stood last, two working days away."""
    others = [AlertKind.DETERIORATION, AlertKind.MISSED_CHECK_INS, AlertKind.EXTREME_RATING]
    for kind in others:
        evidence.raise_alert(episode=north.bens_episode, kind=kind, tier=Tier.URGENT, at=EVENING - timedelta(days=3))
    factories.make_plan(north.episode, instruments={"PHQ-9": 1})
    items = {"PHQ-9": factories.phq9(item_9=1)}
    factories.make_check_in(north.episode, by=north.ann, at=EVENING, items=items)

    queue = alerts.queue(episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, user=north.cora)

    assert next(iter(queue)).kind == AlertKind.RISK_ANSWER
    assert promises.open_promises(north.episode, at=EVENING) == [
        "Your answer is first on your team's list. They will look at it by Thursday 26 November, 10:00 in Berlin (14:30 for you)."
    ]


def test_the_promise_is_about_the_place_and_the_owner_of_the_alert_as_they_are(north: World) -> None:
    ask_to_be_called(north, risk=True, at=EVENING)
    evidence.raise_alert(
        episode=north.bens_episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, comes_first=True,
        at=EVENING - timedelta(hours=1),
    )  # fmt: skip
    assert promises.open_promises(north.episode, at=EVENING)[0].startswith("Your answer is on your team's list.")

    alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER, episode=north.episode)
    alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=EVENING)

    assert promises.open_promises(north.episode, at=EVENING)[0].startswith("Chris from your team has your answer.")


def test_a_promise_that_was_not_kept_says_so(north: World) -> None:
    ask_to_be_called(north, risk=True, at=EVENING)

    [said, _call] = promises.open_promises(north.episode, at=EVENING + timedelta(days=2))

    assert said == (
        "Your answer is first on your team's list. They are later than we said. "
        "Please do not wait for them if you are not safe."
    )


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "Thursday 26 November, 10:00."),
        ("Africa/Lagos", "Thursday 26 November, 10:00."),
        ("America/Los_Angeles", "Thursday 26 November, 10:00 in Berlin (01:00 for you)."),
        ("America/St_Johns", "Thursday 26 November, 10:00 in Berlin (05:30 for you)."),
        ("Pacific/Kiritimati", "Thursday 26 November, 10:00 in Berlin (23:00 for you)."),
    ],
)
def test_a_promise_is_on_the_clinics_clock_and_on_the_readers_where_they_differ(
    north: World, zone: str, words: str
) -> None:
    north.episode.patient.time_zone = zone
    ask_to_be_called(north, risk=True, at=EVENING)

    assert promises.open_promises(north.episode, at=EVENING)[0].endswith(words)


@given(others=st.lists(st.tuples(st.sampled_from(AlertKind), st.sampled_from(PAGING), st.booleans()), max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_first_is_promised_if_and_only_if_the_queue_shows_it_first(
    north: World, others: list[tuple[AlertKind, Tier, bool]]
) -> None:
    sid = transaction.savepoint()
    ask_to_be_called(north, risk=True, at=EVENING)
    for number, (kind, tier, comes_first) in enumerate(others):
        evidence.raise_alert(
            episode=north.bens_episode, kind=kind, tier=tier, comes_first=comes_first,
            at=EVENING - timedelta(hours=number),
        )  # fmt: skip

    said = promises.open_promises(north.episode, at=EVENING)[0]
    queue = alerts.queue(episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, user=north.cora)

    is_first = next(iter(queue)).episode_id == north.episode.pk
    assert said.startswith("Your answer is first on" if is_first else "Your answer is on")
    transaction.savepoint_rollback(sid)


def test_a_day_that_is_over_is_not_promised_and_what_is_closed_is_not_open(north: World) -> None:
    ask_to_be_called(north, at=EVENING)
    later = EVENING + timedelta(days=5)

    assert promises.open_promises(north.episode, at=later) == ["You asked us to call. Your request is still open."]

    alert = Alert.objects.get(kind=AlertKind.CONTACT_WISH)
    alerts.close(alert=alert, by=north.chris, version=alert.version, action="talked", note="Rang.", at=later)
    assert promises.open_promises(north.episode, at=later) == []


def test_home_and_receipt_and_help_make_the_same_promise_and_no_other(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        ask_to_be_called(world, risk=True, at=now)
        said = promises.open_promises(world.episode, at=now)
        day = date_format(hours.read_by(world.clinic, now, reader_zone=world.episode.patient.time_zone), "l j F")
    client.force_login(world.ann)
    done = reverse("check_in_done")

    for url in (reverse("home"), done, f"{reverse('help_now')}?next={done}"):
        words = unescape(client.get(url).content.decode())
        assert said[0] in words, url
        assert f"They will look <b>by {day}" not in words, url
    assert said[1] in unescape(client.get(done).content.decode())
    help_page = client.get(f"{reverse('help_now')}?next={done}").content.decode()
    assert help_page.index("Your check-in is sent.") < help_page.index("<h1>")
    assert "next working day" not in help_page


def test_help_promises_nothing_to_a_stranger(world: World) -> None:
    words = Client().get(reverse("help_now"), {"next": reverse("check_in_done")}).content.decode()

    assert "team's list" not in unescape(words)
    # Of which clinic the hours would be is not known.
    assert "Check-ins are not read straight away." in words
    assert "nobody is reading this" not in words


@pytest.mark.django_db
def test_help_of_an_installation_with_one_clinic_has_its_numbers_for_strangers_too() -> None:
    clinic = factories.make_clinic()
    clinic.crisis_contacts = [{"label": "Emergency", "number": "999", "note": ""}]
    clinic.save()

    for url in (reverse("help_now"), reverse("help_of_clinic", args=["nonsense"])):
        words = Client().get(url).content.decode()
        assert 'href="tel:999"' in words
        assert clinic.name not in words


def test_the_start_card_names_the_clinician_whose_team_reads(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, weekday=now.isoweekday(), starts_on=(now - timedelta(weeks=1)).date())
        factories.open_week(world.episode, at=now)
    client.force_login(world.ann)

    assert f"{world.chris}\u2019s team reads check-ins on weekdays" in client.get("/").content.decode()


def test_opening_an_alert_is_not_reading_the_check_in(world: World, client: Client) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        ask_to_be_called(world, at=now - timedelta(minutes=5))
        alert = Alert.objects.get(kind=AlertKind.CONTACT_WISH)
    staff = Client()
    staff.force_login(world.chris)
    client.force_login(world.ann)

    assert staff.get(reverse("alert_detail", args=[alert.pk])).status_code == 200
    assert "read it on" not in client.get("/").content.decode()

    staff.get(reverse("trajectory", args=[world.episode.pk]))
    assert f"{world.chris} read it on" in client.get("/").content.decode()


def test_help_names_who_is_called_and_repeats_no_number(world: World, client: Client) -> None:
    Clinic.objects.filter(pk=world.clinic.pk).update(
        crisis_contacts=[{"label": "Samaritans", "number": "116 123", "note": ""}]
    )
    with clinic_context(clinic_id=world.clinic.pk):
        safety_plans.save_safety_plan(
            patient=world.episode.patient,
            words={"people_to_ask": "Leila, my sister: 07700 900461\n07700 900462", "professionals": "Line: 116123"},
            by=world.ann,
            at=NOW,
        )
    client.force_login(world.ann)

    words = client.get(reverse("help_now")).content.decode()

    assert "Call Leila, my sister</b><span>07700 900461" in words
    assert "Call 07700 900462" in words
    assert words.count('href="tel:116123"') == 1


def test_a_button_to_call_says_who_and_which_number_once(world: World, client: Client) -> None:
    Clinic.objects.filter(pk=world.clinic.pk).update(
        crisis_contacts=[
            {"label": "Samaritans", "number": "116 123", "note": "Free, any time"},
            {"label": "NHS 111, then press 2", "number": "111", "note": ""},
            {"label": "Line 2112", "number": "112", "note": ""},
        ]
    )
    client.force_login(world.ann)

    page = " ".join(client.get(reverse("help_now")).content.decode().split())

    assert "Call Samaritans, 116 123 </b><span>Free, any time</span>" in page
    assert "Call NHS 111, then press 2 </b>" in page
    assert "Call Line 2112, 112 </b>" in page
