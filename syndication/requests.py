"""Requests of senders to their services, with what may be kept of the responses."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from kindwall import outbound
from syndication.models import Channel
from syndication.models.delivery import EXCERPT_LENGTH
from syndication.senders import SendResult

LEAST_SECRET = 6  # characters of a part of an address; shorter ones are words such as "hooks"
ELLIPSIS = "…"


def request(
    channel: Channel, method: str, address: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[SendResult, bytes]:
    """Send one request for this channel, and return the result with the beginning of the response's body.

    A redirect is a failure. The excerpt of a response that refused the request holds no secret of the channel.
    """
    try:
        response = outbound.send_request(method, address, body=body, headers=headers)
    except outbound.Unreachable as unreachable:
        return SendResult(None, str(unreachable.reason)), b""
    if 300 <= response.status < 400:
        sentence = _("It leads on to another address. Please connect that one instead.")
        return SendResult(response.status, sentence), b""
    result = SendResult(response.status)
    if not result.is_success:
        result = SendResult(response.status, response_excerpt(response.body, secrets_of(channel, address)))
    return result, response.body


def response_excerpt(body: bytes, secrets: list[str]) -> str:
    """Return the beginning of a text on one line, without these secrets."""
    text = body.decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, ELLIPSIS)
    text = " ".join(re.sub(r"<[^>]*>|[^\w\s!-~–-…]", " ", text).split())
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + ELLIPSIS


def secrets_of(channel: Channel, address: str) -> list[str]:
    """Return the parts of the address, and of the keys, that must not be shown; the longest first."""
    parts = urlsplit(address)
    pieces = re.split(r"[/?&=.]", f"{parts.path}?{parts.query}")
    secrets = {address, parts.path, parts.query, *pieces, *channel.signing_secrets}
    return sorted((secret for secret in secrets if len(secret) >= LEAST_SECRET), key=len, reverse=True)
