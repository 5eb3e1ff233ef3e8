"""Reads the mails of invitations."""

import re

from django.core.mail import EmailMessage


def invitation_path(message: EmailMessage) -> str:
    """Return the path of the link in an invitation."""
    found = re.search(r"/invitations/[\w-]{43}/", str(message.body))
    assert found, message.body
    return found[0]
