"""Settings, read from the environment. docs/self-hosting.md explains every variable.

Safe by default: without KINDWALL_LOCAL (which `make run` sets) this is production, and
production refuses to start without a secret key and host names.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host
from django.utils.csp import CSP

from kindwall import env, single_sign_on

BASE_DIR = Path(__file__).resolve().parent.parent

# The place of this installation

LOCAL = env.boolean("KINDWALL_LOCAL", default=False)
DEBUG = env.boolean("DEBUG", default=False)
DEMO = env.boolean("KINDWALL_DEMO", default=LOCAL)
# The people who may start a team: anyone with an account, or the operator.
TEAM_CREATION = env.choice("TEAM_CREATION", "anyone" if LOCAL else "operator", among=("anyone", "operator"))
HOST = env.address_to_listen_on("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65_535)
THREADS = env.integer("THREADS", 4, least=1, most=64)
# The proxies whose X-Forwarded-* are believed.
FORWARDED_ALLOW_IPS = env.networks("FORWARDED_ALLOW_IPS", "127.0.0.1")
ACCESS_LOG = env.boolean("ACCESS_LOG", default=False)
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "data")
BUILD_DIR = env.path("BUILD_DIR", BASE_DIR / "build")
# Of everybody in the demo. Left empty, a first start makes one up and keeps it.
DEMO_PASSWORD = env.read_secret("DEMO_PASSWORD")
DEMO_PASSWORD_FILE = DATA_DIR / "demo-password"


def make_data_dir() -> None:
    # Every file that this process makes is its own, in whichever folder: accounts, sessions, letters.
    os.umask(0o077)
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        probe = DATA_DIR / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)  # another process that starts now may have removed it
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {DATA_DIR} cannot be written to ({error.strerror}); "
            "choose a folder that can, with DATA_DIR=/some/folder."
        ) from None


def secret_key() -> str:
    """SECRET_KEY(_FILE), or the one kept in DATA_DIR, which a local first start makes."""
    if given := env.read_secret("SECRET_KEY"):
        return given
    key_file = DATA_DIR / "secret-key"
    if not key_file.exists():
        if not LOCAL:
            raise ImproperlyConfigured(f"set SECRET_KEY or SECRET_KEY_FILE, or put a long random text into {key_file}.")
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(64))
    try:
        key = key_file.read_text().strip()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"SECRET_KEY: {key_file} cannot be read ({type(error).__name__}).") from None
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY: {key_file} is empty; put a long random text into it, or remove it.")
    return key


make_data_dir()
SECRET_KEY = secret_key()

ALLOWED_HOSTS = env.host_names("ALLOWED_HOSTS")
if LOCAL:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]", HOST]
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("set ALLOWED_HOSTS to the names people reach this wall by, such as wall.example.org.")

# HTTPS. TLS ends at a proxy that sends X-Forwarded-Proto; the server believes it from FORWARDED_ALLOW_IPS alone.

HTTPS = env.boolean("HTTPS", default=not LOCAL)
SECURE_SSL_REDIRECT = HTTPS
# The health check comes from inside, without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
HSTS_SECONDS = env.integer("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "kindwall.sessions"
SESSION_COOKIE_NAME = "kindwall_session"
CSRF_COOKIE_NAME = "kindwall_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
# HTTPS=off and HSTS_SECONDS=0 are set on purpose; `serve` repeats the first at each start (kindwall/deployment.py).
SILENCED_SYSTEM_CHECKS = [
    *([] if HTTPS else ["security.W008", "security.W010", "security.W012", "security.W016"]),
    *([] if SECURE_HSTS_SECONDS else ["security.W004"]),
]
CSRF_FAILURE_VIEW = "kindwall.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# The address people open, which links in mails begin with.


def bracketed(host: str) -> str:
    """As it is written in an address: an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host else host


def usual_origin() -> str:
    if LOCAL and not HTTPS:
        host = "127.0.0.1" if HOST in ("0.0.0.0", "::") else bracketed(HOST)  # noqa: S104
        return f"http://{host}:{PORT}"
    return f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].removeprefix('.')}"


