"""Joining a team: by a link or an invitation, also across the sign-in, and by the domain of an address."""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.address_proof import confirm_main_address
from accounts.addresses import normal_address
from accounts.models import Invitation, JoinLink, Membership, Team, User
from accounts.models.team import TeamQuerySet

JoinOffer = JoinLink | Invitation

PENDING_JOIN = "came_with"
# Long enough to find the letter that confirms an address.
PENDING_JOIN_LIFETIME = 24 * 3600  # seconds
# A shorter time: another person at the same computer later has not read that mail.
CONFIRMS_FOR = 3600  # seconds
OFFERS_BY_KIND: dict[str, Any] = {"link": JoinLink.objects, "invitation": Invitation.objects}


def joinable_teams(user: User) -> TeamQuerySet:
    """Return the teams that this person may join, by the domain of a confirmed address or because they are open."""
    return Team.objects.joinable_by(user)


def join_automatically(user: User) -> list[Membership]:
    """Join the teams that people with such an address join without asking. Repeating it is harmless."""
    teams = Team.objects.joinable_automatically_by(user)
    joined = [Membership.join(user, team, role="member", by="domain") for team in teams]
    return [membership for membership, new in joined if new]


def signup_is_open(request: HttpRequest) -> bool:
    """Return whether a new account could be in any team: started, joined by the pending offer, or open to everybody."""
    if settings.TEAM_CREATION == "anyone":
        return True
    return usable_offer(request) is not None or Team.objects.welcoming().exists()


def remember_join(request: HttpRequest, offer: JoinOffer) -> None:
    """Remember the link or invitation in the session while the visitor signs in or makes an account.

    Their session holds a digest and not the token, like everything else we store.
    """
    kind = "link" if isinstance(offer, JoinLink) else "invitation"
    request.session[PENDING_JOIN] = {"kind": kind, "digest": offer.digest, "at": time.time()}
    request.session.set_expiry(PENDING_JOIN_LIFETIME)  # signing in sets its own
    if isinstance(offer, Invitation):
        get_adapter().stash_verified_email(request, offer.email)


def pending_join(request: HttpRequest, *, within: int = PENDING_JOIN_LIFETIME) -> JoinOffer | None:
    stored = request.session.get(PENDING_JOIN)
    if stored is None or stored["at"] + within < time.time():
        return None
    offer: JoinOffer | None = OFFERS_BY_KIND[stored["kind"]].with_digest(stored["digest"])
    return offer


def has_read_mail_to(request: HttpRequest, email: str) -> bool:
    """Return whether the visitor opened an invitation to exactly this address, so that it needs no second mail."""
    offer = pending_join(request, within=CONFIRMS_FOR)
    return isinstance(offer, Invitation) and offer.is_usable and offer.email == normal_address(email)


def usable_offer(request: HttpRequest) -> JoinOffer | None:
    """Return the remembered offer while it works."""
    offer = pending_join(request)
    return offer if offer and offer.is_usable else None


def offer_for_address(request: HttpRequest, email: str) -> JoinOffer | None:
    """Return the remembered offer if it lets a new person with this address in."""
    offer = usable_offer(request)
    return None if isinstance(offer, Invitation) and offer.email != normal_address(email) else offer


def is_let_in_unconfirmed(request: HttpRequest, user: User) -> bool:
    """Return whether the person is in a team, or joins one by the remembered offer, whose link is proof enough."""
    if user.memberships.exists():
        return True
    offer = usable_offer(request)
    return offer is not None and offer.is_for(user)


def join_pending_team(request: HttpRequest, user: User) -> Membership | None:
    """Join by the remembered offer and forget it. Returns None where it does not let this person in."""
    offer, has_read_mail = pending_join(request), has_read_mail_to(request, user.email)
    request.session.pop(PENDING_JOIN, None)
    membership = offer.accept(user) if offer else None
    if membership and has_read_mail:
        confirm_main_address(request, user)
    return membership
