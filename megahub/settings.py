"""All settings, read from the environment; the defaults run a checkout with `make run`."""

from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from megahub import environment as env
from megahub import running

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    # ------------------------------------------------------------------ where things are
    DATA = env.folder("MEGAHUB_DATA", BASE_DIR / ".data")
    PORT = env.integer("PORT", 8000, least=1, most=65535)
    DATABASE_URL = env.url("DATABASE_URL", {"postgres", "postgresql"})
    REDIS_URL = env.url("REDIS_URL", {"redis", "rediss", "unix"})
    HOSTS = env.words("MEGAHUB_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    DEBUG = env.flag("MEGAHUB_DEBUG", default=False)
    HTTPS = env.flag("MEGAHUB_HTTPS", default=False)  # behind a proxy that ends TLS
    SECRET_KEY = env.secret("MEGAHUB_SECRET_KEY")
    LOG_FORMAT = env.text("MEGAHUB_LOG", "json")  # json or pretty

    # ------------------------------------------------------------------ execution (seconds)
    LEASE_SECONDS = env.seconds("MEGAHUB_LEASE_SECONDS", 30)
    BEAT_SECONDS = env.seconds("MEGAHUB_BEAT_SECONDS", LEASE_SECONDS / 6)
    SWEEP_SECONDS = env.seconds("MEGAHUB_SWEEP_SECONDS", 1)
    WORKER_SLOTS = env.integer("MEGAHUB_WORKER_SLOTS", 8, least=1, most=1000)
    SHUTDOWN_SECONDS = env.seconds("MEGAHUB_SHUTDOWN_SECONDS", 10)
except env.SettingError as error:
    raise ImproperlyConfigured(str(error)) from None

# A command beside a running hub finds its services through the data folder.
_facts = running.read(DATA)
DATABASE_URL = DATABASE_URL or _facts.get("database_url")
REDIS_URL = REDIS_URL or _facts.get("redis_url") or "redis://127.0.0.1:6379/0"
SECRET_KEY = SECRET_KEY or _facts.get("secret_key") or ""  # Django refuses to start with none

# ---------------------------------------------------------------------- what is installed
INSTALLED_APPS = [
    "brands",
    "ai_core",
    "ai_providers",
    "ai_usage",
    "ai_training",
    "megahub",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
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
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
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
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ---------------------------------------------------------------------- who and where
ALLOWED_HOSTS = HOSTS
AUTH_USER_MODEL = "auth.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
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
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
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
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
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
