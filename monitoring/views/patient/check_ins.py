"""The patient's check-in: start card, one question a page, read back and send, receipt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from monitoring.alerts import promises, sightings
from monitoring.check_ins import check_ins, plain_words
from monitoring.check_ins.check_ins import WORDS, CheckInClosed, NothingSaid, SameKeyOtherAnswers
from monitoring.check_ins.forms import NOTE_LIMIT, NOTE_NEAR_LIMIT, CheckInForm, PinForm, WordsForm, note_length
from monitoring.check_ins.pages import FormPage, minutes_for, page_count, steps_of, was_skipped, words_of
from monitoring.course import persons
from monitoring.course.answers import is_labelled_corrected
from monitoring.engine.records import Domain
from monitoring.messages import reminders
from monitoring.operations import tasks
from monitoring.plans import cadences, medicines, own_items, plans
from monitoring.views.patient.crisis import remember_crisis_contacts
from patients.access.requests import SignedInRequest, sent_at
from patients.access.rules import (
    access,
    answerer,
    answering_episode_or_404,
    check_week,
    may,
    own_episode_or_404,
)
from patients.care import care
from patients.clinics import hours
from patients.rights import consent
from patients.rights.consent import ConsentMissing


@require_GET
@access("signed_in")
def home(request: SignedInRequest) -> HttpResponse:
    """Show the patient's start card; take staff to where their day begins."""
    for rule, page in (("caseload.read", "caseload"), ("people.manage", "people")):
        if may(roles=request.clinic_roles, rule=rule):
            return HttpResponseRedirect(reverse(page))
    if not may(roles=request.clinic_roles, rule="own.read"):
        return TemplateResponse(request, "monitoring/team/no_clinic.html", {})
    card = TemplateResponse(request, "monitoring/patient/home.html", _home(request))
    return remember_crisis_contacts(request, card, request.clinic)


