from syndication.models.channel import Channel
from syndication.models.choices import ChannelKind, Content, EventType, Status, StopReason
from syndication.models.delivery import Delivery, PostedMessage
from syndication.models.feed_address import FeedAddress

__all__ = [
    "Channel",
    "ChannelKind",
    "Content",
    "Delivery",
    "EventType",
    "FeedAddress",
    "PostedMessage",
    "Status",
    "StopReason",
]
