"""The addresses of the desk and of the stories on it."""

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Membership
from moderation.selection import Selection

USUAL = Selection()


def desk_address(membership: Membership, selection: Selection = USUAL, story: int | None = None) -> str:
    query = selection.parameters | ({"story": str(story)} if story else {})
    address = reverse("moderation", kwargs={"team": membership.team.slug})
    return f"{address}?{urlencode(query)}" if query else address


def story_address(membership: Membership, selection: Selection = USUAL) -> str:
    """Return the address of a story in this list, up to its number."""
    address = desk_address(membership, selection)
    return f"{address}{'&' if '?' in address else '?'}story="
