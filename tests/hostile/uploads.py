"""Helpers that upload files to the real server as a browser does."""

import secrets

from tests.hostile.target import Person, Reply


def upload(person: Person, path: str, name: str, data: bytes, **fields: str) -> Reply:
    """Send a form with one file (multipart/form-data, RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="file"\r\n\r\n'
    body = b"".join([*parts, head.encode(), data, f"\r\n--{boundary}--\r\n".encode()])
    return person.post(path, body, **{"Content-Type": f"multipart/form-data; boundary={boundary}"})
