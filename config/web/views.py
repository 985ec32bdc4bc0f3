"""The one page that belongs to no app: where browsers report what the content security policy stopped."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from patients.access.permissions import PUBLIC, access

log = logging.getLogger(__name__)


@access(PUBLIC)
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Count a report; its body names pages and may quote them, so it is not kept."""
    log.warning("content security policy report")
    return HttpResponse(status=204)
