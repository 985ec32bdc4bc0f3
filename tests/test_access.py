"""Who may do what: every route x person x method x object x kind of request, from the resolver and the access table.

No route is written by hand into the matrix. A new route joins it by itself; what it cannot know (which methods a view
takes, which object its address names) stands in the small tables below, and a route that is missing there fails.
"""

import copy
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from config.urls import urlpatterns
from patients.access.permissions import (
    LINK_HOLDER,
    PUBLIC,
    RULES,
    SIGNED_IN,
    THIRD_PARTY,
    rule_of,
)
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.furnished import Furnished, Route, Things, furnish, routes

# Asked for every object, as a page and as a part of one.
METHODS = ("GET", "POST")
# Nothing takes these. Each person tries one on each route, another than the next person does.
ODD_METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PEOPLE = (
    "anonymous",
    "patient",
    "other_patient",
    "foreign_patient",
    "clinician",
    "clinician_off_team",
    "foreign_clinician",
    "coordinator",
    "clinic_admin",
    "deactivated",
    "without_role",
    # Came by the link of a message and signed in nowhere.
    "link_holder",
)
STRANGERS = {"anonymous", "deactivated", "link_holder"}
ROLES: Mapping[str, frozenset[str]] = {
    "patient": frozenset({"patient"}),
    "other_patient": frozenset({"patient"}),
    "foreign_patient": frozenset({"patient"}),
    "clinician": frozenset({"clinician"}),
    "clinician_off_team": frozenset({"clinician"}),
    "foreign_clinician": frozenset({"clinician"}),
    "coordinator": frozenset({"coordinator"}),
    "clinic_admin": frozenset({"admin"}),
    "link_holder": frozenset({LINK_HOLDER}),
}

# Our routes that take one method only; all others show a form and take it.
READ_ONLY = {
    "home",
    "accounts",
    "check_in_done",
    "help_now",
    "help_of_clinic",
    "body_warning",
    "my_settings",
    "my_chart",
    "my_plan",
    "safety_plan",
    "access_log",
    "shared_plan",
    "read_safety_plan",
    "data_requests",
    "trajectory",
    "check_in_answers",
    "summary",
    "summary_pdf",
    "clinic_outcomes",
    "alert_queue",
    "alert_detail",
    "livez",
    "healthz",
    "metrics",
    "link_start",
    "link_receipt",
    "offline_page",
    "service_worker",
    "episode_entries",
    "safety_plan_versions",
    "phone_safety",
    "silent_list",
    "hand_over_list",
    "phone_done",
    "alert_quality",
    "clinic_set_up",
    "days_off",
}
WRITE_ONLY = {
    "end_absence",
    "hold_drill",
    "keep_holidays",
    "plan_closure",
    "remove_closure",
    "csp_report",
    "mail_reports",
    "address_works",
    "tell_browser",
    "tell_no_browser",
    "ask_later",
    "new_link",
    "pause_check_ins",
    "resume_check_ins",
    "sign_out_everywhere",
    "choose_language",
    "decline",
    "revoke_invitation",
    "refuse_colleague",
    "autosave",
    "save_words",
    "decide_consent",
    "ask_less",
    "leave_care_team",
    "remove_interaction",
    "finish_own_action",
    "reopen_own_action",
    "remove_own_event",
    "finish_action",
    "plan_review",
    "settle_review",
    "agree_action",
    "phone_autosave",
    "phone_words",
}

WHO_ANSWER = frozenset({"patient", "foreign_patient", "link_holder"})

