"""The door for WSGI servers (granian)."""

import gc
import logging
import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.web.stack import roomy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = logging.getLogger(__name__)
# How many objects may come before the youngest are looked through: a page makes some ten thousand and keeps none.
YOUNG_OBJECTS = 10_000


def settle() -> None:
    """Leave what was loaded at the start out of every later search for garbage: none of it ever becomes any."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


django = get_wsgi_application()
# Load the views now: the first person to ask should not wait for it.
get_resolver().url_patterns  # noqa: B018
settle()


@roomy
def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Hand the request to Django; whatever even Django could not answer ends here, without a trace of its content."""
    try:
        return django(environ, start_response)
    except Exception:
        log.exception("a request failed outside of Django")
        start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Something went wrong. What you sent may not have been saved: please try again.\n"]
