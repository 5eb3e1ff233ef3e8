"""A person, who signs in with an e-mail address."""

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, ClassVar, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.addresses import NOWHERE, is_nowhere, normal_address
from accounts.names import first_character, readable_name

if TYPE_CHECKING:
    from accounts.models.membership import Membership
    from accounts.models.team import Team


class Theme(models.TextChoices):
    DEVICE = "", _("Same as this device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=normal_address(email.strip()), **fields)
        user.name = readable_name(user.name, user.email.partition("@")[0])
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_address(username or ""))

    def with_address(self, email: str) -> "User | None":
        """Return the person who has confirmed this address; while nobody has, the one whose main address it is.

        A second address that is not confirmed is nobody's: anybody can name another person's as theirs.
        """
        email = normal_address(email)
        confirmed = EmailAddress.objects.filter(email=email, verified=True)
        return self.filter(pk__in=confirmed.values("user")).first() or self.filter(email=email).first()

    def free_address(self, email: str, *, owner: "User | None") -> None:
        """Take this address, which `owner` has shown to be theirs, from everybody else who named it as theirs."""
        EmailAddress.objects.filter(email=email, verified=False).exclude(user=owner).delete()
        others = self.filter(email=email)
        for other in others.exclude(pk=owner.pk) if owner else others:
            other.email = f"{secrets.token_hex(16)}@{NOWHERE}"
            other.save(update_fields=["email"])


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    # Empty: by the browser's list of languages and the installation's settings.
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True)
    single_keys = models.BooleanField(default=True, help_text="Whether single keys work at the moderators’ desk.")
    # A digest of the picture, part of its address, so that a new picture has another one; empty without a picture.
    picture_digest = models.CharField(max_length=32, blank=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [
            # Stored in lower case, so that the unique constraint holds.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two letters for the avatar, such as “AR” for Ana Ribeiro."""
        words = self.name.split() or [self.email]
        return "".join(map(first_character, (words[0], *words[1:][-1:]))).upper()

    @property
    def hue(self) -> int:
        """Return the number of the avatar's colour, 0 to 7; it never changes."""
        return self.pk % 8

    @cached_property
    def memberships_by_slug(self) -> dict[str, "Membership"]:
        """The person's memberships by their team's slug; accounts.backend sets them for the person of a session."""
        return {membership.team.slug: membership for membership in self.memberships.select_related("team")}

    def has_confirmed(self, email: str) -> bool:
        return bool(EmailAddress.objects.filter(user=self, verified=True, email=normal_address(email)).exists())

    @property
    def unconfirmed_address(self) -> str:
        """Return the main address while it is not confirmed, and an empty text afterwards. One query."""
        return "" if self.has_confirmed(self.email) else self.email

    @property
    def has_no_address(self) -> bool:
        """Return whether the account lost its address to the person who confirmed it."""
        return is_nowhere(self.email)

    @property
    def confirmed_domains(self) -> set[str]:
        """Return the domains of the person's confirmed addresses, in lower case."""
        confirmed = EmailAddress.objects.filter(user=self, verified=True).values_list("email", flat=True)
        return {normal_address(email).rpartition("@")[2] for email in confirmed}

    def departure_choice_in(self, team: "Team") -> str:
        """Return what becomes of the person's stories when they leave the team, a DepartureChoice.Choice."""
        wish = self.departure_choices.filter(team=team).first()
        return wish.choice if wish else "named"

    def switch_single_keys(self, *, on: bool) -> None:
        """Switch the moderators' shortcuts that decide on a story by a single key."""
        self.single_keys = on
        self.save(update_fields=["single_keys"])

    def set_picture(self, webp: bytes) -> None:
        """Store a picture that accounts.pictures has made."""
        with transaction.atomic():
            self._set_digest(hashlib.sha256(webp).hexdigest()[:32])
            Picture.objects.update_or_create(user=self, defaults={"webp": webp})

    def remove_picture(self) -> None:
        with transaction.atomic():
            self._set_digest("")
            Picture.objects.filter(user=self).delete()

    def _set_digest(self, digest: str) -> None:
        """Update the person's row first, so that the second of two changes at once waits here for the first."""
        self.picture_digest = digest
        self.save(update_fields=["picture_digest"])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class PictureQuerySet(models.QuerySet["Picture"]):
    def visible_to(self, user: User) -> Self:
        """Return the user's own picture and those of people who share a team with them."""
        shared = user.memberships.filter(team__memberships__user=models.OuterRef("user"))
        return self.filter(models.Q(user=user) | models.Exists(shared))


class Picture(models.Model):
    """A person's picture, small, square and re-encoded; in the database so that every machine has it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, primary_key=True, related_name="picture"
    )
    webp = models.BinaryField()

    objects = PictureQuerySet.as_manager()

    def __str__(self) -> str:
        return f"picture of {self.user_id}"
