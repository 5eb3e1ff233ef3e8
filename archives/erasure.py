"""Erase a person from rows that are not deleted together with their account."""

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
from stories.append_only import FORGETTABLE
from stories.models import Assignment, AuditEntry, ModeratorNote, Report, Story
from stories.models.departure import DepartureQuerySet

# Models whose rows appear in the admin log under a name or an address.
PERSONAL_MODELS = (EmailAddress, SocialAccount, Authenticator, UserSession)


def mail_addresses_of(person: User) -> set[str]:
    """Return the addresses that are this person's alone: one that is not confirmed may be another person's."""
    confirmed = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    addresses = {person.email, *map(normal_address, confirmed)}
    return {address for address in addresses if not belongs_to_another(address, person)}


def belongs_to_another(address: str, person: User) -> bool:
    confirmed = EmailAddress.objects.filter(email=address, verified=True).exclude(user=person)
    return confirmed.exists() or User.objects.filter(email=address).exclude(pk=person.pk).exists()


def sessions_of(*people: int) -> list[str]:
    """Return the keys of the sessions in which these people are signed in, or that name them before signing in.

    Every session is read, so call this outside of a transaction that others wait for.
    """
    persons = list(User.objects.filter(pk__in=people))
    if not persons:
        return []
    pks = {str(person.pk) for person in persons}
    addresses = {address for person in persons for address in mail_addresses_of(person)}
    logins = {user_pk_to_url_str(person) for person in persons}
    return [
        session.session_key
        for session in Session.objects.iterator()
        if is_session_of(session.get_decoded(), pks, addresses, logins)
    ]


def is_session_of(held: dict[str, Any], pks: set[str], addresses: set[str], logins: set[str]) -> bool:
    """Return whether a session belongs to one of these people. One in which somebody is signed in is only theirs."""
    if SESSION_KEY in held:
        return str(held[SESSION_KEY]) in pks
    login = held.get(LOGIN_SESSION_KEY)
    if isinstance(login, dict) and login.get("user_pk") in logins:
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


def erase_history(stories: DepartureQuerySet) -> None:
    """Erase the letters to the author, the author's earlier texts and name. The actions and their times stay."""
    history = AuditEntry.objects.filter(story__in=stories.values("pk"))
    history.update(**dict.fromkeys(FORGETTABLE, ""))
    history.filter(actor=models.F("story__author")).update(actor=None)
    # Notes of moderators and words of readers may name people too. The reason of a report is enough.
    Assignment.objects.filter(story__in=stories.values("pk")).delete()
    ModeratorNote.objects.filter(story__in=stories.values("pk")).delete()
    Report.objects.filter(story__in=stories.values("pk")).update(words="")
    Story.objects.filter(pk__in=stories.values("pk")).update(saved_by_editor=None, save_sequence=0)


def erase(person: User, sessions: list[str]) -> None:
    """Delete everything about the person that the database does not delete together with their row."""
    addresses = mail_addresses_of(person)
    Session.objects.filter(session_key__in=sessions).delete()
    own = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=own.values("session_key")).delete()
    erase_admin_log(User, User.objects.filter(pk=person.pk))
    for model in PERSONAL_MODELS:
        erase_admin_log(model, model._default_manager.filter(user=person))
    for address in addresses:
        Invitation.objects.filter(email=address).delete()
        # The error of a mail server may repeat the address that it refused.
        failed = DBTaskResult.objects.finished().filter(traceback__icontains=address)
        naming = [result.pk for result in failed if contains_address(result.traceback, address)]
        DBTaskResult.objects.filter(pk__in=naming).delete()


def erase_admin_log(model: type[models.Model], rows: models.QuerySet[Any]) -> None:
    pks = [str(pk) for pk in rows.values_list("pk", flat=True)]
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=pks).delete()


def contains_address(text: str, address: str) -> bool:
    """Return whether the whole address is in the text: a@b.example is not in maria@b.example."""
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None
