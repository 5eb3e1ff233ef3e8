"""Tests of settings: safe by default, and errors in one sentence with the variable's name."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kindwall import deployment
from tests.journeys.installation import free_port

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
STRONG = "a0b1c2d3e4f5g6h7i8j9" * 4
PRODUCTION = {"SECRET_KEY": "long-and-random", "ALLOWED_HOSTS": "wall.example.org"}
LOCAL = {"KINDWALL_LOCAL": "on"}
OIDC = {"OIDC_URL": "https://id.example.org/", "OIDC_CLIENT_ID": "wall", "OIDC_CLIENT_SECRET": "secret"}
READ = """
    SECRET_KEY ALLOWED_HOSTS KINDWALL_LOCAL KINDWALL_DEMO DEMO_PASSWORD TEAM_CREATION DEBUG HTTPS HOST PORT THREADS
    DATA_DIR BUILD_DIR FORWARDED_ALLOW_IPS ACCESS_LOG
    HSTS_SECONDS DATABASE_URL REDIS_URL MAIL_URL MAIL_FROM LOG_LEVEL
    OIDC_URL OIDC_NAME OIDC_CLIENT_ID OIDC_CLIENT_SECRET GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET MICROSOFT_CLIENT_ID
    MICROSOFT_CLIENT_SECRET MICROSOFT_TENANT GITHUB_CLIENT_ID GITHUB_CLIENT_SECRET SSO_ONLY TIME_ZONE ORIGIN WORKER
