"""Messages to a browser: what is sent is opened with the browser's key, and nobody but known services is asked."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.core import mail
from django.utils import translation
from pytest_django.fixtures import Settings

from monitoring.alerts import cover, evidence
from monitoring.engine.records import Tier
from monitoring.messages import choices, notifications, outside, pushes
from monitoring.messages.choices import Wishes
from monitoring.models import Notification, PushBrowser
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationChannel, NotificationState
from monitoring.operations import tasks
from patients.models import User
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.messages.push_services import SECRET, PushService, read, written

PLAIN = {"text": "Tidemark: something needs a look", "urgent": False}
URGENT = {"text": "Tidemark, urgent: something needs a look", "urgent": True}


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    """A push service that is on the list, and a key of the installation's own."""
    settings.PUSH_KEY = pushes.make_key()
    with PushService() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.PUSH_SERVICES = [server.origin]
        yield server
        server.shutdown()


def allow(service: PushService, user: User, *, path: str = "/one", at: datetime = NOW) -> PushBrowser:
    return pushes.show_here(
        address=f"{service.origin}{path}", key=service.browsers_key, secret=written(SECRET), by=user, at=at
    )


def raise_one(world: World, *, tier: Tier = Tier.REVIEW, kind: AlertKind = AlertKind.DETERIORATION) -> None:
    evidence.raise_alert(episode=world.episode, kind=kind, tier=tier, at=NOW)


def deliver(world: World, *, at: datetime = NOW) -> int:
    return tasks.deliver_due(clinic_id=world.clinic.pk, at=at)


def pushed() -> Notification:
    return Notification.objects.get(channel=NotificationChannel.PUSH)


@pytest.mark.parametrize(
    ("tier", "kind", "opened", "urgency"),
    [
        (Tier.REVIEW, AlertKind.DETERIORATION, PLAIN, "normal"),
        (Tier.URGENT, AlertKind.EXTREME_RATING, URGENT, "high"),
        (Tier.URGENT, AlertKind.RISK_ANSWER, URGENT, "high"),
    ],
)
def test_the_browser_reads_one_sentence_and_the_urgency_and_nothing_else(
    north: World, service: PushService, tier: Tier, kind: AlertKind, opened: dict[str, object], urgency: str
) -> None:
    allow(service, north.chris)
    raise_one(north, tier=tier, kind=kind)

    deliver(north)

    [posted] = service.posted
    assert service.opened(posted) == opened
    assert posted.path == "/one"
    assert posted.headers["Urgency"] == urgency
    assert pushed().state == NotificationState.SENT


def test_nothing_beside_the_body_tells_anything_and_all_bodies_are_of_one_size(
    north: World, service: PushService
) -> None:
    allow(service, north.chris)
    raise_one(north)
    raise_one(north, tier=Tier.URGENT, kind=AlertKind.RELAPSE)

    deliver(north)

    assert len({len(posted.body) for posted in service.posted}) == 1
    for posted in service.posted:
        assert set(posted.headers) == {
            "Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type",
            "Host", "Topic", "Ttl", "Urgency", "User-Agent",
        }  # fmt: skip
        told = json.dumps(posted.headers)
        assert not any(name in told for name in ("Ann", "North", "chris", str(north.clinic.pk), str(north.chris.pk)))


def test_the_service_can_check_that_this_installation_sent_it_and_to_that_service_only(
    north: World, service: PushService, settings: Settings
) -> None:
    settings.SITE_URL = "https://care.example.org"
    allow(service, north.chris)
    raise_one(north)

    deliver(north)

    [posted] = service.posted
    scheme, token, key = posted.headers["Authorization"].replace(",k=", " k=").split(" ")
    assert (scheme, key) == ("vapid", f"k={pushes.public_key()}")
    claims = json.loads(read(token.removeprefix("t=").split(".")[1]))
    assert (claims["aud"], claims["sub"]) == (service.origin, "https://care.example.org")
    assert 0 < claims["exp"] - time.time() <= pushes.SIGNED_SECONDS
    header, payload, signature = token.removeprefix("t=").split(".")
    assert_signed(f"{header}.{payload}".encode(), read(signature), read(pushes.public_key()))


