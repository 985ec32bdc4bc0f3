"""Settings of the tests: fast hashing, mail in memory, plain static files; everything else as in production."""

import os
import secrets
import tempfile
from pathlib import Path

# A throw-away data folder of this test run (conftest.py starts its PostgreSQL; xdist workers inherit the variable).
if not os.environ.get("DATABASE_URL"):
    os.environ.setdefault("TIDEMARK_TEST_DATA_DIR", str(Path(tempfile.gettempdir()) / f"tidemark-test-{os.getpid()}"))
    os.environ["TIDEMARK_DATA_DIR"] = os.environ["TIDEMARK_TEST_DATA_DIR"]
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))

from config.settings import *

# The tests run under row-level security as the application role; only the database is made by its owner.
DATABASES["default"]["TEST"] = {"MIRROR": "owner"}
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
# Nothing is collected for tests, but WhiteNoise warns of a folder that is not there.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_AUTOREFRESH = False

CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

NUDGE_ENABLED = False

# No process runs beside the tests: those that are about processes say which are watched.
WATCHED_PROCESSES = []
