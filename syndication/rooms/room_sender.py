"""The part that senders to chat rooms have in common."""

import json
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from syndication.models import Channel, ChannelKind, EventType
from syndication.requests import request
from syndication.rooms.card import RoomCard
from syndication.senders import Event, SendResult

# The name of a message in a room whose service names none. It records that the story was posted there.
POSTED = "posted"
# Events that make a new message. An edit is no news where its story was never posted.
NEWS = (EventType.PUBLISHED, EventType.RESTORED, EventType.WEEKLY_COUNT, EventType.TEST)


class RoomSender:
    """A sender to a service whose messages can be neither changed nor deleted by the address that posted them."""

    kind: ClassVar[ChannelKind]
    hint: ClassVar[str | Promise]
    example: ClassVar[str]
    is_hosted: ClassVar[bool] = True  # by its makers alone, so that its addresses are known by their hosts

    def recognises(self, address: SplitResult) -> bool:
        """Return whether this is an address of the service, as the owner pasted it."""
        raise NotImplementedError

    def payload(self, card: RoomCard) -> dict[str, Any]:
        """Return the message as the service reads it."""
        raise NotImplementedError

    def check_address(self, address: str) -> None:
        if not self.recognises(urlsplit(address)):
            service = {"service": self.kind.label, "example": self.example}
            raise ValidationError(
                _("This is no address of a room in %(service)s. One looks like %(example)s.") % service
            )

    def send(self, channel: Channel, event: Event) -> SendResult | None:
        if event.type not in NEWS or (event.type == EventType.RESTORED and event.message_id):
            return None
        result, _body = self.post(channel, str(channel.address), RoomCard.of(event))
        return SendResult(result.code, result.excerpt, POSTED) if result.is_success else result

    def post(self, channel: Channel, address: str, card: RoomCard, method: str = "POST") -> tuple[SendResult, bytes]:
        body = json.dumps(self.payload(card), ensure_ascii=False, separators=(",", ":")).encode()
        return request(channel, method, address, body=body, headers={"Content-Type": "application/json"})


def is_below(address: SplitResult, *domains: str) -> bool:
    """Return whether the host of the address is one of these domains, or below one."""
    host = (address.hostname or "").rstrip(".")
    return address.scheme == "https" and any(host == domain or host.endswith(f".{domain}") for domain in domains)
