"""Joining a team by a link, by an invitation, by the domain of an address, or because it is open."""

from http import HTTPStatus
from typing import cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import for_people, person, publicly
from accounts.address_proof import confirm_main_address
from accounts.admission import JoinOffer, joinable_teams, remember_join
from accounts.models import Invitation, Joining, JoinLink, Membership, Role, Team, User
from accounts.names import isolated

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_AND_POST
@never_cache
@login_not_required
def join_by_link(request: HttpRequest, token: str) -> HttpResponse:
    return join_page(request, JoinLink.objects.with_token(token))


@GET_AND_POST
@never_cache
@login_not_required
def join_by_invitation(request: HttpRequest, token: str) -> HttpResponse:
    return join_page(request, Invitation.objects.with_token(token))


def join_page(request: HttpRequest, offer: JoinOffer | None) -> HttpResponse:
    """Show the offer, or why it does not work. A POST joins the team, or leads to the sign-in first."""
    user = request.user if isinstance(request.user, User) else None
    if offer and user and (membership := user.memberships_by_slug.get(offer.team.slug)):
        return render(request, "accounts/joining/member.html", {"membership": membership, "team": offer.team})
    if offer is None or not offer.is_active:
        return unknown_offer(request)
    if offer.has_expired:
        return render(request, "accounts/joining/expired.html", {"offer": offer}, status=HTTPStatus.GONE)
    if user and isinstance(offer, JoinLink) and not offer.is_for(user):
        return unknown_offer(request)
    if user and not offer.is_for(user):
        context = {"offer": offer, "team": offer.team}
        return render(request, "accounts/joining/other_address.html", context, status=HTTPStatus.FORBIDDEN)
    if request.method != "POST":
        return render(request, "accounts/joining/join.html", {"offer": offer, "team": offer.team})
    if not ratelimit.consume(request, app="allauth.account", action="join", key=offer.digest):
        return too_many_guesses(request)
    return accept_offer(request, user, offer) if user else sign_in_first(request, offer)


def accept_offer(request: HttpRequest, user: User, offer: JoinOffer) -> HttpResponse:
    membership = offer.accept(user)
    if membership and isinstance(offer, Invitation) and offer.email == user.email:
        confirm_main_address(request, user)
    return redirect_to_wall(request, membership) if membership else unknown_offer(request)


def redirect_to_wall(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("You are in. Welcome to %(team)s.") % {"team": isolated(membership.team.name)})
    return redirect(membership.team)


def sign_in_first(request: HttpRequest, offer: JoinOffer | None = None) -> HttpResponse:
    """Remember the offer and lead to the sign-in, which accepts it; where it cannot, people return here and read why.

    Without an offer they return here in any case, and join by the button.
    """
    if offer:
        remember_join(request, offer)
    page = "account_signup" if request.POST.get("as") == "new" and not settings.SSO_ONLY else "account_login"
    return redirect(f"{reverse(page)}?{urlencode({'next': request.path})}")


def unknown_offer(request: HttpRequest) -> HttpResponse:
    """Respond alike to a link that was used up, was revoked or never existed, to reveal nothing about it."""
    if not ratelimit.consume(request, app="allauth.account", action="guess_token", limit_get=True):
        return too_many_guesses(request)
    return render(request, "accounts/joining/unknown.html", status=HTTPStatus.NOT_FOUND)


def too_many_guesses(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = ratelimit.respond_429(request)
    return response


@GET_AND_POST
@never_cache
def join_in_public(request: HttpRequest, team: Team) -> HttpResponse:
    """Show the page behind “Join” on a public wall, to visitors too: that the team exists is public."""
    if isinstance(request.user, User):
        if team.joining == Joining.OPEN and joinable_teams(request.user).at(team.slug) is None:
            return unknown_offer(request)
        return open_team_page(request, request.user, team)
    if team.joining != Joining.OPEN:
        return redirect_to_login(request.path)
    if request.method != "POST":
        return render(request, "accounts/joining/join.html", {"team": team})
    return sign_in_first(request)


@publicly(join_in_public)
@for_people
@GET_AND_POST
@never_cache
def join(request: HttpRequest, team: Team | None = None, membership: Membership | None = None) -> HttpResponse:
    """Let people join by the domain of their address, or because the team is open."""
    if membership:
        return redirect(membership.team)
    return open_team_page(request, person(request), cast("Team", team))


def open_team_page(request: HttpRequest, user: User, team: Team) -> HttpResponse:
    found = joinable_teams(user).at(team.slug)
    if found is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/joining/open_team.html", {"team": found})
    membership, _new = Membership.join(user, found, role=Role.MEMBER, by=found.joining)
    return redirect_to_wall(request, membership)
