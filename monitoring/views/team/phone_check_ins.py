"""A check-in that somebody of the team takes by phone: the patient's own form, read out, in the patient's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from monitoring.alerts import alerts, promises, screening
from monitoring.check_ins import check_ins, contents, drafts, open_forms, weeks
from monitoring.check_ins.check_ins import NothingSaid, SameKeyOtherAnswers
from monitoring.check_ins.contents import WORDS
from monitoring.check_ins.forms import PRIVATE, CallForm, PinForm, WordsForm
from monitoring.check_ins.open_forms import OpenForm
from monitoring.check_ins.pages import FormPage
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.operations import tasks
from monitoring.plans import plans
from monitoring.views import form_pages, windows
from monitoring.views.patient import body_warnings, crisis
from patients.access.permissions import access, find_or_404, get_episode_or_404, visible_episodes
from patients.access.requests import SignedInRequest
from patients.care import teams
from patients.clinics import crisis as numbers
from patients.clinics import hours
from patients.people import languages
from patients.rights import consent, safety_plans
from patients.rights.consent import ConsentMissing

if TYPE_CHECKING:
    from monitoring.models import CheckInSlot
    from monitoring.models.alerts import AlertKind
    from patients.models import Episode

# Session key: episode -> the week that is asked about and the language. Without it no page of a form opens: the form
# may hold what the patient has not sent, and is shown only after a yes.
CALLS, MOST_CALLS = "calls", 5
# In the address of what to do now, where an answer of the call led there.
ANSWERED = "answered"


class NoCall(Exception):
    """No check-in by phone was begun with this person."""


@dataclass(frozen=True)
class Call:
    """A form that is being read out, and the language of who reads: the page is in the patient's."""

    opened: OpenForm
    team_language: str

    def around(self, url: str) -> dict[str, Any]:
        """Return what stands around a page of the form."""
        episode = self.opened.episode
        return {"episode": episode, "team_language": self.team_language, "safety_url": _safety_url(episode, url)}

    def on_the_way(self, owed: "tuple[AlertKind, ...]", url: str) -> str:
        """Return the address to go to: first what to do now, where an answer calls for somebody."""
        return _safety_url(self.opened.episode, url, is_answered=True) if owed else url


# ---------- where it begins ----------


