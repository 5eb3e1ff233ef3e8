"""The record that this installation is set up, and the link to set it up by."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models.membership import Membership
from accounts.models.refusal import Refused
from accounts.models.team import Team
from accounts.models.tokens import digest, new_token
from accounts.models.user import User


class Installation(models.Model):
    """One row, made by the first person. Its fixed key makes the database refuse a second person at the same time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    set_up_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="installation_once")]

    def __str__(self) -> str:
        return f"set up at {self.set_up_at:%Y-%m-%d %H:%M}"

    @classmethod
    def can_be_set_up_by(cls, user: User | None) -> bool:
        """Return whether this visitor (None) or signed-in person may set it up, if they have the link.

        A visitor may only while there are no accounts. A person who signed in by single sign-on
        may while there is no operator.
        """
        if user is None:
            return not User.objects.exists() and not cls.objects.exists()
        operated = User.objects.filter(is_superuser=True).exclude(pk=user.pk).exists()
        return not operated and not Team.objects.exists() and not cls.objects.exists()

    @classmethod
    def set_up(cls, user: User, *, team: str, slug: str) -> Membership:
        """Make this person, saved or not, the operator, and the owner of the first team.

        Raises Refused when somebody else was faster.
        """
        try:
            with transaction.atomic():
                cls.objects.create(id=1)
                SetupLink.objects.all().delete()
                user.is_staff = user.is_superuser = True
                user.save()
                return Team.start(by=user, name=team, slug=slug)
        except IntegrityError:
            raise Refused("Kindwall has been set up a moment ago.") from None


class SetupLink(models.Model):
    """The link that opens the setup page. It proves that its holder can read what the server prints.

    One row, with the digest of its token, deleted when the installation is set up.
    """

    DAYS = 7  # until it expires

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="setup_link_once")]

    def __str__(self) -> str:
        return f"link of {self.created_at:%Y-%m-%d %H:%M}"

    @staticmethod
    def is_needed() -> bool:
        """Return whether the installation has no operator yet."""
        operated = User.objects.filter(is_superuser=True).exists()
        return not operated and not Team.objects.exists() and not Installation.objects.exists()

    @classmethod
    def renew(cls) -> str:
        """Return the address of a new link; the previous one stops working."""
        token = new_token()
        cls.objects.update_or_create(id=1, defaults={"digest": digest(token), "created_at": timezone.now()})
        return cls._address(token)

    @classmethod
    def make_first(cls) -> str:
        """Return the address of a new link, or an empty string while one is valid: only its digest is stored."""
        token = new_token()
        with transaction.atomic():
            cls._expired().delete()
            _link, made = cls.objects.get_or_create(id=1, defaults={"digest": digest(token)})
        return cls._address(token) if made else ""

    @classmethod
    def opens_with(cls, token: str) -> bool:
        return cls.objects.filter(digest=digest(token)).exclude(pk__in=cls._expired()).exists()

    @classmethod
    def _expired(cls) -> models.QuerySet["SetupLink"]:
        return cls.objects.filter(created_at__lte=timezone.now() - timedelta(days=cls.DAYS))

    @staticmethod
    def _address(token: str) -> str:
        return settings.ORIGIN + reverse("setup_by_link", args=[token])
