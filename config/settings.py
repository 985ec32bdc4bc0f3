"""Every setting, from the environment (.env.example names them all).

Without DATABASE_URL the project runs by itself on one machine: PostgreSQL from its own package, queue and mail in
files. With it, everything that a clinic must decide has to be set; absence or nonsense stops the start.
"""

import tomllib
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.machine import embedded, environment, folders, users, zone_data
from config.machine.pool import try_again
from config.web.front_door import THREADS
from config.web.limits import LARGEST_BODY_BYTES

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.text("TIDEMARK_DATA_DIR", str(BASE_DIR / "var"))).resolve()

# The one place of the version is pyproject.toml; CHANGELOG.md says what came with which.
VERSION = str(tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])

# True on one machine that brings its own PostgreSQL; False in a clinic.
EMBEDDED = not environment.text("DATABASE_URL")
DEBUG = False
PORT = environment.number("TIDEMARK_PORT", default=8000, lowest=1, highest=65535)

SECRET_KEY = environment.secret_key("SECRET_KEY", folders.secret_key(DATA_DIR) if EMBEDDED else "")
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if EMBEDDED else "")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# Before anything asks what time it is somewhere.
zone_data.use_own()

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "patients",
    "monitoring",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "config.web.middleware.RequestLogMiddleware",
    # Masks the CSRF token and pads each answer by a random length, so that sizes tell nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "patients.access.middleware.PrivacyHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Around everything that needs the database, so that its failure is told in a language too.
    "patients.access.middleware.LanguageMiddleware",
    # Before anything that looks into the body or the database.
    "config.web.middleware.RefusalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # One transaction per request with the clinic's context: innermost, so that nothing leaves it unscoped.
    "patients.access.middleware.ClinicMiddleware",
    "patients.access.middleware.SessionLimitsMiddleware",
    "patients.access.middleware.SignInRequiredMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "config.web.pages.Pages",
        # The name by which django-template-partials finds it.
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- PostgreSQL -----------------------------------------------------------------------------------------------------

# Seconds and milliseconds after which a frozen or unreachable server becomes an error instead of a hanging page.
_CONNECTION_LIMITS = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_APP_LIMITS = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s"
# What a clinic holds lies in memory or on a disk without moving parts: looking up fifty rows beats reading them all.
_PLANNING = "-c random_page_cost=1.1"
_OWNER_LIMITS = "-c lock_timeout=2s"

if EMBEDDED:
    _app_url, _owner_url = embedded.urls(DATA_DIR)
else:
    _app_url, _owner_url = environment.text("DATABASE_URL"), environment.text("DATABASE_OWNER_URL")

DATABASES = {"default": environment.database("DATABASE_URL", _app_url)}
DATABASES["default"]["OPTIONS"] |= _CONNECTION_LIMITS | {"options": f"{_APP_LIMITS} {_PLANNING}"}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if environment.flag("DATABASE_POOL", default=False):
    # One for each thread of a web process (config.web.front_door), or help would wait for a connection when it has a
    # thread: with two processes twelve, far below PostgreSQL's 100. After an outage the pool would wait as long again
    # as the outage took before it tried to connect; it gives up early and begins anew, so that a request is served
    # within two seconds of the return.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": THREADS,
        "timeout": 5,
        "reconnect_timeout": 2,
        "reconnect_failed": try_again,
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60

# The role that owns the tables: known only where migrations run (`manage.py migrate --database=owner`).
if _owner_url:
    DATABASES["owner"] = environment.database("DATABASE_OWNER_URL", _owner_url)
    DATABASES["owner"]["OPTIONS"] |= _CONNECTION_LIMITS | {"options": _OWNER_LIMITS}

# Rate limits and used one-time codes live here: log-in must work when Redis does not.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

# --- Accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "patients.User"
# On the server: the other storage keeps messages, which name medicines, in a cookie that everyone can read.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "patients.access.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Long enough to find the mail on another device; what guards a code are its three tries (docs/decisions/0064).
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
# Failed passwords are counted for an address from one place (patients.access.sign_in), so that no one elsewhere can
# keep the right person out; codes for an address alone, because each is a mail. Source: docs/safety.md#rates.
# Codes that claim a record are counted for an address of the network, beside the few tries of each invitation: a
# waiting room may share one.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/10m/key",
    "claim": "30/10m/ip",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

MFA_ADAPTER = "patients.access.sign_in.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey without PIN or fingerprint would be one factor only.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Plain http on this machine's loopback address is the
# one place where browsers allow passkeys without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED
MFA_TOTP_ISSUER = "Tidemark"
MFA_ALLOW_UNVERIFIED_EMAIL = False
MFA_TRUST_ENABLED = False

STAFF_MFA_REQUIRED = environment.flag("STAFF_MFA_REQUIRED", default=not EMBEDDED)

# Client addresses come from X-Forwarded-For only when a known number of proxies stands in front.
TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXY_COUNT", default=0, lowest=0, highest=5)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- Sessions, cookies, headers -------------------------------------------------------------------------------------

SESSION_ENGINE = "config.web.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Seconds without a request of the person's own after which the session ends (polling does not count).
STAFF_IDLE_SECONDS = 15 * 60
PATIENT_IDLE_SECONDS = 30 * 60

