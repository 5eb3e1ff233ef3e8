"""The registry of senders: one for each kind of channel.

A sender turns an event into requests to its service (`kindwall.outbound`), and returns the result. It is registered in
`AppConfig.ready()`. It gets no model of a story, only a `WallStory`, so that it can send only what the wall shows.

A channel gets the events about one story in their order, one at a time. A sender may be called again for an event that
its service has got already, because a connection can be lost after the last byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from syndication.models import Channel, ChannelKind, EventType


@dataclass(frozen=True, slots=True)
class WallStory:
    """A story as the wall shows it at this moment."""

    pk: int
    url: str  # with the origin
    kind: str  # a value of stories.models.Kind, such as "given"
    kind_label: str  # in the channel's language, as the next two
    qualities: Mapping[str, str]  # labels by value, in the author's order
    author: str
    body: str
    published_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Its texts are in the channel's language, which is active while a sender works."""

    type: EventType
    identifier: str  # the same at every attempt
    occurred_at: datetime
    team_name: str
    wall_url: str  # with the origin
    story_id: int | None = None
    story: WallStory | None = None  # None for a removal and for a count
    count: int | None = None  # stories published in the week, for EventType.WEEKLY_COUNT
    # The name that the service gave the message of this story in the room, where its sender returned one before.
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of an attempt. Without a response `code` is None, and `excerpt` a sentence that says why."""

    code: int | None
    excerpt: str = ""  # the beginning of a response that refused the event, without the channel's secrets
    message_id: str = ""  # of the message that was posted, for a service that can change or delete it later

    @property
    def is_success(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver says that the address will never work again."""
        return self.code == 410


class Sender(Protocol):
    @property
    def kind(self) -> ChannelKind: ...

    @property
    def hint(self) -> str | Promise:
        """A sentence that says where people find the address to paste."""
        ...

    @property
    def example(self) -> str:
        """An address that looks like those of this service."""
        ...

    def check_address(self, address: str) -> None:
        """Raise ValidationError where this cannot be an address of the service. It is an HTTP address already."""
        ...

    def send(self, channel: Channel, event: Event) -> SendResult | None:
        """Send the event. Return None where the service needs nothing, such as a removal of what was never posted."""
        ...


senders: dict[str, Sender] = {}


def register(sender: Sender) -> None:
    """Use this sender for its kind of channel. Registering another replaces it."""
    senders[sender.kind] = sender


def senders_in_order() -> list[Sender]:
    """Return the registered senders in the order in which people choose among them."""
    return [senders[kind] for kind in ChannelKind.values if kind in senders]
