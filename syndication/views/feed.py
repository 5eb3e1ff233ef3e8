"""The feed of a wall: open at a public wall, and else at a secret address of each person."""

from typing import cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import publicly
from accounts.models import Membership, Team
from kindwall.shared_pages import SharedPage, etag_of
from stories.public import while_unchanged
from syndication.models import FeedAddress
from syndication.wall_feed import read_feed


@require_safe
def public_feed(request: HttpRequest, team: Team) -> HttpResponse:
    holds = while_unchanged(team)  # before the feed is read, so that a change in between is noticed
    drawn = read_feed(team)
    response = SharedPage(drawn.xml, holds=holds, indexed=False, signed_in=request.user.is_authenticated)
    for name, value in drawn.headers.items():
        response[name] = value
    return response


@publicly(public_feed)
@require_safe
def feed(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show people of the team the address of the feed, or let them make one of their own."""
    context = {
        "here": "people",
        "address": FeedAddress.objects.of(membership),
        "open_address": open_address(membership),
    }
    return render(request, "syndication/feed.html", context)


@require_POST
@never_cache
def make_feed_address(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Respond with the address without a redirect, because its secret is stored nowhere."""
    address, secret = FeedAddress.renew(membership)
    url = settings.ORIGIN + reverse("private_feed", args=[membership.team.slug, secret])
    return render(request, "syndication/feed.html", {"here": "people", "address": address, "url": url})


@require_POST
def revoke_feed_address(request: HttpRequest, membership: Membership) -> HttpResponse:
    if FeedAddress.revoke(membership):
        messages.success(request, _("Your feed address no longer works."))
    return redirect("feed", membership.team.slug)


@require_safe
@login_not_required
def private_feed(request: HttpRequest, slug: str, secret: str) -> HttpResponse:
    """Respond with the feed to whoever has the address: it is asked for by programs, which do not sign in."""
    address = FeedAddress.objects.with_secret(secret)
    if address is None or Team.objects.at(slug) != address.membership.team:
        if not ratelimit.consume(request, app="allauth.account", action="guess_token", limit_get=True):
            return cast("HttpResponse", ratelimit.respond_429(request))
        raise Http404
    team = address.membership.team
    if team.slug != slug:
        return redirect("private_feed", team.slug, secret)
    drawn = read_feed(team)
    return HttpResponse(drawn.xml, headers={**drawn.headers, "ETag": etag_of(drawn.xml.encode())})


def open_address(membership: Membership) -> str:
    """Return the address of the feed that everybody may read; empty where only the team reads the wall."""
    team = membership.team
    return settings.ORIGIN + reverse("feed", args=[team.slug]) if team.is_public else ""
