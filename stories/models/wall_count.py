"""How many published stories a team has of each kind and quality. The triggers of the search keep it true."""

from typing import ClassVar

from django.db import models

from accounts.models import Team


class WallCountQuerySet(models.QuerySet["WallCount"]):
    def in_team(self, team_id: int) -> dict[str, int]:
        """Return the numbers by the name of the kind or quality; those without stories may be missing."""
        return {facet[1:]: number for facet, number in self.filter(team=team_id).values_list("facet", "number")}


class WallCount(models.Model):
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    facet = models.CharField(max_length=14)  # “k” and a kind, or “q” and a quality
    number = models.PositiveIntegerField(default=0)

    objects = WallCountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "facet"], name="wall_count_once")]

    def __str__(self) -> str:
        return f"{self.facet[1:]} in {self.team_id}: {self.number}"