# Part of an address -> clinic whose thing it names -> who may see that thing. No one may see what is not listed.
VISIBLE: Mapping[str, Mapping[str, frozenset[str]]] = {
    "episode_id": {
        "north": frozenset({"clinician", "coordinator"}),
        "south": frozenset({"foreign_clinician"}),
    },
    "alert_id": {
        "north": frozenset({"clinician", "coordinator"}),
        "south": frozenset({"foreign_clinician"}),
    },
    # What was agreed is the patient's and the team's.
    "action_id": {
        "north": frozenset({"patient", "clinician", "coordinator"}),
        "south": frozenset({"foreign_patient", "foreign_clinician"}),
    },
    # What a patient pinned to the own chart is taken back by no one else.
    "event_id": {"north": frozenset({"patient"}), "south": frozenset({"foreign_patient"})},
    "request_id": {"north": frozenset({"clinic_admin"})},
    # Who is away is the whole staff's.
    "absence_id": {
        "north": frozenset({"clinician", "clinician_off_team", "coordinator"}),
        "south": frozenset({"foreign_clinician"}),
    },
    "patient_id": {"north": frozenset({"clinic_admin"})},
    "invitation_id": {"north": frozenset({"clinic_admin"})},
    "proposal_id": {
        "north": frozenset({"clinician", "clinician_off_team", "coordinator"}),
        "south": frozenset({"foreign_clinician"}),
    },
    "role_id": {"north": frozenset({"clinic_admin"})},
    "pair_id": {"north": frozenset({"clinic_admin"})},
    # Of who was asked, and of those who see the person.
    "hand_over_id": {
        "north": frozenset({"clinician", "clinician_off_team", "coordinator"}),
        "south": frozenset({"foreign_clinician"}),
    },
    # An invitation is for whoever holds its link.
    "token": {"north": frozenset(PEOPLE), "south": frozenset(PEOPLE)},
    # A clinic's public numbers are for everyone; a code that is no one's gets the page without them.
    "code": dict.fromkeys(("north", "south", "nowhere"), frozenset(PEOPLE)),
    # So is the link to a form.
    "link": {"north": frozenset(PEOPLE), "south": frozenset(PEOPLE)},
    # A page of the own open form: the number names no one's thing.
    "number": {"north": WHO_ANSWER, "south": WHO_ANSWER},
    # In the body of the check-in, and of the choice of a clinic.
    "slot": {"north": frozenset({"patient", "link_holder"}), "south": frozenset({"foreign_patient"})},
    "clinic": {
        "north": frozenset(PEOPLE) - STRANGERS - {"foreign_patient", "foreign_clinician", "without_role"},
        "south": frozenset({"foreign_patient", "foreign_clinician"}),
    },
    # Allauth's own: no one of these has a passkey, and no reset link is open.
    "pk": {},
    "key": {},
}
# Reached through its episode; both must be in reach.
PART_OF = {
    "check_in_id": "episode_id",
    "intervention_id": "episode_id",
    "membership_id": "episode_id",
    "entry_id": "episode_id",
    "kind": "episode_id",
    "place": "episode_id",
    "uidb36": "key",
}
# For a machine that knows a secret; none of these people is one.
LOCKED = {"metrics", "mail_reports"}
# Which part of the body names a thing, for routes whose address does not.
IN_BODY = {"send_check_in": "slot", "choose_clinic": "clinic"}

# Tables that a refused request may write: the trace of the refusal, and when the person was last there.
TRACES = {"patients_auditevent", "django_session"}
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@dataclass(frozen=True)
class Case:
    """One request of the matrix."""

    route: Route
    method: str
    target: str
    url: str
    body: dict[str, str]
    is_partial: bool

    def __str__(self) -> str:
        part = " (partial)" if self.is_partial else ""
        return f"{self.method} {self.route.name} of {self.target}{part}"


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs between any two requests."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def things_of(furnished: Furnished) -> dict[str, dict[str, str]]:
    """Return target -> part of an address -> its value; "nowhere" is of the right shape and names nothing."""
    nowhere = str(UUID(int=7))
    named = {
        "north": _named(furnished.north),
        "south": _named(furnished.south),
        "nowhere": dict.fromkeys((*VISIBLE, *PART_OF), nowhere),
    }
    named["nowhere"] |= {"place": "99", "number": "99", "token": f"{UUID(int=7).hex}.{'x' * 43}", "pk": "7"}
    named["nowhere"] |= {"uidb36": "7", "key": "x-y", "link": f"{UUID(int=7).hex}.{'x' * 43}"}
    return named