ORIGIN = env.origin("ORIGIN", usual_origin())
if not validate_host(split_domain_port(urlsplit(ORIGIN).netloc)[0], ALLOWED_HOSTS):
    raise ImproperlyConfigured(f"ORIGIN is {ORIGIN}, whose name is not one of ALLOWED_HOSTS.")

# Applications

INSTALLED_APPS = [
    "kindwall",
    "accounts",
    "stories",
    "moderation",
    "notices",
    "syndication",
    "archives",
    "kindwall.admin_app.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.microsoft",
    "allauth.socialaccount.providers.github",
    "django_htmx",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kindwall.shared_pages.SharedPagesMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "kindwall.request_text.RequestTextMiddleware",
    "kindwall.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.preferences.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.access.AccessMiddleware",
]

ROOT_URLCONF = "kindwall.urls"
FORM_RENDERER = "kindwall.forms.FormRenderer"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "kindwall.templatetags.links",
                "kindwall.templatetags.marks",
                "accounts.templatetags.names",
                "stories.templatetags.ages",
                "stories.templatetags.words",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kindwall.context.installation",
                "stories.context.team_page",
                "notices.context.bell",
            ],
        },
    },
]

# Data


def sqlite() -> dict[str, Any]:
    return {
        "ENGINE": "kindwall.sqlite3",
        "NAME": DATA_DIR / "kindwall.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Taking the write lock at BEGIN lets writers queue for `timeout` seconds; a
            # transaction that upgrades halfway would fail at once. Nobody holds the lock for so long but an import or
            # a tool from outside; who meets it is asked to send it again, and what they typed is given back.
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def database(url: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    except dj_database_url.UnknownSchemeError:
        config = {}
    except (dj_database_url.ParseError, ValueError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}.") from None
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must start with postgres://.")
    # A server that does not answer at all would hold a thread for minutes.
    config["OPTIONS"] = {"connect_timeout": 5, **config.get("OPTIONS", {})}
    return config


DATABASE_URL = env.read_secret("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {"default": database(DATABASE_URL) if DATABASE_URL else sqlite()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Counts what is limited, such as sign-ins. With room for so few entries as by default, made-up ones would push the
# others out, and the limits with them.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.signup.NameForm"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.entrance.SignupForm",
    "login": "accounts.forms.entrance.LoginForm",
    "reset_password": "accounts.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.entrance.ResetPasswordKeyForm",
}
# Except for members, and for people who come by a link or an invitation (accounts/login_stages.py).
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
# Beside allauth's own.
ACCOUNT_RATE_LIMITS = {
    # accounts/views/entrance.py has these two, for people who come by a link or an invitation and for others.
    "signup": None,
    "login": None,
    "sign_up": "20/m/ip",
    "sign_up_by_link": "300/10m/key",
    "sign_up_by_invitation": "20/m/key",
    "sign_in": "30/m/ip",
    "sign_in_by_link": "300/10m/key",
    "sign_in_by_invitation": "20/m/key",
    # Whole archives of one's own or of a team; each costs a while of work.
    "export": "3/h/user",
    # Texts that an address leaves behind to be given back after signing in.
    "keep_unsent_form": "30/m/ip",
    # Presses on the way into a team by one link or invitation.
    "join": "600/10m/key",
    # Links that open nothing.
    "guess_token": "20/m/ip",
    # Stories that one person reports.
    "report": "60/h/user",
    # Saves of what one person writes: the composer sends one each second and a half at most.
    "save": "120/m/user",
    # Uplifts and reactions of one person.
    "press": "240/m/user",
    # Addresses that one person invites.
    "invite": "300/h/user",
    # Letters that one address gets, from whomever.
    "invite_address": "10/d/key",
    "resend_invitation": "1/5m/key",
    # Teams that one person starts.
    "start_team": "10/d/user",
    # Pictures that one person has made small: they take their turns.
    "picture": "20/5m/user",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"

# With an account from elsewhere. A provider that has confirmed an address is believed about whose it is, as a mail to
# it would be: that person is let in to the account here which has the address. One that has not is never believed.

SOCIALACCOUNT_ADAPTER = "accounts.sso.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = single_sign_on.provider_settings(local=LOCAL)
SSO_ONLY = single_sign_on.only_way_in(SOCIALACCOUNT_PROVIDERS)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# A second factor, and passkeys, which are both factors at once. Where single sign-on is the only way in, so it is.

MFA_ADAPTER = "accounts.two_factor.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.two_factor.AddWebAuthnForm",
    "edit_webauthn": "accounts.two_factor.EditWebAuthnForm",
    "login_webauthn": "accounts.two_factor.LoginWebAuthnForm",
    "authenticate_webauthn": "accounts.two_factor.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "accounts.two_factor.ReauthenticateWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Kindwall"
MFA_TOTP_TOLERANCE = 1  # of a telephone's clock, in periods of 30 seconds
MFA_PASSKEY_LOGIN_ENABLED = not SSO_ONLY
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL

# Mail: a folder while nothing else is set up, so that everything works without a mail server.

MAIL_DIR = DATA_DIR / "mail"
MAIL_URL = env.read_secret("MAIL_URL")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mailbox("MAIL_FROM", "Kindwall <kindwall@localhost>")


def mailer(url: str) -> dict[str, Any]:
    """smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465."""
    try:
        parts = urlsplit(url)
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("smtp", "smtps") or not env.HOST_NAME.fullmatch(bracketed(parts.hostname or "")):
        raise ImproperlyConfigured("MAIL_URL must look like smtp://user:password@host:587.")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp" and bool(parts.username),
            "timeout": 20,
        },
    }


MAILERS: dict[str, dict[str, Any]] = {
    "default": mailer(MAIL_URL)
    if MAIL_URL
    else {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": MAIL_DIR},
    }
}

# Before each further attempt of a task that failed; a mail is tried for almost a day.
RETRY_PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30)]
MAIL_RETRY_PAUSES = [*RETRY_PAUSES, *(timedelta(hours=hours) for hours in (2, 6, 15))]

