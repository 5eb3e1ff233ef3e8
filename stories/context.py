"""The context processor for the pages of a team."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership
from stories.header import HeaderCounts


def team_page(request: HttpRequest) -> dict[str, Any]:
    """Return the membership that AccessMiddleware found, its team, and the header's counts, read when first shown."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    counts = SimpleLazyObject(partial(HeaderCounts.read, membership))
    return {"membership": membership, "team": membership.team, "header_counts": counts}