def _home(request: SignedInRequest) -> dict[str, Any]:
    """Return what the start card shows."""
    now = timezone.now()
    episode = own_episode_or_404(request)
    slot = plans.open_slot(episode, at=now)
    late_slot = check_ins.late_slot(episode, at=now)
    last = check_ins.last_check_in(episode)
    return {
        "episode": episode,
        "slot": slot,
        "has_begun": slot is not None and check_ins.has_begun(slot),
        "may_answer": consent.has_check_in_consent(episode.patient),
        "questions": page_count(slot, at=now) if slot else 0,
        "minutes": minutes_for(slot, at=now) if slot else 0,
        "short_questions": len(check_ins.SHORT_FORM),
        "late_slot": late_slot,
        "late_is_last_week": late_slot is not None and late_slot.closes_at > now - plans.WEEK,
        "asked_at": reminders.postponed_to(slot, at=now) if slot else None,
        "pause": plans.pause_in(episode.pk),
        "next_due": plans.next_due(episode, at=now),
        "last": last,
        "is_corrected": last is not None and is_labelled_corrected(last),
        "can_change": check_ins.correctable(episode, at=now) is not None,
        "may_ask_less": cadences.may_be_lowered(episode, at=now),
        "sighting": sightings.of_episode(episode).first(),
        "read_by": hours.read_by(request.clinic, now),
        "hours": hours.in_words(request.clinic),
        "opens": hours.opening_in_words(request.clinic, now),
        "clinician": care.responsible_clinician(episode),
        "promises": promises.open_promises(episode, at=now),
    }


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def start_check_in(request: SignedInRequest) -> HttpResponse:
    """Open a form, this week's or a missed one's, or one that is to be changed; go to where it goes on."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("home"))
    try:
        draft = _begin(request)
    except (CheckInClosed, ConsentMissing) as problem:
        return _not_possible(request, problem)
    return first_open_page(draft)


def _begin(request: SignedInRequest) -> Any:
    """Return the form that was asked for.

    Raises:
        CheckInClosed, ConsentMissing: it cannot be opened.
        Http404: a missed week that is not the person's own, or another than the link is for.
    """
    episode, now, form = answering_episode_or_404(request), timezone.now(), request.POST.get("form")
    # A link fills in; what was sent is of the record.
    if form == "change" and request.answering is None:
        return check_ins.begin_correction(episode=episode, at=now)
    slot = plans.open_slot(episode, at=now)
    if form == "late":
        slot = check_ins.slot_or_none(episode, request.POST.get("slot", ""))
        if slot is None:
            raise Http404
    if slot is not None:
        check_week(request, slot.pk)
    return check_ins.begin(episode=episode, is_short=form == "short", slot=slot, at=now)


def first_open_page(draft: Any) -> HttpResponse:
    """Go to the first question of a form that is not answered, or to the page to read back and send.

    A bad day has one page: its questions stand where they are sent.
    """
    steps = [] if draft.is_short else steps_of(draft, at=timezone.now())
    left = next((step for step in steps if step.key not in draft.answers), None)
    return HttpResponseRedirect(reverse("check_in_step", args=[left.number]) if left else reverse("send_check_in"))


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def check_in_step(request: SignedInRequest, number: int) -> HttpResponse:
    """Ask one question; keep its answer; go on."""
    draft, step = _open_step(request, number)
    if request.method == "GET":
        page = _step_page(request, draft, step, step.ask.form(None, draft.answers))
        return TemplateResponse(request, "monitoring/patient/check_in_step.html", page)
    is_skip = "skip" in request.POST
    form = step.ask.form({} if is_skip else request.POST, draft.answers)
    if not (form.is_valid() if is_skip else form.is_answered()):
        page = _step_page(request, draft, step, form)
        return TemplateResponse(request, "monitoring/patient/check_in_step.html", page, status=422)
    if _save(request, draft, form.answers()):
        return _go(request, f"{reverse('help_now')}?{urlencode({'next': step.next_url})}")
    return _go(request, step.next_url)


@require_POST
@access("check_in.answer")
def autosave(request: SignedInRequest, number: int) -> HttpResponse:
    """Keep a tapped answer and say so; the words for the number come back with it.

    A risk answer leads to help at once, and once: "Next" may never be pressed.
    """
    draft, step = _open_step(request, number)
    form = step.ask.form(request.POST, draft.answers)
    if not form.is_valid():
        page = _step_page(request, draft, step, form)
        return TemplateResponse(request, "monitoring/patient/check_in_step.html#read", page, status=422)
    if _save(request, draft, form.answers()):
        return HttpResponseClientRedirect(f"{reverse('help_now')}?{urlencode({'next': step.return_url})}")
    page = _step_page(request, draft, step, form) | {"saved_at": timezone.now()}
    return TemplateResponse(request, "monitoring/patient/check_in_step.html#read", page)


def _save(request: SignedInRequest, draft: Any, answers: Mapping[str, object]) -> bool:
    """Keep the answers of a page; return whether help must be shown.

    Raises:
        Http404: the form was sent meanwhile, so that there is nothing to keep them in.
    """
    episode = draft.slot.episode
    try:
        needs_help = check_ins.save_answers(
            draft=draft,
            answers=answers,
            episode=episode,
            by=answerer(request),
            at=request.arrived_at,
            sent_at=sent_at(request),
        )
    except CheckInClosed as problem:
        raise Http404 from problem
    if needs_help:
        tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    return needs_help


@require_POST
@access("check_in.answer")
def save_words(request: SignedInRequest) -> HttpResponse:
    """Keep note, wish and event as they stand, while they are written and before an answer is changed."""
    draft = _open_draft(request)
    try:
        form = _keep_words(request, draft) if draft is not None else None
    except Http404:
        form = None
    if form is None:  # sent meanwhile, by the tap that ended the writing: everything went with it
        return HttpResponse(status=204) if request.htmx else HttpResponseRedirect(reverse("home"))
    status = 422 if form.errors else 200
    if request.htmx:
        page = _words_page(draft, request.POST, form.errors) | {"saved_at": timezone.now()}
        return TemplateResponse(request, "monitoring/patient/parts/check_in_words.html#words_read", page, status=status)
    if form.errors:
        return _ask_again(request, draft, form.errors)
    number = request.POST.get("change", "")
    step = next((one for one in steps_of(draft, at=timezone.now()) if str(one.number) == number), None)
    return HttpResponseRedirect(replace(step, is_detour=True).url if step else reverse("send_check_in"))


def _keep_words(request: SignedInRequest, draft: Any) -> WordsForm:
    """Keep what can be read of the last page, on a bad day its numbers too; return the form of the words."""
    today = plans.local_day(timezone.now(), draft.slot.episode.patient.time_zone)
    form = WordsForm(request.POST, today=today)
    answers = form.answers(words_of(draft))
    for step in steps_of(draft, at=timezone.now()) if draft.is_short else []:
        numbers = step.ask.form(request.POST, draft.answers)
        if numbers.is_answered():
            answers |= numbers.answers()
    if answers[WORDS] == draft.answers.get(WORDS, {}):  # an untouched page is no form that was begun
        del answers[WORDS]
    if answers:
        _save(request, draft, answers)
    return form


# Where the last page shows what is wrong: field -> place.
PLACES = {"note": "note", "contact_wish": "contact_wish", "event_title": "event_title", "event_on": "event_on"}


def _ask_again(request: SignedInRequest, draft: Any, errors: Mapping[str, Iterable[Any]]) -> HttpResponse:
    """Show the last page again with everything in it, and say at each place what is wrong there."""
    problems = [(PLACES.get(name, f"id_{name}"), next(iter(said))) for name, said in errors.items()]
    if draft is None:
        page = {"problems": [words for _place, words in problems]}
        return TemplateResponse(request, "monitoring/patient/check_in_problem.html", page, status=422)
    page = _send_page(request, draft, request.POST) | _words_page(draft, request.POST, errors)
    return TemplateResponse(request, _send_template(draft), page | {"problems": problems}, status=422)


def _words_page(draft: Any, words: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the last page shows of note, wish and event."""
    length = note_length(words.get("note", ""))
    said = {name: next(iter(errors[name])) for name in PLACES if name in errors}
    counted = {"length": length, "limit": NOTE_LIMIT} if NOTE_NEAR_LIMIT <= length <= NOTE_LIMIT else None
    return {"draft": draft, "words": words, "word_errors": said, "counted": counted}


