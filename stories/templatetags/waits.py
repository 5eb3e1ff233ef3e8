"""How long authors have to wait for a moderator."""

from datetime import timedelta

from django import template

from kindwall import clock
from stories.models import Story
from stories.wait_times import promise

register = template.Library()
register.filter(promise)


@register.filter
def is_still_ahead_of(usual_wait: timedelta | None, story: Story) -> bool:
    """Return whether the story has waited less than stories usually do. Later, the usual wait means nothing to it."""
    if usual_wait is None or story.submitted_at is None:
        return False
    return clock.now() - story.submitted_at < usual_wait
