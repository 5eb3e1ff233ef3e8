"""Mail: a folder while nothing else is set up, so that everything works without a mail server."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from kindwall import env
from kindwall.settings.installation import DATA_DIR, bracketed

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