def assert_signed(message: bytes, signature: bytes, point: bytes) -> None:
    """Check an ES256 signature with the public key alone."""
    half = len(signature) // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))


def test_two_services_each_get_a_signature_of_their_own(north: World, service: PushService, settings: Settings) -> None:
    with PushService() as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        settings.PUSH_SERVICES = [service.origin, other.origin]
        allow(service, north.chris)
        allow(other, north.chris)
        raise_one(north)

        deliver(north)

        other.shutdown()
    audiences = [
        json.loads(read(one.headers["Authorization"].split(".")[1]))["aud"] for one in service.posted + other.posted
    ]
    assert audiences == [service.origin, other.origin]


def test_the_sentence_is_in_the_readers_language(north: World, service: PushService) -> None:
    for language in ("en", "de"):
        with translation.override(language):
            words = {pushes.words(is_urgent=is_urgent) for is_urgent in (False, True)}
        assert len(words) == 2
        assert all(len(json.dumps({"text": one, "urgent": True}).encode()) <= pushes.BODY_BYTES for one in words)


def test_mail_comes_all_the_same_and_a_browser_alone_is_not_told(
    north: World, service: PushService, mailoutbox: list[mail.EmailMessage]
) -> None:
    allow(service, north.chris)
    raise_one(north)
    Notification.objects.filter(channel=NotificationChannel.EMAIL).update(state=NotificationState.RETURNED)
    User.objects.filter(pk=north.chris.pk).update(mail_returned_at=NOW)

    deliver(north)

    assert len(service.posted) == 1
    assert cover.keep(at=NOW) > 0, "mail to the next person is owed"
    deliver(north)
    assert [message.to for message in mailoutbox] == [["cora@north.example"]]


def test_whose_mail_comes_back_is_still_told_in_the_browser(north: World, service: PushService) -> None:
    allow(service, north.chris)
    User.objects.filter(pk=north.chris.pk).update(mail_returned_at=NOW)
    raise_one(north)

    deliver(north)

    assert len(service.posted) == 1
    assert pushed().recipient == north.chris


def test_choices_and_quiet_hours_hold_for_browsers_too(north: World, service: PushService) -> None:
    allow(service, north.chris)
    choices.choose(wishes=Wishes(wants_review=False), by=north.chris, at=NOW)
    raise_one(north)
    raise_one(north, tier=Tier.URGENT, kind=AlertKind.RELAPSE)

    deliver(north)

    assert [service.opened(posted) for posted in service.posted] == [URGENT]


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_its_message_with_it(
    north: World, service: PushService, status: int
) -> None:
    allow(service, north.chris)
    service.statuses["/one"] = status
    raise_one(north)

    deliver(north)

    assert not PushBrowser.objects.exists()
    assert pushed().state == NotificationState.DROPPED


def test_of_two_browsers_one_that_takes_it_is_enough(north: World, service: PushService) -> None:
    allow(service, north.chris)
    allow(service, north.chris, path="/two")
    service.statuses["/one"] = 410
    raise_one(north)

    deliver(north)

    assert [browser.address for browser in PushBrowser.objects.all()] == [f"{service.origin}/two"]
    assert pushed().state == NotificationState.SENT


@pytest.mark.parametrize("status", [301, 307, 400, 401, 413, 429, 500, 503, 599])
def test_a_service_that_refuses_is_tried_three_times_and_followed_nowhere(
    north: World, service: PushService, status: int
) -> None:
    allow(service, north.chris)
    service.statuses["/one"] = status
    raise_one(north)

    for minutes in range(0, 60, 5):
        deliver(north, at=NOW + timedelta(minutes=minutes))

    assert [posted.path for posted in service.posted] == ["/one"] * notifications.REFUSED_TRIES
    assert pushed().state == NotificationState.DROPPED
    assert notifications.refused() == (0, None), "the banner is about mail"
    assert PushBrowser.objects.exists()


