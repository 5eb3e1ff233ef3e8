"""Writing, comparing and showing e-mail addresses.

An address has one form: its domain in ASCII letters (`xn--…`), as browsers send it and mail servers read it, and all of
it in lower case. Two addresses are the same only if they have the same characters in that form.

Lower-casing by Unicode's rules, and the mapping of international domains, make an ASCII letter of some others: K, the
sign for kelvin, becomes k. An address with such a letter keeps it, and so is the same as no other.
"""

import unicodedata

import regex
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email

LONGEST_MAIL_ADDRESS = 254
LONGEST_DOMAIN = 253
# Invisible letters come along when an address is copied from a page or a letter.
INVISIBLE_IN_ADDRESSES = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]+")
# The address of an account whose address turned out to be another person's. No mail can reach it.
NOWHERE = "nowhere.invalid"

# Labels of a domain are shown in their own letters where these cannot be taken for others: Latin letters with the usual
# accents, or the letters of one script that has none in common with Latin.
UNMISTAKABLE = regex.compile(
    r"[a-z0-9ß-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĵķĺļľńņňōŏőœŕŗřśŝşšţťũūŭůűųŵŷźżž-]+"
    r"|[\p{Han}\p{Hiragana}\p{Katakana}ー0-9-]+|[\p{Han}\p{Hangul}0-9-]+"
    r"|[\p{Arabic}0-9-]+|[\p{Hebrew}0-9-]+|[\p{Devanagari}0-9-]+|[\p{Bengali}0-9-]+|[\p{Tamil}0-9-]+|[\p{Thai}0-9-]+"
)
# Many of their letters look like Latin ones, so they are shown only where the whole domain is written in them.
LIKE_LATIN = regex.compile(r"(?:[\p{Cyrillic}0-9-]+\.)+[\p{Cyrillic}]+|(?:[\p{Greek}0-9-]+\.)+[\p{Greek}]+")


def normal_address(email: str) -> str:
    """Return the address in its one form; as it is, but in lower case, where its domain cannot be one."""
    local, at, domain = email.rpartition("@")
    return composed(lowered(local)) + at + normal_domain(domain) if at else lowered(email)


def normal_domain(domain: str) -> str:
    """Return the domain in ASCII letters and lower case, without the dot that may end it."""
    if domain.isascii():
        return domain.lower().removesuffix(".")
    if len(domain) <= LONGEST_DOMAIN and all(map(is_own, domain)):
        import idna  # its tables take a while to load, and are needed for few addresses

        try:
            return idna.encode(domain, uts46=True).decode().removesuffix(".")
        except (idna.IDNAError, UnicodeError):
            pass
    return lowered(domain)


def lowered(text: str) -> str:
    """Return the text in lower case, without making an ASCII letter of any other."""
    return text.lower() if text.isascii() else "".join(map(lowered_letter, text))


def lowered_letter(letter: str) -> str:
    lower = letter.lower()
    return lower if lower.isascii() == letter.isascii() else letter


def composed(text: str) -> str:
    """Return the text in normal form C, unless that would make an ASCII letter of another."""
    return unicodedata.normalize("NFC", text) if all(map(is_own, text)) else text


def without_invisible(text: str) -> str:
    """Return the text without letters that do not show."""
    return str(INVISIBLE_IN_ADDRESSES.sub("", text))


def clean_address(email: str) -> str:
    """Return the address as it is stored. Raises ValidationError for other texts and for letters that look like ASCII.

    Before the @ only ASCII is allowed, as Django means it (its expression ignores case by Unicode's rules). A domain
    may be an international one.
    """
    email = without_invisible(email).strip()
    local, _at, domain = email.rpartition("@")
    address = normal_address(email)
    if (
        not (local.isprintable() and all(map(is_own, domain)) and address.isascii())
        or len(address) > LONGEST_MAIL_ADDRESS
    ):
        raise ValidationError(EmailValidator.message, code="invalid")
    validate_email(address)
    return address


def is_own(letter: str) -> bool:
    """Return whether no rule for comparing text makes an ASCII letter of this one."""
    return letter.isascii() or not any(part.isascii() for part in unicodedata.normalize("NFKC", letter.lower()))


def readable_address(email: str) -> str:
    """Return the address as people write it: an international domain in its own letters, if no other looks the same."""
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{readable_domain(domain)}"


def readable_domain(domain: str) -> str:
    """Return an international domain in its own letters, and as it is stored where it could be taken for another."""
    if "xn--" not in domain:
        return domain
    import idna

    try:
        decoded = idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain
    shown = LIKE_LATIN.fullmatch(decoded) or all(UNMISTAKABLE.fullmatch(label) for label in decoded.split("."))
    return decoded if shown else domain


def is_nowhere(email: str) -> bool:
    """Return whether the account has no address of its own any more."""
    return email.endswith(f"@{NOWHERE}")
