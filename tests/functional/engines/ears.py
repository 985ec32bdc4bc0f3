"""Hears what goes wrong in a page, whatever the engine: a script before all others sends it to the server of the tests.

WebDriver has no word for the console; and what a page throws while it loads is over before a driver may ask.
"""

import json
from typing import ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase

ADDRESS = "/what-went-wrong"
SCRIPT = """"use strict";
(() => {
  const tell = (what) => navigator.sendBeacon("ADDRESS", JSON.stringify([location.href, String(what)]));
  addEventListener("error", (event) => tell(event.message || `not loaded: ${event.target.outerHTML}`), true);
  addEventListener("unhandledrejection", (event) => tell(event.reason));
  addEventListener("securitypolicyviolation", (event) => tell(`${event.violatedDirective} ${event.blockedURI}`), true);
  const original = console.error;
  console.error = (...words) => { tell(words.join(" ")); original.apply(console, words); };
})();
""".replace("ADDRESS", ADDRESS)
TAG = f'<script src="{ADDRESS}"></script>'.encode()


class Ears:
    """Stands outermost among the middleware of a test."""

    # One list for the thread of the server and that of the test.
    heard: ClassVar[list[str]] = []
    reports: ClassVar[list[str]] = []
    # What was asked for, and how it was answered.
    asked: ClassVar[list[tuple[str, int]]] = []

    def __init__(self, get_response: "object") -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == ADDRESS and request.method == "POST":
            Ears.heard.append(" ".join(json.loads(request.body)))
            return HttpResponse(status=204)
        if request.path == ADDRESS:
            return HttpResponse(SCRIPT, content_type="text/javascript")
        if request.path == "/csp":
            Ears.reports.append(request.body.decode())
        response = self.get_response(request)  # type: ignore[operator]
        Ears.asked.append((request.path, response.status_code))
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            response.content = response.content.replace(b"<head>", b"<head>" + TAG, 1)
        return response
