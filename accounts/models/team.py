"""A team and who is in it."""

from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models.user import User

# First words of addresses that are, or may become, the installation's own.
RESERVED_SLUGS = frozenset(
    """
    about accounts admin api assets favicon health healthz help home join live login logout me media new robots
    search settings setup share signup sitemap static stories team teams wall well-known
    """.split()  # noqa: SIM905 - thirty quoted words would be a page
)


def validate_slug_not_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError("This address is needed for Kindwall itself. Please choose another.")


class Team(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField("address", max_length=50, unique=True, validators=[validate_slug_not_reserved])
    tagline = models.CharField(max_length=140, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("wall", kwargs={"team": self.slug})


class Role(models.TextChoices):
    """Each can do all that the one before it can."""

    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user).select_related("team").order_by("team__name", "pk")

    def moderators(self) -> Self:
        return self.filter(role__in=[Role.MODERATOR, Role.OWNER])


class Membership(models.Model):
    """A person in a team: what a view receives instead of a bare user or slug."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} as {self.role}"

    @property
    def may_moderate(self) -> bool:
        return self.role in (Role.MODERATOR, Role.OWNER)

    @cached_property
    def has_fellow_moderators(self) -> bool:
        return Membership.objects.moderators().filter(team=self.team_id).exclude(user=self.user_id).exists()
