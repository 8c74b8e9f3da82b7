"""Django's settings, from the table in `leaddrum.conf`."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from leaddrum import conf

_values = conf.read()
PACKAGE = Path(__file__).parent
DATA = Path(_values["LEADDRUM_DATA"]).absolute()


def _secret_key() -> str:
    """The key of the environment, or the data folder's own, made at the first start and readable by its owner only."""
    if _values["LEADDRUM_SECRET_KEY"]:
        return _values["LEADDRUM_SECRET_KEY"]
    file = DATA / "secret_key"
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        key = secrets.token_urlsafe(64)
    try:
        DATA.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(key)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    except OSError:
        return key  # a folder that cannot be written is reported by the command that needs it
    return key


SECRET_KEY = _secret_key()
DEBUG = conf.flag(_values, "LEADDRUM_DEBUG")
ALLOWED_HOSTS = [host.strip() for host in _values["LEADDRUM_HOSTS"].split(",") if host.strip()]
PUBLIC_URL = conf.parsed(_values, "LEADDRUM_URL", conf.address)
SMTP_LISTEN = conf.parsed(_values, "LEADDRUM_SMTP_LISTEN", conf.listen)
FORM_RATE = conf.parsed(_values, "LEADDRUM_FORM_RATE", conf.rate)
API_RATE = conf.parsed(_values, "LEADDRUM_API_RATE", conf.rate)
PROXIES = conf.parsed(_values, "LEADDRUM_PROXIES", conf.count)
TICK = conf.parsed(_values, "LEADDRUM_TICK", conf.positive)
LOG_LEVEL = conf.parsed(_values, "LEADDRUM_LOG", conf.level)
BITRIX24_PRESSES = conf.parsed(_values, "LEADDRUM_BITRIX24_PRESSES", conf.presses)
BITRIX24_OAUTH = _values["LEADDRUM_BITRIX24_OAUTH"]
FRAME_ANCESTORS = _values["LEADDRUM_FRAME_ANCESTORS"].split()

INSTALLED_APPS = [
    "leaddrum",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "leaddrum.logs.RequestId",
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
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "leaddrum.urls"
WSGI_APPLICATION = "leaddrum.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]


def _database() -> Any:
    if not _values["DATABASE_URL"]:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA / "leaddrum.sqlite3"),
            "CONN_MAX_AGE": 600,  # opening the file anew was half of what an answer "nothing has changed" cost
            # A writer takes the write lock when it begins, so what it reads is what it changes (docs/decisions/0001).
            "OPTIONS": {
                "timeout": conf.parsed(_values, "LEADDRUM_SQLITE_WAIT", conf.positive),
                "transaction_mode": "IMMEDIATE",
                # Each thread keeps pages of its own; the one that turns the drum asks for more: `sql.keep_pages`.
                # A checkpoint of 4,000 pages holds a verdict up for some 50 ms, one of 16,000 for 200.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4096;"
                    "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=134217728; PRAGMA temp_store=MEMORY;"
                ),
            },
            "TEST": {"NAME": None},
        }
    database: dict[str, Any] = dict(conf.parsed(_values, "DATABASE_URL", dj_database_url.parse))
    database["CONN_MAX_AGE"] = 600
    database["CONN_HEALTH_CHECKS"] = True
    # A way to the server that has gone dead without a word is noticed within half a minute, not after a quarter hour.
    dead = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
    ours = {"application_name": "leaddrum", "tcp_user_timeout": 30_000}
    database["OPTIONS"] = dead | ours | dict(database.get("OPTIONS", {}))
    # A worker that froze inside a transaction must not keep a company waiting: the server ends it between two
    # statements, another engine within one (`sql.end_stalled`).
    database["OPTIONS"].setdefault("options", "-c idle_in_transaction_session_timeout=15000 -c lock_timeout=30000")
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "leaddrum.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_HANDLER = "leaddrum.web.attempts.Attempts"
AXES_LOCKOUT_CALLABLE = "leaddrum.web.access.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_IPWARE_PROXY_COUNT = PROXIES or None
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "leaddrum.web.access.page_is_old"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = sorted(str(path) for path in (PACKAGE / "locale").glob("*") if path.is_dir())
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = str(PACKAGE / "static")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SESSION_COOKIE_AGE = round(conf.parsed(_values, "LEADDRUM_SESSION_HOURS", conf.positive) * 3600)
SESSION_COOKIE_HTTPONLY = True
SECOND_FACTOR = conf.parsed(_values, "LEADDRUM_SECOND_FACTOR", conf.second_factor)
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if conf.flag(_values, "LEADDRUM_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # Browsers take a cookie of that prefix from this very host over TLS only.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

BITRIX24_WEBHOOK = _values["LEADDRUM_BITRIX24_WEBHOOK"]
MAIL_URL = _values["LEADDRUM_MAIL_URL"]
DEFAULT_FROM_EMAIL = _values["LEADDRUM_MAIL_FROM"]
EMAIL_TIMEOUT = 15
if MAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    _mail = conf.parsed(_values, "LEADDRUM_MAIL_URL", conf.mail_server)
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.ssl, _mail.starttls
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA / "mail")
TELEGRAM_TOKEN = _values["LEADDRUM_TELEGRAM_TOKEN"]
TELEGRAM_API = _values["LEADDRUM_TELEGRAM_API"]
TELEGRAM_UPDATES = conf.parsed(_values, "LEADDRUM_TELEGRAM_UPDATES", conf.updates)
POST_TO = conf.parsed(_values, "LEADDRUM_POST_TO", conf.networks)
LOGGING_CONFIG = None
