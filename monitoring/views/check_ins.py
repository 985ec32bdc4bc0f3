"""The patient's check-in: start card, one question a page, read back and send, receipt, help now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from monitoring import alerts, check_ins, dashboards, plans, reminders, tasks
from monitoring.check_ins import CheckInClosed, SameKeyOtherAnswers
from monitoring.engine.records import Domain, InstrumentSpec
from monitoring.forms import CheckInForm, InstrumentForm, RatingForm, item_field, options_of
from monitoring.questions import QUESTIONS
from patients import consent, hours, rights
from patients.access import (
    access,
    answerer,
    answering_episode_or_404,
    check_week,
    may,
    own_episode_or_404,
    own_patient_or_none,
)
from patients.consent import ConsentMissing
from patients.http import SignedInRequest

# Keeps the clinic's numbers on the person's own device, so that help can be shown when the database is away.
CRISIS_COOKIE = "crisis"
CRISIS_COOKIE_SECONDS = 90 * 24 * 60 * 60
CRISIS_SALT = "tidemark.crisis"


@dataclass(frozen=True)
class Step:
    """One page of the form: a rating or a questionnaire."""

    number: int
    total: int
    domain: Domain | None = None
    instrument: InstrumentSpec | None = None

    @property
    def key(self) -> str:
        """Return the name under which a draft keeps the answer."""
        return self.domain.value if self.domain else cast("InstrumentSpec", self.instrument).code

    @property
    def next_url(self) -> str:
        """Return the page after this one: the next question, or the page to read back and send."""
        if self.number + 1 < self.total:
            return reverse("check_in_step", args=[self.number + 1])
        return reverse("send_check_in")

    @property
    def back_url(self) -> str:
        """Return the page before this one."""
        return reverse("check_in_step", args=[self.number - 1]) if self.number > 1 else reverse("home")


@require_GET
@access("signed_in")
def home(request: SignedInRequest) -> HttpResponse:
    """Show the patient's start card; take staff to where their day begins."""
    for rule, page in (("caseload.read", "caseload"), ("people.manage", "people")):
        if may(roles=request.clinic_roles, rule=rule):
            return HttpResponseRedirect(reverse(page))
    if not may(roles=request.clinic_roles, rule="own.read"):
        return TemplateResponse(request, "monitoring/no_clinic.html", {})
    card = TemplateResponse(request, "monitoring/home.html", _home(request))
    return remember_crisis_contacts(request, card, request.clinic)


