"""All settings, read from the environment; the defaults run a checkout with `make run`."""

from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from megahub import __version__, logs, running
from megahub import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    # ------------------------------------------------------------------ where things are
    DATA = env.folder("MEGAHUB_DATA", BASE_DIR / ".data")
    PORT = env.integer("PORT", 8000, least=1, most=65535)
    DATABASE_URL = env.url("DATABASE_URL", {"postgres", "postgresql"})
    REDIS_URL = env.url("REDIS_URL", {"redis", "rediss", "unix"})
    BIND = env.text("MEGAHUB_BIND", "127.0.0.1")  # the address that `up` and `web` listen on
    HOSTS = env.hosts("MEGAHUB_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    DEBUG = env.flag("MEGAHUB_DEBUG", default=False)
    HTTPS = env.flag("MEGAHUB_HTTPS", default=False)  # behind a proxy that ends TLS
    # How many proxies in front write X-Forwarded-For; what callers write there counts nothing.
    TRUSTED_PROXIES = env.integer("MEGAHUB_TRUSTED_PROXIES", int(HTTPS), least=0, most=9)
    SECRET_KEY = env.signing_key("MEGAHUB_SECRET_KEY")
    # Earlier ones, commas between: what they have signed still counts while they stand here.
    SECRET_KEY_FALLBACKS = env.words("MEGAHUB_OLD_SECRET_KEYS", [])
    LOG_FORMAT = env.choice("MEGAHUB_LOG", ["json", "pretty"])
    LOG_COLOURS = env.flag("MEGAHUB_LOG_COLOURS", default=False)
    DEMO = env.flag("MEGAHUB_DEMO", default=True)  # demo content on the first start
    WEB_THREADS = env.integer("MEGAHUB_WEB_THREADS", 8, least=1, most=200)
    WEB_QUEUE = env.integer("MEGAHUB_WEB_QUEUE", 128, least=1, most=100_000)
    MAX_BODY_BYTES = env.integer("MEGAHUB_MAX_BODY_BYTES", 100 * 2**20, least=2**10, most=2**40)
    OUTBOUND_ALLOW = env.addresses("MEGAHUB_OUTBOUND_ALLOW")  # outgoing calls beyond public hosts
    # Where people reach the hub, for links in mails and messages.
    PUBLIC_URL = env.site(
        "MEGAHUB_PUBLIC_URL", f"https://{HOSTS[0]}" if HTTPS else f"http://localhost:{PORT}"
    )
    MAIL_SERVER = env.mail_server("MEGAHUB_EMAIL_URL")  # smtp://user:password@host:587
    DEFAULT_FROM_EMAIL = env.text("MEGAHUB_EMAIL_FROM", "MEGAHUB <megahub@localhost>")
    LOCAL_GGUF = env.text("MEGAHUB_LOCAL_GGUF")  # a language model's file, for all brands
    METRICS_TOKEN = env.secret("MEGAHUB_METRICS_TOKEN")  # who may read /metrics from elsewhere
    CREDENTIAL_KEYS = env.sealing_keys("MEGAHUB_CREDENTIAL_KEYS")  # Fernet keys, newest first
    # ------------------------------------------------------------------ the way in
    SIGN_IN_TRIES = env.integer("MEGAHUB_SIGN_IN_TRIES", 5, least=1, most=1000)
    SIGN_IN_COOL_OFF_SECONDS = env.seconds("MEGAHUB_SIGN_IN_COOL_OFF_SECONDS", 900)
    SESSION_IDLE_SECONDS = env.seconds("MEGAHUB_SESSION_IDLE_SECONDS", 30 * 60)
    SESSION_ABSOLUTE_SECONDS = env.seconds("MEGAHUB_SESSION_ABSOLUTE_SECONDS", 12 * 3600)
    SESSION_PROOF_SECONDS = env.seconds("MEGAHUB_SESSION_PROOF_SECONDS", 600)
    # Calls of programs within a minute; 0: as many as the machine bears.
    KEY_CALLS_PER_MINUTE = env.integer("MEGAHUB_KEY_CALLS_PER_MINUTE", 0, least=0, most=10**9)
    BRAND_CALLS_PER_MINUTE = env.integer("MEGAHUB_BRAND_CALLS_PER_MINUTE", 0, least=0, most=10**9)
    OIDC = env.issuer("MEGAHUB_OIDC")  # who else says who people are; None: only passwords do
    REQUIRE_SECOND_FACTOR = env.flag("MEGAHUB_REQUIRE_2FA", default=False)  # for staff

    # ------------------------------------------------------------------ execution, in seconds
    LEASE_SECONDS = env.seconds("MEGAHUB_LEASE_SECONDS", 30)
    BEAT_SECONDS = env.seconds("MEGAHUB_BEAT_SECONDS", LEASE_SECONDS / 5)
    LOOK_SECONDS = env.seconds("MEGAHUB_LOOK_SECONDS", min(1.0, LEASE_SECONDS / 5))
    AUDIT_KEEP_DAYS = env.integer("MEGAHUB_AUDIT_KEEP_DAYS", 0, least=0, most=36_500)  # 0: for ever
    SWEEP_SECONDS = env.seconds("MEGAHUB_SWEEP_SECONDS", 1)
    WORKER_SLOTS = env.integer("MEGAHUB_WORKER_SLOTS", 8, least=1, most=1000)
    WORKER_PROCESSES = env.integer("MEGAHUB_WORKER_PROCESSES", 2, least=1, most=1000)
    STOP_GRACE_SECONDS = env.seconds("MEGAHUB_STOP_GRACE_SECONDS", 2)
    SHUTDOWN_SECONDS = env.seconds("MEGAHUB_SHUTDOWN_SECONDS", 10)

    # ------------------------------------------------------------------ event streams
    STREAMS_AT_MOST = env.integer("MEGAHUB_STREAMS_AT_MOST", 5000, least=1, most=100_000)
    STREAMS_PER_USER = env.integer("MEGAHUB_STREAMS_PER_USER", 100, least=1, most=100_000)
    STREAM_LIFETIME_SECONDS = env.seconds("MEGAHUB_STREAM_LIFETIME_SECONDS", 900)
    STREAM_CHECK_SECONDS = env.seconds("MEGAHUB_STREAM_CHECK_SECONDS", 60)
    STREAM_STALL_SECONDS = env.seconds("MEGAHUB_STREAM_STALL_SECONDS", 60)
except env.SettingError as error:
    raise ImproperlyConfigured(str(error)) from None

# A command beside a running hub finds its services through the data folder.
_facts = running.read(DATA)
DATABASE_URL = DATABASE_URL or _facts.get("database_url")
REDIS_URL = str(REDIS_URL or _facts.get("redis_url") or "redis://127.0.0.1:6379/0")
SECRET_KEY = SECRET_KEY or _facts.get("secret_key") or ""  # Django refuses to start with none

globals().update(MAIL_SERVER)  # EMAIL_HOST and its kin
LOGGING = logs.configuration(form=LOG_FORMAT, colours=LOG_COLOURS)

# ---------------------------------------------------------------------- what is installed
INSTALLED_APPS = [
    "brands",
    "ai_core",
    "ai_providers",
    "ai_usage",
    "ai_training",
    "ai_notices",
    "ai_schedules",
    "megahub",
    "brands.audit.admin_app.AuditedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "megahub.static_storage.StaticFiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "megahub.request_id.RequestIdMiddleware",
    "megahub.health.HealthMiddleware",
    "megahub.api.middleware.ApiManners",
    "django.middleware.security.SecurityMiddleware",
    "megahub.pages.compression.PagesCompressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "megahub.pages.policy.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "brands.sign_in.sessions.SessionAges",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "brands.middleware.BrandMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "megahub.pages.second_step.SecondFactorWall",
    "megahub.pages.errors.PageErrors",
]

ROOT_URLCONF = "megahub.urls"
WSGI_APPLICATION = "megahub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "megahub.pages.shell.shell",
            ],
        },
    }
]

