"""The wall of a team, the choice of what it shows, and its archive."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person, publicly
from accounts.last_team import remember_team
from accounts.models import Membership
from kindwall.htmx import is_htmx
from stories.archive import months_by_year
from stories.cards import choices
from stories.header import HeaderCounts
from stories.live.position import write_position
from stories.models import OutboxEvent
from stories.rare_quality import rare_in, rare_quality
from stories.views import public
from stories.views.lookup import read_bar, read_stories
from stories.wall import read_arrivals, read_wall_page
from stories.wall_bar import Filters


@publicly(public.wall)
@require_safe
def wall(request: HttpRequest, membership: Membership) -> HttpResponse:
    membership.record_wall_seen()
    bar = read_bar(request, membership.team, membership.user_id)
    # Read before the page, so that a change in between is sent again rather than missed.
    now = HeaderCounts.read(membership)
    page = read_wall_page(membership, bar.wanted, bar.before, now.event)
    position = write_position(membership.team_id, now.event)
    context = {
        "here": "wall",
        "header_counts": now,
        "page": page,
        "bar": bar,
        "before": bar.before,
        "rare": None if bar.before else rare_in(bar.wanted, page.newest),
        "position": position,
        "choices": choices(),
    }
    return remember_team(request, render(request, "stories/wall.html", context), membership.team)


@publicly(public.filters)
@require_safe
def filters(request: HttpRequest, membership: Membership) -> HttpResponse:
    bar = read_bar(request, membership.team, membership.user_id)
    choices = Filters.read(membership.team, bar.wanted)
    context = {"here": "wall", "bar": bar, "filters": choices, "rare": rare_quality(membership.team)}
    return render(request, "stories/wall_filters.html", context)


@publicly(public.arrivals)
@require_safe
def arrivals(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Return the cards of the stories that the address names, as far as they belong to the part of the wall it asks."""
    bar = read_bar(request, membership.team, membership.user_id)
    event = OutboxEvent.objects.of_team(membership.team_id).newest_id()
    found = read_arrivals(membership, bar.wanted, read_stories(request), event)
    return render(request, "stories/arrivals.html", {"arrivals": found})


@publicly(public.archive)
@require_safe
def archive(request: HttpRequest, membership: Membership) -> HttpResponse:
    return render(request, "stories/archive.html", {"here": "wall", "years": months_by_year(membership.team)})


@require_POST
def dismiss_introduction(request: HttpRequest, membership: Membership) -> HttpResponse:
    membership.dismiss_introduction()
    return HttpResponse() if is_htmx(request) else redirect("wall", membership.team.slug)


@require_POST
def single_keys(request: HttpRequest, membership: Membership, back_to: str) -> HttpResponse:
    """Switch this person's single keys on or off, on walls and in moderation alike."""
    on = request.POST.get("on", "")
    if on not in ("0", "1"):
        raise BadRequest(_("Single keys are on or off."))
    person(request).switch_single_keys(on=on == "1")
    return redirect(back_to, membership.team.slug)