SECURE_COOKIES = environment.flag("SECURE_COOKIES", default=not EMBEDDED)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# __Host- ties a cookie to this host over TLS; browsers refuse the prefix without Secure.
SESSION_COOKIE_NAME = "__Host-sessionid" if SECURE_COOKIES else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE_COOKIES else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^healthz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# security.W021: being preloaded into browsers cannot be taken back, so the clinic decides it, not this file.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "report-uri": ["/csp"],
    },
}

# One check-in is a few kB; a larger or wider body is a mistake or an attack (config.web.limits refuses it unread).
DATA_UPLOAD_MAX_MEMORY_SIZE = LARGEST_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# A file is held in memory, and only where a page asks for one: nothing of a request is ever written to a disk.
FILE_UPLOAD_HANDLERS = ["config.web.uploads.ExpectedFile"]
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_BODY_BYTES

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each by its own name, for people who read no other (docs/operations.md says how to add one).
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# How a language writes the forms of dates that our pages name.
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(environment.text("TIDEMARK_STATIC_DIR", str(DATA_DIR / "static"))).resolve()
# Templates name files by their checksum only; a second, unhashed copy would be compressed for no one.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Mail -----------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "Tidemark <tidemark@localhost>" if EMBEDDED else "")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
_email_url = environment.text("EMAIL_URL")
if _email_url:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(environment.email("EMAIL_URL", _email_url))
elif EMBEDDED:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
else:
    raise ImproperlyConfigured("EMAIL_URL must be set when DATABASE_URL is set: invitations and alerts go out by mail.")
if not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must be set when DATABASE_URL is set.")

# Which provider takes our mail, if it reports what became of it to /mail/reports/; and what it says to be believed.
MAIL_REPORTS = environment.choice("MAIL_REPORTS", ("brevo", "mailjet", "mailtrap", "postmark", "sparkpost"))
MAIL_REPORTS_SECRET = environment.secret("MAIL_REPORTS_SECRET", shortest=20)
if bool(MAIL_REPORTS) != bool(MAIL_REPORTS_SECRET) or ":" not in (MAIL_REPORTS_SECRET or ":"):
    raise ImproperlyConfigured("MAIL_REPORTS and MAIL_REPORTS_SECRET (user:password) must be set together.")

# The private key with which browsers know our messages (`manage.py make_push_key`); without one none are offered them.
PUSH_KEY = environment.curve_key("PUSH_KEY")
# Where browsers' makers take messages in; no other host is asked. `*` stands for any part of a name.
PUSH_SERVICES = environment.words(
    "PUSH_SERVICES",
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.services.mozilla.com,*.notify.windows.com,"
    "*.push.apple.com",
)

# What links in messages begin with: jobs have no request that would tell. The first trusted origin, if not said.
_origin = f"http://127.0.0.1:{PORT}" if EMBEDDED else f"{'https' if SECURE_COOKIES else 'http'}://{ALLOWED_HOSTS[0]}"
SITE_URL = (environment.origins("SITE_URL") or CSRF_TRUSTED_ORIGINS or [_origin])[0].rstrip("/")

# --- Background jobs ------------------------------------------------------------------------------------------------

REDIS_URL = environment.text("REDIS_URL")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_URL = environment.redis("REDIS_URL", REDIS_URL)
    # Short socket limits: with the defaults a hung Redis blocks a publisher for ever. The visibility limit is above
    # the longest task.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "visibility_timeout": 300}
else:
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "queue"),
        "data_folder_out": str(DATA_DIR / "queue"),
        "control_folder": str(DATA_DIR / "queue-control"),
    }
# Whether a submit asks a worker to hurry; off, only the sweep finds the work (tests drive it themselves). Root's own
# commands write no messages: the folder is another user's, who could put a link where root writes.
NUDGE_ENABLED = bool(REDIS_URL) or not users.is_root()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- Watching --------------------------------------------------------------------------------------------------------

# The processes that must show life; an installation without Celery watches `sweep` alone.
WATCHED_PROCESSES = environment.choices("WATCHED_PROCESSES", ("worker", "beat", "sweep"))
# Where a process leaves a file as its sign of life, for the check of its container; nowhere, if not said.
PULSE_DIR = environment.text("PULSE_DIR")
# Folders on disks that must not become full. In a container that is the host's disk, which holds the volumes too.
WATCHED_FOLDERS = environment.words("WATCHED_FOLDERS", str(DATA_DIR) if EMBEDDED else "/")
# Asked after each sweep while all is well: whoever is behind it calls somebody when it is asked no more.
DEAD_MAN_URL = environment.address("DEAD_MAN_URL")
# What a Prometheus must say to be told the figures of /metrics; without it that page does not exist.
METRICS_TOKEN = environment.secret("METRICS_TOKEN", shortest=20)

# --- Logs -----------------------------------------------------------------------------------------------------------

# JSON lines from an allow-list of fields: never a message argument, a local variable or a path (config/logs.py).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # The request log already has one line for each of these.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Tells of every table of a font that it leaves out of a PDF.
        "fontTools": {"level": "WARNING"},
        # A queue in a folder has no host name to supply.
        "kombu.connection": {"level": "ERROR"},
    },
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "django.views.debug.SafeExceptionReporterFilter"
