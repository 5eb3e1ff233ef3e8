from syndication.models.channel import Channel
from syndication.models.choices import Content, EventType, Kind, Status, StopReason
from syndication.models.delivery import Delivery, PostedMessage
from syndication.models.feed_address import FeedAddress

__all__ = [
    "Channel",
    "Content",
    "Delivery",
    "EventType",
    "FeedAddress",
    "Kind",
    "PostedMessage",
    "Status",
    "StopReason",
]
