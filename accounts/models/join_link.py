"""Links that anybody who has one can join a team by."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.choices import Role
from accounts.models.log import TeamEntry
from accounts.models.membership import Membership
from accounts.models.team import Team
from accounts.models.tokens import digest, new_token
from accounts.models.user import User


class JoinLinkQuerySet(models.QuerySet["JoinLink"]):
    def of(self, team: Team) -> Self:
        return self.filter(team=team).select_related("made_by").order_by("-pk")

    def usable(self) -> Self:
        """Leave out revoked, expired and used up links."""
        now = timezone.now()
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=now), Q(most_uses=None) | Q(uses__lt=F("most_uses")), revoked_at=None
        )

    def with_token(self, token: str) -> "JoinLink | None":
        return self.with_digest(digest(token))

    def with_digest(self, of_token: str) -> "JoinLink | None":
        return self.filter(digest=of_token).select_related("team", "made_by").first()


class JoinLink(models.Model):
    """A link that anybody who has it can join by. It is shown once, when it is made."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="join_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The token's first characters, for people to recognise a link by.
    start = models.CharField(max_length=6, editable=False)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = JoinLinkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Owners are chosen by name, never by a link.
            models.CheckConstraint(condition=Q(role__in=[Role.MEMBER, Role.MODERATOR]), name="join_link_role"),
            models.CheckConstraint(condition=Q(most_uses=None) | Q(uses__lte=F("most_uses")), name="join_link_uses"),
        ]

    def __str__(self) -> str:
        return f"link {self.start}… into team {self.team_id}"

    @classmethod
    def make(
        cls, *, by: Membership, role: str, expires_at: datetime | None, most_uses: int | None
    ) -> tuple["JoinLink", str]:
        """Return the link and its token, which is not stored."""
        token = new_token()
        with transaction.atomic():
            link = cls.objects.create(
                team=by.team,
                digest=digest(token),
                start=token[:6],
                role=role,
                made_by=by.user,
                expires_at=expires_at,
                most_uses=most_uses,
            )
            detail = {"link": link.start, "role": role}
            TeamEntry.write(by.team, by.user, TeamEntry.Action.LINK_MAKE, detail=detail)
        return link, token

    @property
    def offered_by(self) -> User | None:
        return self.made_by

    @property
    def is_usable(self) -> bool:
        return self.is_active and not self.has_expired

    @property
    def is_active(self) -> bool:
        """Return whether it is neither revoked nor used up; it may have expired."""
        return self.revoked_at is None and (self.most_uses is None or self.uses < self.most_uses)

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def is_for(self, user: User) -> bool:
        """Return whether this person may join by it: people whom an owner removed need an invitation."""
        removed = TeamEntry.objects.filter(team=self.team, subject=user, action=TeamEntry.Action.REMOVE)
        return not removed.exists()

    def role_for(self, user: User) -> str:
        """Return the role that it gives: a person whom an owner made a member gets no higher role by a link."""
        return Role.MEMBER if TeamEntry.role_given(self.team, user) == Role.MEMBER else self.role

    def revoke(self, *, by: Membership) -> bool:
        with transaction.atomic():
            revoked = JoinLink.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())
            if revoked:
                TeamEntry.write(self.team, by.user, TeamEntry.Action.LINK_REVOKE, detail={"link": self.start})
            self.refresh_from_db()
        return bool(revoked)

    def accept(self, user: User) -> Membership | None:
        """Join the team. Returns None when the link does not work for this person. Members use none of its uses up."""
        with transaction.atomic():
            inside = Membership.objects.filter(user=user, team=self.team)
            if member := inside.first():
                return member
            if not self.is_for(user):
                return None
            if not JoinLink.objects.usable().filter(pk=self.pk).update(uses=F("uses") + 1):
                return inside.first()  # another request of the same person took the last use
            membership, new = Membership.join(user, self.team, role=self.role_for(user), by="link")
            if not new:
                JoinLink.objects.filter(pk=self.pk).update(uses=F("uses") - 1)
            return membership
