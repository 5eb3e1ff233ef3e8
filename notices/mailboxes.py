"""The people who can be mailed, and their time zones."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from accounts.models import User


def with_mailbox(prefix: str = "user") -> Q:
    """Return the condition for rows whose person is active and has confirmed their address.

    Anybody can write somebody else's address into a form; stories of a private wall must not go there.
    """
    own = EmailAddress.objects.filter(user=OuterRef(prefix), email=OuterRef(f"{prefix}__email"), verified=True)
    return Q(Exists(own), **{f"{prefix}__is_active": True})


def has_mailbox(user: User) -> bool:
    return user.is_active and user.has_confirmed(user.email)


def time_zone_of(user: User) -> ZoneInfo:
    return zone_named(user.time_zone)


@lru_cache
def zone_named(name: str) -> ZoneInfo:
    """Return the zone of that name; the installation's where that is empty or does not exist any more."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)
