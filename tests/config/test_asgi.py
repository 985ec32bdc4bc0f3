"""The door of the web server: the pages behind our front door, and room for as many connections as it takes."""

import resource

from config import asgi, wsgi
from config.web.front_door import FrontDoor


def test_the_server_meets_the_front_door_before_the_pages() -> None:
    assert isinstance(asgi.application, FrontDoor)
    assert asgi.application.application is wsgi.application


def test_a_process_may_open_a_file_for_each_connection() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert soft == resource.RLIM_INFINITY or soft >= min(asgi.FILES, hard if hard > 0 else asgi.FILES)
