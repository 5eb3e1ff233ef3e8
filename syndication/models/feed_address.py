"""The secret address at which one person's feed reader reads the wall of a team."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Membership, User
from accounts.models.tokens import digest, new_token


class FeedAddressQuerySet(models.QuerySet["FeedAddress"]):
    def in_use(self) -> Self:
        """Leave out the addresses of accounts that are deactivated."""
        return self.filter(membership__user__is_active=True)

    def of(self, membership: Membership) -> "FeedAddress | None":
        return self.filter(membership=membership).first()

    def with_secret(self, secret: str) -> "FeedAddress | None":
        return self.in_use().filter(digest=digest(secret)).select_related("membership__team").first()


class FeedAddress(models.Model):
    """A person's own address of a team's feed. It is shown once, when it is made.

    It belongs to the membership, so that the database deletes it when the person leaves or is removed.
    """

    membership = models.OneToOneField(Membership, on_delete=models.DB_CASCADE, related_name="feed_address")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The secret's first characters, for its person to recognise the address by.
    start = models.CharField(max_length=6, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FeedAddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural: ClassVar = "feed addresses"

    def __str__(self) -> str:
        return f"feed address {self.start}… of membership {self.membership_id}"

    @classmethod
    def renew(cls, membership: Membership) -> tuple["FeedAddress", str]:
        """Return the person's new address and its secret, which is not stored; the one before stops working."""
        secret = new_token()
        values = {"digest": digest(secret), "start": secret[:6], "created_at": timezone.now()}
        address, _new = cls.objects.update_or_create(membership=membership, defaults=values)
        return address, secret

    @classmethod
    def revoke(cls, membership: Membership) -> bool:
        """Delete the person's address, and return whether there was one."""
        return bool(cls.objects.filter(membership=membership).delete()[0])

    @classmethod
    def revoke_all(cls, user: User) -> None:
        """Delete the person's addresses in all their teams."""
        cls.objects.filter(membership__user=user).delete()
