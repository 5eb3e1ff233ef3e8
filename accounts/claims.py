"""The claims that a provider makes about somebody, checked before any of them is used or stored.

Only the claims named here are kept. A claim of another type than the protocol has refuses the whole sign-in: whoever
reads it as something else makes one account of several people. A text that cannot be used as an address is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount import app_settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.addresses import clean_address
from accounts.names import is_written_letter, readable_name

MOST_CLAIMED_ADDRESSES = 100
WHO = _("It did not send your name or number there.")
NAME = _("It sent a name that is not written as one.")
ADDRESS = _("It sent an e-mail address that is not written as one.")
UNREADABLE_CLAIMS = _("Its answer could not be read.")


class UnusableClaims(Exception):
    """Raised with `words` for the person and a `reason` for the log, which names claims and types but no values."""

    def __init__(self, words: Promise, reason: str) -> None:
        super().__init__(reason)
        self.words = words
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of claims that a kind of provider uses."""

    identity: tuple[str, ...]  # in order of preference
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    confirmed: tuple[str, ...] = ()


VOCABULARIES = {
    "openid_connect": Vocabulary(
        identity=("sub",),
        names=("name", "given_name", "family_name", "preferred_username"),
        addresses=("email",),
        confirmed=("email_verified",),
    ),
    "google": Vocabulary(
        identity=("sub", "id"),
        names=("name", "given_name", "family_name"),
        addresses=("email",),
        confirmed=("email_verified", "verified_email"),
    ),
    "microsoft": Vocabulary(
        identity=("id",),
        names=("displayName", "givenName", "surname", "mailNickname"),
        addresses=("mail", "userPrincipalName"),
    ),
    "github": Vocabulary(identity=("id",), names=("name", "login"), addresses=("email",)),
}


def check_claims(kind: str, claims: Any) -> dict[str, Any]:
    """Return the usable claims of a provider's response, in the shape that allauth reads. Raises UnusableClaims."""
    claims = claims_mapping(claims, "the claims")
    if kind == "openid_connect":
        return {"userinfo": known_claims(kind, person_of(claims))}
    known = known_claims(kind, claims)
    if "emails" in claims:
        known["emails"] = listed_addresses(claims["emails"])
    return known


def person_of(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims about the person. Where both of OpenID Connect's sources are there, they have to agree."""
    userinfo, id_token = (claims_mapping(claims.get(name) or {}, name) for name in ("userinfo", "id_token"))
    if userinfo and id_token and userinfo.get("sub") != id_token.get("sub"):
        raise UnusableClaims(WHO, "userinfo and id_token are about different people")
    return userinfo or id_token


def known_claims(kind: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    vocabulary = VOCABULARIES[kind]
    known: dict[str, Any] = dict([identity_in(claims, vocabulary.identity)])
    for claim in vocabulary.names:
        if name := readable_name(text_in(claims, claim, NAME)):
            known[claim] = name
    for claim in vocabulary.addresses:
        if address := address_or_nothing(text_in(claims, claim, ADDRESS)):
            known[claim] = address
    # Some providers send the words “true” and “false”, and in Python both are true.
    for claim in vocabulary.confirmed:
        known[claim] = claims.get(claim) is True or claims.get(claim) == "true"
    return known


def identity_in(claims: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, str]:
    """Return the claim, and its value, by which the provider identifies this person."""
    name = next((name for name in names if claims.get(name) is not None), None)
    if name is None:
        raise UnusableClaims(WHO, f"{' and '.join(names)} is missing or null")
    value = claims[name]
    if type(value) is int:  # GitHub's are
        value = str(value)
    if not isinstance(value, str):
        raise UnusableClaims(WHO, f"{name} is of the type {type(value).__name__}")
    if not value.strip() or len(value) > app_settings.UID_MAX_LENGTH or not all(map(is_written_letter, value)):
        raise UnusableClaims(WHO, f"{name} is blank, too long, or has control characters")
    # str(None) would be one identity shared by everybody without one.
    if value == "None":
        raise UnusableClaims(WHO, f"{name} is the word None")
    return name, value


def text_in(claims: Mapping[str, Any], name: str, words: Promise) -> str:
    """Return the claim, and nothing where it is missing or null."""
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnusableClaims(words, f"{name} is of the type {type(value).__name__}")
    return value


def address_or_nothing(text: str) -> str:
    try:
        return clean_address(text)
    except ValidationError:
        return ""


def listed_addresses(listed: Any) -> list[dict[str, Any]]:
    """Return GitHub's list of addresses without those that cannot be used."""
    if not isinstance(listed, list):
        raise UnusableClaims(ADDRESS, f"emails is of the type {type(listed).__name__}")
    return [
        {"email": address, "primary": each.get("primary") is True, "verified": each.get("verified") is True}
        for each in (claims_mapping(each, "one of emails") for each in listed[:MOST_CLAIMED_ADDRESSES])
        if (address := address_or_nothing(text_in(each, "email", ADDRESS)))
    ]


def claims_mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnusableClaims(UNREADABLE_CLAIMS, f"{what} is of the type {type(value).__name__}")
    return value