def _named(things: Things) -> dict[str, str]:
    return {
        "episode_id": str(things.episode_id),
        "check_in_id": str(things.check_in_id),
        "intervention_id": str(things.intervention_id),
        "membership_id": str(things.membership_id),
        "alert_id": str(things.alert_id),
        "patient_id": str(things.patient_id),
        "invitation_id": str(things.invitation_id),
        "proposal_id": str(things.proposal_id),
        "hand_over_id": str(things.hand_over_id),
        "role_id": str(things.role_id),
        "pair_id": str(things.pair_id),
        "token": things.token,
        "link": things.link,
        "number": "1",
        "place": "1",
        "action_id": str(things.action_id),
        "absence_id": str(things.absence_id),
        "request_id": str(things.request_id),
        "event_id": str(things.event_id),
        "kind": things.kind,
        "entry_id": str(things.entry_id),
        "slot": str(things.slot_id),
        "clinic": str(things.clinic_id),
        "code": things.clinic_id.hex,
        "pk": "1",
        "uidb36": "1",
        "key": "set-password",
    }


def parts_of(route: Route) -> list[str]:
    """Return the parts of an address that a value is needed for."""
    found = set(route.parts)
    unknown = found - set(VISIBLE) - set(PART_OF)
    assert not unknown, f"say in VISIBLE whose thing {unknown} of {route.name} names"
    return sorted(found)


def cases(furnished: Furnished, person: str) -> Iterator[Case]:
    """Return every request of the matrix for one person."""
    named = things_of(furnished)
    for number, route in enumerate(routes()):
        parts = parts_of(route)
        targets = ("nowhere", "south", "north") if parts or route.name in IN_BODY else ("north",)
        for target, method, is_partial in [
            # Pages that are not ours know nothing of parts.
            *itertools.product(targets, METHODS, (False, True) if route.is_ours else (False,)),
            # Twelve people: each odd method comes to each route twice.
            (targets[-1], ODD_METHODS[(number + PEOPLE.index(person)) % len(ODD_METHODS)], False),
        ]:
            values = {part: named[target][part] for part in parts}
            body = _body(route, named[target]) if method == "POST" else {}
            url = reverse(route.name, kwargs=values) if values else reverse(route.name)
            yield Case(route, method, target, url, body, is_partial)


def _body(route: Route, named: Mapping[str, str]) -> dict[str, str]:
    in_body = IN_BODY.get(route.name)
    body = {in_body: named[in_body]} if in_body else {}
    return body | ({"client_key": str(UUID(int=9))} if in_body == "slot" else {})


def expected(case: Case, person: str) -> set[int]:
    """Return the statuses that the access table allows."""
    rule = rule_of(view=case.route.view, route=case.route.name)
    if rule is None:
        return {404}
    if rule != PUBLIC and person in STRANGERS and not RULES[rule] & ROLES.get(person, frozenset()):
        return {302} if leads_to_link(case, person) else {401} if case.is_partial else {302}
    if rule not in {PUBLIC, SIGNED_IN} and not RULES[rule] & ROLES.get(person, frozenset()):
        return {404}
    if not case.route.is_ours:
        return {200, 302, 400, 403, 404, 405, 409}
    if case.method not in methods_of(case.route.name):
        return {405}
    if not is_visible(case, person) or case.route.name in LOCKED:
        return {404}
    return {200, 204, 302, 422}


def leads_to_link(case: Case, person: str) -> bool:
    """Say whether someone who came by a link is taken from the home page to where the link begins."""
    return person == "link_holder" and case.route.name == "home"


def methods_of(name: str) -> set[str]:
    """Return the methods that a route of ours takes."""
    if name in READ_ONLY:
        return {"GET"}
    return {"POST"} if name in WRITE_ONLY else {"GET", "POST"}


