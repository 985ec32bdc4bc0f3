"""What belongs to the browser someone sits at: the language of its pages, and the end of every session elsewhere."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from patients.access.permissions import access
from patients.access.requests import SignedInRequest, signed_in_or_none
from patients.accounts.forms import LanguageForm
from patients.people import languages, people


@require_POST
@access("public")
def choose_language(request: HttpRequest) -> HttpResponse:
    """Take another language, if it is one that is offered, and go back to where it was asked for.

    Public, because the page on which one signs in must be readable first. Who is not signed in leaves a cookie alone.
    """
    form, person = LanguageForm(request.POST), signed_in_or_none(request)
    if form.is_valid():
        language = form.cleaned_data["language"]
        if person is not None:
            languages.choose(language=language, by=person, at=timezone.now())
        languages.speak(request, language)
    return HttpResponseRedirect(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    """Return the page that was left; the start where the form names another site."""
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_ours else "/"


@require_POST
@access("signed_in")
def sign_out_everywhere(request: SignedInRequest) -> HttpResponse:
    """Sign out in this browser and in every other one."""
    people.end_sessions(by=request.user, at=timezone.now())
    logout(request)
    request.clinic_roles = frozenset()
    messages.success(request, _("You are signed out everywhere."))
    return HttpResponseRedirect(reverse("account_login"))
