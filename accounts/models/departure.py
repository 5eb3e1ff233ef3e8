"""A person's choice of what becomes of their stories when they leave a team."""

from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import departures
from accounts.models.team import Team
from accounts.models.user import User


class DepartureChoice(models.Model):
    """The choice of a person for one team. It is not part of the membership, because it counts when that has ended."""

    class Choice(models.TextChoices):
        NAMED = "named", _("Stay, under my name")
        UNNAMED = "unnamed", _("Stay, without my name")
        GONE = "gone", _("Go with me")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="departure_choices")
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    choice = models.CharField(max_length=7, choices=Choice.choices, default=Choice.NAMED)

    class Meta:
        db_table = "accounts_parting"  # the name from before, so that a migration renames no table
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="parting_once"),
            models.CheckConstraint(
                condition=models.Q(choice__in=["named", "unnamed", "gone"]), name="parting_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}: {self.choice}"

    @classmethod
    def choose(cls, user: User, team: Team, choice: str) -> bool:
        """Store the choice, and apply it now if the person has left already. Returns False where nothing changes."""
        with transaction.atomic():
            Team.objects.select_for_update().get(pk=team.pk)  # no departure by another choice meanwhile
            if user.departure_choice_in(team) == choice:
                return False
            cls.objects.update_or_create(user=user, team=team, defaults={"choice": choice})
            if not user.memberships.filter(team=team).exists():
                departures.apply(user, team, choice)
        return True

    @classmethod
    def choices_of(cls, user: User) -> dict[int, str]:
        """Return the choices of this person by the team's pk, for teams where they made one."""
        return dict(cls.objects.filter(user=user).values_list("team", "choice"))