def is_visible(case: Case, person: str) -> bool:
    """Say whether the thing that a request names is this person's to see."""
    named = parts_of(case.route)
    if case.method == "POST" and case.route.name in IN_BODY:
        named = [IN_BODY[case.route.name]]
    return all(person in VISIBLE[PART_OF.get(part, part)].get(case.target, frozenset()) for part in named)


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Take back whatever a request does to the database and to the browser, so that each meets the same world."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def written() -> dict[str, int]:
    """Return table -> rows inserted, changed or deleted in this transaction so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def ask(client: Client, case: Case) -> Any:
    headers = {"HX-Request": "true"} if case.is_partial else {}
    return client.generic(
        case.method,
        case.url,
        data="&".join(f"{name}={value}" for name, value in case.body.items()),
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )


def plain(response: Any) -> Answer:
    headers = tuple(sorted((name, value) for name, value in response.items() if name != "X-Request-ID"))
    return Answer(response.status_code, headers, CHANGING.sub(b"", response.content))


def enter(client: Client, furnished: Furnished, person: str) -> None:
    """Sign a person in and let the session's marks settle: later requests do not move them."""
    user = furnished.people[person]
    if user is not None:
        client.force_login(user)
        client.get(reverse("livez"))
    if person == "link_holder":
        client.post(reverse("open_link", args=[furnished.north.link]), {"form": "full"})


def problems_with(case: Case, person: str, response: Any, changed: set[str]) -> Iterator[str]:
    """Name what is wrong with one answer."""
    allowed = expected(case, person)
    status = response.status_code
    if status not in allowed:
        yield f"status {status}, not {sorted(allowed)}"
    if "no-store" not in response.headers.get("Cache-Control", ""):
        yield "may be kept in a cache"
    if "HX-Request" not in response.headers.get("Vary", ""):
        yield "does not vary on HX-Request"
    door = reverse("link_start") if leads_to_link(case, person) else f"{reverse('account_login')}?next="
    if allowed <= {302, 401} and status == 302 and not response.url.startswith(door):
        yield f"leads to {response.url}, not to the sign-in page"
    if allowed <= {302, 401, 404, 405} and changed - TRACES:
        yield f"was refused and wrote {sorted(changed - TRACES)}"


@pytest.mark.parametrize("person", PEOPLE)
def test_every_route_answers_as_the_table_says(furnished: Furnished, client: Client, person: str) -> None:
    enter(client, furnished, person)
    nowhere: dict[tuple[str, str, bool], Answer] = {}
    problems = []

    for case in cases(furnished, person):
        with undone(client):
            before = written()
            response = ask(client, case)
            after = written()
        changed = {table for table, rows in after.items() if rows != before.get(table, 0)}
        problems += [f"{case}: {problem}" for problem in problems_with(case, person, response, changed)]
        key = (case.route.name, case.method, case.is_partial)
        if case.target == "nowhere":
            nowhere[key] = plain(response)
        elif expected(case, person) == {404} and key in nowhere and plain(response) != nowhere[key]:
            problems.append(f"{case}: differs from an address that names nothing")

    assert problems == [], f"{len(problems)} problems, the first: " + "\n".join(problems[:40])


def test_the_matrix_shows_things_to_those_who_may_see_them(furnished: Furnished, client: Client) -> None:
    """Without this the matrix would also hold for a product that shows nothing to anyone."""
    shown = []
    for person in ("patient", "clinician", "foreign_clinician", "coordinator", "clinic_admin"):
        enter(client, furnished, person)
        for case in cases(furnished, person):
            is_page = case.method == "GET" and not case.is_partial and case.route.is_ours
            if is_page and is_visible(case, person) and expected(case, person) != {404}:
                with undone(client):
                    shown.append((person, case.route.name, ask(client, case).status_code))

    pages = {(person, name) for person, name, status in shown if status == 200}
    assert {("clinician", "trajectory"), ("foreign_clinician", "trajectory"), ("coordinator", "alert_detail")} <= pages
    assert {("clinic_admin", "end_role"), ("patient", "my_chart"), ("patient", "check_in_step")} <= pages