def test_a_service_that_is_away_holds_nobody_up(north: World, service: PushService) -> None:
    allow(service, north.chris)
    raise_one(north)
    service.shutdown()
    service.server_close()

    began = time.monotonic()
    assert deliver(north) == 1, "mail alone"

    assert time.monotonic() - began < outside.ANSWER_SECONDS + 1
    assert pushed().state == NotificationState.QUEUED


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", True),
        ("https://autopush.prod.push.services.mozilla.com/x", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=x", True),
        ("https://web.push.apple.com/QGu", True),
        ("https://FCM.googleapis.com:443/x", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://user:pw@fcm.googleapis.com/x", False),
        ("https://evil.example#.push.apple.com", False),
        ("https://evil.example\\.push.apple.com/", False),
        ("https://fcm.googleapis.com/x\r\nX-More: y", False),
        ("https://fcm.googleapis.com/a b", False),
        ("https://fcm.googleapis.com/\u00fc", False),
        ("https://push.apple.com/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://localhost/x", False),
        ("file:///etc/passwd", False),
        ("https://fcm.googleapis.com:x/", False),
        ("https://fcm.googleapis.com/" + "a" * 1000, False),
        ("", False),
    ],
)
def test_only_the_services_of_the_list_are_asked(
    north: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str, is_known: bool
) -> None:
    settings.PUSH_KEY = pushes.make_key()
    given = {"address": address, "key": pushes.public_key(), "secret": written(SECRET)}

    assert pushes.is_known_service(address) is is_known
    if is_known:
        pushes.show_here(**given, by=north.chris, at=NOW)
        return
    with pytest.raises(pushes.NotABrowser):
        pushes.show_here(**given, by=north.chris, at=NOW)

    def nobody_may_be_asked(*_: object, **__: object) -> None:
        raise AssertionError

    # One that came into the table by another road, or whose service has left the list since.
    monkeypatch.setattr(outside, "ask", nobody_may_be_asked)
    browser = PushBrowser(user=north.chris, address=address, key=given["key"], secret=given["secret"], added_at=NOW)
    assert pushes.send(browser, is_urgent=False) in pushes.GONE


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("", written(SECRET)),
        ("A" * 87, written(SECRET)),
        (written(b"\x04" + b"\xff" * 64), written(SECRET)),
        ("ü" * 87, written(SECRET)),
        (None, ""),
        (None, written(b"short")),
        (None, "A" * 4000),
    ],
)
def test_keys_that_no_browser_makes_are_refused(
    north: World, service: PushService, key: str | None, secret: str
) -> None:
    with pytest.raises(pushes.NotABrowser):
        pushes.show_here(
            address=f"{service.origin}/x", key=key if key is not None else service.browsers_key, secret=secret,
            by=north.chris, at=NOW,
        )  # fmt: skip
    assert not PushBrowser.objects.exists()


def test_a_person_has_a_few_browsers_the_newest_stay(north: World, service: PushService) -> None:
    for number in range(pushes.MOST_BROWSERS + 2):
        allow(service, north.chris, path=f"/{number}", at=NOW + timedelta(minutes=number))
    allow(service, north.chris, path="/3", at=NOW + timedelta(hours=1))
    allow(service, north.cora, path="/3")

    paths = [browser.address.rpartition("/")[2] for browser in pushes.browsers_of(north.chris)]
    assert paths == ["3", "6", "5", "4", "2"]
    pushes.show_nowhere(by=north.chris, at=NOW)
    assert [browser.user for browser in PushBrowser.objects.all()] == [north.cora]


def test_without_a_key_of_ours_nobody_is_told_in_a_browser(
    north: World, service: PushService, settings: Settings
) -> None:
    allow(service, north.chris)
    settings.PUSH_KEY = ""
    raise_one(north)

    deliver(north)

    assert service.posted == []
    assert not Notification.objects.filter(channel=NotificationChannel.PUSH).exists()


def test_browsers_of_one_clinic_hear_nothing_of_another(world: World, service: PushService) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk):
        allow(service, world.chris)
    with clinic_context(clinic_id=world.clinic.pk):
        raise_one(world)

    tasks.run_sweep(at=NOW)

    assert service.posted == []
