"""Teams, their settings, and their former addresses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.departures import left_behind_by
from accounts.models.log import TeamEntry
from accounts.models.refusal import Refused
from accounts.models.user import User
from accounts.watch_words import MOST_WATCH_CHARACTERS, validate_watch_words

models.TextField.register_lookup(Length)

if TYPE_CHECKING:
    from accounts.models.membership import Membership

# First parts of addresses that the installation uses, or may use later.
RESERVED_SLUGS = frozenset(
    """
    about accounts admin api assets exports favicon health healthz help home i18n invitations join live login logout
    me media new notices people robots search settings setup share signup sitemap sso static stories team teams wall
    welcome well-known
    """.split()  # noqa: SIM905 - thirty quoted words would be a page
)


def validate_slug_not_reserved(slug: str) -> None:
    if slug.lower() in RESERVED_SLUGS:
        raise ValidationError(_("This address is needed for Kindwall itself. Please choose another."))


class Accent(models.TextChoices):
    """The colour of a team's header and buttons. Each is readable on every paper, by day and at night."""

    INK = "ink", _("Ink")
    CLAY = "clay", _("Clay")
    AMBER = "amber", _("Amber")
    MOSS = "moss", _("Moss")
    SEA = "sea", _("Sea")
    SKY = "sky", _("Sky")
    PLUM = "plum", _("Plum")
    ROSE = "rose", _("Rose")


class Visibility(models.TextChoices):
    MEMBERS = "members", _("Only the team can read it")
    PUBLIC = "public", _("Everybody can read it")


class Joining(models.TextChoices):
    """The people who may join without a personal invitation. Each choice includes those before it."""

    INVITED = "invited", _("People we invite, by link or e-mail")
    DOMAIN = "domain", _("Also people with an e-mail address at our domains")
    OPEN = "open", _("Everybody")


class Policy(models.TextChoices):
    """Whose stories are reviewed before they are published."""

    EVERYONE = "everyone", _("Everyone’s")
    NEWCOMERS = "newcomers", _("Newcomers’, until a few have been published")
    AFTER = "after", _("Nobody’s: stories are published at once, and moderators read them afterwards")