""".split()  # noqa: SIM905


@pytest.fixture
def settings_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SimpleNamespace]:
    """Reads the settings anew, as a process with these variables and no others would."""

    def read(**variables: str) -> SimpleNamespace:
        for name in READ:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in {"DATA_DIR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        for module in [name for name in sys.modules if f"{name}.".startswith("kindwall.settings.")]:
            monkeypatch.delitem(sys.modules, module)
        return SimpleNamespace(**vars(import_module("kindwall.settings")))

    return read


def manage(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "manage.py", *command, **variables)


def python(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    environment = {**kept, "DATA_DIR": str(folder), "BUILD_DIR": str(folder / "build"), **variables}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


WRONG = {
    "no secret key": (LOCAL | {"KINDWALL_LOCAL": "", "ALLOWED_HOSTS": "wall.example.org"}, "SECRET_KEY"),
    "no host names": ({"SECRET_KEY": "long-and-random"}, "ALLOWED_HOSTS"),
    "host names of commas": (PRODUCTION | {"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
    "a port of letters": (PRODUCTION | {"PORT": "http"}, "PORT"),
    "port nought": (PRODUCTION | {"PORT": "0"}, "PORT"),
    "a port beyond all ports": (PRODUCTION | {"PORT": "70000"}, "PORT"),
    "no threads": (PRODUCTION | {"THREADS": "0"}, "THREADS"),
    "threads without end": (PRODUCTION | {"THREADS": "9999"}, "THREADS"),
    "an address to listen on that is none": (PRODUCTION | {"HOST": "http://0.0.0.0"}, "HOST"),
    "a host name with its scheme": (PRODUCTION | {"ALLOWED_HOSTS": "https://wall.example.org"}, "ALLOWED_HOSTS"),
    "a host name with its port": (PRODUCTION | {"ALLOWED_HOSTS": "wall.example.org:8000"}, "ALLOWED_HOSTS"),
    "proxies of nonsense": (PRODUCTION | {"FORWARDED_ALLOW_IPS": "127.0.0.1, rubbish"}, "FORWARDED_ALLOW_IPS"),
    "a network that starts in the middle": (PRODUCTION | {"FORWARDED_ALLOW_IPS": "10.0.0.7/8"}, "FORWARDED_ALLOW_IPS"),
    "an access log of letters": (PRODUCTION | {"ACCESS_LOG": "maybe"}, "ACCESS_LOG"),
    "a level that is none": (PRODUCTION | {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "a sender of two lines": (PRODUCTION | {"MAIL_FROM": "Wall <a@example.org>\nBcc: b@example.org"}, "MAIL_FROM"),
    "a sender without an address": (PRODUCTION | {"MAIL_FROM": "Kindwall"}, "MAIL_FROM"),
    "a sender that is no text": (PRODUCTION | {"MAIL_FROM": "\udcff@example.org"}, "MAIL_FROM"),
    "a key that is no text": (PRODUCTION | {"SECRET_KEY": "\udcff" * 60}, "SECRET_KEY"),
    "a key in a file of bytes": (PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": sys.executable}, "SECRET_KEY_FILE"),
    "a key in a folder": (PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": "/"}, "SECRET_KEY_FILE"),
    "seconds of letters": (PRODUCTION | {"HSTS_SECONDS": "a year"}, "HSTS_SECONDS"),
    "seconds below nought": (PRODUCTION | {"HSTS_SECONDS": "-1"}, "HSTS_SECONDS"),
    "HTTPS of letters": (PRODUCTION | {"HTTPS": "tls"}, "HTTPS"),
    "a demo of letters": (PRODUCTION | {"KINDWALL_DEMO": "2"}, "KINDWALL_DEMO"),
    "local of letters": (PRODUCTION | {"KINDWALL_LOCAL": "here"}, "KINDWALL_LOCAL"),
    "a home of nobody's": (PRODUCTION | {"DATA_DIR": "~nobody-of-that-name/wall"}, "DATA_DIR"),
    "a build folder of nobody's": (PRODUCTION | {"BUILD_DIR": "~nobody-of-that-name/wall"}, "BUILD_DIR"),
    "a mail server with a space": (PRODUCTION | {"MAIL_URL": "smtp://mail example.org"}, "MAIL_URL"),
    "single sign-on or not": (PRODUCTION | OIDC | {"SSO_ONLY": "maybe"}, "SSO_ONLY"),
    "a provider without a name": (PRODUCTION | OIDC | {"OIDC_URL": "https://"}, "OIDC_URL"),
    "a provider with a space": (PRODUCTION | OIDC | {"OIDC_URL": "https://id.example.org/a b"}, "OIDC_URL"),
    "a provider's port of letters": (PRODUCTION | OIDC | {"OIDC_URL": "https://id.example.org:port"}, "OIDC_URL"),
    "a button of two lines": (PRODUCTION | OIDC | {"OIDC_NAME": "Harbour\nID"}, "OIDC_NAME"),
    "a directory that is a path": (
        PRODUCTION | {"MICROSOFT_CLIENT_ID": "x", "MICROSOFT_CLIENT_SECRET": "x", "MICROSOFT_TENANT": "../common"},
        "MICROSOFT_TENANT",
    ),
    "neither on nor off": (PRODUCTION | {"DEBUG": "maybe"}, "DEBUG"),
    "an unknown database": (PRODUCTION | {"DATABASE_URL": "mysql://here"}, "DATABASE_URL"),
    "a file for a database": (PRODUCTION | {"DATABASE_URL": "sqlite:///here"}, "DATABASE_URL"),
    "a database of nonsense": (PRODUCTION | {"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    "a database port of letters": (PRODUCTION | {"DATABASE_URL": "postgres://u:p@h:port/n"}, "DATABASE_URL"),
    "mail of nonsense": (PRODUCTION | {"MAIL_URL": "mail.example.org"}, "MAIL_URL"),
    "a mail port of letters": (PRODUCTION | {"MAIL_URL": "smtp://mail.example.org:port"}, "MAIL_URL"),
    "an origin without its scheme": (PRODUCTION | {"ORIGIN": "wall.example.org"}, "ORIGIN"),
    "an origin of another scheme": (PRODUCTION | {"ORIGIN": "ftp://wall.example.org"}, "ORIGIN"),
    "an origin with a path": (PRODUCTION | {"ORIGIN": "https://wall.example.org/wall"}, "ORIGIN"),
    "an origin with a name": (PRODUCTION | {"ORIGIN": "https://me@wall.example.org"}, "ORIGIN"),
    "an origin of another name": (PRODUCTION | {"ORIGIN": "https://elsewhere.example.org"}, "ORIGIN"),
    "an origin that any name could be": (PRODUCTION | {"ALLOWED_HOSTS": "*"}, "ORIGIN"),
    "a time zone of nowhere": (PRODUCTION | {"TIME_ZONE": "Europe/Atlantis"}, "TIME_ZONE"),
    "a time zone outside": (PRODUCTION | {"TIME_ZONE": "../etc/passwd"}, "TIME_ZONE"),
    "teams by nobody": (PRODUCTION | {"TEAM_CREATION": "nobody"}, "TEAM_CREATION"),
    "a worker of letters": (PRODUCTION | {"WORKER": "maybe"}, "WORKER"),
    "a secret twice": (PRODUCTION | {"SECRET_KEY_FILE": "/etc/hostname"}, "SECRET_KEY_FILE"),
    "a secret's file that is not there": (
        {**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": "/no/such"},
        "SECRET_KEY_FILE",
    ),
    "an empty secret's file": ({**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": "/dev/null"}, "SECRET_KEY_FILE"),
    "half of Google": (PRODUCTION | {"GOOGLE_CLIENT_ID": "x"}, "GOOGLE_CLIENT_SECRET"),
    "the other half": (PRODUCTION | {"GITHUB_CLIENT_SECRET": "x"}, "GITHUB_CLIENT_ID"),
    "a directory of nobody": (PRODUCTION | {"MICROSOFT_TENANT": "ours"}, "MICROSOFT_CLIENT_ID"),
    "a provider without its application": (
        PRODUCTION | {"OIDC_URL": "https://id.example.org"},
        "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET",
    ),
    "an application without its provider": (
        PRODUCTION | {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x"},
        "OIDC_URL",
    ),
    "a provider without TLS": (PRODUCTION | OIDC | {"OIDC_URL": "http://id.example.org"}, "OIDC_URL"),
    "no way in at all": (PRODUCTION | {"SSO_ONLY": "on"}, "SSO_ONLY"),
    "a folder that cannot be": (PRODUCTION | {"DATA_DIR": "/dev/null/here"}, "DATA_DIR"),
}


@pytest.mark.parametrize(("variables", "name"), WRONG.values(), ids=WRONG)
def test_wrong_setting_is_reported_with_its_name(
    settings_with: Callable[..., SimpleNamespace], variables: dict[str, str], name: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as told:
        settings_with(**variables)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)
    assert ":p@" not in str(told.value), "a password is not repeated"


def start(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run as `scripts/run.sh` does, with its requirements installed."""
    return python(folder, "-m", "scripts.start", **variables)


