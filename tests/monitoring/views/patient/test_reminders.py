"""What a link opens, what it never opens, and the pages on which patients say when they want to be asked."""

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.messages import reminders
from monitoring.models import CheckIn, CheckInDraft, CheckInLink, CheckInSlot, MonitoringPlan
from monitoring.models.plans import PauseReason
from monitoring.operations import tasks
from monitoring.plans import plans
from patients import zones
from patients.access import link_sessions
from patients.models import AuditEvent, Clinic, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.tenancy import clinic_context, clinic_transaction
from tests import factories
from tests.conftest import World

# Pages of the record and of the account: a link leads to none of them.
BEHIND_THE_SIGN_IN = ("my_chart", "my_settings", "my_reminders", "check_in_done", "mfa_index", "caseload")


@pytest.fixture
def link(world: World) -> str:
    """Ann's week is open, she wants messages, and this came in one; the address of its page."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        consent.decide(
            patient=world.episode.patient, purpose=ConsentPurpose.REMINDERS, is_given=True, by=world.ann, at=now
        )
        factories.make_plan(world.episode, starts_on=(now - timedelta(weeks=3)).date())
        weekday = zones.local_day(now, world.episode.patient.time_zone).isoweekday()
        MonitoringPlan.objects.update(weekday=weekday, local_time="00:00")
        factories.make_history(world.episode, by=world.ann, moods=[7, 8], until=now - timedelta(weeks=1))
        slot = factories.open_week(world.episode, at=now)
        return reverse("open_link", args=[reminders.issue_link(slot=slot, at=now)])


def answer_everything(client: Client, first: str) -> str:
    """Fill in and send the form; return where it leads."""
    url = first
    while url != reverse("send_check_in"):
        page = client.get(url)
        assert page.status_code == 200
        url = client.post(url, {"sleep": "4", "mood": "4", "energy": "4", "pain": "4", "function": "4"}).headers[
            "Location"
        ]
    page = client.get(url)
    hidden = {field["name"]: field["value"] for field in hidden_fields(page.content.decode())}
    return str(client.post(url, hidden).headers["Location"])


def hidden_fields(html: str) -> list[dict[str, str]]:
    parts = html.split('<input type="hidden" name="')[1:]
    found = [part.split('"') for part in parts]
    return [{"name": part[0], "value": part[2]} for part in found if part[0] != "csrfmiddlewaretoken"]


def test_looking_at_a_link_changes_nothing(world: World, link: str, client: Client) -> None:
    """Mail scanners follow links."""
    page = client.get(link)

    assert page.status_code == 200
    assert "check-in</span> for the week of" in page.content.decode()
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    with clinic_context(clinic_id=world.clinic.pk):
        assert not CheckInDraft.objects.exists()
        assert not AuditEvent.objects.filter(action=AuditAction.LINK_OPENED).exists()


def test_the_start_card_tells_nobody_whose_it_is(world: World, link: str, client: Client) -> None:
    text = client.get(link).content.decode()

    for word in ("Ann", "Archer", world.clinic.name, "Depression"):
        assert word not in text


def test_a_link_fills_in_and_sends_one_form_and_shows_its_receipt(world: World, link: str, client: Client) -> None:
    started = client.post(link, {"form": "full"})
    assert started.headers["Location"] == reverse("check_in_step", args=[1])

    assert answer_everything(client, started.headers["Location"]) == reverse("link_receipt")

    receipt = client.get(reverse("link_receipt")).content.decode()
    assert "check-in</span> is with your team." in receipt
    assert "See my chart" not in receipt
    with clinic_context(clinic_id=world.clinic.pk):
        stored = CheckIn.objects.order_by("-submitted_at")[0]
        assert (stored.mood, stored.episode_id) == (4, world.episode.pk)
        assert CheckInLink.objects.get().used_at is not None
        submitted = AuditEvent.objects.filter(action=AuditAction.CHECK_IN_SUBMITTED).order_by("-at")[0]
        assert submitted.actor_id == world.ann.pk


@pytest.mark.parametrize("later", ["today", "tomorrow"])
def test_not_now_on_the_card_of_a_link_is_a_form_that_can_be_sent(world: World, link: str, later: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    card = strict.get(link).content.decode()
    not_now = card[card.index('<form class="later') :]
    token = not_now.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

    answer = strict.post(link, {"later": later, "csrfmiddlewaretoken": token})

    assert answer.status_code == 200


def test_a_link_never_shows_the_record(world: World, link: str, client: Client) -> None:
    client.post(link, {"form": "full"})

    for name in BEHIND_THE_SIGN_IN:
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, reverse("account_login")), (
            name
        )
    assert client.get("/").headers["Location"] == reverse("link_start")
    assert client.get(reverse("link_start")).status_code == 200
    help_page = client.get(reverse("help_now"))
    assert "999" in help_page.content.decode()
    saved = client.post(reverse("autosave", args=[1]), {"sleep": "5"})
    assert "Last time you chose" not in saved.content.decode()
    step = client.get(reverse("check_in_step", args=[1])).content.decode()
    assert "Last time you chose" not in step


def test_a_link_cannot_answer_another_week(world: World, link: str, client: Client) -> None:
    client.post(link, {"form": "full"})
    with clinic_context(clinic_id=world.clinic.pk):
        answered = CheckInSlot.objects.exclude(answered_at=None).order_by("week_of")[0]

    body = {"slot": str(answered.pk), "client_key": "7" * 32, "sleep": "1"}

    assert client.post(reverse("send_check_in"), body).status_code == 404


def test_a_link_does_not_open_again_what_was_sent(world: World, link: str, client: Client) -> None:
    answer_everything(client, client.post(link, {"form": "full"}).headers["Location"])

    client.post(reverse("start_check_in"), {"form": "change"})

    assert client.get(reverse("link_start")).headers["Location"] == reverse("link_receipt")
    assert client.get(reverse("check_in_step", args=[1])).status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert not CheckInDraft.objects.exists()


def test_a_link_runs_out_with_time_and_can_be_pressed_again(world: World, link: str, client: Client) -> None:
    first = client.post(link, {"form": "full"}).headers["Location"]
    mark = client.session[link_sessions.SESSION_KEY]
    session = client.session
    session[link_sessions.SESSION_KEY] = mark | {"until": timezone.now().timestamp() - 1}
    session.save()

    assert client.get(first).headers["Location"].startswith(reverse("account_login"))
    assert client.get(client.post(link, {"form": "full"}).headers["Location"]).status_code == 200


def test_signing_out_everywhere_ends_links_too(world: World, link: str, client: Client) -> None:
    first = client.post(link, {"form": "full"}).headers["Location"]
    own = Client()
    own.force_login(world.ann)

    own.post(reverse("sign_out_everywhere"))

    assert client.get(first).status_code == 302


def test_somebody_elses_session_ends_when_a_link_is_used_in_the_same_browser(
    world: World, link: str, client: Client
) -> None:
    client.force_login(world.chris)

    first = client.post(link, {"form": "full"}).headers["Location"]

    assert client.get(first).status_code == 200
    assert client.get(reverse("caseload")).status_code == 302
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.SIGNED_OUT, actor_id=world.chris.pk).exists()


def test_the_own_session_stays_when_the_link_is_the_own(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    first = client.post(link, {"form": "full"}).headers["Location"]

    assert client.get(first).status_code == 200
    assert client.get(reverse("my_chart")).status_code == 200
    assert client.get(reverse("link_start")).headers["Location"] == reverse("home")
    assert client.get(reverse("link_receipt")).headers["Location"] == reverse("check_in_done")


def closed_links(world: World, link: str) -> dict[str, str]:
    """Return links that open nothing, each for another reason."""
    token = link.split("/")[2]
    secret = token.partition(".")[2]
    return {
        "unknown": f"{world.clinic.pk.hex}.{'x' * 43}",
        "of another clinic": f"{world.other_clinic.pk.hex}.{secret}",
        "of no clinic": f"{'0' * 32}.{secret}",
        "no link at all": "nonsense",
        "too old": token,
    }


def test_all_closed_links_look_the_same(world: World, link: str, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        CheckInLink.objects.update(expires_at=timezone.now())
    bodies = set()

    for reason, token in closed_links(world, link).items():
        for method in (client.get, client.post):
            answer = method(reverse("open_link", args=[token]))
            assert answer.status_code == 404, reason
            # What the address says already is said again: to come back to, and to find the clinic's numbers by.
            words = without_token(answer.content.decode())
            bodies.add(re.sub(r'class="help" href="[^"]+"', "", words).replace(token, ""))

    assert len(bodies) == 1
    assert "This link has expired" in bodies.pop()


def without_token(html: str) -> str:
    start = html.index('name="csrfmiddlewaretoken"')
    return html[:start] + html[html.index(">", start) :]


def test_asking_for_a_new_link_tells_nothing(
    world: World, link: str, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        CheckInSlot.objects.update(remind_at=None)
        CheckInLink.objects.update(sent_at=timezone.now() - timedelta(days=1))
    said = {
        re.sub(r'class="help" href="[^"]+"', "", client.post(reverse("new_link"), {"link": token}).content.decode())
        for token in closed_links(world, link).values()
    }

    tasks.run_sweep(at=timezone.now() + timedelta(seconds=1))

    assert len(said) == 1
    assert [letter.to for letter in mailoutbox] == [["ann@north.example"]]


def test_not_now_from_a_link_and_from_the_start_page(world: World, link: str, client: Client) -> None:
    said = client.post(link, {"later": "tomorrow"}).content.decode()
    assert "We will write to you on" in said
    assert settings.SESSION_COOKIE_NAME not in client.cookies

    client.force_login(world.ann)
    assert 'value="tomorrow"' in client.get("/").content.decode()
    client.post(reverse("ask_later"), {"later": "tomorrow"})

    with clinic_context(clinic_id=world.clinic.pk):
        slot = CheckInSlot.objects.get(answered_at=None, missed_at=None)
        assert timedelta(0) < slot.remind_at - timezone.now() <= timedelta(days=1)
    assert client.post(reverse("ask_later"), {"later": "<script>"}).status_code == 200


# --- Preferences ----------------------------------------------------------------------------------------------------

WISHES = {"weekday": "4", "local_time": "07:30", "time_zone": "Asia/Kathmandu", "channel": "email"}


def test_a_patient_chooses_day_hour_place_and_messages(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    assert client.post(reverse("my_reminders"), WISHES).headers["Location"] == reverse("my_reminders")

    page = client.get(reverse("my_reminders")).content.decode()
    assert 'value="Asia/Kathmandu" selected' in page
    assert 'value="07:30"' in page
    with clinic_context(clinic_id=world.clinic.pk):
        plan = MonitoringPlan.objects.get()
        assert (plan.weekday, plan.local_time.isoformat(), plan.time_zone) == (4, "07:30:00", "Asia/Kathmandu")
        assert Patient.objects.get(user=world.ann).time_zone == "Asia/Kathmandu"
        assert AuditEvent.objects.filter(action=AuditAction.PLAN_CHANGED, actor_id=world.ann.pk).exists()


def test_messages_can_be_switched_off(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    client.post(reverse("my_reminders"), WISHES | {"channel": "none"})

    with clinic_context(clinic_id=world.clinic.pk):
        assert not reminders.wants_messages(MonitoringPlan.objects.get())
    assert "You took this back" in client.get(reverse("my_settings")).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": "8"},
        {"weekday": ""},
        {"local_time": "25:00"},
        {"time_zone": "Mars/Olympus"},
        {"channel": "pigeon"},
        {"channel": ""},
    ],
)
def test_nonsense_is_refused_in_words_and_changes_nothing(
    world: World, link: str, client: Client, wrong: dict[str, str]
) -> None:
    client.force_login(world.ann)

    answer = client.post(reverse("my_reminders"), WISHES | wrong)

    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert MonitoringPlan.objects.get().time_zone == world.episode.patient.time_zone


def test_a_patient_pauses_and_goes_on(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)
    until = timezone.localdate() + timedelta(days=10)

    client.post(reverse("pause_check_ins"), {"reason": "hospital", "until": until.isoformat()})
    assert "Paused until" in client.get(reverse("my_reminders")).content.decode()
    chris = Client()
    chris.force_login(world.chris)
    seen = chris.get(reverse("trajectory", args=[world.episode.pk])).content.decode()
    assert "Check-ins are paused until" in seen and "In hospital" in seen

    client.post(reverse("resume_check_ins"))
    assert "Pause my" in client.get(reverse("my_reminders")).content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.PLAN_PAUSED, actor_id=world.ann.pk).count() == 1


def test_a_clinician_pauses_for_a_patient(world: World, link: str, client: Client) -> None:
    client.force_login(world.chris)
    page, until = reverse("pause_episode", args=[world.episode.pk]), timezone.localdate() + timedelta(days=10)

    answer = client.post(page, {"reason": "holiday", "until": until.isoformat()})
    assert answer.headers["Location"] == reverse("trajectory", args=[world.episode.pk])
    with clinic_context(clinic_id=world.clinic.pk):
        assert plans.pause_of(MonitoringPlan.objects.get()) == plans.Pause("Holiday", until)

    client.post(page, {"step": "resume"})
    with clinic_context(clinic_id=world.clinic.pk):
        assert plans.pause_of(MonitoringPlan.objects.get()) is None


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "2999-01-01"])
def test_a_pause_without_a_sensible_end_is_refused_in_words(
    world: World, link: str, client: Client, until: str
) -> None:
    client.force_login(world.ann)
    pages = {reverse("pause_check_ins"): world.ann, reverse("pause_episode", args=[world.episode.pk]): world.chris}

    for page, person in pages.items():
        client.force_login(person)
        answer = client.post(page, {"reason": "break", "until": until})
        assert answer.status_code == 422
        assert "There is a problem" in answer.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert MonitoringPlan.objects.get().paused_at is None


def test_a_pause_can_be_left_open_and_home_says_so(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    client.post(reverse("pause_check_ins"), {"reason": "hospital", "until": ""})

    for name in ("home", "my_reminders"):
        assert "Paused until you start again" in client.get(reverse(name)).content.decode()
    client.post(reverse("resume_check_ins"))
    assert "Paused" not in client.get("/").content.decode()


def test_home_names_the_day_until_which_check_ins_are_paused(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)
    until = timezone.localdate() + timedelta(days=10)

    client.post(reverse("pause_check_ins"), {"reason": "holiday", "until": until.isoformat()})

    assert f"Paused until {until:%A} {until.day} {until:%B}" in client.get("/").content.decode()


def test_what_a_pause_lacks_is_said_in_words(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    answer = client.post(reverse("pause_check_ins"), {"until": "yesterday"}).content.decode()

    assert "Choose a reason" in answer and "Choose a day, or leave it empty" in answer


def test_home_says_when_who_asked_for_later_is_written_to(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)
    assert "We will write to you on" not in client.get("/").content.decode()

    client.post(reverse("ask_later"), {"later": "tomorrow"})

    tomorrow = timezone.localdate(timezone=ZoneInfo(world.episode.patient.time_zone)) + timedelta(days=1)
    assert f"We will write to you on {tomorrow:%A} at 00:00." in client.get("/").content.decode()


def test_a_plan_without_an_end_of_its_pause_can_be_resumed(world: World, link: str, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        MonitoringPlan.objects.update(paused_at=timezone.now(), pause_reason=PauseReason.BREAK)
    client.force_login(world.chris)
    page = reverse("pause_episode", args=[world.episode.pk])

    assert "Check-ins</span> are paused" in client.get(page).content.decode()
    client.post(page, {"step": "resume"})

    assert "No check-in opens during a pause" in client.get(page).content.decode()


def test_who_has_no_plan_is_told_so(world: World, client: Client) -> None:
    client.force_login(world.ben)

    for answer in (client.get(reverse("my_reminders")), client.post(reverse("my_reminders"), WISHES)):
        assert "No check-in is planned" in answer.content.decode()
    assert client.post(reverse("pause_check_ins")).headers["Location"] == reverse("my_reminders")
    assert client.post(reverse("resume_check_ins")).headers["Location"] == reverse("my_reminders")


# --- Sessions -------------------------------------------------------------------------------------------------------


def test_signing_out_everywhere_ends_every_browser_and_clears_this_one(world: World, client: Client) -> None:
    phone, lost = client, Client()
    phone.force_login(world.ann)
    lost.force_login(world.ann)
    other = Client()
    other.force_login(world.ben)

    answer = phone.post(reverse("sign_out_everywhere"))

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "You are signed out everywhere." in phone.get(answer.headers["Location"]).content.decode()
    assert lost.get(reverse("my_settings")).headers["Location"].startswith(reverse("account_login"))
    assert other.get(reverse("my_settings")).status_code == 200
    assert User.objects.get(pk=world.ann.pk).session_generation == 1
    with clinic_transaction(clinic_id=world.clinic.pk):
        ended = AuditEvent.objects.filter(action=AuditAction.SESSIONS_ENDED)
        assert [event.actor_id for event in ended] == [world.ann.pk]


# --- Without a connection -------------------------------------------------------------------------------------------


def test_the_offline_page_has_the_clinics_numbers_and_nobodys_name(world: World, link: str, client: Client) -> None:
    client.force_login(world.ann)

    text = client.get(reverse("offline_page")).content.decode()

    assert "You are offline" in text and "999" in text
    for word in ("Ann", "Archer", world.clinic.name):
        assert word not in text


def test_the_worker_is_a_script_of_the_whole_site_that_no_cache_keeps(db: None, client: Client) -> None:
    answer = client.get("/service-worker.js")

    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "{%" not in answer.content.decode()
    assert reverse("offline_page") in answer.content.decode()


# --- Help, on the way by mail ---------------------------------------------------------------------------------------


def help_link(html: str) -> str:
    return unescape(html.split('<a class="help" href="')[1].split('"')[0])


def test_the_card_of_a_link_leads_a_fresh_browser_to_the_clinics_numbers_and_back(
    world: World, link: str, client: Client
) -> None:
    address = help_link(client.get(link).content.decode())

    page = Client().get(address).content.decode()

    assert 'href="tel:999"' in page
    assert f'class="back" href="{link}"' in page


@pytest.mark.parametrize("name", ["help_now", "offline_page"])
def test_looking_at_a_link_leaves_the_numbers_on_the_device(world: World, link: str, client: Client, name: str) -> None:
    assert "999" not in client.get(reverse(name)).content.decode()

    client.get(link)

    assert 'href="tel:999"' in client.get(reverse(name)).content.decode()


def test_an_expired_link_and_its_help_have_the_numbers(world: World, link: str, client: Client) -> None:
    dead = link.rstrip("/")[:-4] + "XXXX/"
    closed = client.get(dead)

    assert closed.status_code == 404
    assert "This link has expired" in closed.content.decode()
    assert 'href="tel:999"' in Client().get(help_link(closed.content.decode())).content.decode()


def test_the_help_of_a_mail_names_nobody_and_an_unknown_code_tells_nothing(world: World) -> None:
    page = Client().get(reverse("help_of_clinic", args=[world.clinic.pk.hex]))
    words = page.content.decode()

    assert 'href="tel:999"' in words
    assert "09:00 to 17:00" in words
    for word in (world.clinic.name, "Ann", "Depression", 'class="back"'):
        assert word not in words
    plain = Client().get(reverse("help_now")).content.decode()
    for code in ("7" * 32, "nonsense"):
        assert Client().get(reverse("help_of_clinic", args=[code])).content.decode() == plain


def test_who_is_signed_in_sees_the_own_clinics_numbers_under_any_clinics_address(world: World, client: Client) -> None:
    Clinic.objects.filter(pk=world.other_clinic.pk).update(
        crisis_contacts=[{"label": "Other", "number": "112", "note": ""}]
    )
    client.force_login(world.ann)

    page = client.get(reverse("help_of_clinic", args=[world.other_clinic.pk.hex]))

    assert "tel:999" in page.content.decode() and "tel:112" not in page.content.decode()
    assert "crisis" not in page.cookies


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/nowhere/", "javascript:alert(1)"])
def test_back_from_help_leads_to_no_strange_place(world: World, client: Client, back: str) -> None:
    words = client.get(reverse("help_now"), {"back": back}).content.decode()

    assert "evil.example" not in words and 'class="back"' not in words


def test_back_from_help_leads_to_the_question_that_one_came_from(world: World, link: str, client: Client) -> None:
    question = client.post(link, {"form": "full"}).headers["Location"]

    address = help_link(client.get(question).content.decode())
    words = client.get(address).content.decode()

    assert f'class="back" href="{question}"' in words
    assert "Thank you for telling us" not in words


def test_a_link_whose_week_was_sent_says_so_to_who_holds_it(world: World, link: str, client: Client) -> None:
    answer_everything(client, client.post(link, {"form": "full"}).headers["Location"])

    used = Client().get(link)

    assert used.status_code == 404
    words = used.content.decode()
    assert "You have sent this" in words and "expired" not in words
    for word in ("Ann", "Archer", world.clinic.name, "Send me a new link"):
        assert word not in words