def _home(request: SignedInRequest) -> dict[str, Any]:
    """Return what the start card shows."""
    now = timezone.now()
    episode = own_episode_or_404(request)
    slot = plans.open_slot(episode, at=now)
    draft = check_ins.current_draft(episode, at=now)
    return {
        "episode": episode,
        "slot": slot,
        "has_begun": draft is not None and bool(draft.answers),
        "may_answer": consent.has_check_in_consent(episode.patient),
        "questions": len(_steps(slot, is_short=False)) + 1 if slot else 0,
        "short_questions": len(check_ins.SHORT_FORM),
        "next_due": plans.next_due(episode, at=now),
        "last": check_ins.last_check_in(episode),
        "sighting": check_ins.last_sighting(episode),
        "read_by": hours.read_by(request.clinic, now),
    }


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def start_check_in(request: SignedInRequest) -> HttpResponse:
    """Open this week's form, whole or short, and go to the first question that is not answered."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("home"))
    try:
        draft = check_ins.begin(
            episode=answering_episode_or_404(request), is_short=request.POST.get("form") == "short", at=timezone.now()
        )
        check_week(request, draft.slot_id)
    except (CheckInClosed, ConsentMissing) as problem:
        return _not_possible(request, problem)
    return first_open_page(draft)


def first_open_page(draft: Any) -> HttpResponse:
    """Go to the first question of a form that is not answered, or to the page to read back and send."""
    steps = _steps(draft.slot, is_short=draft.is_short)
    left = next((step for step in steps if step.key not in draft.answers), None)
    return HttpResponseRedirect(reverse("check_in_step", args=[left.number]) if left else reverse("send_check_in"))


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def check_in_step(request: SignedInRequest, number: int) -> HttpResponse:
    """Ask one question; keep its answer; go on."""
    episode, draft, step = _open_step(request, number)
    form = _form(step, request.POST if request.method == "POST" else None, draft.answers)
    if request.method == "GET":
        return TemplateResponse(request, "monitoring/check_in_step.html", _step_page(request, draft, step, form))
    if not form.is_valid():
        page = _step_page(request, draft, step, form)
        return TemplateResponse(request, "monitoring/check_in_step.html", page, status=422)
    needs_help = check_ins.save_answers(
        draft=draft, answers=form.answers(), episode=episode, by=answerer(request), at=timezone.now()
    )
    if needs_help:
        tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
        return HttpResponseRedirect(f"{reverse('help_now')}?{urlencode({'next': step.next_url})}")
    return HttpResponseRedirect(step.next_url)


@require_POST
@access("check_in.answer")
def autosave(request: SignedInRequest, number: int) -> HttpResponse:
    """Keep a tapped answer and say so; the words for the number come back with it.

    A risk answer leads to help at once, the first time it is tapped: "Next" may never be pressed.
    """
    episode, draft, step = _open_step(request, number)
    form = _form(step, request.POST, draft.answers)
    if not form.is_valid():
        page = _step_page(request, draft, step, form)
        return TemplateResponse(request, "monitoring/check_in_step.html#read", page, status=422)
    was_shown_help = check_ins.has_risk(draft)
    needs_help = check_ins.save_answers(
        draft=draft, answers=form.answers(), episode=episode, by=answerer(request), at=timezone.now()
    )
    if needs_help and not was_shown_help:
        tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
        this_page = reverse("check_in_step", args=[number])
        return HttpResponseClientRedirect(f"{reverse('help_now')}?{urlencode({'next': this_page})}")
    page = _step_page(request, draft, step, form) | {"saved_at": timezone.now()}
    return TemplateResponse(request, "monitoring/check_in_step.html#read", page)


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def send_check_in(request: SignedInRequest) -> HttpResponse:
    """Read the answers back, then store the check-in."""
    if request.method == "POST":
        return _submit(request)
    episode = answering_episode_or_404(request)
    draft = check_ins.current_draft(episode, at=timezone.now())
    if draft is None:
        return HttpResponseRedirect(reverse("home"))
    check_week(request, draft.slot_id)
    return TemplateResponse(request, "monitoring/check_in_send.html", _send_page(request, draft))


def _submit(request: SignedInRequest) -> HttpResponse:
    """Store what was posted; every outcome has its own answer."""
    episode = answering_episode_or_404(request)
    slot = check_ins.slot_or_none(episode, request.POST.get("slot", ""))
    if slot is None:
        raise Http404
    check_week(request, slot.pk)
    is_short = request.POST.get("is_short") == "on"
    form = CheckInForm(
        request.POST,
        domains=check_ins.domains_asked(is_short=is_short),
        instruments=check_ins.instruments_asked(slot, is_short=is_short),
    )
    if not form.is_valid():
        return TemplateResponse(request, "monitoring/check_in_problem.html", {"form": form}, status=422)
    try:
        receipt = check_ins.submit(
            episode=episode,
            slot_id=slot.pk,
            client_key=form.client_key_value,
            answers=form.answers(),
            by=answerer(request),
            at=timezone.now(),
        )
    except SameKeyOtherAnswers as conflict:
        first, second = conflict.stored.ratings, form.answers().ratings
        page = {"rows": [(domain, first.get(domain), second.get(domain)) for domain in Domain]}
        return TemplateResponse(request, "monitoring/check_in_conflict.html", page, status=409)
    except (CheckInClosed, ConsentMissing) as problem:
        return _not_possible(request, problem)
    if request.answering is not None:
        reminders.close_links(slot_id=slot.pk, at=timezone.now())
    tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    done = reverse("check_in_done" if request.answering is None else "link_receipt")
    if receipt.needs_help and not receipt.is_repeat:
        return HttpResponseRedirect(f"{reverse('help_now')}?{urlencode({'next': done})}")
    return HttpResponseRedirect(done)


@require_GET
@access("own.read")
def check_in_done(request: SignedInRequest) -> HttpResponse:
    """Say that it is with the team, by when they look, and show the person's own course."""
    episode = own_episode_or_404(request)
    last = check_ins.last_check_in(episode)
    if last is None:
        return HttpResponseRedirect(reverse("home"))
    page = {
        "episode": episode,
        "last": last,
        "read_by": hours.read_by(request.clinic, last.submitted_at),
        "next_due": plans.next_due(episode, at=timezone.now()),
        "sighting": check_ins.last_sighting(episode),
        "trend": dashboards.load_own_trend(episode, at=timezone.now()),
    }
    return TemplateResponse(request, "monitoring/check_in_done.html", page)


