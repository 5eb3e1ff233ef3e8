from syndication.models.channel import Channel
from syndication.models.choices import Content, EventType, Kind, Status, StopReason
from syndication.models.delivery import Delivery, PostedMessage

__all__ = ["Channel", "Content", "Delivery", "EventType", "Kind", "PostedMessage", "Status", "StopReason"]
