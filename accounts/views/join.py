"""The doors of a team: by a link, by an invitation, and for people of its domains or for everybody."""

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
from accounts.admission import WayIn, joinable_teams, keep_way_in
from accounts.models import Invitation, Joining, JoinLink, Membership, Role, Team, User

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_AND_POST
@never_cache
@login_not_required
def join_by_link(request: HttpRequest, token: str) -> HttpResponse:
    return at_the_door(request, JoinLink.objects.with_token(token))


@GET_AND_POST
@never_cache
@login_not_required
def join_by_invitation(request: HttpRequest, token: str) -> HttpResponse:
    return at_the_door(request, Invitation.objects.with_token(token))


def at_the_door(request: HttpRequest, way: WayIn | None) -> HttpResponse:
    """Shows who asks them in, or why that does not work; a press lets them in, or leads to the sign-in first."""
    user = request.user if isinstance(request.user, User) else None
    if way and user and (membership := user.memberships_by_slug.get(way.team.slug)):
        return render(request, "accounts/joining/inside.html", {"membership": membership, "team": way.team})
    if way is None or not way.is_standing:
        return opens_nothing(request)
    if way.has_expired:
        return render(request, "accounts/joining/expired.html", {"way": way}, status=HTTPStatus.GONE)
    if user and isinstance(way, JoinLink) and not way.is_for(user):
        return opens_nothing(request)
    if user and not way.is_for(user):
        context = {"way": way, "team": way.team}
        return render(request, "accounts/joining/other_address.html", context, status=HTTPStatus.FORBIDDEN)
    if request.method != "POST":
        return render(request, "accounts/joining/door.html", {"way": way, "team": way.team})
    if not ratelimit.consume(request, app="allauth.account", action="join"):
        return slower(request)
    return enter(request, user, way) if user else sign_in_first(request, way)


def enter(request: HttpRequest, user: User, way: WayIn) -> HttpResponse:
    membership = way.come_in(user)
    return welcome(request, membership) if membership else opens_nothing(request)


def welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("You are in. Welcome to %(team)s.") % {"team": membership.team.name})
    return redirect(membership.team)


def sign_in_first(request: HttpRequest, way: WayIn | None = None) -> HttpResponse:
    """They join when they have signed in. Where that does not let them in, they come back here and read why.

    Without a way of their own they come back in any case, and join by a press.
    """
    if way:
        keep_way_in(request, way)
    page = "account_signup" if request.POST.get("as") == "new" and not settings.SSO_ONLY else "account_login"
    return redirect(f"{reverse(page)}?{urlencode({'next': request.path})}")


def opens_nothing(request: HttpRequest) -> HttpResponse:
    """One answer for a link that was used up, was revoked, or never was, so that none tells which."""
    if not ratelimit.consume(request, app="allauth.account", action="guess_token", limit_get=True):
        return slower(request)
    return render(request, "accounts/joining/nothing.html", status=HTTPStatus.NOT_FOUND)


def slower(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = ratelimit.respond_429(request)
    return answer


@GET_AND_POST
@never_cache
def join_in_public(request: HttpRequest, team: Team) -> HttpResponse:
    """What the “Join” of a public wall leads to: that there is this team is no secret, nor whom it lets in."""
    if isinstance(request.user, User):
        if team.joining == Joining.OPEN and joinable_teams(request.user).at(team.slug) is None:
            return opens_nothing(request)
        return at_the_open_door(request, request.user, team)
    if team.joining != Joining.OPEN:
        return redirect_to_login(request.path)
    if request.method != "POST":
        return render(request, "accounts/joining/door.html", {"team": team})
    return sign_in_first(request)


@publicly(join_in_public)
@for_people
@GET_AND_POST
@never_cache
def join(request: HttpRequest, team: Team | None = None, membership: Membership | None = None) -> HttpResponse:
    """For people outside whom the team lets in unasked: by their domain, or because it is open."""
    if membership:
        return redirect(membership.team)
    return at_the_open_door(request, person(request), cast("Team", team))


def at_the_open_door(request: HttpRequest, user: User, team: Team) -> HttpResponse:
    found = joinable_teams(user).at(team.slug)
    if found is None:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/joining/open_door.html", {"team": found})
    membership, _new = Membership.join(user, found, role=Role.MEMBER, by=found.joining)
    return welcome(request, membership)