def _send_template(draft: Any) -> str:
    """Return the last page of a form: on a bad day it is the only one."""
    return "monitoring/patient/check_in_short.html" if draft.is_short else "monitoring/patient/check_in_send.html"


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def send_check_in(request: SignedInRequest) -> HttpResponse:
    """Read the answers back, then store the check-in."""
    if request.method == "POST":
        return _submit(request)
    draft = _open_draft(request)
    if draft is None:
        return HttpResponseRedirect(reverse("home"))
    return TemplateResponse(request, _send_template(draft), _send_page(request, draft))


def _submit(request: SignedInRequest) -> HttpResponse:
    """Store what was posted; every outcome has its own answer."""
    episode = answering_episode_or_404(request)
    slot = check_ins.slot_or_none(episode, request.POST.get("slot", ""))
    if slot is None:
        raise Http404
    check_week(request, slot.pk)
    now = timezone.now()
    form, pin = _sent(request, slot), PinForm(request.POST, today=plans.local_day(now, slot.episode.patient.time_zone))
    if not form.is_valid() or not pin.is_valid():
        return _not_sent(request, {**form.errors, **pin.errors})
    answers = form.answers(pin=pin.pin())
    try:
        receipt = check_ins.submit(
            episode=episode,
            slot_id=slot.pk,
            client_key=form.client_key_value,
            answers=answers,
            corrects=form.cleaned_data["corrects"],
            by=answerer(request),
            at=now,
        )
    except NothingSaid:
        place = "note" if not answers.is_short else check_ins.SHORT_FORM[0].value
        return _not_sent(request, {place: [_("Choose a number for at least one question, or write a note.")]})
    except (SameKeyOtherAnswers, CheckInClosed, ConsentMissing) as problem:
        return _not_stored(request, slot, answers, problem)
    if request.answering is not None:
        reminders.close_links(slot_id=slot.pk, at=timezone.now())
    tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    done = reverse("check_in_done" if request.answering is None else "link_receipt")
    if receipt.needs_help:
        return _go(request, f"{reverse('help_now')}?{urlencode({'next': done})}")
    return _go(request, done)


