"""The database, and the cache."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from kindwall import env
from kindwall.settings.installation import DATA_DIR


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
