"""A form that is open in two windows: what a page says of its own answers, and what was answered elsewhere meanwhile."""

from typing import Any

from django.http import QueryDict

from monitoring.check_ins import drafts
from monitoring.check_ins.drafts import Said
from patients.access.requests import SignedInRequest, answered_at, as_json_object, sent_at

# The field in which a page says with which answers it was shown.
SHOWN = "shown"
# What a page carries that nobody answers on it.
CARRIED = {SHOWN, "csrfmiddlewaretoken", "slot", "client_key", "corrects", "is_short", "change"}


def said(request: SignedInRequest) -> Said:
    """Return when the answers of a page were given; what is as it was shown was not answered there."""
    sent, times = sent_at(request), answered_at(request)
    if "skip" in request.POST or SHOWN not in request.POST:
        return Said(sent_at=sent)
    shown = {str(name): _typed(value) for name, value in as_json_object(request.POST[SHOWN]).items()}
    posted = {name: _typed(value) for name, value in request.POST.items()}
    touched = {name for name in {*shown, *posted} - CARRIED if posted.get(name, "") != shown.get(name, "")}
    return Said(sent_at=sent, shown=shown, changed=dict.fromkeys(touched, sent) | times)


def _typed(value: Any) -> str:
    """Return a value as it was typed: a browser sends each new line as two characters."""
    return str(value).replace("\r\n", "\n")


def touched(request: SignedInRequest) -> dict[str, str]:
    """Return the fields that were answered on a page, as they came."""
    return {name: request.POST.get(name, "") for name in said(request).changed}


def with_newer(request: SignedInRequest, draft: Any) -> QueryDict:
    """Return a post of the whole form, with what was answered elsewhere after the page was made that sends.

    Args:
        request: that sends the form.
        draft: what is kept of it; None, or of another form of the week, where it was sent before.
    """
    if draft is None or str(draft.client_key) != request.POST.get("client_key"):
        return request.POST
    posted = request.POST.copy()
    newer = drafts.newer_fields(draft, said(request), is_short=posted.get("is_short") == "on")
    for name, value in newer.items():
        if value is None:
            posted.pop(name, None)
        else:
            posted[name] = value
    return posted
