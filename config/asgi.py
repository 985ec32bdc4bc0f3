"""The door of the web server (granian): the WSGI application behind our front door."""

import resource

from django.conf import settings

from config.web.front_door import FrontDoor
from config.wsgi import application as pages

# Each connection is a file; some systems let a process have 256 of them unless it asks for more.
FILES = 1024
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft != resource.RLIM_INFINITY and _soft < FILES:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if _hard == resource.RLIM_INFINITY else min(FILES, _hard), _hard))

application = FrontDoor(pages, trusted_proxies=settings.TRUSTED_PROXY_COUNT)
