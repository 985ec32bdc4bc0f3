"""The queue of alerts and the page of one: who sees what, what the words say, and what cannot be done."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.alerts import alerts, closing, evidence
from monitoring.assessments import assessments
from monitoring.engine.records import Finding, FindingKind, Tier
from monitoring.models import Alert, Assessment, Sighting, Signal
from monitoring.models.alerts import ActionCode, AlertKind, AlertState
from monitoring.models.check_ins import ContactWish
from monitoring.words import wording
from monitoring.worklists import caseloads
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.audit import AuditAction, AuditEvent
from patients.models.care import InterventionKind
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.views.team.readers import signed_in, silent_for

NO_RESPONSE = {
    "name": "PHQ-9",
    "chance": 0.12,
    "week": 6,
    "by_week": 12,
    "treatment": "sertraline",
    "start": 16,
    "start_on": "2026-01-05",
    "baseline_on": "2026-01-05",
    "now": 15,
    "now_on": "2026-02-16",
    "direction": "higher_is_worse",
    "review_treatment": True,
    "outlook": False,
}

PEOPLE_WITHOUT_ALERTS = ("ann", "dana", "sam", "eve")


def raise_one(world: World, *, kind: AlertKind = AlertKind.DETERIORATION, tier: Tier = Tier.REVIEW) -> Alert:
    with clinic_context(clinic_id=world.clinic.pk):
        return evidence.raise_alert(episode=world.episode, kind=kind, tier=tier, at=timezone.now())


def risk_answer(world: World, *, note: str = "", wish: ContactWish = ContactWish.JUST_RECORD) -> Alert:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1})
        factories.make_check_in(
            world.episode, by=world.ann, items={"PHQ-9": factories.phq9(item_9=2)}, note=note, contact_wish=wish
        )
        return Alert.objects.get(kind=AlertKind.RISK_ANSWER)


def again(world: World, alert: Alert) -> Alert:
    with clinic_context(clinic_id=world.clinic.pk):
        return Alert.objects.select_related("owner").get(pk=alert.pk)


def step(client: Client, alert: Alert, name: str, **fields: str) -> Any:
    with clinic_context(clinic_id=alert.clinic_id):
        on_screen = {"version": str(alert.version), "shown": str(factories.read(alert)["shown"])}
    return client.post(f"/alerts/{alert.pk}/step/", {"step": name, **on_screen, **fields})


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_most_urgent_first(world: World) -> None:
    raise_one(world)
    risk_answer(world)

    page = signed_in(world.chris).get("/alerts/").content.decode()

    assert page.index("Safety.") < page.index("Getting worse.")
    assert "2 have no owner" in page


@pytest.mark.parametrize("who", PEOPLE_WITHOUT_ALERTS)
def test_nobody_sees_alerts_of_people_they_may_not_see(world: World, who: str) -> None:
    alert = raise_one(world)
    client = signed_in(getattr(world, who))

    assert client.get(f"/alerts/{alert.pk}/").status_code == 404
    assert client.get(f"/alerts/{alert.pk}/", headers={"HX-Request": "true"}).status_code == 404
    assert step(client, alert, "acknowledge").status_code == 404
    queue = client.get("/alerts/")
    assert queue.status_code == (200 if who in {"dana", "eve"} else 404)
    assert "Ann Archer" not in queue.content.decode()


def test_a_coordinator_sees_the_alerts_of_the_whole_clinic(world: World) -> None:
    alert = raise_one(world)

    assert signed_in(world.cora).get(f"/alerts/{alert.pk}/").status_code == 200


@pytest.mark.parametrize(("show", "is_there"), [("open", True), ("mine", False), ("no_owner", True), ("closed", False)])
def test_each_list_shows_what_it_says(world: World, show: str, is_there: bool) -> None:
    alert = raise_one(world)

    page = signed_in(world.chris).get(f"/alerts/?show={show}").content.decode()

    assert (str(alert.pk) in page) is is_there


def test_a_list_that_does_not_exist_is_the_open_one(world: World) -> None:
    alert = raise_one(world)

    page = signed_in(world.chris).get("/alerts/?show=%27;drop&page=-1e9").content.decode()

    assert str(alert.pk) in page


def test_reading_leaves_a_line_and_is_no_reading_of_answers(world: World) -> None:
    alert = raise_one(world)

    signed_in(world.chris).get(f"/alerts/{alert.pk}/")

    with clinic_context(clinic_id=world.clinic.pk):
        line = AuditEvent.objects.get(action=AuditAction.ALERT_READ)
        assert (line.actor_id, line.patient_id) == (world.chris.pk, world.episode.patient_id)
        assert not Sighting.objects.filter(episode=world.episode).exists()


def test_a_refused_step_shows_the_alert_and_leaves_a_line_too(world: World) -> None:
    alert = raise_one(world)

    refused = step(signed_in(world.chris), alert, "close", action="", note="")

    assert refused.status_code == 422
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.ALERT_READ).count() == 1


def test_a_script_gets_the_inbox_alone(world: World) -> None:
    alert = raise_one(world)

    part = signed_in(world.chris).get(f"/alerts/{alert.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'id="detail"' in part


# --- what the words say -----------------------------------------------------------------------------------------------


def test_a_safety_alert_quotes_question_and_answer(world: World) -> None:
    alert = risk_answer(world, note="Nights are hard <b>&", wish=ContactWish.CONTACT_ME)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    assert "PHQ-9, question 9" in page
    assert "More than half the days" in page
    assert "Nights are hard &lt;b&gt;&amp;" in page
    assert "Please contact me" in page


def test_a_note_kept_private_is_not_shown(world: World) -> None:
    alert = risk_answer(world, note="Only for me")
    with clinic_context(clinic_id=world.clinic.pk):
        alert.check_in.note_is_shared = False
        alert.check_in.save(update_fields=["note_is_shared"])

    assert "Only for me" not in signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()


def test_a_deterioration_shows_numbers_that_can_be_counted_by_hand(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
        moods = [7, 6, 7, 8] * 6 + [3, 2, 3, 2]
        factories.make_history(world.episode, by=world.ann, moods=moods)
        from_engine = assess(world)
        signal = from_engine.signal
        assert signal is not None
        parts = signal.parts

    page = signed_in(world.chris).get(f"/alerts/{from_engine.pk}/").content.decode()

    last = moods[-parts["after_n"] :]
    assert parts["after_mean"] == pytest.approx(sum(last) / len(last), abs=0.06)
    assert f"Average since ({parts['after_n']} check-ins)" in page
    assert "worse" in page
    assert "Truly worse, of simulated people with such answers" in page
    assert f"{signal.chance:.0%}" in page
    assert re.search(r"<figure.*<svg", page, re.DOTALL)


def test_the_chance_of_a_response_is_not_called_that_of_a_change(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
        run = Assessment.objects.create(
            episode=world.episode, as_of=NOW, engine_version="1.4.0", rules_digest="", assessed_at=NOW
        )
        signal = Signal.objects.create(
            assessment=run,
            episode=world.episode,
            kind=FindingKind.NOT_ON_TRACK,
            tier=Tier.REVIEW,
            instrument="PHQ-9",
            chance=0.12,
            parts=NO_RESPONSE,
        )
        alert = evidence.raise_alert(
            episode=world.episode, kind=AlertKind.NOT_ON_TRACK, tier=Tier.REVIEW, signal=signal, at=NOW
        )

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    assert "Chance of a response by week 12: 12%." in page
    assert "Truly worse" not in page


def test_an_alert_about_three_findings_shows_three(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(NOW - 16 * WEEK).date(), instruments={"PHQ-9": 1, "GAD-7": 1})
        for week in range(17):
            bad = week > 13
            factories.make_check_in(
                world.episode,
                by=world.ann,
                at=NOW - (16 - week) * WEEK,
                items={
                    "PHQ-9": factories.phq9(item_9=0, others=3 if bad else 1),
                    "GAD-7": {str(item): 2 if bad else 0 for item in range(1, 8)},
                },
                mood=2 if bad else 7,
            )
        assessments.assess_as_of(episode=world.episode, as_of=NOW, at=NOW)
        alert = Alert.objects.get(kind=AlertKind.DETERIORATION)
        found = Signal.objects.filter(assessment=alert.signal.assessment_id)
        titles = [wording.title(one) for one in found if evidence.ALERT_OF.get(one.kind) == alert.kind]

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    assert len(titles) >= 3
    assert sum(f"Ann Archer. {title}" in page for title in titles) == 1
    assert [title for title in titles if f"Ann Archer. {title}" not in page and f"<b>{title}.</b>" not in page] == []


def test_it_says_what_would_clear_it(world: World) -> None:
    alert = silent_for(world, weeks=4)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    assert "What would clear it: the next check-in." in page


def test_a_silence_that_nobody_took_up_ends_by_itself_with_the_check_in(world: World) -> None:
    alert = silent_for(world, weeks=4)

    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_check_in(world.episode, by=world.ann, at=timezone.now() + timedelta(hours=20))

    closed = again(world, alert)
    assert (closed.state, closed.closed_by, closed.closed_action) == (AlertState.CLOSED, None, "check_in_came")
    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()
    assert "Closed automatically" in page and "Check-in received" in page


def test_a_silence_that_somebody_took_up_says_that_a_check_in_came(world: World) -> None:
    alert = silent_for(world, weeks=4)
    client = signed_in(world.chris)
    step(client, alert, "record", action="no_answer")

    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_check_in(world.episode, by=world.ann, at=timezone.now() + timedelta(hours=20))

    assert again(world, alert).is_open
    assert "A check-in was received on" in client.get(f"/alerts/{alert.pk}/").content.decode()


def assess(world: World) -> Alert:
    assessments.assess_as_of(episode=world.episode, as_of=factories.NOW, at=factories.NOW)
    return Alert.objects.select_related("signal").get(kind=AlertKind.DETERIORATION)


def test_an_alert_about_a_stop_shows_its_values_the_lanes_and_mood(world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
        factories.make_history(world.episode, by=world.ann, moods=[6, 5, 6, 4], until=now)
        medicine = treatments.start_intervention(
            episode=world.episode,
            kind=InterventionKind.MEDICATION,
            name="Venlafaxine",
            started_on=(now - 9 * factories.WEEK).date(),
            dose=Dose(label="75 mg"),
            by=world.chris,
            at=now,
        )
        treatments.stop_intervention(
            intervention=medicine, stopped_on=(now - factories.WEEK).date(), reason="Better", by=world.chris, at=now
        )
        stop = Finding(
            kind=FindingKind.DISCONTINUATION,
            tier=Tier.REVIEW,
            item="Venlafaxine",
            parts={
                "label": "unclear", "symptoms": ["dizziness", "shocks"], "domains": [], "event": "Venlafaxine",
                "severities": {"dizziness": [1, 2], "shocks": [None, 3]}, "event_change": "stop", "event_days": 4,
                "event_on": "2026-11-20", "event_kind": "medication", "together": [],
            },
        )  # fmt: skip
        run = Assessment.objects.create(
            episode=world.episode, as_of=now, engine_version="t", rules_digest="t", assessed_at=now
        )
        [alert] = evidence.record_findings(episode=world.episode, findings=[stop], assessment=run, as_of=now, at=now)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    why = page[page.index("Why this alert was raised") : page.index("What happens next")]
    assert "mild before, moderate now" in why
    assert "not asked before, severe now" in why
    assert "<h3>Medicine</h3>" in why and re.search(r"<h3>\s*Mood,", why)
    assert why.count("<svg") >= 4


def test_a_safety_answer_is_the_first_card_and_the_filled_button_of_the_persons_page(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        older = evidence.raise_alert(
            episode=world.episode,
            kind=AlertKind.DETERIORATION,
            tier=Tier.PRIORITY,
            at=timezone.now() - timedelta(days=9),
        )
    fresh = risk_answer(world)

    page = signed_in(world.chris).get(f"/p/{world.episode.pk}/").content.decode()

    first, change, second = (
        page.index(word) for word in (f'id="alert-{fresh.pk}"', "changes-title", f"alert-{older.pk}")
    )
    assert first < change < second
    assert re.search(rf'<a class="button primary[^"]*" href="/alerts/{fresh.pk}/"', page)


# --- what is done -----------------------------------------------------------------------------------------------------


def test_from_new_to_closed_with_every_step_in_the_history(world: World) -> None:
    alert, client = raise_one(world), signed_in(world.chris)

    step(client, alert, "acknowledge")
    assert again(world, alert).owner == world.chris
    step(client, again(world, alert), "record", action="talked", note="Rang her, will try mornings.")
    assert again(world, alert).state == AlertState.IN_PROGRESS
    response = step(client, again(world, alert), "close", action="plan_changed", note="Dose in the morning.")

    assert response.headers["Location"] == "/alerts/"
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    history = re.search(r'<ol class="history">(.*?)</ol>', page, re.DOTALL)
    assert history is not None
    places = [history.group(1).index(word) for word in ("Closed", "Work started", "Acknowledged", "Raised")]
    assert places == sorted(places)
    assert "Dose in the morning." in page


def test_after_closing_the_next_alert_is_shown(world: World) -> None:
    first, second = raise_one(world), raise_one(world, kind=AlertKind.MISSED_CHECK_INS)

    response = step(signed_in(world.chris), first, "close", action="nothing_needed", note="Expected.")

    assert response.headers["Location"] == f"/alerts/{second.pk}/"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "", "note": "Rang."}, "Choose what you did"),
        ({"action": "talked", "note": ""}, "Write one sentence"),
        ({"action": "shrugged", "note": "Rang."}, "shrugged"),
        ({"action": "talked", "note": "x" * 2001}, "2000"),
    ],
    ids=["no action", "no note", "unknown action", "too long"],
)
def test_closing_without_action_and_note_is_refused_in_words(world: World, fields: dict[str, str], words: str) -> None:
    alert = raise_one(world)

    response = step(signed_in(world.chris), alert, "close", **fields)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert again(world, alert).state == AlertState.NEW


def test_recording_nothing_on_an_alert_in_progress_is_refused(world: World) -> None:
    alert, client = raise_one(world), signed_in(world.chris)
    step(client, alert, "record", action="talked")

    assert step(client, again(world, alert), "record").status_code == 422


def test_recording_nothing_is_refused_in_words_and_starts_no_work(world: World) -> None:
    alert, client = raise_one(world), signed_in(world.chris)

    response = step(client, alert, "record", note="   ")

    assert response.status_code == 422
    assert "Choose what you did, or write one sentence" in response.content.decode()
    assert again(world, alert).state == AlertState.NEW


def test_what_was_chosen_is_still_there_after_a_refusal(world: World) -> None:
    alert, client = raise_one(world), signed_in(world.chris)

    page = step(client, alert, "close", action="visit_arranged", note="").content.decode()

    assert re.search(r'value="visit_arranged"[^>]*checked', page)


def test_a_safety_alert_is_not_closed_without_a_contact(world: World) -> None:
    alert = risk_answer(world)

    response = step(signed_in(world.chris), alert, "close", action="nothing_needed", note="Seems fine.")

    assert response.status_code == 422
    assert "only after a contact" in response.content.decode()
    assert again(world, alert).state == AlertState.NEW


def test_a_safety_alert_is_closed_by_a_clinician_only(world: World) -> None:
    alert = risk_answer(world)
    done = {"action": "talked", "note": "Rang, safe tonight, visit tomorrow."}

    refused = step(signed_in(world.cora), alert, "close", **done)
    assert refused.status_code == 422
    assert "Record what you did and keep the alert open" in refused.content.decode()
    assert step(signed_in(world.cora), alert, "record", **done).status_code == 302

    found = {"explored": "What keeps her here.", "plan": "changed", "others": "Her sister."}
    for left_out in found:
        given = {name: value for name, value in found.items() if name != left_out}
        answer = step(signed_in(world.chris), again(world, alert), "close", **done, **given)
        assert answer.status_code == 422
        assert answer.content.decode().count("Then close the alert") == 2
    closed = step(signed_in(world.chris), again(world, alert), "close", **done, **found)
    assert closed.status_code == 302
    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()
    assert "What keeps her here." in page
    assert "Looked at together, and changed" in page
    assert again(world, alert).state == AlertState.CLOSED


@pytest.mark.parametrize("action", ActionCode)
def test_the_rule_about_contacts_holds_below_the_page_too(north: World, action: ActionCode) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=timezone.now())
    given = {"alert": alert, "version": 1, "action": action, "note": "Done.", "at": timezone.now()}
    given |= factories.read(alert)

    if action in {ActionCode.TALKED, ActionCode.HANDED_OVER}:
        with pytest.raises(closing.ClinicianMissing):
            alerts.close(by=north.cora, **given)
        assert alerts.close(by=north.chris, **given).state == AlertState.CLOSED
    else:
        with pytest.raises(closing.ContactMissing):
            alerts.close(by=north.chris, **given)


def test_who_comes_second_sees_what_was_done_and_keeps_the_own_words(world: World) -> None:
    alert = raise_one(world)
    step(signed_in(world.cora), alert, "record", action="talked", note="I rang her at nine.")

    response = step(signed_in(world.chris), alert, "close", action="plan_changed", note="My own careful words.")

    page = response.content.decode()
    assert response.status_code == 409
    assert "Cora changed this alert" in page
    assert "I rang her at nine." in page
    assert "My own careful words." in page
    current = again(world, alert)
    assert current.state == AlertState.IN_PROGRESS
    assert f'name="version" value="{current.version}"' in page


def test_words_typed_about_an_alert_that_somebody_closed_are_still_there(world: World) -> None:
    alert = raise_one(world)
    step(signed_in(world.cora), alert, "close", action="talked", note="Done.")

    response = step(signed_in(world.chris), alert, "record", action="talked", note="My own careful words.")

    assert response.status_code == 409
    assert "My own careful words." in response.content.decode()


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "1e3", "99999999999999999999"])
def test_a_broken_version_is_refused_and_changes_nothing(world: World, version: str) -> None:
    alert = raise_one(world)

    response = signed_in(world.chris).post(f"/alerts/{alert.pk}/step/", {"step": "acknowledge", "version": version})

    assert response.status_code in {409, 422}
    assert again(world, alert).state == AlertState.NEW


def test_an_unknown_step_never_closes(world: World) -> None:
    alert = raise_one(world)

    step(signed_in(world.chris), alert, "delete", action="talked", note="x")

    assert again(world, alert).is_open


def test_the_number_of_queries_does_not_grow_with_the_queue(world: World, django_assert_max_num_queries) -> None:
    raise_one(world)
    client = signed_in(world.chris)
    client.get("/alerts/")
    for kind in (AlertKind.MISSED_CHECK_INS, AlertKind.RELAPSE, AlertKind.SIDE_EFFECT, AlertKind.CONTACT_WISH):
        raise_one(world, kind=kind)

    with django_assert_max_num_queries(25):
        client.get("/alerts/")


# --- giving it to a colleague -----------------------------------------------------------------------------------------


def test_an_alert_given_to_a_colleague_is_in_the_colleagues_list_and_says_who_gave_it(world: World) -> None:
    alert, client = raise_one(world), signed_in(world.chris)
    step(client, alert, "acknowledge")

    given = step(client, again(world, alert), "give", to=str(world.cora.pk), note="She asked for you.")

    assert given.headers["Location"] == f"/alerts/{alert.pk}/"
    assert again(world, alert).owner == world.cora
    assert again(world, alert).state == AlertState.ACKNOWLEDGED, "giving is no work on it"
    assert str(alert.pk) in signed_in(world.cora).get("/alerts/?show=mine").content.decode()
    assert str(alert.pk) not in client.get("/alerts/?show=mine").content.decode()
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert (
        re.search(r"Assigned to a colleague</b>\s+to Cora", page)
        and "by Chris" in page
        and "She asked for you." in page
    )
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.ALERT_GIVEN, actor_id=world.chris.pk).exists()


@pytest.mark.parametrize("who", PEOPLE_WITHOUT_ALERTS)
def test_an_alert_is_not_given_to_somebody_who_may_not_answer_it(world: World, who: str) -> None:
    alert, receiver = raise_one(world), getattr(world, who)

    response = step(signed_in(world.chris), alert, "give", to=str(receiver.pk))

    assert response.status_code == 422
    assert "Choose a clinician from the care team or a coordinator" in response.content.decode()
    assert again(world, alert).owner is None
    with clinic_context(clinic_id=world.clinic.pk), pytest.raises(alerts.ReceiverNotAllowed):
        alerts.give(alert=alert, to=receiver, by=world.chris, version=alert.version, at=timezone.now())


def test_the_page_asks_to_whom_and_nothing_else_that_people_must_fill_in(world: World) -> None:
    alert = raise_one(world)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    form = page[page.index("Assign to a colleague") : page.index("Assign</button>")]
    assert "Assign to" in form and "Cora" in form and "Dana" not in form
    assert "Version" not in form


def test_an_alert_is_given_as_it_was_on_the_screen_or_not_at_all(world: World) -> None:
    alert = raise_one(world)
    step(signed_in(world.cora), alert, "record", action="talked", note="I rang her at nine.")

    response = step(signed_in(world.chris), alert, "give", to=str(world.chris.pk), note="Mine.")

    assert response.status_code == 409
    assert "I rang her at nine." in response.content.decode()
    assert again(world, alert).owner == world.cora


def test_a_closed_alert_is_given_to_nobody(world: World) -> None:
    alert = raise_one(world)
    step(signed_in(world.chris), alert, "close", action="talked", note="Done.")

    assert step(signed_in(world.chris), again(world, alert), "give", to=str(world.cora.pk)).status_code == 409
    assert again(world, alert).owner is None


# --- without loading the page again -----------------------------------------------------------------------------------


def by_script(client: Client, alert: Alert, name: str, **fields: str) -> Any:
    body = {"step": name, "version": str(alert.version), **fields}
    return client.post(f"/alerts/{alert.pk}/step/", body, headers={"HX-Request": "true"}, follow=True)


def test_a_script_gets_the_next_alert_the_new_count_and_what_was_done(world: World) -> None:
    first, second = raise_one(world), raise_one(world, kind=AlertKind.MISSED_CHECK_INS)

    response = by_script(signed_in(world.chris), first, "close", action="talked", note="Rang.")

    part = response.content.decode()
    assert response.redirect_chain == [(f"/alerts/{second.pk}/", 302)]
    assert "<html" not in part and '<h2 id="detail-title" data-read-next>' in part
    assert re.search(r'id="open-alerts" hx-swap-oob="true">\s*1<', part)
    assert re.search(r'id="messages"[^>]*hx-swap-oob="innerHTML">\s*<p class="success">Closed, with your note.', part)


def test_a_refusal_keeps_the_address_and_is_read_next(world: World) -> None:
    alert = raise_one(world)

    response = by_script(signed_in(world.chris), alert, "record")

    part = response.content.decode()
    assert (response.status_code, response.headers["HX-Push-Url"]) == (422, "false")
    assert "<html" not in part
    assert part.count("data-read-next") == 1
    assert '<div class="error-summary" role="alert" data-read-next>' in part


def test_the_navigation_counts_no_further_than_people_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseloads, "MOST_COUNTED", 1)

    def said() -> str:
        page = signed_in(world.chris).get("/alerts/").content.decode()
        return re.findall(r'id="open-alerts">([^<]*)<', page)[0]

    raise_one(world)
    assert said() == "1"
    raise_one(world, kind=AlertKind.MISSED_CHECK_INS)
    assert said() == "1+"
    raise_one(world, kind=AlertKind.SIDE_EFFECT)
    assert said() == "1+"


def test_a_page_carries_nothing_that_is_only_for_scripts(world: World) -> None:
    alert = raise_one(world)

    page = signed_in(world.chris).get(f"/alerts/{alert.pk}/").content.decode()

    assert "hx-swap-oob" not in page
    assert page.count('id="open-alerts"') == 1 and page.count("<title>") == 1
