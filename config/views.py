"""The one page that belongs to no app: where browsers report what the content security policy stopped."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

log = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Count a report; its body names pages and may quote them, so it is not kept."""
    log.warning("content security policy report")
    return HttpResponse(status=204)