@require_GET
@access("public")
def help_now(request: HttpRequest) -> HttpResponse:
    """Show whom to call now; after a risk answer, what happens with it. Works for everybody, signed in or not."""
    clinic = cast("SignedInRequest", request).clinic
    after = request.GET.get("next", "")
    allowed = {reverse(page) for page in ("check_in_done", "link_receipt", "send_check_in")}
    is_step = after.startswith(reverse("start_check_in"))
    page = {
        "clinic": clinic,
        "contacts": clinic.crisis_contacts if clinic else crisis_contacts(request),
        "next": after if after in allowed or is_step else "",
        "is_staffed": clinic is not None and hours.is_staffed(clinic, timezone.now()),
        "answered": bool(after),
        "promised_at": hours.after_staffed_minutes(clinic, timezone.now(), alerts.URGENT_MINUTES) if clinic else None,
        "now": timezone.now(),
    }
    patient = own_patient_or_none(request)
    if patient is not None:
        page |= {"own_people": rights.people_to_call(patient), "has_safety_plan": rights.has_safety_plan(patient)}
    return TemplateResponse(request, "monitoring/help_now.html", page)


def crisis_contacts(request: HttpRequest) -> list[dict[str, str]]:
    """Return the clinic's numbers from the person's own device; none if it was never signed in here."""
    try:
        contacts = signing.loads(
            request.COOKIES.get(CRISIS_COOKIE, ""), salt=CRISIS_SALT, max_age=CRISIS_COOKIE_SECONDS
        )
    except signing.BadSignature:
        return []
    return cast("list[dict[str, str]]", contacts)


