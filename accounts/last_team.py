"""The team whose wall this browser opened last; the home page redirects to it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import Team

LAST_TEAM = "kindwall_team"
COOKIE_LIFETIME = 365 * 24 * 3600  # seconds


def remember_team(request: HttpRequest, response: HttpResponse, team: Team) -> HttpResponse:
    """Store it in a cookie of its own, which reveals no more than the name of a wall on a shared computer."""
    if request.COOKIES.get(LAST_TEAM) != team.slug:
        response.set_cookie(
            LAST_TEAM, team.slug, max_age=COOKIE_LIFETIME, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
    return response
