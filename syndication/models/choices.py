"""The fixed choices of channels and deliveries."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelKind(models.TextChoices):
    """The services that a team can connect. Each has its sender (syndication/senders.py)."""

    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    MATTERMOST = "mattermost", "Mattermost"
    DISCORD = "discord", "Discord"
    GOOGLE_CHAT = "google-chat", "Google Chat"
    WEBHOOK = "webhook", _("Another program, by webhook")


class Content(models.TextChoices):
    """The events that a channel gets."""

    STORIES = "stories", _("Every story, as soon as it is published")
    WEEKLY_COUNT = "weekly-count", _("Once a week, how many stories were published")


class EventType(models.TextChoices):
    """The types of events, as receivers of webhooks read them."""

    PUBLISHED = "story.published", _("A story was published")
    CHANGED = "story.changed", _("A story was changed")
    REMOVED = "story.removed", _("A story has left the wall")
    RESTORED = "story.restored", _("A story is back on the wall")
    WEEKLY_COUNT = "week.counted", _("The stories of a week")
    TEST = "test", _("A test")


# Events about one story of the wall.
STORY_EVENTS = (EventType.PUBLISHED, EventType.CHANGED, EventType.REMOVED, EventType.RESTORED)
# Story events that carry its text.
TEXT_EVENTS = (EventType.PUBLISHED, EventType.CHANGED, EventType.RESTORED)


class StopReason(models.TextChoices):
    FAILING = "failing", _("Ten attempts in a row have failed.")
    GONE = "gone", _("The receiver says that this address no longer exists.")
    UNREADABLE = "unreadable", _("Its address cannot be read any more, because the server has another secret key.")


class Status(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    DROPPED = "dropped", _("Not sent, because it was no longer needed")
