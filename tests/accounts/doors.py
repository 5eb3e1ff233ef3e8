"""What tests about people and the ways into a team have in common."""

import re

from django.core.mail import EmailMessage


def door_in(message: EmailMessage) -> str:
    """The path of an invitation's link."""
    found = re.search(r"/invitations/[\w-]{43}/", str(message.body))
    assert found, message.body
    return found[0]
