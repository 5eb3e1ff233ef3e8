"""A public wall and its stories for people outside the team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Team
from stories.archive import months_by_year
from stories.cards import CARD_TITLES, Card
from stories.live.position import write_position
from stories.models import Kind, OutboxEvent, Story
from stories.public import shared_page, social_preview, while_unchanged
from stories.views.lookup import read_bar, read_stories, read_way
from stories.wall import read_public_arrivals, read_public_page
from stories.wall_bar import Filters
from stories.wall_filter import page_address


@require_safe
def wall(request: HttpRequest, team: Team) -> HttpResponse:
    # Both are read before the page, so that a change in between is noticed.
    holds, event = while_unchanged(team), OutboxEvent.objects.of_team(team.pk).newest_id()
    bar = read_bar(request, team)
    page, position = read_public_page(team, bar.wanted, bar.before, event), write_position(team.pk, event)
    context = {"page": page, "position": position, "before": bar.before, "bar": bar}
    query = page_address(bar.address, bar.before)
    return shared_page(request, team, holds, "stories/public_wall.html", context, query)


@require_safe
def filters(request: HttpRequest, team: Team) -> HttpResponse:
    holds, bar = while_unchanged(team), read_bar(request, team)
    context = {"bar": bar, "filters": Filters.read(team, bar.wanted), "visitor": True}
    return shared_page(request, team, holds, "stories/public_filters.html", context, bar.address)


@require_safe
def arrivals(request: HttpRequest, team: Team) -> HttpResponse:
    holds, event = while_unchanged(team), OutboxEvent.objects.of_team(team.pk).newest_id()
    found = read_public_arrivals(team, read_bar(request, team).wanted, read_stories(request), event)
    return shared_page(request, team, holds, "stories/arrivals.html", {"arrivals": found})


@require_safe
def archive(request: HttpRequest, team: Team) -> HttpResponse:
    holds = while_unchanged(team)
    return shared_page(request, team, holds, "stories/public_archive.html", {"years": months_by_year(team)})


@require_safe
def story(request: HttpRequest, team: Team, pk: int) -> HttpResponse:
    holds = while_unchanged(team)
    story = get_object_or_404(Story.objects.of(team).published().with_author(), pk=pk)
    card = Card.of(story, team.slug).draw(frozenset(), timezone.now(), alone=True, visitor=True)
    context = {"story": story, "card": card, "title": CARD_TITLES[Kind(story.kind)], "preview": social_preview(story)}
    context["way"] = read_way(request, story)
    return shared_page(request, team, holds, "stories/public_story.html", context)