def _not_stored(request: SignedInRequest, slot: Any, answers: Any, problem: Exception) -> HttpResponse:
    """Say why a form is not stored. Its safety answers alert all the same, and help comes first."""
    if not isinstance(problem, ConsentMissing) and check_ins.screen_refused(
        episode=slot.episode, slot=slot, items=answers.items, by=answerer(request), at=timezone.now()
    ):
        return _go(request, f"{reverse('help_now')}?{urlencode({'next': reverse('send_check_in')})}")
    if not isinstance(problem, SameKeyOtherAnswers):
        return _not_possible(request, problem)
    first, second = problem.stored.ratings, answers.ratings
    rows = [(domain, first.get(domain), second.get(domain)) for domain in Domain]
    # What was sent is of the record, which a link does not show.
    page = {"rows": rows if request.answering is None else []}
    return TemplateResponse(request, "monitoring/patient/check_in_conflict.html", page, status=409)


def _not_sent(request: SignedInRequest, errors: Mapping[str, Iterable[Any]]) -> HttpResponse:
    """Show the last page again, and keep what can be read of it: the page may be left before it is sent."""
    draft = _open_draft(request)
    if draft is not None:
        _keep_words(request, draft)
    return _ask_again(request, draft, errors)


def _sent(request: SignedInRequest, slot: Any) -> CheckInForm:
    """Return the whole check-in as it was sent. What the post does not name was not on the form."""
    is_short = request.POST.get("is_short") == "on"
    return CheckInForm(
        request.POST,
        domains=check_ins.domains_asked(is_short=is_short),
        instruments=check_ins.instruments_asked(slot, is_short=is_short),
        medicines=[row.pk for row in medicines.known(slot.episode)],
        own_items=own_items.known(slot.episode),
    )


@require_GET
@access("own.read")
def check_in_done(request: SignedInRequest) -> HttpResponse:
    """Say that it is with the team, by when they look, and show the person's own course in a sentence and a picture."""
    episode, now = own_episode_or_404(request), timezone.now()
    last = check_ins.last_check_in(episode)
    if last is None:
        return HttpResponseRedirect(reverse("home"))
    trend = persons.load_own_trend(episode, at=now)
    page = {
        "episode": episode,
        "last": last,
        "is_corrected": is_labelled_corrected(last),
        "can_change": check_ins.correctable(episode, at=now) == last,
        "read_by": hours.read_by(request.clinic, last.submitted_at),
        "next_due": plans.next_due(episode, at=now),
        "sighting": sightings.of_episode(episode).first(),
        "trend": trend,
        "sentence": plain_words.in_plain_words(episode, trend, at=now),
        "may_ask_less": cadences.may_be_lowered(episode, at=now),
    }
    return TemplateResponse(request, "monitoring/patient/check_in_done.html", page)


def _not_possible(request: SignedInRequest, problem: Exception) -> HttpResponse:
    """Explain in words why nothing can be answered now, on the start card."""
    if isinstance(problem, ConsentMissing):
        messages.error(request, _("You have not agreed to check-ins, or have taken it back. Nothing was saved."))
    else:
        messages.info(
            request, _("There is nothing to answer right now. This week's check-in is already with your team.")
        )
    return _go(request, reverse("home"))


def _go(request: SignedInRequest, url: str) -> HttpResponse:
    """Lead on. With scripts a page is sent in the background, so that it stays on the screen when the line is cut."""
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def _open_draft(request: SignedInRequest) -> Any:
    """Return the form that is being filled in: the one the page names, or the one that was touched last; None if none.

    Raises:
        Http404: the page names a week that cannot be answered.
    """
    episode, named = answering_episode_or_404(request), request.POST.get("slot", "")
    slot = check_ins.slot_or_none(episode, named) if named else None
    if named and slot is None:
        raise Http404
    slot_id = slot.pk if slot else request.answering.slot_id if request.answering else None
    draft = check_ins.current_draft(episode, slot_id=slot_id, at=timezone.now())
    if draft is not None:
        check_week(request, draft.slot_id)
    return draft


