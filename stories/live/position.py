"""The position of a browser in its team's events, encrypted so that the browser cannot read it.

The outbox numbers the events of all teams in one sequence, so its numbers would tell a reader of one wall how much
happens on the others (decision 5). A position is the newest event of the browser's own team, encrypted. The same event
is always written the same way, so that pages stay the same to the last byte while nothing happens on their wall.
"""

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac

SIZE = 8  # bytes of a number
BEYOND_EVERY_EVENT = 2**63 - 1  # so that the browser is asked to read the wall anew


def write_position(team_id: int, event: int) -> str:
    """Return the position, 32 characters for an address, of a browser that knows this team's events up to `event`."""
    return base64.urlsafe_b64encode(
        position_cipher(settings.SECRET_KEY).encrypt(number_bytes(event), [number_bytes(team_id)])
    ).decode()


def read_position(position: str, team_id: int) -> int:
    """Return the event of a position that was written for this team; BEYOND_EVERY_EVENT for any other text."""
    try:
        sealed = base64.urlsafe_b64decode(position)
        return int.from_bytes(position_cipher(settings.SECRET_KEY).decrypt(sealed, [number_bytes(team_id)]))
    except (InvalidTag, ValueError):
        return BEYOND_EVERY_EVENT


def number_bytes(value: int) -> bytes:
    return value.to_bytes(SIZE)


@lru_cache(maxsize=1)
def position_cipher(secret: str) -> AESSIV:
    """Return the AES-SIV cipher (RFC 5297); without the key a position can be neither read nor forged."""
    return AESSIV(salted_hmac("stories.live.position", "", secret, algorithm="sha256").digest())
