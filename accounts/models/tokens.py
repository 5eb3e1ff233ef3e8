"""The secret in a link: 256 random bits, of which only the SHA-256 is stored.

A reader of the database cannot use it. A random token cannot be guessed, so no slow hash is needed.
"""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def unknown_digest() -> str:
    return digest(new_token())
