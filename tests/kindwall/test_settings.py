"""Settings: safe by default, and every mistake told in one sentence with the variable's name."""

import os
import runpy
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {"SECRET_KEY": "long-and-random", "ALLOWED_HOSTS": "wall.example.org"}
LOCAL = {"KINDWALL_LOCAL": "on"}
OIDC = {"OIDC_URL": "https://id.example.org/", "OIDC_CLIENT_ID": "wall", "OIDC_CLIENT_SECRET": "secret"}
READ = """
    SECRET_KEY ALLOWED_HOSTS KINDWALL_LOCAL KINDWALL_DEMO DEMO_PASSWORD TEAM_CREATION DEBUG HTTPS HOST PORT THREADS
    DATA_DIR BUILD_DIR
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
        return SimpleNamespace(**runpy.run_path(str(ROOT / "kindwall" / "settings.py")))

    return read


def manage(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    environment = {**kept, "DATA_DIR": str(folder), "BUILD_DIR": str(folder / "build"), **variables}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command],
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
def test_a_mistake_is_told_with_its_name(
    settings_with: Callable[..., SimpleNamespace], variables: dict[str, str], name: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as told:
        settings_with(**variables)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)
    assert ":p@" not in str(told.value), "a password is not repeated"


@pytest.mark.parametrize("command", ["check", "serve", "migrate"])
def test_on_the_command_line_it_is_one_sentence(tmp_path: Path, command: str) -> None:
    done = manage(tmp_path, command, ALLOWED_HOSTS="wall.example.org")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Kindwall cannot start: set SECRET_KEY")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = manage(tmp_path, "serve", PORT=port, **PRODUCTION)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_with_a_mail_server_passes_djangos_own_checks(tmp_path: Path) -> None:
    safe = PRODUCTION | {"SECRET_KEY": "a0b1c2d3e4f5g6h7i8j9" * 4, "MAIL_URL": "smtp://mail.example.org"}
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **safe)
    assert done.returncode == 0, done.stderr


def test_a_secret_comes_from_its_file_too(tmp_path: Path, settings_with: Callable[..., SimpleNamespace]) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    read = settings_with(ALLOWED_HOSTS="wall.example.org", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert read.SECRET_KEY == "from-a-file"


def test_a_local_first_start_makes_a_key_and_keeps_it_to_itself(
    tmp_path: Path, settings_with: Callable[..., SimpleNamespace]
) -> None:
    first = settings_with(**LOCAL).SECRET_KEY
    kept = tmp_path / "secret-key"
    assert kept.read_text() == first
    assert len(first) > 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert first == settings_with(**LOCAL).SECRET_KEY


def test_production_reads_the_kept_key_and_makes_none(
    tmp_path: Path, settings_with: Callable[..., SimpleNamespace]
) -> None:
    with pytest.raises(ImproperlyConfigured):
        settings_with(ALLOWED_HOSTS="wall.example.org")
    assert not (tmp_path / "secret-key").exists()
    (tmp_path / "secret-key").write_text("kept-before")
    assert settings_with(ALLOWED_HOSTS="wall.example.org").SECRET_KEY == "kept-before"


def test_production_is_closed_and_a_laptop_is_not(settings_with: Callable[..., SimpleNamespace]) -> None:
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
def test_a_mail_server_is_read_from_its_address(url: str, expected: tuple[object, ...]) -> None:
    from kindwall.settings import mailer

    options = mailer(url)["OPTIONS"]
    assert tuple(options[name] for name in ("host", "port", "username", "password", "use_ssl", "use_tls")) == expected


def test_a_database_is_read_from_its_address() -> None:
    from kindwall.settings import database

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
def test_links_in_mails_begin_with_the_address_people_open(
    settings_with: Callable[..., SimpleNamespace], variables: dict[str, str], expected: str
) -> None:
    read = settings_with(**variables)
    assert expected == read.ORIGIN


def test_as_much_is_logged_as_was_asked_for(settings_with: Callable[..., SimpleNamespace]) -> None:
    logging = settings_with(**PRODUCTION, LOG_LEVEL="ERROR").LOGGING
    assert {logging["root"]["level"], logging["loggers"]["django.tasks"]["level"]} == {"ERROR"}


def test_the_worker_runs_unless_it_is_switched_off(settings_with: Callable[..., SimpleNamespace]) -> None:
    assert settings_with(**PRODUCTION).WORKER
    assert not settings_with(**PRODUCTION, WORKER="off").WORKER


def test_without_variables_nobody_signs_in_from_elsewhere(settings_with: Callable[..., SimpleNamespace]) -> None:
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


def test_a_passkey_needs_tls_but_on_a_laptop(settings_with: Callable[..., SimpleNamespace]) -> None:
    assert settings_with(**LOCAL).MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN
    assert not settings_with(**PRODUCTION).MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN
