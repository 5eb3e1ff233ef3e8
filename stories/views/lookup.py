"""The story that an address names, as this person may read it."""

from django.http import Http404

from accounts.models import Membership
from stories.models import Story, seen_by


def get_readable(membership: Membership, pk: int) -> Story:
    """Return the story as this person may read it; 404 where they may not."""
    story = seen_by(membership, [pk]).get(pk)
    if story is None:
        raise Http404
    return story