def _open_step(request: SignedInRequest, number: int) -> tuple[Any, FormPage]:
    """Return the open form and one page of it.

    Raises:
        Http404: no form is open, or it has no such page.
    """
    draft = _open_draft(request)
    steps = steps_of(draft, at=timezone.now()) if draft is not None else []
    if not 1 <= number <= len(steps):
        raise Http404
    return draft, replace(steps[number - 1], is_detour="change" in request.GET)


def _step_page(request: SignedInRequest, draft: Any, step: FormPage, form: Any) -> dict[str, Any]:
    """Return what a question page shows."""
    page = step.ask.page(form)
    # The answer before this one is of the record, so that a link does not show it.
    if page.get("value") is not None and request.answering is None:
        page["last_value"] = check_ins.last_answer(draft.slot, step.key)
    read_id = f"read-{step.number}" if draft.is_short else "read"
    return {
        "step": step,
        "form": form,
        "draft": draft,
        "read_id": read_id,
        "was_skipped": not form.is_bound and was_skipped(step, draft.answers),
        "help_url": _help_url(step.url),
        **_about(draft),
        **page,
    }


def _help_url(page: str) -> str:
    """Return the address of help that leads back to a page of the form."""
    return f"{reverse('help_now')}?{urlencode({'back': page})}"


def _about(draft: Any) -> dict[str, Any]:
    """Return what a page says about its week, if it is not the present one: entered late, or being changed."""
    slot = draft.slot
    original = check_ins.answered(slot)
    is_late = original.is_late if original else slot.closes_at <= timezone.now()
    return {"late_until": slot.due_on if is_late else None, "original": original}


def _send_page(request: SignedInRequest, draft: Any, typed: Any = None) -> dict[str, Any]:
    """Return what the last page shows: the answers to read back, or on a bad day the questions, as typed or as kept."""
    now = timezone.now()
    steps = steps_of(draft, at=now)
    page = {
        "draft": draft,
        "total": len(steps) + 1,
        "today": plans.local_day(now, draft.slot.episode.patient.time_zone),
        "read_by": hours.read_by(request.clinic, now),
        "help_url": _help_url(reverse("send_check_in")),
        **_words_page(draft, words_of(draft), {}),
        **_about(draft),
    }
    if draft.is_short:
        asked = [_step_page(request, draft, step, step.ask.form(typed, draft.answers)) for step in steps]
        return page | {"asked": asked, "back_url": reverse("home")}
    return page | {
        "rows": [(step, step.ask.read_back(draft.answers)) for step in steps],
        "hidden": _hidden(steps, draft.answers).items(),
        "back_url": reverse("check_in_step", args=[len(steps)]),
    }


def _hidden(steps: Sequence[FormPage], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return every answer as a field: the post stands by itself. A page that was never reached was not asked."""
    reached = [step.ask.fields(answers) for step in steps if step.key in answers]
    return {name: value for fields in reached for name, value in fields.items()}


@require_GET
@access("own.read")
def my_settings(request: SignedInRequest) -> HttpResponse:
    """Show what the patient agreed to, and the way out."""
    patient = own_episode_or_404(request).patient
    return TemplateResponse(request, "monitoring/patient/my_settings.html", {"purposes": consent.decisions(patient)})


@require_POST
@access("own.write")
def decide_consent(request: SignedInRequest) -> HttpResponse:
    """Give or take back one consent; what follows is told before the check-ins are taken back."""
    patient = own_episode_or_404(request).patient
    if request.POST.get("check_ins") == "no" and "confirmed" not in request.POST:
        return TemplateResponse(request, "monitoring/patient/my_settings_confirm.html", {})
    for purpose in consent.purposes():
        answer = request.POST.get(purpose.value)
        if answer in {"yes", "no"}:
            consent.decide(
                patient=patient, purpose=purpose, is_given=answer == "yes", by=request.user, at=timezone.now()
            )
            messages.success(request, _("Your decision is recorded."))
    return HttpResponseRedirect(reverse("my_settings"))
