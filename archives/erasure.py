"""Where somebody is written down beside their own rows, and how that is wiped away when they go for good."""

import re
from collections.abc import Iterator
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models
from django_tasks_db.models import DBTaskResult

from accounts.addresses import normal_address
from accounts.models import Invitation, User
from stories.models import AuditEntry, Claim, Report, Story
from stories.models.departure import DepartureQuerySet
from stories.models.text import TEXT_PARTS

# Of a story that stays, its record keeps what was done to it and when: the log only grows. What was written to its
# author, what the author wrote before, and that it was them, goes with them.
FORGOTTEN = (*TEXT_PARTS, "reason", "saw", "message", "next_step", "talk_to")
# What is listed in the admin and named after somebody.
NAMED_AFTER = (EmailAddress, SocialAccount, Authenticator, UserSession)


def addresses_of(person: User) -> set[str]:
    """Theirs alone. Anybody can claim any address, so what they have not confirmed may be another's."""
    confirmed = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    own = {person.email, *map(normal_address, confirmed)}
    return {address for address in own if not is_anothers(address, person)}


def is_anothers(address: str, person: User) -> bool:
    confirmed = EmailAddress.objects.filter(email=address, verified=True).exclude(user=person)
    return confirmed.exists() or User.objects.filter(email=address).exclude(pk=person.pk).exists()


def sessions_of(*people: int) -> list[str]:
    """The keys of the sessions in which they are signed in, and of those before signing in that name them.

    Reads every session there is, so call it outside of a transaction that others wait for.
    """
    persons = list(User.objects.filter(pk__in=people))
    if not persons:
        return []
    pks = {str(person.pk) for person in persons}
    names = {address for person in persons for address in addresses_of(person)}
    logins = {user_pk_to_url_str(person) for person in persons}
    return [
        session.session_key
        for session in Session.objects.iterator()
        if is_about(session.get_decoded(), pks, names, logins)
    ]


def is_about(held: dict[str, Any], pks: set[str], addresses: set[str], logins: set[str]) -> bool:
    """Whoever is signed in keeps their session, whatever it says of others."""
    if SESSION_KEY in held:
        return str(held[SESSION_KEY]) in pks
    half_way = held.get(LOGIN_SESSION_KEY)
    if isinstance(half_way, dict) and half_way.get("user_pk") in logins:
        return True
    return any(normal_address(text) in addresses for text in texts_in(held))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def forget_history(stories: DepartureQuerySet) -> None:
    history = AuditEntry.objects.filter(story__in=stories.values("pk"))
    history.update(**dict.fromkeys(FORGOTTEN, ""))
    history.filter(actor=models.F("story__author")).update(actor=None)
    # What moderators and readers wrote to each other about it names people too; a report's reason says enough.
    Claim.objects.filter(story__in=stories.values("pk")).delete()
    Report.objects.filter(story__in=stories.values("pk")).update(words="")
    Story.objects.filter(pk__in=stories.values("pk")).update(saved_from=None, saved_turn=0)


def remove(person: User, sessions: list[str]) -> None:
    """All that does not go by itself with the person's own row."""
    addresses = addresses_of(person)
    Session.objects.filter(session_key__in=sessions).delete()
    own = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=own.values("session_key")).delete()
    forget_in_the_admin(User, User.objects.filter(pk=person.pk))
    for model in NAMED_AFTER:
        forget_in_the_admin(model, model._default_manager.filter(user=person))
    for address in addresses:
        Invitation.objects.filter(email=address).delete()
        # A mail server's complaint may repeat whom it would not deliver to.
        complaints = DBTaskResult.objects.finished().filter(traceback__icontains=address)
        theirs = [complaint.pk for complaint in complaints if is_named_in(complaint.traceback, address)]
        DBTaskResult.objects.filter(pk__in=theirs).delete()


def forget_in_the_admin(model: type[models.Model], rows: models.QuerySet[Any]) -> None:
    pks = [str(pk) for pk in rows.values_list("pk", flat=True)]
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=pks).delete()


def is_named_in(text: str, address: str) -> bool:
    """Whether it is there whole, and not as a part of a longer one: a@b.example is not in maria@b.example."""
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None
