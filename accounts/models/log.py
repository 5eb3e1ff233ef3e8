"""The team's log: joining, roles and changes of settings."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from kindwall import clock

if TYPE_CHECKING:
    from accounts.models.team import Team
    from accounts.models.user import User


class TeamEntryQuerySet(models.QuerySet["TeamEntry"]):
    def of(self, team: "Team") -> Self:
        return self.filter(team=team)

    def newest_first(self) -> Self:
        return self.select_related("actor", "subject").order_by("-pk")

    def page_after(self, pk: int | None) -> Self:
        return self if pk is None else self.filter(pk__lt=pk)


class TeamEntry(models.Model):
    """A row of the log. Written by the models' own methods, never changed.

    It names people by reference alone, so that somebody who deletes their account is gone from here too.
    """

    class Action(models.TextChoices):
        START = "start"
        CHANGE = "change"  # detail: field, from, to
        REASONS = "reasons"  # detail: from, to (lists of names)
        DOMAIN_ADD = "domain-add"  # detail: domain, automatic
        DOMAIN_DROP = "domain-drop"  # detail: domain
        LINK_MAKE = "link-make"  # detail: link, role
        LINK_REVOKE = "link-revoke"  # detail: link
        INVITE = "invite"  # detail: people (a number), role
        INVITE_REVOKE = "invite-revoke"
        JOIN = "join"  # detail: by (link, invitation, domain, open), role
        ROLE = "role"  # detail: from, to
        HAND_OVER = "hand-over"
        TRUST = "trust"  # detail: from, to, told (True, where the person reads of it)
        LEAVE = "leave"
        REMOVE = "remove"
        EXPORT = "export"
        IMPORT = "import"
        CONNECT = "connect"  # detail: channel (its name), host
        DISCONNECT = "disconnect"  # detail: channel, host

    team = models.ForeignKey("accounts.Team", on_delete=models.DB_CASCADE, related_name="log")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    # The person affected, where that is not the actor.
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=13, choices=Action.choices)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TeamEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "team log"
        indexes: ClassVar = [models.Index(fields=["team", "id"], name="team_log")]

    def __str__(self) -> str:
        return f"{self.action} in team {self.team_id}"

    @classmethod
    def role_given(cls, team: "Team", user: "User") -> str | None:
        """Return the role that an owner last gave this person in the team; None where no owner did."""
        about = models.Q(subject=user) | models.Q(actor=user, action=cls.Action.HAND_OVER)
        settling = cls.objects.of(team).filter(about, action__in=[cls.Action.ROLE, cls.Action.HAND_OVER])
        newest = settling.order_by("-pk").first()
        if newest is None:
            return None
        if newest.action == cls.Action.HAND_OVER and newest.subject_id == user.pk:
            return "owner"
        role: str | None = newest.detail.get("then" if newest.action == cls.Action.HAND_OVER else "to")
        return role

    @classmethod
    def write(
        cls,
        team: "Team",
        actor: "User | None",
        action: Action,
        *,
        subject: "User | None" = None,
        detail: dict[str, Any] | None = None,
    ) -> "TeamEntry":
        return cls.objects.create(
            team=team, actor=actor, subject=subject, action=action, detail=detail or {}, created_at=clock.now()
        )
