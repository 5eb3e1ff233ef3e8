"""The registry of what people can be told, and the way to tell it, for apps that do not know `notices`.

An app registers its kinds in its `AppConfig.ready()`, and calls `send_notice` in the transaction of the change, or from
a listener to settled decisions. The app `notices` stores what is sent, shows it and mails it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


class ShownNotice(Protocol):
    """The part of a notice that `NoticeKind.texts` reads."""

    pk: Any
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

    `texts` gets notices of this kind of one reader, with one number of queries however many they are, and returns the
    text of each by its pk. It leaves out those that their reader may not see any more.
    """

    name: str  # stored, at most 32 letters
    label: str | Promise  # in the reader's preferences
    audience: Role  # the least role that gets it
    texts: Callable[[Sequence[ShownNotice]], Mapping[int, NoticeText]]
    paces: tuple[MailPace, ...] = (MailPace.AT_ONCE, MailPace.NEVER)
    usual_pace: MailPace = MailPace.NEVER


Sender = Callable[..., None]
kinds: dict[str, NoticeKind] = {}
senders: list[Sender] = []


def register(kind: NoticeKind) -> None:
    kinds[kind.name] = kind


def send_notice(
    kind: NoticeKind,
    *,
    to: Sequence[int],
    team: int,
    topic: str,
    story: int | None = None,
    entry: int | None = None,
) -> None:
    """Tell these people, by their pks, in the surrounding transaction.

    A person has one notice for each `topic`: sending it again renews that notice, so that it is unread and comes first.
    """
    for sender in senders:
        sender(kind, to=to, team=team, topic=topic, story=story, entry=entry)
