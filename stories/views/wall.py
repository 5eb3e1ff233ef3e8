"""The wall of a team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import publicly
from accounts.last_team import remember_team
from accounts.models import Membership
from kindwall.htmx import is_htmx
from stories.cards import choices
from stories.header import header_counts
from stories.live.position import write_position
from stories.views import public
from stories.views.lookup import get_author
from stories.wall import read_page
from stories.wall_filter import WallFilter


@publicly(public.wall)
@require_safe
def wall(request: HttpRequest, membership: Membership) -> HttpResponse:
    wanted, before = WallFilter.read(request.GET, membership.user_id), request.GET.get("before", "")
    # Read before the page, so that a change in between is sent again rather than missed.
    now = header_counts(membership)
    author = get_author(membership, request.GET["author"]) if "author" in request.GET else None
    page = read_page(membership, wanted, before, now.event)
    position = write_position(membership.team_id, now.event)
    context = {
        "here": "wall",
        "header_counts": now,
        "page": page,
        "before": before,
        "position": position,
        "author": author,
        "wanted": wanted,
        "choices": choices(),
    }
    return remember_team(request, render(request, "stories/wall.html", context), membership.team)


@require_POST
def dismiss_introduction(request: HttpRequest, membership: Membership) -> HttpResponse:
    membership.dismiss_introduction()
    return HttpResponse() if is_htmx(request) else redirect("wall", membership.team.slug)
