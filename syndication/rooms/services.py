"""The chat services that a team can connect."""

from urllib.parse import urlsplit

from syndication.models import Kind
from syndication.rooms.discord import DiscordSender
from syndication.rooms.google_chat import GoogleChatSender
from syndication.rooms.mattermost import MattermostSender
from syndication.rooms.room_sender import RoomSender
from syndication.rooms.slack import SlackSender
from syndication.rooms.teams import TeamsSender

# Mattermost comes last: it is recognised by its path alone.
ROOM_SENDERS: tuple[RoomSender, ...] = (
    SlackSender(),
    TeamsSender(),
    DiscordSender(),
    GoogleChatSender(),
    MattermostSender(),
)


def kind_of(address: str) -> Kind | None:
    """Return the service that this address belongs to, so that its owner need not choose; None for any other."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return next((sender.kind for sender in ROOM_SENDERS if sender.recognises(parts)), None)
