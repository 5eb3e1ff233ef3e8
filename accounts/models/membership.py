"""Memberships: a person's role in a team, their trust, and joining and leaving."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts import arrivals, departures
from accounts.models.choices import Role, Trust
from accounts.models.departure import DepartureChoice
from accounts.models.log import TeamEntry
from accounts.models.membership_queryset import MembershipQuerySet, is_away
from accounts.models.refusal import Refused
from accounts.models.team import Team
from accounts.models.user import User
from kindwall import clock
from kindwall.small_writes import dropped_if_locked

INTRODUCED_FOR = timedelta(days=30)  # after joining; who has seen a wall for so long knows it
WALL_SEEN_FOR = timedelta(hours=1)  # between two records that somebody sees the wall


class Membership(models.Model):
    """A person in a team. Views below a team's address receive it."""

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    role_changed_at = models.DateTimeField(null=True, blank=True)
    trust = models.CharField(max_length=7, choices=Trust.choices, blank=True)
    trust_changed_at = models.DateTimeField(null=True, blank=True)
    trust_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When a moderator chose to tell them that their stories are always reviewed."
    )
    away_until = models.DateField(null=True, blank=True, help_text="The first day on which they moderate again.")

    introduction_dismissed_at = models.DateTimeField(null=True, blank=True)
    desk_introduction_dismissed_at = models.DateTimeField(null=True, blank=True)
    wall_seen_at = models.DateTimeField(null=True, blank=True, help_text="To the hour, where the team mails a look.")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(condition=models.Q(trust__in=Trust.values), name="membership_trust_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} as {self.role}"

    @property
    def may_moderate(self) -> bool:
        return self.role in (Role.MODERATOR, Role.OWNER) and not self.lacks_second_factor

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER and not self.lacks_second_factor

    @cached_property
    def lacks_second_factor(self) -> bool:
        """Return whether the team requires one for this role and the person has none; they count as a member then."""
        if self.role == Role.MEMBER or not self.team.two_factor_required:
            return False
        from accounts.two_factor import has_two_factor

        return not has_two_factor(self.user)

    @property
    def is_last_owner(self) -> bool:
        return self.role == Role.OWNER and not self._other_owners().exists()

    @cached_property
    def has_fellow_moderators(self) -> bool:
        """Return whether anybody else in the team can decide on stories."""
        return Membership.objects.able_to_decide(self.team).exclude(user=self.user_id).exists()

    @cached_property
    def derived(self) -> dict[str, Any]:
        """Values that apps above derive from this membership, by name. `set_trust` clears them."""
        return {}

    @property
    def is_away(self) -> bool:
        return is_away(self.away_until)

    @property
    def needs_introduction(self) -> bool:
        """Return whether the person is new to the team and has not dismissed the note that explains its wall."""
        return self.introduction_dismissed_at is None and clock.now() - self.joined_at < INTRODUCED_FOR

    # Joining

    @classmethod
    def join(cls, user: User, team: Team, *, role: str, by: str) -> tuple["Membership", bool]:
        """Return the person's membership, and whether it is new. `by` is link, invitation, domain or open."""
        with transaction.atomic():
            # With more rights the person gets another session key: see accounts.access.
            since = None if role == Role.MEMBER else timezone.now()
            defaults = {"role": role, "role_changed_at": since}
            membership, new = cls.objects.get_or_create(user=user, team=team, defaults=defaults)
            if new:
                TeamEntry.write(team, user, TeamEntry.Action.JOIN, detail={"by": by, "role": role})
                arrivals.announce_arrival(membership)
        return membership, new

    # Changing role and trust

    def change_role(self, role: str, *, by: "Membership") -> bool:
        """Give this person another role. Raises Refused for the last owner."""
        with transaction.atomic():
            self._lock()
            self._only_by_an_owner(by)
            before = self.role
            if before == role:
                return False
            if before == Role.OWNER:
                self._only_with_another_owner()
                self._revoke_their_offers()
            self._set_role(role)
            TeamEntry.write(
                self.team, by.user, TeamEntry.Action.ROLE, subject=self.user, detail={"from": before, "to": role}
            )
        return True

    def set_trust(self, trust: str, *, by: "Membership", told: bool = False) -> bool:
        """Set how far this person's stories are trusted. Returns False where nothing changes.

        With `told`, a person whose stories are always reviewed reads that a moderator asked for it. Raises Refused
        below a moderator, and for oneself.
        """
        if not by.may_moderate or by.team_id != self.team_id:
            raise Refused(_("Only a moderator of the team can do that."))
        if by.user_id == self.user_id:
            raise Refused(_("You cannot set how far you are trusted yourself."))
        with transaction.atomic():
            now, before, told = clock.now(), self.trust, told and trust == Trust.ALWAYS
            changed = Membership.objects.filter(pk=self.pk).exclude(trust=trust, trust_told_at__isnull=not told)
            if not changed.update(trust=trust, trust_changed_at=now, trust_told_at=now if told else None):
                return False
            self.refresh_from_db(fields=["trust", "trust_changed_at", "trust_told_at"])
            self.derived.clear()
            detail = {"from": before, "to": trust} | ({"told": True} if told else {})
            TeamEntry.write(self.team, by.user, TeamEntry.Action.TRUST, subject=self.user, detail=detail)
        return True

    def go_away_until(self, day: date | None) -> None:
        """Pause as a moderator until that day. None ends the pause."""
        self.away_until = day
        self.save(update_fields=["away_until"])

    @property
    def needs_desk_introduction(self) -> bool:
        """Whether they moderate since lately and have not dismissed the introduction to the desk."""
        since = self.role_changed_at or self.joined_at
        new = self.may_moderate and clock.now() - since < INTRODUCED_FOR
        return new and self.desk_introduction_dismissed_at is None

    def dismiss_desk_introduction(self) -> None:
        """Store when the moderator had read how the desk works; the first time counts."""
        unread = Membership.objects.filter(pk=self.pk, desk_introduction_dismissed_at=None)
        unread.update(desk_introduction_dismissed_at=clock.now())

    def dismiss_introduction(self) -> None:
        """Store when the person had read how the wall works; the first time counts."""
        unread = Membership.objects.filter(pk=self.pk, introduction_dismissed_at=None)
        unread.update(introduction_dismissed_at=clock.now())

    def record_wall_seen(self) -> None:
        """Store that the person sees the wall now, so that the weekly look leaves out what they have seen.

        Only where the team mails one, and once an hour, so that hardly any page costs a write.
        """
        now, before = clock.now(), self.wall_seen_at
        if not self.team.wall_digest or (before and abs(now - before) < WALL_SEEN_FOR):
            return
        with dropped_if_locked():
            Membership.objects.filter(pk=self.pk).update(wall_seen_at=now)

    def hand_over(self, to: "Membership", *, then: str = Role.MODERATOR) -> None:
        """Make `to` an owner in place of this one, who gets the role `then`. Raises Refused."""
        with transaction.atomic():
            self._lock()
            self._only_by_an_owner(self)
            to._lock()
            if to.team_id != self.team_id or to.pk == self.pk:
                raise Refused(_("You are the owner already."))
            to._set_role(Role.OWNER)
            self._revoke_their_offers()
            self._set_role(then)
            TeamEntry.write(self.team, self.user, TeamEntry.Action.HAND_OVER, subject=to.user, detail={"then": then})

    def make_owner_by_command(self) -> None:
        """Make this person an owner, by a command of the operator, for a team whose owners are out of reach."""
        with transaction.atomic():
            self._lock()
            detail = {"from": self.role, "to": Role.OWNER, "by": "command"}
            self._set_role(Role.OWNER)
            TeamEntry.write(self.team, None, TeamEntry.Action.ROLE, subject=self.user, detail=detail)

    # Leaving

    def leave(self, *, choice: str = "") -> None:
        """Leave the team. Raises Refused for the last owner.

        `choice` (a DepartureChoice.Choice) is what becomes of their stories; by default the stored choice.
        """
        with transaction.atomic():
            self._lock()
            if self.role == Role.OWNER:
                self._only_with_another_owner()
                self._revoke_their_offers()
            if choice:
                DepartureChoice.choose(self.user, self.team, choice)
            TeamEntry.write(self.team, self.user, TeamEntry.Action.LEAVE)
            self._end()

    def remove(self, *, by: "Membership") -> None:
        """Remove this person from the team. Raises Refused for the last owner, and for oneself."""
        with transaction.atomic():
            self._lock()
            self._only_by_an_owner(by)
            if self.user_id == by.user_id:
                raise Refused(_("You cannot remove yourself. Leave the team instead."))
            if self.role == Role.OWNER:
                self._only_with_another_owner()
            TeamEntry.write(self.team, by.user, TeamEntry.Action.REMOVE, subject=self.user)
            self._revoke_their_offers()
            self._end()

    def _revoke_their_offers(self) -> None:
        """Revoke the links and invitations that this person made as an owner."""
        now = timezone.now()
        self.team.join_links.filter(made_by=self.user, revoked_at=None).update(revoked_at=now)
        self.team.invitations.open().filter(invited_by=self.user).update(revoked_at=now)

    def _end(self) -> None:
        """Delete the membership, and let the apps above apply the person's choice."""
        user, team = self.user, self.team
        self.delete()
        departures.apply(user, team, user.departure_choice_in(team))

    def _lock(self) -> None:
        """Lock the team's row, so that two owners cannot leave at the same time, and read the role again."""
        Team.objects.select_for_update().get(pk=self.team_id)
        now = Membership.objects.filter(pk=self.pk).first()
        if now is None:
            raise Refused(_("They are not in the team any more."))
        self.role = now.role

    def _only_by_an_owner(self, by: "Membership") -> None:
        """Read the role of `by` again: it may have changed since the page was opened."""
        if not Membership.objects.owners().filter(pk=by.pk, team=self.team_id).exists():
            raise Refused(_("Only an owner of the team can do that."))

    def _other_owners(self) -> MembershipQuerySet:
        return Membership.objects.owners().filter(team=self.team_id).exclude(pk=self.pk)

    def _only_with_another_owner(self) -> None:
        if not self._other_owners().exists():
            raise Refused(_("A team needs an owner. Hand the team over to somebody first."))

    def _set_role(self, role: str) -> None:
        self.role, self.role_changed_at = role, timezone.now()
        self.save(update_fields=["role", "role_changed_at"])
        if role == Role.MEMBER:
            departures.end_moderation(self.user, self.team)
