"""Being asked less often: one tap of the patient."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitoring.plans import cadences
from monitoring.plans.cadences import NotOffered
from patients.access.permissions import access, own_episode_or_404
from patients.access.requests import SignedInRequest


@require_POST
@access("own.write")
def ask_less(request: SignedInRequest) -> HttpResponse:
    """Take up the offer of check-ins every two weeks."""
    episode = own_episode_or_404(request)
    try:
        cadences.lower(episode=episode, by=request.user, at=timezone.now())
    except NotOffered:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("From now on we ask you every two weeks. Your team can see it."))
    return HttpResponseRedirect(reverse("home"))
