"""The registry of what people can be told, and the way to tell it, for apps that do not know `notices`.

An app registers its kinds in its `AppConfig.ready()`, and calls `send_notice` in the transaction of the change, or from
a listener to settled decisions. The app `notices` stores what is sent, shows it and mails it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.choices import Role


class MailPace(models.TextChoices):
    NEVER = "never", _("Never")
    AT_ONCE = "at-once", _("At once")
    HOURLY = "hourly", _("Every hour")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The words of one notice for its reader, read when it is shown."""

    sentence: str
    path: str  # of the exact place, such as "/harbour/stories/5/"
    excerpt: str = ""  # of the story; shown in the product and never mailed


class ShownNotice(Protocol):
    """The part of a notice that `NoticeKind.texts` reads."""

    pk: Any
    kind: Any
    user_id: Any
    team_id: Any
    story_id: Any
    entry_id: Any
    topic: Any
    created_at: Any
    updated_at: Any


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice.

    `texts` gets notices of one reader and of every kind that names this function, with one number of queries however
    many they are, and returns the text of each by its pk. It leaves out those that their reader may not see any more.
    """

    name: str  # stored, at most 32 letters
    label: str | Promise  # in the reader's preferences
    audience: Role  # the least role that gets it
    texts: Callable[[Sequence[ShownNotice]], Mapping[int, NoticeText]]
    paces: tuple[MailPace, ...] = (MailPace.AT_ONCE, MailPace.NEVER)
    usual_pace: MailPace = MailPace.NEVER
    usually_in_product: bool = True  # False: only for people who ask for it
    # A condition on rows of notices, such as an Exists, of which one does not hold for a notice whose cause is gone.
    # It has no joins and holds no moments, as it is compiled once.
    current: Any = None


class NoticeStore(Protocol):
    """The app that stores notices, or does something else with what is sent."""

    def add(
        self,
        kind: NoticeKind,
        *,
        to: Sequence[int] | None,
        team: int,
        topic: str,
        story: int | None,
        entry: int | None,
        at: datetime | None,
        unread_again: bool,
    ) -> None: ...

    def withdraw(self, kind: NoticeKind, *, team: int, topic: str) -> None: ...


notice_kinds: dict[str, NoticeKind] = {}
stores: list[NoticeStore] = []


def register(kind: NoticeKind) -> None:
    """Add a kind. Registering it again changes nothing."""
    notice_kinds[kind.name] = kind


def register_store(store: NoticeStore) -> None:
    if store not in stores:
        stores.append(store)


def send_notice(
    kind: NoticeKind,
    *,
    to: Sequence[int] | None,
    team: int,
    topic: str,
    story: int | None = None,
    entry: int | None = None,
    at: datetime | None = None,
    unread_again: bool = True,
) -> None:
    """Send a notice to these people, by their pks, in the surrounding transaction; None means everybody in the team.

    Of them only members of the team with the role that the kind asks for get it, and only where they want it.

    A person has one notice for each `topic`. To send it again renews that notice: it comes first and is unread again,
    or, without `unread_again`, as read as it was. An entry of the log that it had already, or an older one, changes
    nothing. `at` is the moment of what happened; by default it is now. `story` and `entry` are deleted together with
    the notice, so a notice about several stories has neither.
    """
    for store in stores:
        store.add(kind, to=to, team=team, topic=topic, story=story, entry=entry, at=at, unread_again=unread_again)


def withdraw_notice(kind: NoticeKind, *, team: int, topic: str) -> None:
    """Delete this notice for everybody who has it, because its cause is gone."""
    for store in stores:
        store.withdraw(kind, team=team, topic=topic)
