"""The patient's check-in: one question a page, read back and send, receipt."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from monitoring.attention import sightings
from monitoring.check_ins import check_ins, contents, drafts, open_forms, plain_words, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.check_ins import NothingSaid, SameKeyOtherAnswers
from monitoring.check_ins.contents import WORDS
from monitoring.check_ins.forms import InstrumentForm, PageForm, PinForm, WordsForm
from monitoring.check_ins.open_forms import OpenForm
from monitoring.check_ins.pages import FormPage
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.course import persons
from monitoring.course.answers import is_labelled_corrected
from monitoring.engine.records import Domain
from monitoring.operations import tasks
from monitoring.plans import cadences, medicines, plans
from monitoring.views import form_pages, windows
from monitoring.views.patient import body_warnings
from patients.access.permissions import (
    access,
    answerer,
    answering_episode_or_404,
    check_week,
    own_episode_or_404,
)
from patients.access.requests import SignedInRequest
from patients.clinics import hours
from patients.rights.consent import ConsentMissing

if TYPE_CHECKING:
    from monitoring.models.alerts import AlertKind


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def start_check_in(request: SignedInRequest) -> HttpResponse:
    """Open a form, this week's or a missed one's, or one that is to be changed; go to where it goes on."""
    if request.method == "GET":
        return HttpResponseRedirect(reverse("home"))
    try:
        form = _begin(request)
    except (CheckInClosed, ConsentMissing) as problem:
        return _not_possible(request, problem)
    return first_open_page(form)


def _begin(request: SignedInRequest) -> OpenForm:
    """Return the form that was asked for.

    Raises:
        CheckInClosed, ConsentMissing: it cannot be opened.
        Http404: a missed week that is not the person's own, or another than the link is for.
    """
    episode, now, kind = answering_episode_or_404(request), timezone.now(), request.POST.get("form")
    # A link fills in; what was sent is of the record.
    if kind == "change" and request.answering is None:
        return open_forms.begin_correction(episode=episode, at=now)
    slot = plans.open_slot(episode, at=now)
    if kind == "late":
        slot = weeks.find_slot(episode, request.POST.get("slot", ""))
        if slot is None:
            raise Http404
    if slot is not None:
        check_week(request, slot.pk)
    return open_forms.begin(episode=episode, is_short=kind == "short", slot=slot, at=now)


def first_open_page(form: OpenForm) -> HttpResponse:
    """Go to the first question of a form that is not answered, or to the page to read back and send."""
    page = form.first_open_page
    return HttpResponseRedirect(page.url if page else reverse("send_check_in"))


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def check_in_step(request: SignedInRequest, number: int) -> HttpResponse:
    """Ask one question; keep its answer; go on."""
    try:
        opened, step = _open_page(request, number)
    except SentMeanwhile as problem:
        return _sent_meanwhile(request, problem.slot)
    if request.method == "GET":
        page = _step_page(request, opened, step, step.ask.form(None, opened.answers))
        return TemplateResponse(request, "monitoring/patient/check_in_step.html", page)
    is_skip = "skip" in request.POST
    form = step.ask.form({} if is_skip else request.POST, opened.answers)
    if not (form.is_valid() if is_skip else form.is_answered()):
        page = _step_page(request, opened, step, form)
        return TemplateResponse(request, "monitoring/patient/check_in_step.html", page, status=422)
    owed = _save(request, opened, form.answers())
    return _go(request, body_warnings.on_the_way(owed, step.next_url))


@require_POST
@access("check_in.answer")
def autosave(request: SignedInRequest, number: int) -> HttpResponse:
    """Keep a tapped answer and say so; the words for the number come back with it.

    A red flag leads to the page about it at once, and once: "Next" may never be pressed.
    """
    try:
        opened, step = _open_page(request, number)
    except SentMeanwhile as problem:
        return _sent_meanwhile(request, problem.slot, is_tap=True)
    form = step.ask.form(request.POST, opened.answers)
    if not form.is_valid():
        page = _step_page(request, opened, step, form) | {"is_kept": False}
        return TemplateResponse(request, "monitoring/patient/check_in_step.html#read", page, status=422)
    if owed := _save(request, opened, form.answers()):
        return HttpResponseClientRedirect(body_warnings.on_the_way(owed, step.return_url))
    is_overtaken = drafts.was_overtaken(opened.draft, windows.said(request))
    page = _step_page(request, opened, step, form) | {"is_kept": not is_overtaken, "is_overtaken": is_overtaken}
    return TemplateResponse(request, "monitoring/patient/check_in_step.html#read", page)


def _save(request: SignedInRequest, opened: OpenForm, answers: Mapping[str, object]) -> "tuple[AlertKind, ...]":
    """Keep the answers of a page; return about which matters a page must come first.

    Raises:
        Http404: the form was sent meanwhile, so that there is nothing to keep them in.
    """
    try:
        owed = drafts.save_answers(
            draft=opened.draft,
            answers=answers,
            episode=opened.episode,
            by=answerer(request),
            at=request.arrived_at,
            said=windows.said(request),
        )
    except CheckInClosed as problem:
        raise Http404 from problem
    if owed:
        tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=opened.episode.pk)
    return owed


class SentMeanwhile(Exception):
    """A page of a form brings answers to a week that was sent after the page was opened."""

    def __init__(self, slot: Any) -> None:
        """Keep the week."""
        super().__init__(str(slot.pk))
        self.slot = slot


def _sent_meanwhile(request: SignedInRequest, slot: Any, *, is_tap: bool = False) -> HttpResponse:
    """Say that an answer came after the form was sent, and where it can be changed. Its safety answers alert all the same."""
    check_week(request, slot.pk)
    stored = weeks.answered(slot)
    if stored is not None and drafts.says_the_same(stored, windows.touched(request)):
        # A tap that was overtaken by "Send" of its own page went with it, and the page is about to go.
        return HttpResponse(status=204) if is_tap else _go(request, reverse("home"))
    asked = contents.instruments_answered(slot, None, is_short=False)
    items = {
        one.code: page.items() for one in asked if (page := InstrumentForm(request.POST, instrument=one)).is_valid()
    }
    symptoms = medicines.symptoms_in(request.POST.dict())
    answers = CheckInAnswers(ratings={}, items=items, medicines=medicines.MedicineAnswers(symptoms=symptoms))
    owed = check_ins.screen_refused(
        episode=slot.episode, slot=slot, answers=answers, by=answerer(request), at=request.arrived_at
    )
    if owed:
        return _go(request, body_warnings.on_the_way(owed, reverse("home")))
    if stored is not None and stored.interviewer_id is not None:
        messages.info(request, _("Your team has recorded this check-in with you. This answer was not saved."))
    else:
        messages.info(request, _("This check-in was sent before from another window. This answer was not saved."))
    return _go(request, reverse("home"))


@require_POST
@access("check_in.answer")
def save_words(request: SignedInRequest) -> HttpResponse:
    """Keep note, wish and event as they stand, while they are written and before an answer is changed."""
    opened = _open_form(request)
    try:
        form = _keep_words(request, opened) if opened is not None else None
    except Http404:
        form = None
    if opened is None or form is None:  # sent meanwhile, by the tap that ended the writing: everything went with it
        return HttpResponse(status=204) if request.htmx else HttpResponseRedirect(reverse("home"))
    status = 422 if form.errors else 200
    if request.htmx:
        is_overtaken = drafts.was_overtaken(opened.draft, windows.said(request))
        page = form_pages.words_page(opened, request.POST, form.errors)
        page |= {"is_kept": not form.errors and not is_overtaken, "is_overtaken": is_overtaken}
        return TemplateResponse(request, "monitoring/patient/parts/check_in_words.html#words_read", page, status=status)
    if form.errors:
        return _ask_again(request, opened, form.errors)
    number = request.POST.get("change", "")
    wanted = next((page.number for page in opened.pages if str(page.number) == number), 0)
    step = opened.page(wanted, is_detour=True)
    return HttpResponseRedirect(step.url if step else reverse("send_check_in"))


def _keep_words(request: SignedInRequest, opened: OpenForm) -> WordsForm:
    """Keep what can be read of the last page, on a bad day its numbers too; return the form of the words."""
    form = WordsForm(request.POST, today=opened.today)
    answers = form.answers(opened.words)
    for step in opened.pages if opened.is_short else []:
        numbers = step.ask.form(request.POST, opened.answers)
        if numbers.is_answered():
            answers |= numbers.answers()
    if answers[WORDS] == opened.answers.get(WORDS, {}):  # an untouched page is no form that was begun
        del answers[WORDS]
    if answers:
        _save(request, opened, answers)
    return form


def _ask_again(
    request: SignedInRequest,
    opened: OpenForm | None,
    errors: Mapping[str, Iterable[Any]],
    *,
    is_any_missing: bool = False,
) -> HttpResponse:
    """Show the last page again with everything in it, and say at each place what is wrong there.

    Args:
        request: the post.
        opened: the form; None where it is closed.
        errors: field -> what is wrong.
        is_any_missing: whether any answer anywhere mends it.
    """
    problems = form_pages.problems_of(errors)
    if opened is None:
        unread = {"problems": [words for _place, words in problems]}
        return TemplateResponse(request, "monitoring/patient/check_in_problem.html", unread, status=422)
    page = _send_page(request, opened, request.POST) | form_pages.words_page(opened, request.POST, errors)
    page |= {"problems": problems, "is_any_missing": is_any_missing}
    return TemplateResponse(request, form_pages.send_template(opened), page, status=422)


@require_http_methods(["GET", "POST"])
@access("check_in.answer")
def send_check_in(request: SignedInRequest) -> HttpResponse:
    """Read the answers back, then store the check-in."""
    if request.method == "POST":
        return _submit(request)
    opened = _open_form(request)
    if opened is None:
        return HttpResponseRedirect(reverse("home"))
    return TemplateResponse(request, form_pages.send_template(opened), _send_page(request, opened))


def _submit(request: SignedInRequest) -> HttpResponse:
    """Store what was posted; every outcome has its own answer."""
    episode = answering_episode_or_404(request)
    slot = weeks.find_slot(episode, request.POST.get("slot", ""))
    if slot is None:
        raise Http404
    check_week(request, slot.pk)
    now, draft = timezone.now(), drafts.of_slot(slot)
    posted = windows.with_newer(request, draft)
    form = form_pages.whole_form(posted, slot, draft)
    pin = PinForm(posted, today=plans.local_day(now, slot.episode.patient.time_zone))
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
        place = "note" if not answers.is_short else contents.SHORT_FORM[0].value
        words = _("Choose a number for at least one question, or write a note.")
        return _not_sent(request, {place: [words]}, is_any_missing=True)
    except (SameKeyOtherAnswers, CheckInClosed, ConsentMissing) as problem:
        return _not_stored(request, slot, answers, problem)
    tasks.nudge_assessment(clinic_id=request.clinic.pk, episode_id=episode.pk)
    done = reverse("check_in_done" if request.answering is None else "link_receipt")
    return _go(request, body_warnings.on_the_way(receipt.owed, done))


def _not_stored(request: SignedInRequest, slot: Any, answers: Any, problem: Exception) -> HttpResponse:
    """Say why a form is not stored. Its red flags alert all the same, and the pages about them come first."""
    if not isinstance(problem, ConsentMissing):
        owed = check_ins.screen_refused(
            episode=slot.episode, slot=slot, answers=answers, by=answerer(request), at=timezone.now()
        )
        if owed:
            return _go(request, body_warnings.on_the_way(owed, reverse("send_check_in")))
    if not isinstance(problem, SameKeyOtherAnswers):
        return _not_possible(request, problem)
    first, second = problem.stored.ratings, answers.ratings
    rows = [(domain, first.get(domain), second.get(domain)) for domain in Domain]
    # What was sent is of the record, which a link does not show.
    is_own = request.answering is None
    newest = weeks.correctable(slot.episode, at=timezone.now()) if is_own else None
    page = {"rows": rows if is_own else [], "can_change": newest is not None and newest.slot_id == slot.pk}
    return TemplateResponse(request, "monitoring/patient/check_in_conflict.html", page, status=409)


def _not_sent(
    request: SignedInRequest, errors: Mapping[str, Iterable[Any]], *, is_any_missing: bool = False
) -> HttpResponse:
    """Show the last page again, and keep what can be read of it: the page may be left before it is sent."""
    opened = _open_form(request)
    if opened is not None:
        _keep_words(request, opened)
    return _ask_again(request, opened, errors, is_any_missing=is_any_missing)


@require_GET
@access("own.read")
def check_in_done(request: SignedInRequest) -> HttpResponse:
    """Say that it is with the team, by when they look, and show the person's own course in a sentence and a picture."""
    episode, now = own_episode_or_404(request), timezone.now()
    last = weeks.last_check_in(episode)
    if last is None:
        return HttpResponseRedirect(reverse("home"))
    trend = persons.load_own_trend(episode, at=now)
    page = {
        "episode": episode,
        "last": last,
        "is_corrected": is_labelled_corrected(last),
        "can_change": weeks.correctable(episode, at=now) == last,
        "read_by": hours.read_by(request.clinic, last.submitted_at, reader_zone=episode.patient.time_zone),
        # A week that is open comes before the next one.
        "next_due": None if plans.open_slot(episode, at=now) else plans.next_due(episode, at=now),
        "is_of_today": _is_of_today(last.submitted_at, episode.patient.time_zone, now),
        "sighting": sightings.first_since(episode, last.submitted_at),
        "trend": trend,
        "sentence": plain_words.in_plain_words(episode, trend, at=now),
        "may_ask_less": cadences.may_be_lowered(episode, at=now),
    }
    return TemplateResponse(request, "monitoring/patient/check_in_done.html", page)


