"""Where somebody is written down beside their own rows, and how that is wiped away when they go for good."""

import json
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django_tasks_db.models import DBTaskResult

from accounts.models import Invitation, User
from stories.models import Action, AuditEntry, Story
from stories.models.parting import PartingQuerySet

# Of a story that stays, its record keeps that these were decided and when. What was written to its author and what
# the author wrote before goes with them.
KEPT_IN_THE_RECORD = (Action.PUBLISH, Action.REMOVE, Action.RESTORE)


def addresses_of(person: User) -> set[str]:
    others = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    return {person.email.lower(), *(address.lower() for address in others)}


def sessions_of(pk: int) -> list[str]:
    """The keys of the sessions in which they are signed in, or which name them.

    Reads every session there is, so call it outside of a transaction that others wait for.
    """
    person = User.objects.filter(pk=pk).first()
    if person is None:
        return []
    names = addresses_of(person)
    return [session.session_key for session in Session.objects.iterator() if is_about(session.get_decoded(), pk, names)]


def is_about(held: dict[str, Any], pk: int, addresses: set[str]) -> bool:
    if str(held.get(SESSION_KEY)) == str(pk):
        return True
    text = json.dumps(held, ensure_ascii=False, default=str).lower()
    return any(address in text for address in addresses)


def forget_history(stories: PartingQuerySet) -> None:
    history = AuditEntry.objects.filter(story__in=stories.values("pk"))
    history.exclude(action__in=KEPT_IN_THE_RECORD).delete()
    history.update(body="", message="")
    Story.objects.filter(pk__in=stories.values("pk")).update(saved_from=None)


def remove(person: User, sessions: list[str]) -> None:
    """All that does not go by itself with the person's own row."""
    addresses = addresses_of(person)
    Session.objects.filter(session_key__in=sessions).delete()
    own = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=own.values("session_key")).delete()
    LogEntry.objects.filter(Q(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))).delete()
    for address in addresses:
        Invitation.objects.filter(email__iexact=address).delete()
        LogEntry.objects.filter(Q(object_repr__icontains=address) | Q(change_message__icontains=address)).delete()
        # A mail server's complaint may repeat whom it would not deliver to.
        DBTaskResult.objects.finished().filter(traceback__icontains=address).delete()
