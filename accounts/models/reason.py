"""Reasons with a letter: what moderators choose from when they return, decline or remove a story."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.log import TeamEntry
from accounts.models.refusal import Refused
from accounts.models.team import Team

if TYPE_CHECKING:
    from accounts.models.membership import Membership

# The reasons that a team starts with: each a name, and what its letter says has to change.
FIRST_REASONS: tuple[tuple[Promise, Promise], ...] = (
    (
        _("Names somebody who may not want it"),
        _("Somebody is named who may not want to be on the wall. Please ask them, or write it without the name."),
    ),
    (
        _("A private detail"),
        _("It holds a detail that is not ours to share. Please leave that out; the kindness stays as it is."),
    ),
    (
        _("Compares or puts somebody down"),
        _("It praises one person by making another smaller. Please leave out the comparison."),
    ),
    (
        _("No act in it yet"),
        _("It does not say yet what was done. Please add one thing that somebody did, however small."),
    ),
    (
        _("Advertising"),
        _("It offers something. The wall is for kindnesses: please leave out the offer, and keep what somebody did."),
    ),
    (
        _("Duplicate"),
        _("This kindness is on the wall already. Please add what only you saw, so that it is a story of its own."),
    ),
    (
        _("Needs a calmer word"),
        _("One sentence is sharper than the rest. Please write it as you would say it to that person."),
    ),
)
MOST_REASONS = 20
MOST_OWN_REASONS = 30


class ReasonLetter(NamedTuple):
    """A reason's name and the letter that it fills in. An empty part leaves what the letter would have there anyway."""

    name: str
    words: str = ""  # what has to change
    saw: str = ""
    next_step: str = ""
    talk_to: str = ""


class ReasonQuerySet(models.QuerySet["Reason"]):
    def of(self, team: Team) -> "list[Reason]":
        """Return the reasons in the team's order; for a team that never changed them the first ones, unsaved."""
        return list(self.filter(team=team, user=None).order_by("position")) or first_reasons(team)

    def own(self, moderator: "Membership") -> Self:
        """Return the reasons that this moderator has for themselves in this team, oldest first."""
        return self.filter(team=moderator.team_id, user=moderator.user_id).order_by("pk")

    def for_letters(self, moderator: "Membership") -> "list[Reason]":
        """Return the reasons that this moderator can choose from: the team's, then their own; one query."""
        theirs = models.Q(user=None) | models.Q(user=moderator.user_id)
        found = list(self.filter(theirs, team=moderator.team_id).order_by("position", "pk"))
        teams = [reason for reason in found if not reason.is_own] or first_reasons(moderator.team)
        return [*teams, *(reason for reason in found if reason.is_own)]

    def replace(self, reasons: Iterable[tuple[str, ...]], *, by: "Membership") -> bool:
        """Replace the team's list by these, each the values of a ReasonLetter. Returns False where nothing changes."""
        team = by.team
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=team.pk)
            before = [reason.letter for reason in self.of(team)]
            wanted = [ReasonLetter(*reason) for reason in reasons]
            if before == wanted:
                return False
            self.filter(team=team, user=None).delete()
            Reason.objects.bulk_create(
                Reason(team=team, position=place, **letter._asdict()) for place, letter in enumerate(wanted)
            )
            detail = {"from": [letter.name for letter in before], "to": [letter.name for letter in wanted]}
            TeamEntry.write(team, by.user, TeamEntry.Action.REASONS, detail=detail)
        return True


class Reason(models.Model):
    """A reason of a team, or of one moderator there, and the letter that it fills in.

    An author reads the name of a team's reason above the letter. The name of a moderator's own is for them alone.
    """

    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="reasons")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, null=True, related_name="reasons")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("reason"), max_length=80)
    words = models.CharField(_("what has to change"), max_length=600, blank=True)
    saw = models.CharField(_("what you saw in it"), max_length=600, blank=True)
    next_step = models.CharField(_("what happens next"), max_length=600, blank=True)
    talk_to = models.CharField(_("whom to talk to"), max_length=300, blank=True)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "name"], condition=models.Q(user=None), name="reason_once"),
            models.UniqueConstraint(
                fields=["team", "user", "name"], condition=models.Q(user__isnull=False), name="own_reason_once"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="reason_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_own(self) -> bool:
        return self.user_id is not None

    @property
    def letter(self) -> ReasonLetter:
        return ReasonLetter(*(getattr(self, part) for part in ReasonLetter._fields))

    @classmethod
    def save_own(cls, letter: ReasonLetter, *, by: "Membership", instead_of: int | None = None) -> "Reason":
        """Save a reason of one's own, in place of the one with that primary key if it is still there.

        The same letter once more is the same reason. Raises Refused for a name that is taken, and for too many.
        """
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=by.team_id)
            own: dict[int, Reason] = {reason.pk: reason for reason in Reason.objects.own(by)}
            reason = own.get(instead_of or 0)
            for other in own.values():
                if other.name == letter.name and other != reason:
                    if reason is None and other.letter == letter:
                        return other
                    raise Refused(gettext("You have a reason with this name already."))
            if reason is None and len(own) >= MOST_OWN_REASONS:
                raise Refused(gettext("Thirty reasons of your own are the most. Please delete one first."))
            reason = reason or Reason(team=by.team, user=by.user)
            for part, words in letter._asdict().items():
                setattr(reason, part, words)
            reason.save()
            return reason


def first_reasons(team: Team) -> list[Reason]:
    return [
        Reason(team=team, position=place, name=str(name), words=str(words))
        for place, (name, words) in enumerate(FIRST_REASONS)
    ]
