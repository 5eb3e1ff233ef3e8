"""The story or the author that an address names, as this person may see them."""

from django.http import Http404

from accounts.models import Membership, User
from kindwall.numbers import read_number
from stories.models import Story, seen_by


def get_readable(membership: Membership, pk: int) -> Story:
    """Return the story as this person may read it; 404 where they may not."""
    story = seen_by(membership, [pk]).get(pk)
    if story is None:
        raise Http404
    return story


def get_author(membership: Membership, asked: str) -> User:
    """Return the person with that number, whose name is under a story on the team's wall; 404 for everybody else."""
    written = Story.objects.of(membership.team).published().by_author(read_number(asked) or 0)
    story = written.with_author().first()
    if story is None or story.author is None:
        raise Http404
    return story.author