def remember_crisis_contacts(request: HttpRequest, response: HttpResponse, clinic: Any) -> HttpResponse:
    """Leave the clinic's numbers on the device. They are public; the clinic's name stays out."""
    response.set_cookie(
        CRISIS_COOKIE,
        signing.dumps(clinic.crisis_contacts, salt=CRISIS_SALT),
        max_age=CRISIS_COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


def _not_possible(request: SignedInRequest, problem: Exception) -> HttpResponse:
    """Explain in words why nothing can be answered now, on the start card."""
    if isinstance(problem, ConsentMissing):
        messages.error(request, _("You have not agreed to check-ins, or have taken it back. Nothing was saved."))
    else:
        messages.info(
            request, _("There is nothing to answer right now. This week's check-in is already with your team.")
        )
    return HttpResponseRedirect(reverse("home"))


def _steps(slot: Any, *, is_short: bool) -> list[Step]:
    """Return the pages of a check-in, ratings first; the page to read back is the last and counted too."""
    domains: Sequence[Domain] = check_ins.domains_asked(is_short=is_short)
    instruments = check_ins.instruments_asked(slot, is_short=is_short)
    total = len(domains) + len(instruments) + 1
    asked: list[tuple[Domain | None, InstrumentSpec | None]] = [(domain, None) for domain in domains]
    asked += [(None, instrument) for instrument in instruments]
    return [Step(number, total, domain, instrument) for number, (domain, instrument) in enumerate(asked, start=1)]


def _open_step(request: SignedInRequest, number: int) -> tuple[Any, Any, Step]:
    """Return the patient's episode, the open draft and the page.

    Raises:
        Http404: no form is open, or it has no such page.
    """
    episode = answering_episode_or_404(request)
    draft = check_ins.current_draft(episode, at=timezone.now())
    if draft is None:
        raise Http404
    check_week(request, draft.slot_id)
    steps = _steps(draft.slot, is_short=draft.is_short)
    if not 1 <= number <= len(steps):
        raise Http404
    return episode, draft, steps[number - 1]


def _form(step: Step, data: Any, answers: Mapping[str, Any]) -> RatingForm | InstrumentForm:
    """Return the form of a page; what was answered in this form before is shown, never last week's answer."""
    if step.domain is not None:
        return RatingForm(data, domain=step.domain, initial={step.key: _text(answers.get(step.key))})
    instrument = cast("InstrumentSpec", step.instrument)
    given = answers.get(instrument.code) or {}
    initial = {item_field(instrument, item): _text(value) for item, value in given.items()}
    return InstrumentForm(data, instrument=instrument, initial=initial)


def _text(value: int | None) -> str:
    """Return a stored answer as the form's choices write it."""
    return "" if value is None else str(value)


def _step_page(request: SignedInRequest, draft: Any, step: Step, form: Any) -> dict[str, Any]:
    """Return what a question page shows."""
    page: dict[str, Any] = {"step": step, "form": form, "draft": draft}
    if step.domain is not None:
        question = QUESTIONS[step.domain]
        value = draft.answers.get(step.key)
        page |= {
            "question": question,
            "field": form[step.key],
            "labels": [(str(number), question.words_for(number)) for number in range(11)],
            "value": value,
            "value_words": question.words_for(value) if value is not None else "",
            "last_value": _last_value(request, draft, step.domain) if value is not None else None,
        }
    else:
        page["items"] = _items(cast("InstrumentSpec", step.instrument), form)
    return page


def _last_value(request: SignedInRequest, draft: Any, domain: Domain) -> int | None:
    """Return the answer before this one; it is of the record, so that a link does not show it."""
    return check_ins.last_rating(draft.slot.episode, domain) if request.answering is None else None


def _items(instrument: InstrumentSpec, form: Any) -> list[dict[str, Any]]:
    """Return the items of a questionnaire with their fields and choices."""
    return [
        {
            "text": item.text,
            "field": form[item_field(instrument, item.code)],
            "options": options_of(instrument, item.options),
        }
        for item in instrument.items
    ]


def _send_page(request: SignedInRequest, draft: Any) -> dict[str, Any]:
    """Return what the read-back page shows, and every answer as a hidden field: the post stands by itself."""
    steps = _steps(draft.slot, is_short=draft.is_short)
    hidden: list[tuple[str, str]] = []
    rows = []
    for step in steps:
        answer = draft.answers.get(step.key)
        if step.domain is not None:
            hidden.append((step.key, _text(answer)))
            rows.append((step, QUESTIONS[step.domain].words_for(answer) if answer is not None else "", answer))
        else:
            instrument = cast("InstrumentSpec", step.instrument)
            given = answer or {}
            hidden += [(item_field(instrument, i.code), _text(given.get(i.code))) for i in instrument.items]
            answered = sum(value is not None for value in given.values())
            rows.append((step, "", (answered, len(instrument.items))))
    back = steps[-1]
    return {
        "draft": draft,
        "rows": rows,
        "hidden": hidden,
        "back_url": reverse("check_in_step", args=[back.number]),
        "total": back.total,
        "read_by": hours.read_by(request.clinic, timezone.now()),
    }


@require_GET
@access("own.read")
def my_settings(request: SignedInRequest) -> HttpResponse:
    """Show what the patient agreed to, and the way out."""
    patient = own_episode_or_404(request).patient
    return TemplateResponse(request, "monitoring/my_settings.html", {"purposes": consent.decisions(patient)})


@require_POST
@access("own.write")
def decide_consent(request: SignedInRequest) -> HttpResponse:
    """Give or take back one consent."""
    patient = own_episode_or_404(request).patient
    for purpose in consent.purposes():
        answer = request.POST.get(purpose.value)
        if answer in {"yes", "no"}:
            consent.decide(
                patient=patient, purpose=purpose, is_given=answer == "yes", by=request.user, at=timezone.now()
            )
            messages.success(request, _("Your decision is recorded."))
    return HttpResponseRedirect(reverse("my_settings"))
