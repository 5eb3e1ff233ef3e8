"""Sends invitations, and reads their mails."""

import re
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage

from accounts.models import Invitation
from tests.conftest import Cast


def invitation_path(message: EmailMessage) -> str:
    """Return the path of the link in an invitation."""
    found = re.search(r"/invitations/[\w-]{43}/", str(message.body))
    assert found, message.body
    return found[0]


def invite(cast: Cast, *emails: str, role: str = "member") -> str:
    """Invite these addresses and return the path of the last invitation."""
    Invitation.invite(by=cast.owner, emails=emails, role=role)
    return invitation_path(mail.outbox[-1])


def change_invitation(invitation: Invitation, **fields: Any) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(**fields)
