"""How every page of a team is answered."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Membership
from stories.desk import standing


def team_page(
    request: HttpRequest, membership: Membership, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A full page, with what the team's header needs."""
    header: dict[str, Any] = {"membership": membership, "team": membership.team}
    if "standing" not in context:
        header["standing"] = standing(membership)
    return render(request, template, {**header, **context}, status=status)
