"""The right to follow a wall: checked at each heartbeat, and when a session, an account or a membership changes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import IntegerField, Value
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from accounts.models import Membership, Team, User
from stories.live.viewers import Watcher

# Called after each commit that may end somebody's streams, with the person's number or the session's key.
access_listeners: list[Callable[[int | str], None]] = []
MOST_KEYS = 5_000  # in one query


def still_allowed(watchers: Sequence[tuple[int, bool, Watcher]]) -> list[bool]:
    """Return for each stream of (team, at its desk, watcher) whether it may continue; three queries for any number."""
    allowed = allowed_in({team for team, _desk, _watcher in watchers})
    sessions = valid_sessions(watcher.session for _team, _desk, watcher in watchers if watcher.user_id is not None)
    people = {watcher.user_id for _team, _desk, watcher in watchers if watcher.user_id is not None}
    passwords = passwords_of(people)
    return [
        (team, watcher.user_id, desk) in allowed
        and (
            watcher.user_id is None
            or (watcher.session in sessions and passwords.get(watcher.user_id) == watcher.password)
        )
        for team, desk, watcher in watchers
    ]


def allowed_in(teams: Collection[int]) -> set[tuple[int, int | None, bool]]:
    """Return who may follow these teams' walls and desks; one query.

    (team, person, False) for each member, (team, person, True) for each moderator besides, and (team, None, False)
    where the wall is public.
    """
    inside = Membership.objects.filter(team__in=teams, user__is_active=True)
    members = inside.values_list("team_id", "user_id", Value(0, IntegerField()))
    moderators = inside.moderators().values_list("team_id", "user_id", Value(1, IntegerField()))
    public = Team.objects.public().filter(pk__in=teams)
    # No person has the number 0: it means everybody outside the team.
    outside = public.values_list("pk", Value(0, IntegerField()), Value(0, IntegerField()))
    everybody = members.order_by().union(moderators.order_by(), outside.order_by(), all=True)
    return {(team, user or None, bool(desk)) for team, user, desk in everybody}


def valid_sessions(keys: Iterable[str]) -> set[str]:
    """Return those of these session keys that have neither ended nor expired."""
    now = timezone.now()
    return {
        key
        for some in batches_of(set(keys))
        for key in Session.objects.filter(session_key__in=some, expire_date__gt=now).values_list("pk", flat=True)
    }


def passwords_of(people: Collection[int]) -> dict[int, str]:
    return {
        pk: password
        for some in batches_of(people)
        for pk, password in User.objects.filter(pk__in=some).values_list("pk", "password")
    }


def delete_expired_sessions() -> None:
    """Delete expired sessions in batches: because of the signal below, Django loads each one before it deletes it."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    while keys := list(expired.values_list("pk", flat=True)[:MOST_KEYS]):
        Session.objects.filter(pk__in=keys).delete()


def batches_of[T](things: Collection[T]) -> Iterable[list[T]]:
    every = list(things)
    return (every[place : place + MOST_KEYS] for place in range(0, len(every), MOST_KEYS))


# Django's signals, because sessions, passwords and accounts are changed by Django and allauth too.


def connect_signals() -> None:
    post_delete.connect(session_ended, sender=Session)
    post_save.connect(person_changed, sender=User)
    for signal in (post_save, post_delete):
        signal.connect(membership_changed, sender=Membership)


def session_ended(instance: Session, **_: Any) -> None:
    announce_access(instance.session_key)


def person_changed(instance: User, created: bool, **_: Any) -> None:
    if not created:
        announce_access(instance.pk)


def membership_changed(instance: Membership, created: bool = False, **_: Any) -> None:
    if not created:
        announce_access(instance.user_id)


def announce_access(owner: int | str) -> None:
    if access_listeners:
        transaction.on_commit(partial(notify_access_listeners, owner), robust=True)


def notify_access_listeners(owner: int | str) -> None:
    for listener in access_listeners:
        listener(owner)
