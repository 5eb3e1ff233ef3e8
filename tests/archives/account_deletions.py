"""Helpers for tests of deleted accounts."""

from django.test import Client
from django.utils import timezone

from accounts.models import Membership, User
from archives.models import AccountDeletion
from archives.tasks import delete_if_due
from tests.archives.conftest import confirmed
from tests.conftest import Cast

DELETE = "/me/data/delete/"


def choice_for_team(cast: Cast, wish: str) -> dict[str, str]:
    return {f"team-{cast.team.pk}": wish}


def request_deletion(person: Membership | User, choices: dict[str, str] | None = None) -> Client:
    client = confirmed(person)
    client.post(DELETE, {**(choices or {}), "action": "delete"})
    return client


def make_due() -> None:
    AccountDeletion.objects.update(due_at=timezone.now())


def delete_now(person: Membership, choices: dict[int, str] | None = None) -> None:
    """Request the deletion and carry it out at once."""
    AccountDeletion.request(person.user, choices or {})
    make_due()
    assert delete_if_due(person.user_id)
