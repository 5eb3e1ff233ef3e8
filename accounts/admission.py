"""Coming into a team: who could, who does without asking, and what a visitor came with until they have an account."""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.addresses import normal_address
from accounts.models import Invitation, JoinLink, Membership, Team, User
from accounts.models.team import TeamQuerySet

WayIn = JoinLink | Invitation

CAME_WITH = "came_with"
# Long enough to find the letter that confirms an address.
KEPT_FOR = 24 * 3600  # seconds
# Whoever sits at the same computer later has not read the mail of whoever opened the invitation.
CONFIRMS_FOR = 3600  # seconds
KINDS: dict[str, Any] = {"link": JoinLink.objects, "invitation": Invitation.objects}


def joinable_teams(user: User) -> TeamQuerySet:
    """The teams that would let this person in now, by the domain of a confirmed address or because they are open."""
    return Team.objects.joinable_by(user)


def join_automatically(user: User) -> list[Membership]:
    """Join the teams that people with such an address are in without asking. Harmless to repeat."""
    teams = Team.objects.joining_by_itself(user)
    joined = [Membership.join(user, team, role="member", by="domain") for team in teams]
    return [membership for membership, new in joined if new]


def signup_is_open(request: HttpRequest) -> bool:
    """Whether somebody new has anywhere to go: a team of their own, one that asked them in, or one that is open."""
    if settings.TEAM_CREATION == "anyone":
        return True
    way = came_with(request)
    return (way is not None and way.is_usable) or Team.objects.welcoming().exists()


def keep_way_in(request: HttpRequest, way: WayIn) -> None:
    """Remember what a visitor came with, while they sign in or make an account.

    Their session holds a digest and not the token, like everything else we store.
    """
    kind = "link" if isinstance(way, JoinLink) else "invitation"
    request.session[CAME_WITH] = {"kind": kind, "digest": way.digest, "at": time.time()}
    request.session.set_expiry(KEPT_FOR)  # signing in sets its own
    if isinstance(way, Invitation):
        get_adapter().stash_verified_email(request, way.email)


def came_with(request: HttpRequest, *, within: int = KEPT_FOR) -> WayIn | None:
    kept = request.session.get(CAME_WITH)
    if kept is None or kept["at"] + within < time.time():
        return None
    way: WayIn | None = KINDS[kept["kind"]].with_digest(kept["digest"])
    return way


def has_read_mail_to(request: HttpRequest, email: str) -> bool:
    """Whether they came with an open invitation to exactly this address, so that it needs no second mail."""
    way = came_with(request, within=CONFIRMS_FOR)
    return isinstance(way, Invitation) and way.is_usable and way.email == normal_address(email)


def come_in(request: HttpRequest, user: User) -> Membership | None:
    """Join by what this person came with before they signed in, once; None where that does not let them in."""
    way = came_with(request)
    request.session.pop(CAME_WITH, None)
    return way.come_in(user) if way else None