# ---------------------------------------------------------------------- data
# Connections are kept per thread: a new one for each request costs a factor of three.
DATABASES = {
    "default": dj_database_url.parse(
        DATABASE_URL or "postgresql://no-database-is-running/megahub",
        conn_max_age=None,
        conn_health_checks=True,
    )
}
# Who waits longer than that for a lock, or within a transaction, waits for something that is stuck.
# `manage.py web` adds how long a statement may take.
_LOCK_SECONDS = env.integer("MEGAHUB_LOCK_SECONDS", 10, least=1, most=3600)
# A machine that is cut off keeps its locks until somebody notices: both ends look after it, so that
# neither the others wait for it, nor it for an answer that never comes.
_SILENT_SECONDS = 20
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": _SILENT_SECONDS * 1000,
    "options": f"-c lock_timeout={_LOCK_SECONDS}s -c idle_in_transaction_session_timeout=120s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3"
    f" -c tcp_user_timeout={_SILENT_SECONDS * 1000}",
    **DATABASES["default"].get("OPTIONS", {}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "megahub:cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

MEDIA_ROOT = DATA / "artifacts"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_root"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "megahub.static_storage.StaticStorage"},
}

# ---------------------------------------------------------------------- who and where
ALLOWED_HOSTS = HOSTS
AUTH_USER_MODEL = "auth.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = [
    "brands.sign_in.guesses.GuessGuard",  # first: while it refuses, no password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# ---------------------------------------------------------------------- languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---------------------------------------------------------------------- safety
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(SESSION_IDLE_SECONDS) + 120  # the exact end is in sign_in/sessions.py
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "megahub.pages.errors.csrf_failure"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # A browser keeps such a cookie only from this very host, over HTTPS.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOSTS if host != "*"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# The same dictionary is what Django 6 calls SECURE_CSP.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# ---------------------------------------------------------------------- the API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "brands.api.authentication.ApiKeyAuthentication",
        "brands.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["brands.api.permissions.InBrand"],
    "DEFAULT_PARSER_CLASSES": ["brands.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "brands.api.pagination.PagesOrCursor",
    "DEFAULT_FILTER_BACKENDS": ["brands.api.filters.StrictFilterBackend"],
    "EXCEPTION_HANDLER": "megahub.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,  # ?format= belongs to exports and logs
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MEGAHUB",
    "DESCRIPTION": "AI jobs: create, queue, run, watch, control and pay for them in one place.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "JobStatusEnum": "ai_core.api.shapes.STATUSES",
        "StageStateEnum": "ai_core.api.shapes.STAGE_STATES",
        "ReleaseStatusEnum": "ai_core.releases.STATUSES",
        "OvhStateEnum": "ai_core.doors.ovh.states.STATES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ai_core.api.stream_operations.describe_streams",
        "megahub.api.openapi.describe_errors",
    ],
}

# ---------------------------------------------------------------------- Celery: the doorbell
# Why each line is so: docs/architecture.md, "The doorbell".
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "megahub:",
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