BY_HAND = {
    "no key": ({"ALLOWED_HOSTS": "wall.example.org"}, "SECRET_KEY"),
    "a key that is too short": (PRODUCTION | {"SECRET_KEY": "short"}, "SECRET_KEY"),
    "DEBUG where others can reach it": (PRODUCTION | {"SECRET_KEY": STRONG, "DEBUG": "on"}, "DEBUG"),
    "a level of letters": (PRODUCTION | {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    "a database that is away": (
        PRODUCTION | {"SECRET_KEY": STRONG, "DATABASE_URL": "postgres://wall:pass-word@127.0.0.1:1/wall"},
        "DATABASE_URL",
    ),
    "a folder that is no folder": (PRODUCTION | {"SECRET_KEY": STRONG, "DATA_DIR": "/dev/null"}, "DATA_DIR"),
    "an address of another machine": (
        PRODUCTION | {"SECRET_KEY": STRONG, "HOST": "192.0.2.1", "KINDWALL_LOCAL": "on"},
        "HOST",
    ),
}
COMMANDS = [
    ("start", "a key that is too short"),
    ("start", "DEBUG where others can reach it"),
    ("start", "a database that is away"),
    ("start", "a folder that is no folder"),
    ("serve", "a key that is too short"),
    ("serve", "a level of letters"),
    ("serve", "an address of another machine"),
    ("migrate", "no key"),
    ("migrate", "a database that is away"),
    ("check", "no key"),
]


@pytest.mark.parametrize(("command", "mistake"), COMMANDS)
def test_mistake_ends_each_command_with_one_sentence(tmp_path: Path, command: str, mistake: str) -> None:
    variables, name = BY_HAND[mistake]
    done = start(tmp_path, **variables) if command == "start" else manage(tmp_path, command, **variables)
    assert done.returncode == 1, done.stdout
    [sentence] = done.stderr.strip().splitlines()
    assert name in sentence
    assert "pass-word" not in sentence


def test_unmigrated_database_is_reported_in_one_sentence(tmp_path: Path) -> None:
    done = manage(tmp_path, "serve", PORT=str(free_port()), **PRODUCTION | {"SECRET_KEY": STRONG})
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_unwritable_folder_is_reported_with_its_setting(tmp_path: Path) -> None:
    done = manage(tmp_path, "collectstatic", "--no-input", **PRODUCTION | {"BUILD_DIR": "/dev/null/build"})
    assert done.returncode == 1
    assert "BUILD_DIR /dev/null/build" in done.stderr
    assert "Traceback" not in done.stderr


def test_taken_port_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = manage(tmp_path, "serve", PORT=port, **PRODUCTION | {"SECRET_KEY": STRONG})
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("level", ["info", "Info", "INFO"])
def test_level_of_the_log_is_read_in_any_case(settings_with: Callable[..., SimpleNamespace], level: str) -> None:
    assert settings_with(**PRODUCTION, LOG_LEVEL=level).LOG_LEVEL == "INFO"


@pytest.mark.parametrize(
    ("variables", "silent"),
    [
        ({}, []),
        ({"HTTPS": "off"}, ["security.W008", "security.W010", "security.W012", "security.W016", "security.W004"]),
        ({"HSTS_SECONDS": "0"}, ["security.W004"]),
    ],
)
def test_only_explicit_settings_silence_checks(
    settings_with: Callable[..., SimpleNamespace], variables: dict[str, str], silent: list[str]
) -> None:
    read = settings_with(**PRODUCTION, **variables)
    assert silent == read.SILENCED_SYSTEM_CHECKS


def test_notices_mention_settings_that_may_be_intended(settings: Any) -> None:
    settings.LOCAL, settings.HTTPS, settings.MAIL_URL = False, False, ""
    assert [notice.split(" is ")[0] for notice in deployment.deployment_notices()] == ["HTTPS", "MAIL_URL"]
    settings.HTTPS, settings.MAIL_URL = True, "smtp://mail.example.org"
    assert deployment.deployment_notices() == []
    settings.LOCAL, settings.HTTPS, settings.MAIL_URL = True, False, ""
    assert [notice.split(" is ")[0] for notice in deployment.deployment_notices()] == ["MAIL_URL"], (
        "no page tells where mail is"
    )


def test_production_with_a_mail_server_passes_djangos_own_checks(tmp_path: Path) -> None:
    safe = PRODUCTION | {"SECRET_KEY": "a0b1c2d3e4f5g6h7i8j9" * 4, "MAIL_URL": "smtp://mail.example.org"}
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **safe)
    assert done.returncode == 0, done.stderr


def test_secret_is_read_from_its_file(tmp_path: Path, settings_with: Callable[..., SimpleNamespace]) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    read = settings_with(ALLOWED_HOSTS="wall.example.org", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert read.SECRET_KEY == "from-a-file"


def test_first_local_start_makes_a_private_key(tmp_path: Path, settings_with: Callable[..., SimpleNamespace]) -> None:
    first = settings_with(**LOCAL).SECRET_KEY
    kept = tmp_path / "secret-key"
    assert kept.read_text() == first
    assert len(first) > 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert first == settings_with(**LOCAL).SECRET_KEY


def test_production_reads_a_stored_key_and_makes_none(
    tmp_path: Path, settings_with: Callable[..., SimpleNamespace]
) -> None:
    with pytest.raises(ImproperlyConfigured):
        settings_with(ALLOWED_HOSTS="wall.example.org")
    assert not (tmp_path / "secret-key").exists()
    (tmp_path / "secret-key").write_text("kept-before")
    assert settings_with(ALLOWED_HOSTS="wall.example.org").SECRET_KEY == "kept-before"


def test_only_production_has_strict_settings(
    settings_with: Callable[..., SimpleNamespace],
) -> None:
    def how_open(read: SimpleNamespace) -> tuple[bool, ...]:
        return read.DEMO, read.DEBUG, read.HTTPS, read.SESSION_COOKIE_SECURE, read.CSRF_COOKIE_SECURE

    assert how_open(settings_with(**PRODUCTION)) == (False, False, True, True, True)
    assert how_open(settings_with(**LOCAL)) == (True, False, False, False, False)
    # The machine itself may ask how it is; nobody from outside comes by these names.
    assert set(settings_with(**PRODUCTION).ALLOWED_HOSTS) <= {"wall.example.org", "127.0.0.1", "localhost", "[::1]"}
    assert settings_with(**PRODUCTION).SECURE_SSL_REDIRECT
    assert settings_with(**PRODUCTION).SECURE_HSTS_SECONDS == 31_536_000
    assert settings_with(**LOCAL).SECURE_HSTS_SECONDS == 0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://me:secret@mail.example.org:587", ("mail.example.org", 587, "me", "secret", False, True)),
        ("smtps://me:secret@mail.example.org", ("mail.example.org", 465, "me", "secret", True, False)),
        ("smtp://mail.example.org", ("mail.example.org", 25, "", "", False, False)),
        (
            "smtp://me%40example.org:p%40ss%2Fword@mail.example.org",
            ("mail.example.org", 25, "me@example.org", "p@ss/word", False, True),
        ),
    ],
)
def test_mail_server_is_read_from_its_address(url: str, expected: tuple[object, ...]) -> None:
    from kindwall.settings.mail import mailer

    options = mailer(url)["OPTIONS"]
    assert tuple(options[name] for name in ("host", "port", "username", "password", "use_ssl", "use_tls")) == expected