# Background work. A task is a row written in the transaction that enqueued it: what is rolled back was never enqueued,
# and no worker sees it before the commit. (The tests' immediate backend runs it inside the transaction.)

WORKER = env.boolean("WORKER", default=True)
MAIL_QUEUE = "mail"  # of its own, so that other work does not wait for a mail server
DELIVERY_QUEUE = "deliveries"  # the same for receivers of events
TASKS: dict[str, Any] = {
    "default": {"BACKEND": "kindwall.worker.Backend", "QUEUES": ["default", MAIL_QUEUE, DELIVERY_QUEUE]}
}

# Channels to other services. A receiver inside the operator's own network is an address that owners could not reach
# themselves, so it is refused unless the operator allows it.

CHANNEL_PRIVATE_ADDRESSES = env.boolean("CHANNEL_PRIVATE_ADDRESSES", default=False)

# Files

STATIC_URL = "static/"
STATIC_ROOT = BUILD_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "kindwall.storage.BundledStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# A story is at most 1,000 characters; this leaves room for any script and any form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Not for operators: only the tests have other times, in seconds, and the bench other numbers.

# Between two messages on a quiet live stream. A page that misses two of them shows within ten seconds that its line is
# dead; at each fifth it is checked who may still watch.
LIVE_HEARTBEAT = 4.0
# For the headers of a request, and after which its body has to have come at a thousand bytes a second.
REQUEST_HEAD_SECONDS = 15.0
REQUEST_BODY_SECONDS = 20.0
# For requests in flight after the signal to stop; open streams end at once.
STOP_SECONDS = 3.0
# Live streams of one person: a browser opens one for its visible walls of a team, and one for its visible desks.
STREAMS_OF_PERSON = 50

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "kindwall.formats"
USE_TZ = True
TIME_ZONE = env.read_time_zone("TIME_ZONE", "UTC")

LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # A stranger's Host header is answered with 400; a scanner must not fill the log with it.
    # A page that is not somebody's to open is an answer, not a fault.
    "loggers": {
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # Nor with a traceback for each request that is too large, which is answered with 413.
        "django.security.RequestDataTooBig": {"handlers": [], "propagate": False},
        "django.request": {"level": "ERROR"},
        # Django's own loggers say more than was asked for: two lines for every task.
        "django.tasks": {"level": LOG_LEVEL},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
