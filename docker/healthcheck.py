"""Asks a page for its status, as a container's health check: `healthcheck.py http://127.0.0.1:8000/livez`."""

import os
import sys
import urllib.request

# Any name the server answers to; the address in the URL is not one of them.
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
request = urllib.request.Request(sys.argv[1], headers={"Host": host})  # noqa: S310
try:
    with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310
        sys.exit(response.status != 200)
except OSError as problem:
    sys.exit(f"unhealthy: {problem}")