@require_http_methods(["GET", "POST"])
@access("care.organise")
def phone_check_in(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show what can be asked now, the number to dial, and what has to be agreed first; begin."""
    episode, now = _in_care_or_404(request, episode_id), timezone.now()
    weeks_to_ask = _weeks_to_ask(episode, now)
    own = {kind for kind, slot in weeks_to_ask.items() if slot is not None and drafts.holds_own_answers(slot)}
    form = CallForm(
        request.POST or None,
        has_agreed=consent.has_check_in_consent(episode.patient),
        shows_own=request.POST.get("form", "") in own,
        initial={"language": languages.of_patient(episode.patient)},
    )
    if request.method == "GET" or not form.is_valid():
        page = {"form": form, "has_own": bool(own), **_choices(episode, weeks_to_ask, now)}
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "monitoring/team/phone_check_in.html", page, status=status)
    if form.fields["agrees"].required:
        consent.agree_by_phone(patient=episode.patient, by=request.user, at=now)
    kind = form.cleaned_data["form"]
    try:
        opened = _begin(episode, kind, weeks_to_ask[kind], now)
    except (CheckInClosed, ConsentMissing):
        messages.info(request, _("There is nothing to ask right now: it has just been answered, or has run out."))
        return HttpResponseRedirect(reverse("phone_check_in", args=[episode.pk]))
    _remember(request, opened, form.cleaned_data["language"] or languages.of_patient(episode.patient))
    page_to_ask = opened.first_open_page
    return HttpResponseRedirect(page_to_ask.url if page_to_ask else opened.door.send)


def _weeks_to_ask(episode: "Episode", now: datetime) -> "dict[str, CheckInSlot | None]":
    """Return kind of form -> the week it is about; None where there is none."""
    present, sent = plans.open_slot(episode, at=now), weeks.correctable(episode, at=now)
    late = weeks.late_slot(episode, at=now)
    if late is not None:
        late.episode = episode
    return {"full": present, "short": present, "late": late, "change": sent.slot if sent else None}


def _choices(episode: "Episode", weeks_to_ask: "dict[str, CheckInSlot | None]", now: datetime) -> dict[str, Any]:
    """Return what can be asked now, and what is needed to ring up."""
    return {
        "episode": episode,
        "slot": weeks_to_ask["full"],
        "late_slot": weeks_to_ask["late"],
        "sent": weeks.correctable(episode, at=now),
        "unsent": open_forms.unsent(drafts.of_episode(episode.pk), at=now),
        "last": weeks.last_check_in(episode),
        "next_due": plans.next_due(episode, at=now),
        "pause": plans.pause_in(episode.pk),
        "dialled": safety_plans.dialled(episode.patient.telephone),
        "has_agreed": consent.has_check_in_consent(episode.patient),
    }


def _begin(episode: "Episode", kind: str, slot: "CheckInSlot | None", now: datetime) -> OpenForm:
    """Return the form that was asked for.

    Raises:
        CheckInClosed, ConsentMissing: it cannot be opened.
    """
    if kind == "change":
        return open_forms.by_phone(open_forms.begin_correction(episode=episode, at=now))
    if slot is None:
        raise CheckInClosed
    is_short = kind == "short"
    return open_forms.by_phone(open_forms.begin(episode=episode, is_short=is_short, slot=slot, at=now))


# ---------- question by question ----------


@require_http_methods(["GET", "POST"])
@access("care.organise")
def phone_step(request: SignedInRequest, episode_id: UUID, place: int) -> HttpResponse:
    """Show one question to read out; keep the answer; go on."""
    try:
        call, step = _open_page(request, episode_id, place)
    except NoCall:
        return _to_beginning(request, episode_id)
    if request.method == "GET":
        return _ask(request, call, step, step.ask.form(None, call.opened.answers))
    is_skip = "skip" in request.POST
    form = step.ask.form({} if is_skip else request.POST, call.opened.answers)
    if not (form.is_valid() if is_skip else form.is_answered()):
        return _ask(request, call, step, form, status=422)
    owed = _save(request, call, form.answers())
    return _go(request, call.on_the_way(owed, step.next_url))


def _ask(request: SignedInRequest, call: Call, step: FormPage, form: Any, *, status: int = 200) -> HttpResponse:
    """Return the page of a question."""
    page = form_pages.step_page(call.opened, step, form, shows_last=True) | call.around(step.url)
    return TemplateResponse(request, "monitoring/patient/check_in_step.html", page, status=status)


@require_POST
@access("care.organise")
def phone_autosave(request: SignedInRequest, episode_id: UUID, place: int) -> HttpResponse:
    """Keep a tapped answer and say so; an answer that calls for somebody leads to what to do now, at once."""
    try:
        call, step = _open_page(request, episode_id, place)
    except NoCall:
        return _to_beginning(request, episode_id)
    form = step.ask.form(request.POST, call.opened.answers)
    template = "monitoring/patient/check_in_step.html#read"
    if not form.is_valid():
        page = form_pages.step_page(call.opened, step, form, shows_last=True) | {"is_kept": False}
        return TemplateResponse(request, template, page, status=422)
    if owed := _save(request, call, form.answers()):
        return HttpResponseClientRedirect(call.on_the_way(owed, step.return_url))
    is_overtaken = drafts.was_overtaken(call.opened.draft, windows.said(request))
    page = form_pages.step_page(call.opened, step, form, shows_last=True)
    page |= {"is_kept": not is_overtaken, "is_overtaken": is_overtaken}
    return TemplateResponse(request, template, page)


def _save(request: SignedInRequest, call: Call, answers: Mapping[str, object]) -> "tuple[AlertKind, ...]":
    """Keep the answers of a page; return about which matters somebody must act first."""
    try:
        owed = drafts.save_answers(
            draft=call.opened.draft,
            answers=answers,
            episode=call.opened.episode,
            by=request.user,
            at=request.arrived_at,
            said=windows.said(request),
        )
    except CheckInClosed as problem:
        raise Http404 from problem
    if owed:
        tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=call.opened.episode.pk)
    return owed


# ---------- reading back, and recording ----------


@require_POST
@access("care.organise")
def phone_words(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Keep note, wish and event as they stand, while they are written and before an answer is changed."""
    try:
        call = _open(request, _episode(request, episode_id))
    except NoCall:
        return _to_beginning(request, episode_id)
    form = _keep_words(request, call)
    if request.htmx:
        is_overtaken = drafts.was_overtaken(call.opened.draft, windows.said(request))
        page = form_pages.words_page(call.opened, request.POST, form.errors)
        page |= {"is_kept": not form.errors and not is_overtaken, "is_overtaken": is_overtaken}
        template = "monitoring/patient/parts/check_in_words.html#words_read"
        return TemplateResponse(request, template, page, status=422 if form.errors else 200)
    if form.errors:
        return _ask_again(request, call, form.errors)
    number = request.POST.get("change", "")
    wanted = next((page.number for page in call.opened.pages if str(page.number) == number), 0)
    step = call.opened.page(wanted, is_detour=True)
    return HttpResponseRedirect(step.url if step else call.opened.door.send)


def _keep_words(request: SignedInRequest, call: Call) -> WordsForm:
    """Keep what can be read of the last page, on a bad day its numbers too; return the form of the words."""
    form = WordsForm(_with_private_note(request.POST, call.opened), today=call.opened.today)
    answers = form.answers(call.opened.words)
    for step in call.opened.pages if call.opened.is_short else []:
        number = step.ask.form(request.POST, call.opened.answers)
        if number.is_answered():
            answers |= number.answers()
    if answers[WORDS] == call.opened.answers.get(WORDS, {}):
        del answers[WORDS]
    if answers:
        _save(request, call, answers)
    return form


@require_http_methods(["GET", "POST"])
@access("care.organise")
def phone_send(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Read the answers back, then record the check-in with who asked."""
    episode = _episode(request, episode_id)
    try:
        if request.method == "POST":
            return _submit(request, episode)
        call = _open(request, episode)
    except NoCall:
        return _to_beginning(request, episode_id)
    return TemplateResponse(request, form_pages.send_template(call.opened), _last_page(call))


def _submit(request: SignedInRequest, episode: "Episode") -> HttpResponse:
    """Record what was posted. What the patient sent meanwhile stays, and the rest becomes a correction of it.

    Raises:
        NoCall: it was about another week, or cannot be answered any more.
    """
    slot = _week_of_call(request, episode)
    _speak(request, episode)
    now, draft = timezone.now(), drafts.of_slot(slot)
    opened = open_forms.open_form(episode, slot_id=slot.pk, at=now)
    posted = _with_private_note(windows.with_newer(request, draft), opened)
    form = form_pages.whole_form(posted, slot, draft)
    pin = PinForm(posted, today=plans.local_day(now, episode.patient.time_zone))
    if not form.is_valid() or not pin.is_valid():
        return _ask_again(request, _open(request, episode), {**form.errors, **pin.errors})
    answers = form.answers(pin=pin.pin())
    try:
        receipt = check_ins.submit(
            episode=episode,
            slot_id=slot.pk,
            client_key=form.client_key_value,
            answers=answers,
            corrects=form.cleaned_data["corrects"],
            is_by_phone=True,
            by=request.user,
            at=now,
        )
    except NothingSaid:
        place = "note" if not answers.is_short else contents.SHORT_FORM[0].value
        words = _("Choose a number for at least one question, or write a note.")
        return _ask_again(request, _open(request, episode), {place: [words]}, is_any_missing=True)
    except (SameKeyOtherAnswers, CheckInClosed):
        call = _open(request, episode)
        _keep_words(request, call)
        return _go(request, call.opened.door.send)
    except ConsentMissing as problem:
        raise NoCall from problem
    tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    done = reverse("phone_done", args=[episode.pk])
    return _go(request, _safety_url(episode, done, is_answered=True) if receipt.owed else done)


def _ask_again(
    request: SignedInRequest, call: Call, errors: Mapping[str, Iterable[Any]], *, is_any_missing: bool = False
) -> HttpResponse:
    """Show the last page again with everything in it, and say at each place what is wrong there."""
    page = _last_page(call, request.POST) | form_pages.words_page(call.opened, request.POST, errors)
    page |= {"problems": form_pages.problems_of(errors), "is_any_missing": is_any_missing}
    return TemplateResponse(request, form_pages.send_template(call.opened), page, status=422)


def _last_page(call: Call, typed: QueryDict | None = None) -> dict[str, Any]:
    """Return what the last page shows, without a note that the patient keeps private."""
    is_private = _is_private(call.opened)
    page = form_pages.send_page(call.opened, typed=typed, shows_last=True, hides_note=is_private)
    return page | {"keeps_private_note": is_private} | call.around(call.opened.door.send)


def _is_private(opened: OpenForm) -> bool:
    """Say whether the form holds a note that the patient alone reads."""
    return opened.words.get("keep_private") == PRIVATE and bool(opened.words.get("note"))


def _with_private_note(posted: QueryDict, opened: OpenForm | None) -> QueryDict:
    """Return a post with the note that it cannot bring, because nobody of the team was shown it."""
    if opened is None or not _is_private(opened):
        return posted
    whole = posted.copy()
    whole["note"], whole["keep_private"] = opened.words["note"], PRIVATE
    return whole


# ---------- what to do now, and what to say at the end ----------


@require_GET
@access("care.organise")
def phone_safety(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Say what to do now, while the person is on the line: the safety plan, the numbers, and whom to bring in."""
    episode, now = _in_care_or_404(request, episode_id), timezone.now()
    # Whoever looks here by itself has shown the numbers to nobody: the patient is still owed the own page of help.
    for is_about_body in (False, True) if ANSWERED in request.GET else ():
        screening.record_help_shown(episode=episode, is_about_body=is_about_body, by=request.user, at=now)
    found = {kind.value: alerts.latest(episode, kind) for kind in screening.AT_ONCE}
    open_alerts = {kind: alert for kind, alert in found.items() if alert is not None and alert.is_open}
    plan = safety_plans.newest_safety_plan(episode.patient)
    if plan is not None:
        safety_plans.record_plan_reading(plan=plan, by=request.user, at=now)
    reasons = screening.body_reasons(episode) if "body_warning" in open_alerts else []
    page = {
        "episode": episode,
        "safety_alert": open_alerts.get("risk_answer"),
        "body_alert": open_alerts.get("body_warning"),
        "texts": [text for told in body_warnings.TEXTS for reason in reasons if (text := told.get(reason))],
        "contacts": request.clinic.crisis_contacts,
        "emergency": numbers.emergency_numbers(request.clinic)[:1],
        "plan": plan,
        "sections": safety_plans.sections(plan) if plan else [],
        "colleagues": [one for one in teams.answerers(episode) if one != request.user],
        "responsible": teams.responsible_clinician(episode),
        "is_staffed": hours.is_staffed(request.clinic, now),
        "hours": hours.in_words(request.clinic, now, reader_zone=request.clinic.time_zone),
        "opens": hours.opening_in_words(request.clinic, now, reader_zone=request.clinic.time_zone),
        "next": crisis.own_address(request, "next"),
        "after_safety": reverse("phone_check_in", args=[episode.pk]),
        "team_language": languages.present(),
        "safety_url": reverse("phone_safety", args=[episode.pk]),
    }
    return TemplateResponse(request, "monitoring/team/phone_safety.html", page)


@require_GET
@access("care.organise")
def phone_done(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Say that it is recorded, and what may be told at the end of the call: no more than the hours allow."""
    episode, now = _in_care_or_404(request, episode_id), timezone.now()
    last = weeks.last_check_in(episode)
    if last is None:
        return _to_beginning(request, episode_id)
    zone = episode.patient.time_zone
    team_language = _speak(request, episode)
    page = {
        "episode": episode,
        "last": last,
        "promises": promises.open_promises(episode, at=now),
        "read_by": hours.read_by(request.clinic, last.submitted_at, reader_zone=zone),
        "hours": hours.in_words(request.clinic, now, reader_zone=zone),
        "contacts": request.clinic.crisis_contacts[:1],
        "next_due": plans.next_due(episode, at=now),
        "team_language": team_language,
        "safety_url": reverse("phone_safety", args=[episode.pk]),
    }
    return TemplateResponse(request, "monitoring/team/phone_done.html", page)


# ---------- the call ----------


def _in_care_or_404(request: SignedInRequest, episode_id: UUID) -> "Episode":
    """Return an episode that may be seen and has not ended, and record that it was read."""
    episode = get_episode_or_404(request, episode_id)
    if episode.ended_on is not None:
        raise Http404
    return episode


def _episode(request: SignedInRequest, episode_id: UUID) -> "Episode":
    """Return the episode of a form; that it was read is recorded with its pages, not with each tap."""
    if request.method == "GET":
        return _in_care_or_404(request, episode_id)
    seen = visible_episodes(user=request.user, roles=request.clinic_roles).filter(ended_on__isnull=True)
    return find_or_404(seen, episode_id)


def _remember(request: SignedInRequest, opened: OpenForm, language: str) -> None:
    """Keep which week is asked about in which language, for as long as the session."""
    key = str(opened.episode.pk)
    others = {other: call for other, call in request.session.get(CALLS, {}).items() if other != key}
    kept = dict(list(others.items())[1 - MOST_CALLS :])
    request.session[CALLS] = kept | {key: {"slot": str(opened.slot.pk), "language": language}}


def _speak(request: SignedInRequest, episode: "Episode") -> str:
    """Show the rest of the request in the language of the questions; return that of the team."""
    call = request.session.get(CALLS, {}).get(str(episode.pk), {})
    team_language, code = languages.present(), call.get("language") or languages.of_patient(episode.patient)
    if languages.is_offered(code):
        translation.activate(code)
    return team_language


def _safety_url(episode: "Episode", url: str, *, is_answered: bool = False) -> str:
    """Return the address of what to do now; from there one comes back.

    Args:
        episode: of whom.
        url: where to come back to.
        is_answered: whether an answer of this call leads there.
    """
    query = {"next": url} | ({ANSWERED: "1"} if is_answered else {})
    return f"{reverse('phone_safety', args=[episode.pk])}?{urlencode(query)}"


def _week_of_call(request: SignedInRequest, episode: "Episode") -> "CheckInSlot":
    """Return the week that is asked about.

    Raises:
        NoCall: no check-in by phone was begun with this person.
    """
    call = request.session.get(CALLS, {}).get(str(episode.pk))
    slot = weeks.find_slot(episode, call["slot"]) if call else None
    if slot is None:
        raise NoCall
    return slot


def _open(request: SignedInRequest, episode: "Episode") -> Call:
    """Return the form that is being asked; one that was sent meanwhile as its correction.

    Raises:
        NoCall: none was begun, or it cannot be answered any more.
    """
    slot, now = _week_of_call(request, episode), timezone.now()
    opened = open_forms.open_form(episode, slot_id=slot.pk, at=now)
    if opened is None:
        try:
            opened = open_forms.begin_correction(episode=episode, at=now)
        except (CheckInClosed, ConsentMissing) as problem:
            raise NoCall from problem
        if opened.slot.pk != slot.pk:
            raise NoCall
        messages.info(
            request, _("This check-in was sent meanwhile. From here on you change it, and both versions are kept.")
        )
    return Call(open_forms.by_phone(opened), _speak(request, episode))


def _open_page(request: SignedInRequest, episode_id: UUID, place: int) -> tuple[Call, FormPage]:
    """Return the form that is being asked and one page of it.

    Raises:
        NoCall: none was begun.
        Http404: it has no such page.
    """
    call = _open(request, _episode(request, episode_id))
    page = call.opened.page(place, is_detour="change" in request.GET)
    if page is None:
        raise Http404
    return call, page


def _to_beginning(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Lead to where a check-in by phone begins."""
    return _go(request, reverse("phone_check_in", args=[episode_id]))


def _go(request: SignedInRequest, url: str) -> HttpResponse:
    """Lead on; with scripts a page is sent in the background."""
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
