"""The short list of reasons that a team's moderators choose from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.log import TeamEntry
from accounts.models.team import Team

if TYPE_CHECKING:
    from accounts.models.membership import Membership

# The reasons that a team starts with: each a name, and the text that a letter begins with.
FIRST_REASONS = (
    (_("Names somebody who may not want it"), _("Please ask them, or tell it without the name.")),
    (_("A private detail"), _("Something in it is not ours to tell. It is as kind without it.")),
    (_("Compares or puts somebody down"), _("Let the praise stand by itself; nobody has to be smaller for it.")),
    (_("No act in it yet"), _("Tell us what was done: one small thing that somebody did.")),
    (_("Advertising"), _("The wall is for kindnesses, not for offers.")),
    (_("Duplicate"), _("This kindness is on the wall already. Is there something only you saw?")),
    (_("Needs a calmer word"), _("One sentence is sharper than the rest. How would you say it to them?")),
)
MOST_REASONS = 20


class ReasonQuerySet(models.QuerySet["Reason"]):
    def of(self, team: Team) -> "list[Reason]":
        """Return the reasons in the team's order; for a team that never changed them the first ones, unsaved."""
        own: list[Reason] = list(self.filter(team=team).order_by("position"))
        return own or [
            Reason(team=team, position=place, name=str(name), words=str(words))
            for place, (name, words) in enumerate(FIRST_REASONS)
        ]

    def replace(self, reasons: Sequence[tuple[str, str]], *, by: "Membership") -> bool:
        """Replace the whole list by these pairs (name, words). Returns False where nothing changes."""
        team = by.team
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=team.pk)
            before = [(reason.name, reason.words) for reason in self.of(team)]
            wanted = list(reasons)
            if before == wanted:
                return False
            self.filter(team=team).delete()
            Reason.objects.bulk_create(
                Reason(team=team, position=place, name=name, words=words) for place, (name, words) in enumerate(wanted)
            )
            detail = {"from": [name for name, _words in before], "to": [name for name, _words in wanted]}
            TeamEntry.write(team, by.user, TeamEntry.Action.REASONS, detail=detail)
        return True


class Reason(models.Model):
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="reasons")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("reason"), max_length=80)
    words = models.CharField(_("words to begin from"), max_length=300, blank=True)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "name"], name="reason_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="reason_named"),
        ]

    def __str__(self) -> str:
        return self.name
