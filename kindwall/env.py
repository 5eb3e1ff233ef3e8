"""Read typed values from environment variables. Errors are ImproperlyConfigured and name the variable."""

import ipaddress
import os
import re
import sys
import unicodedata
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
ORIGIN_PATTERN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE)


def text(name: str, default: str = "") -> str:
    """Return the value without surrounding spaces; an empty one counts as not set."""
    value = raw_text(name)
    # A value of two lines would add a line to the headers of a mail, or to the log.
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ImproperlyConfigured(f"{name} must be one line, without control characters.")
    return value or default


def raw_text(name: str) -> str:
    """Return the value with all its lines, as a key may have several."""
    value = os.environ.get(name, "").strip()
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ImproperlyConfigured(f"{name} is no text in UTF-8.") from None
    return value


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
    """Return the one of these words that was set, in any case."""
    value = text(name, default)
    found = next((one for one in among if one.lower() == value.lower()), None)
    if found is None:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(among)}, not “{value}”.")
    return found


def words(name: str) -> list[str]:
    """Return the items of a comma-separated list, without empty ones."""
    return split_words(text(name))


def split_words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    value = text(name)
    try:
        return Path(value).expanduser().resolve() if value else default
    except (RuntimeError, OSError):  # a home that does not exist, or a circle of links
        raise ImproperlyConfigured(f"{name} must be a folder, not “{value}”.") from None


def host_names(name: str) -> list[str]:
    """Return names for Django's ALLOWED_HOSTS: wall.example.org, .example.org for all below it, or *."""
    names = words(name)
    for one in names:
        if one != "*" and not HOST_NAME.fullmatch(one.removeprefix(".")):
            raise ImproperlyConfigured(f"{name} must be names such as wall.example.org, not “{one}”.")
    return names


def address_to_listen_on(name: str, default: str) -> str:
    """Return an IP address of this machine without brackets, or its name."""
    value = text(name, default)
    if not HOST_NAME.fullmatch(f"[{value}]" if ":" in value else value):
        raise ImproperlyConfigured(f"{name} must be an address such as 127.0.0.1, not “{value}”.")
    return value


def networks(name: str, default: str) -> str:
    """Return IP addresses and networks separated by commas, or * for all."""
    value = text(name, default)
    for one in [] if value == "*" else split_words(value):
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be addresses such as 10.0.0.7 or networks such as 10.0.0.0/8, not “{one}”."
            ) from None
    return value


def mailbox(name: str, default: str) -> str:
    """Return a sender: wall@example.org, or Kindwall <wall@example.org>."""
    value = text(name, default)
    address = parseaddr(value)[1]
    try:
        if not address.endswith("@localhost"):
            validate_email(address)
    except ValidationError:
        raise ImproperlyConfigured(f"{name} must look like Kindwall <wall@example.org>, not “{value}”.") from None
    return value


def origin(name: str, default: str) -> str:
    """Return an address without a path, such as https://wall.example.org; a slash at its end is dropped."""
    value = text(name, default).rstrip("/")
    if not ORIGIN_PATTERN.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must look like https://wall.example.org, not “{value}”.")
    return value


def read_time_zone(name: str, default: str) -> str:
    """Return a name of the time zone database, such as Europe/Berlin."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name} must be a time zone such as Europe/Berlin, not “{value}”.") from None
    return value


def read_secret(name: str) -> str:
    """Return the value of NAME, or the contents of the file that NAME_FILE points to."""
    value, file = raw_text(name), text(f"{name}_FILE")
    if value and file:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if not file:
        return value
    try:
        value = Path(file).read_text().strip()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImproperlyConfigured(f"{name}_FILE: {file}: {reason}.") from None
    except ValueError:
        raise ImproperlyConfigured(f"{name}_FILE: {file} is no text in UTF-8.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE: {file} is empty.")
    return value