def _is_of_today(instant: datetime, zone: str, now: datetime) -> bool:
    """Say whether an instant is of the person's today: a page that is opened again days later names its day."""
    return plans.local_day(instant, zone) == plans.local_day(now, zone)


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


def _open_form(request: SignedInRequest) -> OpenForm | None:
    """Return the form that is being filled in: the one the page names, or the one that was touched last; None if none.

    Raises:
        Http404: the page names a week that cannot be answered.
    """
    episode, named = answering_episode_or_404(request), request.POST.get("slot", "")
    slot = weeks.find_slot(episode, named) if named else None
    if named and slot is None:
        raise Http404
    slot_id = slot.pk if slot else request.answering.slot_id if request.answering else None
    opened = open_forms.open_form(episode, slot_id=slot_id, at=timezone.now())
    if opened is not None:
        check_week(request, opened.slot.pk)
    return opened


def _open_page(request: SignedInRequest, number: int) -> tuple[OpenForm, FormPage]:
    """Return the open form and one page of it.

    Raises:
        SentMeanwhile: the page brings answers to a week that was sent from another window.
        Http404: no form is open, or it has no such page.
    """
    opened = _open_form(request)
    page = opened.page(number, is_detour="change" in request.GET) if opened is not None else None
    if opened is None and request.POST.get("slot"):
        slot = weeks.find_slot(answering_episode_or_404(request), request.POST["slot"])
        if slot is not None and slot.answered_at is not None:
            raise SentMeanwhile(slot)
    if opened is None or page is None:
        raise Http404
    return opened, page


def _step_page(request: SignedInRequest, opened: OpenForm, step: FormPage, form: PageForm) -> dict[str, Any]:
    """Return what a question page shows. The answer before this one is of the record, which a link does not show."""
    page = form_pages.step_page(opened, step, form, shows_last=request.answering is None)
    return page | {"help_url": _help_url(step.url)}


def _help_url(page: str) -> str:
    """Return the address of help that leads back to a page of the form."""
    return f"{reverse('help_now')}?{urlencode({'back': page})}"


def _send_page(request: SignedInRequest, opened: OpenForm, typed: QueryDict | None = None) -> dict[str, Any]:
    """Return what the last page shows."""
    page = form_pages.send_page(opened, typed=typed, shows_last=request.answering is None)
    read_by = hours.read_by(request.clinic, opened.at, reader_zone=opened.episode.patient.time_zone)
    return page | {"read_by": read_by, "help_url": _help_url(reverse("send_check_in"))}
