"""How every page of a team is answered."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Membership
from stories.desk import standing


def team_page(
    request: HttpRequest, membership: Membership, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A full page, with what the team's header needs."""
    header = {"membership": membership, "team": membership.team, "standing": standing(membership)}
    response = render(request, template, {**header, **context}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def where_they_were(request: HttpRequest, otherwise: str, anchor: str = "") -> str:
    """The page of ours that sent this form."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return otherwise
    return page.partition("#")[0] + (f"#{anchor}" if anchor else "")
