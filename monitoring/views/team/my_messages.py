"""What a person of the team wants to be sent, in which browsers, and whether mail reaches that person at all."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from monitoring.messages import choices, deliveries, pushes
from monitoring.messages.forms import MessageChoiceForm
from patients.access.permissions import access
from patients.access.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
@access("messages.choose")
def my_messages(request: SignedInRequest) -> HttpResponse:
    """Show what somebody is sent, and take another choice."""
    chosen = choices.of(request.user)
    names = ("wants_priority", "wants_review", "digest", "quiet_from", "quiet_until")
    form = MessageChoiceForm(request.POST or None, initial={name: getattr(chosen, name) for name in names})
    if request.method == "GET" or not form.is_valid():
        page = {"form": form, "browsers": pushes.browsers_of(request.user)}
        if pushes.is_offered():
            page["push_key"] = pushes.public_key()
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "monitoring/team/my_messages.html", page, status=status)
    choices.choose(wishes=form.wishes_given, by=request.user, at=timezone.now())
    messages.success(request, _("Your choice is saved."))
    return HttpResponseRedirect(reverse("my_messages"))


@require_POST
@access("messages.choose")
def address_works(request: SignedInRequest) -> HttpResponse:
    """Note that the own address takes mail again."""
    deliveries.works_again(by=request.user, at=timezone.now())
    messages.success(request, _("Messages go to your address again."))
    return HttpResponseRedirect(reverse("my_messages"))


@require_POST
@access("messages.choose")
def tell_browser(request: SignedInRequest) -> HttpResponse:
    """Keep the browser that asks: from now on it is told, too."""
    given = {name: request.POST.get(name, "") for name in ("address", "key", "secret")}
    if not pushes.is_offered():
        return HttpResponse(status=422)
    try:
        pushes.show_here(**given, by=request.user, at=timezone.now())
    except pushes.NotABrowser:
        return HttpResponse(status=422)
    messages.success(request, _("This browser shows when something needs a look."))
    return HttpResponse(status=204)


@require_POST
@access("messages.choose")
def tell_no_browser(request: SignedInRequest) -> HttpResponse:
    """Forget all browsers of the person."""
    pushes.show_nowhere(by=request.user, at=timezone.now())
    messages.success(request, _("No browser is told any more."))
    return HttpResponseRedirect(reverse("my_messages"))
