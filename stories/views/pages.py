"""How every page of a team is answered."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Membership
from stories.desk import standing
from stories.models import Story, seen_by


def team_page(
    request: HttpRequest, membership: Membership, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A full page, with what the team's header needs."""
    header: dict[str, Any] = {"membership": membership, "team": membership.team}
    if "standing" not in context:
        header["standing"] = standing(membership)
    return render(request, template, {**header, **context}, status=status)


def get_readable(membership: Membership, pk: int) -> Story:
    """The story as this person may read it; 404 where they may not."""
    story = seen_by(membership, [pk]).get(pk)
    if story is None:
        raise Http404
    return story