class TeamQuerySet(models.QuerySet["Team"]):
    def public(self) -> Self:
        return self.filter(visibility=Visibility.PUBLIC)

    def listed(self) -> Self:
        """Return the public teams whose walls search engines may list."""
        return self.public().filter(indexed=True).order_by("pk")

    def at(self, slug: str) -> "Team | None":
        """Return the team that has, or once had, this slug."""
        return self.filter(slug=slug).first() or self.filter(former_slugs__slug=slug).first()

    def welcoming(self) -> Self:
        """Return the teams that can be joined without a personal invitation."""
        return self.filter(Q(joining=Joining.OPEN) | Q(joining=Joining.DOMAIN, domains__isnull=False)).distinct()

    def joinable_by(self, user: User) -> Self:
        """Return the teams that this person may join now; not those from which an owner removed them."""
        theirs = Q(joining=Joining.DOMAIN, domains__domain__in=user.confirmed_domains)
        removed = TeamEntry.objects.filter(team=OuterRef("pk"), subject=user, action=TeamEntry.Action.REMOVE)
        inside = user.memberships.filter(team=OuterRef("pk"))
        open_to_them = self.filter(Q(joining=Joining.OPEN) | theirs)
        return open_to_them.exclude(Exists(removed)).exclude(Exists(inside)).distinct().by_name()

    def joinable_automatically_by(self, user: User) -> Self:
        """Return the teams that this person joins by their domain without asking; not those that they left."""
        left = TeamEntry.objects.filter(team=OuterRef("pk"), actor=user, action=TeamEntry.Action.LEAVE)
        automatic = Q(domains__automatic=True, domains__domain__in=user.confirmed_domains)
        letting_in = self.filter(automatic, joining__in=[Joining.DOMAIN, Joining.OPEN])
        return letting_in.filter(pk__in=self.joinable_by(user).order_by().values("pk")).exclude(Exists(left)).distinct()

    def left_by(self, user: User, counts: Mapping[int, int]) -> Self:
        """Return the teams named in `counts` (see `accounts.departures.left_behind_by`) which the user is not in."""
        return self.filter(pk__in=counts).exclude(memberships__user=user)

    def known_to(self, user: User) -> Self:
        """Return the teams that this user is in or has left something in."""
        inside = user.memberships.filter(team=OuterRef("pk"))
        return self.filter(Exists(inside) | Q(pk__in=left_behind_by(user)))

    def by_name(self) -> Self:
        return self.order_by("name", "pk")


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=50, unique=True, validators=[validate_slug_not_reserved])
    tagline = models.CharField(_("tagline"), max_length=140, blank=True)
    accent = models.CharField(_("colour"), max_length=5, choices=Accent.choices, default=Accent.INK)

    visibility = models.CharField(
        _("who can read the wall"), max_length=7, choices=Visibility.choices, default=Visibility.MEMBERS
    )
    indexed = models.BooleanField(_("search engines may list it"), default=False)
    joining = models.CharField(_("who may join"), max_length=7, choices=Joining.choices, default=Joining.INVITED)

    policy = models.CharField(
        _("whose stories are read first"), max_length=9, choices=Policy.choices, default=Policy.EVERYONE
    )
    newcomer_until = models.PositiveSmallIntegerField(
        _("published stories until somebody is no longer a newcomer"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    answer_hours = models.PositiveSmallIntegerField(
        _("hours within which moderators aim to decide"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(336)],
    )
    set_aside_after = models.PositiveSmallIntegerField(
        _("number of reports that hide a story"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    watch_words = models.TextField(
        _("watch words"), blank=True, max_length=MOST_WATCH_CHARACTERS, validators=[validate_watch_words]
    )
    two_factor_required = models.BooleanField(_("moderators and owners need a second factor"), default=False)
    letter_hints = models.BooleanField(_("hints while a letter is being written"), default=False)
    wall_digest = models.BooleanField(_("a weekly look at the wall by mail, for members who want it"), default=False)

    created_at = models.DateTimeField(default=timezone.now)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(accent__in=Accent.values), name="team_accent_known"),
            models.CheckConstraint(condition=models.Q(visibility__in=Visibility.values), name="team_visibility_known"),
            models.CheckConstraint(condition=models.Q(joining__in=Joining.values), name="team_joining_known"),
            models.CheckConstraint(condition=models.Q(policy__in=Policy.values), name="team_policy_known"),
            models.CheckConstraint(
                condition=models.Q(visibility=Visibility.PUBLIC) | models.Q(indexed=False),
                name="team_indexed_only_when_public",
            ),
            models.CheckConstraint(
                condition=models.Q(watch_words__length__lte=MOST_WATCH_CHARACTERS), name="team_watch_words_not_endless"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("wall", kwargs={"team": self.slug})

    @property
    def watch_word_list(self) -> list[str]:
        return self.watch_words.splitlines()

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC

    @classmethod
    def start(cls, *, by: User, name: str, slug: str, tagline: str = "") -> "Membership":
        """Return the owner's membership in a new team. Raises Refused for a slug that is taken."""
        try:
            with transaction.atomic():
                team = cls.objects.create(name=name, slug=slug, tagline=tagline)
                owner = team.memberships.create(user=by, role="owner")
                TeamEntry.write(team, by, TeamEntry.Action.START)
        except IntegrityError:
            # Another team took it after the form was validated.
            if slug_is_free(slug):
                raise
            raise Refused(_("Another team has this address. Please choose another.")) from None
        return owner

    def change(self, *, by: "Membership", **wanted: Any) -> bool:
        """Set these fields, with a row in the log for each that changes. Returns False where none does.

        Raises Refused for an address that another team has, or had.
        """
        with transaction.atomic():
            current = Team.objects.select_for_update().get(pk=self.pk)
            changed = {field: value for field, value in wanted.items() if getattr(current, field) != value}
            if changed:
                if "slug" in changed:
                    self._only_a_free_slug(changed["slug"])
                    current.former_slugs.get_or_create(slug=current.slug)
                    current.former_slugs.filter(slug=changed["slug"]).delete()
                for field, value in changed.items():
                    detail = {"field": field, "from": getattr(current, field), "to": value}
                    TeamEntry.write(self, by.user, TeamEntry.Action.CHANGE, detail=detail)
                self._set(changed)
            self.refresh_from_db()
        return bool(changed)

    def _set(self, changed: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                Team.objects.filter(pk=self.pk).update(**changed)
        except IntegrityError:
            # Another team took the slug at the same moment: only its own row was locked.
            if "slug" in changed:
                self._only_a_free_slug(changed["slug"])
            raise

    def _only_a_free_slug(self, slug: str) -> None:
        if not slug_is_free(slug, besides=self):
            raise Refused(_("Another team has this address, or had it."))


class FormerSlug(models.Model):
    """A former slug of a team. It redirects to the team, and no other team may take it."""

    slug = models.SlugField(max_length=50, unique=True)
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


def slug_is_free(slug: str, *, besides: Team | None = None) -> bool:
    """Return whether a team may take this slug: no other team has or had it."""
    taken, was_taken = Team.objects.filter(slug=slug), FormerSlug.objects.filter(slug=slug)
    if besides:
        taken, was_taken = taken.exclude(pk=besides.pk), was_taken.exclude(team=besides)
    return not taken.exists() and not was_taken.exists()
