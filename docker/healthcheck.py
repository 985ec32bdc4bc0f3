"""A container's health check: asks a page for its status, or looks how old a process's own sign of life is.

healthcheck.py http://127.0.0.1:8000/livez
healthcheck.py /tmp/pulses/worker
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

# Three minutes, as everywhere: docs/safety.md#watching-the-watchman.
OLDEST_SECONDS = 180

asked = sys.argv[1]
try:
    if asked.startswith("http"):
        # Any name the server answers to; the address in the URL is not one of them.
        host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
        request = urllib.request.Request(asked, headers={"Host": host})  # noqa: S310
        with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310
            sys.exit(response.status != 200)
    age = time.time() - Path(asked).stat().st_mtime
    sys.exit(f"unhealthy: no sign of life for {age:.0f} seconds" if age > OLDEST_SECONDS else 0)
except OSError as problem:
    sys.exit(f"unhealthy: {problem}")
