"""Encryption of texts in the database with keys made from SECRET_KEY: a copy of the database alone reveals none."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes


def sealing_cipher(purpose: str) -> Fernet:
    """Return the cipher of one purpose, such as the name of a model. Another purpose has another key."""
    return Fernet(urlsafe_b64encode(salted_hmac(purpose, "key", algorithm="sha256").digest()))


def seal(purpose: str, text: str) -> bytes:
    return sealing_cipher(purpose).encrypt(text.encode())


def unseal(purpose: str, sealed: bytes | memoryview) -> str | None:
    """Return the text; None when SECRET_KEY has changed since it was sealed."""
    try:
        return sealing_cipher(purpose).decrypt(force_bytes(sealed)).decode()
    except InvalidToken:
        return None
