"""Writing and comparing e-mail addresses.

Lower-casing by Unicode's rules makes an ASCII letter of some others: K, the sign for kelvin, becomes k. Two addresses
are the same only if they have the same characters, apart from upper and lower case.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email

LONGEST_ADDRESS = 254


def normal_address(email: str) -> str:
    """Return the address in lower case, without making an ASCII letter of any other."""
    return email.lower() if email.isascii() else "".join(map(lowered, email))


def lowered(letter: str) -> str:
    lower = letter.lower()
    return lower if lower.isascii() == letter.isascii() else letter


def clean_address(email: str) -> str:
    """Return the address as it is stored. Raises ValidationError for other texts and for letters that look like ASCII.

    Before the @ only ASCII is allowed, as Django means it (its expression ignores case by Unicode's rules). A domain
    may be an international one.
    """
    validate_email(email)
    local, _at, domain = email.rpartition("@")
    if len(email) > LONGEST_ADDRESS or not (local.isascii() and local.isprintable() and all(map(is_own, domain))):
        raise ValidationError(EmailValidator.message, code="invalid")
    return normal_address(email)


def is_own(letter: str) -> bool:
    """Return whether no rule for comparing text makes an ASCII letter of this one."""
    return letter.isascii() or not any(part.isascii() for part in unicodedata.normalize("NFKC", letter.lower()))
