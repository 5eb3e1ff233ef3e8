"""Notices about a story are read when their reader opens its page."""

from accounts.models import User
from kindwall.small_writes import dropped_if_locked
from notices.models import Notice


def mark_story_read(reader: User, story: int) -> None:
    """Mark this person's notices about the story, and about changes to it, as read. One query where there are none."""
    about = Notice.objects.filter(user=reader).unread().about(story)
    if about.exists():
        with dropped_if_locked():
            about.mark_read(reader)
