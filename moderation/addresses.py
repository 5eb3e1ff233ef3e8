"""The addresses of the desk and of the stories on it."""

from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Membership
from moderation.queue import Show


def desk_address(membership: Membership, show: Show = Show.ALL, story: int | None = None) -> str:
    query = {"show": show.value} if show is not Show.ALL else {}
    if story:
        query["story"] = str(story)
    address = reverse("moderation", kwargs={"team": membership.team.slug})
    return f"{address}?{urlencode(query)}" if query else address


def story_address(membership: Membership, show: Show) -> str:
    """Return the address of a story in this list, up to its number."""
    address = desk_address(membership, show)
    return f"{address}{'&' if '?' in address else '?'}story="
