"""What tests about people and the ways into a team have in common."""

import re

from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import Membership
from tests.conftest import signed_in
from tests.factories import PASSWORD


def confirmed(person: Membership) -> Client:
    """Signed in, with the password given a moment ago."""
    client = signed_in(person)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302
    return client


def door_in(message: EmailMessage) -> str:
    """The path of an invitation's link."""
    found = re.search(r"/invitations/[\w-]{43}/", str(message.body))
    assert found, message.body
    return found[0]
