"""A browser that came by a link: what it may answer, for how long, and what ends it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest

from patients.access import link_sessions
from patients.access.link_sessions import LASTS
from patients.access.requests import Answering
from patients.models import AuditEvent, User
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW


def browser(user: Any = None) -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore()  # type: ignore[assignment]
    request.user = user or AnonymousUser()
    return request


def answering(world: World) -> Answering:
    return Answering(clinic_id=world.clinic.pk, user=world.ann, slot_id=uuid4(), start_url="/c/zqx/")


@pytest.fixture
def opened(world: World) -> tuple[HttpRequest, Answering]:
    request, what = browser(), answering(world)
    link_sessions.begin(request, what, at=NOW)
    return request, what


def test_a_link_opens_the_one_week_it_names(opened: tuple[HttpRequest, Answering]) -> None:
    request, what = opened

    assert link_sessions.find(request, at=NOW) == what


def test_who_came_by_no_link_answers_nothing(world: World) -> None:
    assert link_sessions.find(browser(), at=NOW) is None


@pytest.mark.parametrize(("after", "is_open"), [(LASTS, True), (LASTS + timedelta(seconds=1), False)])
def test_it_lasts_for_a_slow_form_and_no_longer(
    opened: tuple[HttpRequest, Answering], after: timedelta, is_open: bool
) -> None:
    request, _what = opened

    assert (link_sessions.find(request, at=NOW + after) is not None) is is_open


@pytest.mark.parametrize("change", [{"session_generation": 99}, {"is_active": False}])
def test_signing_out_everywhere_or_a_closed_account_ends_it(
    opened: tuple[HttpRequest, Answering], change: dict[str, object]
) -> None:
    request, what = opened
    User.objects.filter(pk=what.user.pk).update(**change)

    assert link_sessions.find(request, at=NOW) is None


def test_it_is_no_sign_in_and_whoever_was_signed_in_before_is_signed_out(world: World) -> None:
    request = browser(world.chris)
    request.session["of_chris"] = "zqx-canary"

    link_sessions.begin(request, answering(world), at=NOW)

    assert not request.user.is_authenticated
    assert set(request.session.keys()) == {link_sessions.SESSION_KEY}
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.get(action=AuditAction.SIGNED_OUT).actor_id == world.chris.pk


def test_the_mark_in_the_session_holds_no_name_and_no_address(opened: tuple[HttpRequest, Answering]) -> None:
    request, what = opened

    kept = str(dict(request.session.items()))

    assert what.user.name not in kept and what.user.email not in kept
