"""The place of this installation: its folders, its key, and the addresses that it is reached by."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from kindwall import env

BASE_DIR = Path(__file__).resolve().parents[2]

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

# TLS ends at a proxy that sends X-Forwarded-Proto; the server believes it from FORWARDED_ALLOW_IPS alone.
HTTPS = env.boolean("HTTPS", default=not LOCAL)

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