def test_somebody_elses_intervention_is_not_found_under_the_own_patient(furnished: Furnished, client: Client) -> None:
    enter(client, furnished, "clinician")
    for name in ("change_intervention", "stop_intervention"):
        for intervention in (furnished.south.intervention_id, UUID(int=7)):
            kwargs = {"episode_id": furnished.north.episode_id, "intervention_id": intervention}
            assert client.get(reverse(name, kwargs=kwargs)).status_code == 404


def test_every_route_of_ours_declares_its_rule() -> None:
    undeclared = [
        route.name for route in routes() if route.is_ours and rule_of(view=route.view, route=route.name) is None
    ]

    assert undeclared == []


def test_the_tables_of_this_matrix_name_only_routes_that_exist() -> None:
    names = {route.name for route in routes()}

    assert READ_ONLY | WRITE_ONLY | set(IN_BODY) | set(THIRD_PARTY) <= names


def test_every_rule_is_used_by_a_route() -> None:
    used = {rule_of(view=route.view, route=route.name) for route in routes()}

    assert set(RULES) <= used, set(RULES) - used


def _forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never seen")


_forgotten.__module__ = "monitoring.views.forgotten"
_routes_with_a_forgotten_one: Any = ModuleType("routes_with_a_forgotten_one")
_routes_with_a_forgotten_one.urlpatterns = [path("forgotten/", _forgotten, name="forgotten"), *urlpatterns]


@override_settings(ROOT_URLCONF=_routes_with_a_forgotten_one)
def test_a_route_without_a_rule_is_refused(furnished: Furnished, client: Client) -> None:
    enter(client, furnished, "clinic_admin")

    with pytest.raises(ImproperlyConfigured, match="forgotten"):
        client.get("/forgotten/")


def test_a_refusal_leaves_a_trace(furnished: Furnished, client: Client) -> None:
    enter(client, furnished, "clinic_admin")

    client.get(reverse("caseload"))

    with clinic_context(clinic_id=furnished.north.clinic_id):
        denied = AuditEvent.objects.filter(action=AuditAction.ACCESS_DENIED)
        assert [event.actor_id for event in denied] == [furnished.world.sam.pk]


def test_a_post_without_the_token_of_its_form_is_refused(furnished: Furnished) -> None:
    client = Client(enforce_csrf_checks=True)
    refused, done = 0, []
    for person in ("patient", "clinician", "clinic_admin"):
        enter(client, furnished, person)
        for case in cases(furnished, person):
            if case.method == "POST" and case.target == "north" and 404 not in expected(case, person):
                with undone(client):
                    status = ask(client, case).status_code
                refused += status == 403
                if status not in {403, 405}:
                    done.append(case.route.name)

    assert set(done) == {"csp_report"}
    assert refused > 40


def test_staff_without_a_second_factor_are_sent_to_set_one_up_first(furnished: Furnished, client: Client) -> None:
    enter(client, furnished, "clinician")
    with override_settings(STAFF_MFA_REQUIRED=True):
        for case in cases(furnished, "clinician"):
            rule = rule_of(view=case.route.view, route=case.route.name)
            holds_health_data = case.route.is_ours and rule not in {PUBLIC} and 404 not in expected(case, "clinician")
            if case.method == "GET" and case.target == "north" and holds_health_data:
                with undone(client):
                    response = ask(client, case)
                assert (response.status_code, response.headers.get("Location")) == (302, reverse("mfa_index")), case

        enter(client, furnished, "patient")
        assert client.get(reverse("my_chart")).status_code == 200


def test_what_somebody_may_do_ends_with_the_next_request(furnished: Furnished, client: Client) -> None:
    enter(client, furnished, "clinician")
    assert client.get(reverse("caseload")).status_code == 200

    admin = Client()
    enter(admin, furnished, "clinic_admin")
    admin.post(reverse("end_role", args=[furnished.north.role_id]))

    assert client.get(reverse("caseload")).status_code == 404
    assert client.get(reverse("trajectory", args=[furnished.north.episode_id])).status_code == 404
