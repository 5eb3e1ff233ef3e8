"""Invitations by e-mail: each for one address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import normal_address, readable_domain
from accounts.models.choices import Role
from accounts.models.log import TeamEntry
from accounts.models.membership import Membership
from accounts.models.refusal import Refused
from accounts.models.team import Team
from accounts.models.tokens import digest, new_token, unknown_digest
from accounts.models.user import User

INVITATION_LASTS = timedelta(days=14)
BETWEEN_MAILS = timedelta(minutes=5)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def of(self, team: Team) -> Self:
        return self.filter(team=team).select_related("invited_by").order_by("-pk")

    def open(self) -> Self:
        """Leave out those that were accepted or revoked. Expired ones stay: they can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def page_after(self, pk: int | None) -> Self:
        return self if pk is None else self.filter(pk__lt=pk)

    def with_token(self, token: str) -> "Invitation | None":
        return self.with_digest(digest(token))

    def with_digest(self, of_token: str) -> "Invitation | None":
        return self.filter(digest=of_token).select_related("team", "invited_by").first()

    def to_send(self, pk: int) -> "Invitation | None":
        return self.open().filter(pk=pk).select_related("team", "invited_by").first()


@dataclass(frozen=True, slots=True)
class Invited:
    """The addresses of one call of `Invitation.invite`, by what happened to them."""

    new: list["Invitation"]
    members: list[str]
    waiting: list[str]


class Invitation(models.Model):
    """An invitation by e-mail, for the person with that address.

    Its link is only in the mail: no page shows it to an owner. Opening it proves that the mail was read.
    """

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    # The digest of a token that is made when the mail is sent. Sending again replaces it, so older mails stop working.
    digest = models.CharField(max_length=64, unique=True, default=unknown_digest, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
            # Owners are chosen among the people of the team.
            models.CheckConstraint(condition=Q(role__in=[Role.MEMBER, Role.MODERATOR]), name="invitation_role"),
        ]

    def __str__(self) -> str:
        return f"invitation into team {self.team_id}"

    @classmethod
    def invite(cls, *, by: Membership, emails: Iterable[str], role: str) -> Invited:
        """Invite these addresses, and have a mail sent to each.

        Members are known by the address their owners see; another of their addresses is invited like
        anybody's. An invitation that has run out makes place for a new one.
        """
        wanted = list(dict.fromkeys(map(normal_address, emails)))
        now = timezone.now()
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=by.team_id)
            members = Membership.objects.in_team(by.team).addresses_among(wanted)
            before = Invitation.objects.filter(team=by.team_id, email__in=wanted).open()
            before.filter(expires_at__lte=now).update(revoked_at=now)
            waiting = set(before.values_list("email", flat=True))
            new = Invitation.objects.bulk_create(
                Invitation(team=by.team, email=email, role=role, invited_by=by.user, expires_at=now + INVITATION_LASTS)
                for email in wanted
                if email not in members and email not in waiting
            )
            if new:
                detail = {"people": len(new), "role": role}
                TeamEntry.write(by.team, by.user, TeamEntry.Action.INVITE, detail=detail)
            for invitation in new:
                invitation._have_it_sent()
        return Invited(
            new=new,
            members=[email for email in wanted if email in members],
            waiting=[email for email in wanted if email in waiting],
        )

    def send_again(self, *, by: Membership) -> None:
        """Send another mail with a new link. Raises Refused shortly after the last one, and when it is closed."""
        now = timezone.now()
        with transaction.atomic():
            again = Invitation.objects.open().filter(pk=self.pk, team=by.team_id)
            long_ago = now - BETWEEN_MAILS
            rested = again.filter(Q(sent_at=None, created_at__lte=long_ago) | Q(sent_at__lte=long_ago))
            if not again.exists():
                raise Refused(_("That invitation is not open any more."))
            if not rested.update(invited_by=by.user, expires_at=now + INVITATION_LASTS):
                raise Refused(_("A mail was sent a moment ago. Please wait five minutes before you send another."))
            self._have_it_sent()

    def _have_it_sent(self) -> None:
        from accounts.tasks import send_invitation

        send_invitation.enqueue(self.pk)

    @property
    def offered_by(self) -> User | None:
        return self.invited_by

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_active(self) -> bool:
        """Return whether it is neither accepted nor revoked; it may have expired."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def is_usable(self) -> bool:
        return self.is_active and not self.has_expired

    @property
    def masked_email(self) -> str:
        """Return the address with most letters hidden, for its owner to recognise."""
        return f"{self.email[0]}…@{readable_domain(self.email.rpartition('@')[2])}"

    def is_for(self, user: User) -> bool:
        """Return whether this person may join by its link: their main address, or a confirmed one, was invited.

        The main address need not be confirmed, because only the mail to it contains the link.
        """
        return user.email == self.email or user.has_confirmed(self.email)

    def renew_token(self) -> str:
        """Return a new token for a mail; the previous one stops working."""
        token = new_token()
        self.digest, self.sent_at, self.expires_at = digest(token), None, timezone.now() + INVITATION_LASTS
        self.save(update_fields=["digest", "sent_at", "expires_at"])
        return token

    def mark_sent(self) -> None:
        self.sent_at = timezone.now()
        self.save(update_fields=["sent_at"])

    def revoke(self, *, by: Membership) -> bool:
        with transaction.atomic():
            revoked = Invitation.objects.open().filter(pk=self.pk).update(revoked_at=timezone.now())
            if revoked:
                TeamEntry.write(self.team, by.user, TeamEntry.Action.INVITE_REVOKE)
            self.refresh_from_db()
        return bool(revoked)

    def accept(self, user: User) -> Membership | None:
        """Join the team. Returns None when it is for another address, was accepted or revoked, or has expired."""
        if not self.is_for(user):
            return None
        with transaction.atomic():
            now = timezone.now()
            taken = Invitation.objects.open().filter(pk=self.pk, expires_at__gt=now).update(accepted_at=now)
            # Another request of the same person may have accepted it at the same time.
            member = Membership.objects.filter(user=user, team=self.team).first()
            if member or not taken:
                return member
            return Membership.join(user, self.team, role=self.role, by="invitation")[0]
