"""Where a mail provider reports what became of messages. Only a machine that knows the password is heard."""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from monitoring.messages import deliveries
from patients.access.permissions import access

# Provider -> who reads its reports: those that say a password of ours with each report.
READERS = {
    "brevo": "anymail.webhooks.brevo.BrevoTrackingWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    "mailtrap": "anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
}


@csrf_exempt
@require_POST
@access("public")
def mail_reports(request: HttpRequest) -> HttpResponse:
    """Take a provider's reports in; whoever does not know the password finds no such page."""
    if not settings.MAIL_REPORTS:
        raise Http404
    reader = import_string(READERS[settings.MAIL_REPORTS])(webhook_secret=settings.MAIL_REPORTS_SECRET)
    try:
        reader.run_validators(request)
    except SuspiciousOperation as problem:
        raise Http404 from problem
    try:
        events = reader.parse_events(request)
    except (LookupError, TypeError, ValueError, AttributeError):
        return HttpResponse(status=400)
    deliveries.take_in(events, at=timezone.now())
    return HttpResponse(status=204)