def test_database_is_read_from_its_address() -> None:
    from kindwall.settings.data import database

    config = database("postgres://wall:p%40ss@db.example.org:5433/kindwall")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert [config[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "wall",
        "p@ss",
        "db.example.org",
        5433,
        "kindwall",
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (PRODUCTION, "https://wall.example.org"),
        (PRODUCTION | {"ALLOWED_HOSTS": ".example.org,other.example.com"}, "https://example.org"),
        (PRODUCTION | {"HTTPS": "off"}, "http://wall.example.org"),
        (PRODUCTION | {"ORIGIN": "https://WALL.example.org:8443/"}, "https://WALL.example.org:8443"),
        (PRODUCTION | {"ALLOWED_HOSTS": "*", "ORIGIN": "https://wall.example.org"}, "https://wall.example.org"),
        (LOCAL, "http://127.0.0.1:8000"),
        (LOCAL | {"PORT": "8123", "HOST": "0.0.0.0"}, "http://127.0.0.1:8123"),
        (LOCAL | {"HOST": "::1"}, "http://[::1]:8000"),
        (LOCAL | {"ALLOWED_HOSTS": "wall.lan", "HTTPS": "on"}, "https://wall.lan"),
    ],
)
def test_links_in_mails_begin_with_the_public_address(
    settings_with: Callable[..., SimpleNamespace], variables: dict[str, str], expected: str
) -> None:
    read = settings_with(**variables)
    assert expected == read.ORIGIN


