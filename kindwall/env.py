"""Typed reading of environment variables that fails loudly, with the variable's name."""

import os
import re
import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """The variable's value without surrounding spaces; empty counts as not set."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not “{value}”.")


def integer(name: str, default: int, *, least: int = 0, most: int = sys.maxsize) -> int:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”.") from None
    if number < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {number}.")
    if number > most:
        raise ImproperlyConfigured(f"{name} must be at most {most}, not {number}.")
    return number


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    value = text(name, default).lower()
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(among)}, not “{value}”.")
    return value


def words(name: str) -> list[str]:
    """A comma-separated list, without empty items."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def origin(name: str, default: str) -> str:
    """An address without a path, such as https://wall.example.org; a slash at its end is dropped."""
    value = text(name, default).rstrip("/")
    if not ORIGIN.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must look like https://wall.example.org, not “{value}”.")
    return value


def time_zone(name: str, default: str) -> str:
    """A name of the time zone database, such as Europe/Berlin."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name} must be a time zone such as Europe/Berlin, not “{value}”.") from None
    return value


def secret(name: str) -> str:
    """The value of NAME, or the contents of the file that NAME_FILE points to."""
    value, file = text(name), text(f"{name}_FILE")
    if value and file:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if not file:
        return value
    try:
        value = Path(file).read_text().strip()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImproperlyConfigured(f"{name}_FILE: {file}: {reason}.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE: {file} is empty.")
    return value
