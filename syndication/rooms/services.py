"""The chat services that a team can connect."""

from urllib.parse import urlsplit

from syndication.models import ChannelKind
from syndication.rooms.discord import DiscordSender
from syndication.rooms.google_chat import GoogleChatSender
from syndication.rooms.mattermost import MattermostSender
from syndication.rooms.room_sender import RoomSender
from syndication.rooms.slack import SlackSender
from syndication.rooms.teams import TeamsSender

ROOM_SENDERS: tuple[RoomSender, ...] = (
    SlackSender(),
    TeamsSender(),
    MattermostSender(),
    DiscordSender(),
    GoogleChatSender(),
)


def kind_of(address: str) -> ChannelKind | None:
    """Return the service whose host this is, so that a wrong choice does no harm; None for any other host."""
    parts = urlsplit(address)
    return next((sender.kind for sender in ROOM_SENDERS if sender.is_hosted and sender.recognises(parts)), None)
