"""The queries on memberships, and the conditions that other queries share with them."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from allauth.account.models import EmailAddress
from django.db import models
from django.utils import timezone

from accounts.addresses import normal_address
from accounts.models.choices import Role
from accounts.models.team import Team
from accounts.models.user import User

if TYPE_CHECKING:
    from accounts.models.membership import Membership  # noqa: F401 - the type of the rows


def able_to_decide(team: Team) -> models.Q:
    """Return the condition for moderators whose account is active and who have the second factor the team requires."""
    able = models.Q(role__in=[Role.MODERATOR, Role.OWNER], user__is_active=True)
    if team.two_factor_required:
        from accounts.two_factor import users_with_two_factor

        able &= models.Q(user__in=users_with_two_factor())
    return able


def is_away(until: date | None) -> bool:
    """Return whether a moderator who has paused until that day is away today."""
    return until is not None and timezone.localdate() < until


def confirmed_main_address() -> models.QuerySet[Any]:
    """Return the confirmed address that is the member's main one, for use in a query on memberships."""
    main = {"user": models.OuterRef("user"), "email": models.OuterRef("user__email")}
    confirmed: models.QuerySet[Any] = EmailAddress.objects.filter(**main, verified=True)
    return confirmed


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user).select_related("team").order_by("team__name", "pk")

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team).select_related("user", "team").order_by("user__name", "pk")

    def named(self, words: str, *, or_at: bool) -> Self:
        """Search in people's names, and with `or_at` in their e-mail addresses."""
        found = models.Q(user__name__icontains=words)
        at = models.Q(user__email__icontains=words) | models.Q(user__email__icontains=normal_address(words))
        return self.filter(found | at if or_at else found)

    def with_confirmation(self) -> Self:
        """Add whether each person has confirmed their main address, as `has_confirmed_address`."""
        return self.annotate(has_confirmed_address=models.Exists(confirmed_main_address()))

    def page_after(self, pk: int | None) -> Self:
        """Return the page after this membership, by name; the first page where it has ended meanwhile."""
        last = self.filter(pk=pk).first() if pk else None
        if last is None:
            return self
        name = last.user.name
        return self.filter(models.Q(user__name__gt=name) | models.Q(user__name=name, pk__gt=last.pk))

    def addresses_among(self, emails: list[str]) -> set[str]:
        """Return those of these addresses that are a member's main address, and confirmed."""
        members = self.filter(models.Exists(confirmed_main_address()), user__email__in=emails)
        return set(members.values_list("user__email", flat=True))

    def moderators(self) -> Self:
        return self.filter(role__in=[Role.MODERATOR, Role.OWNER])

    def able_to_decide(self, team: Team) -> Self:
        return self.filter(able_to_decide(team), team=team)

    def not_away(self) -> Self:
        """Leave out moderators who are away today."""
        return self.filter(models.Q(away_until=None) | models.Q(away_until__lte=timezone.localdate()))

    def owners(self) -> Self:
        return self.filter(role=Role.OWNER)
