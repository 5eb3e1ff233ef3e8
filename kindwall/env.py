"""Typed reading of environment variables that fails loudly, with the variable's name."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


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


def words(name: str) -> list[str]:
    """A comma-separated list, without empty items."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


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