def test_log_level_is_applied(settings_with: Callable[..., SimpleNamespace]) -> None:
    logging = settings_with(**PRODUCTION, LOG_LEVEL="ERROR").LOGGING
    assert {logging["root"]["level"], logging["loggers"]["django.tasks"]["level"]} == {"ERROR"}


def test_worker_runs_unless_switched_off(settings_with: Callable[..., SimpleNamespace]) -> None:
    assert settings_with(**PRODUCTION).WORKER
    assert not settings_with(**PRODUCTION, WORKER="off").WORKER


def test_single_sign_on_is_off_without_variables(settings_with: Callable[..., SimpleNamespace]) -> None:
    read = settings_with(**PRODUCTION)
    assert read.SOCIALACCOUNT_PROVIDERS == {}
    assert (read.SSO_ONLY, read.MFA_PASSKEY_LOGIN_ENABLED) == (False, True)


def test_single_sign_on_is_set_up_by_variables_alone(
    tmp_path: Path, settings_with: Callable[..., SimpleNamespace]
) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    given = {**OIDC, "OIDC_CLIENT_SECRET": "", "OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    read = settings_with(**PRODUCTION, **given, OIDC_NAME="Harbour ID", SSO_ONLY="on")
    [app] = read.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    assert [app[name] for name in ("name", "client_id", "secret")] == ["Harbour ID", "wall", "from-a-file"]
    assert app["settings"]["server_url"] == "https://id.example.org"
    # As the only way in it is: no password, and no passkey either.
    assert (read.SSO_ONLY, read.MFA_PASSKEY_LOGIN_ENABLED) == (True, False)


def test_passkey_needs_tls_except_locally(settings_with: Callable[..., SimpleNamespace]) -> None:
    assert settings_with(**LOCAL).MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN
    assert not settings_with(**PRODUCTION).MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN
