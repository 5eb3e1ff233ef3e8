"""Notices about a story are read when their reader opens it."""

from accounts.models import User
from kindwall.small_writes import dropped_if_locked
from notices.models import Notice
from stories.needs_moderator import Query
from stories.visits import VisitListener

UNREAD_ABOUT = """
    SELECT COUNT(*) FROM notices_notice WHERE user_id = %s AND read_at IS NULL
        AND (story_id = %s OR story_id IN (SELECT id FROM stories_story WHERE edit_of_id = %s))
"""


def mark_story_read(reader: User, story: int) -> None:
    """Mark this person's notices about the story, and about changes to it, as read. One query where there are none."""
    about = Notice.objects.filter(user=reader).unread().about(story)
    if about.exists():
        with dropped_if_locked():
            about.mark_read(reader)


def unread_about(reader: User, story: int) -> Query:
    """Return the query for the number of these notices."""
    return UNREAD_ABOUT, (reader.pk, story, story)


NOTICE_VISITS = VisitListener(mark_story_read, unread_about)
