"""How many published stories a team has of each kind and quality.

The triggers of the search write a row for each change, such as one story of hope less, and the number is the sum of the
rows. So no transaction changes the row of another, or waits for it: two that each change several stories, in any order,
never block each other. `merge` makes one row of many from time to time.
"""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models, transaction

from accounts.models import Team

COUNTS_MERGED_AT_ONCE = 5_000  # rows that are made one at a time


class WallCountQuerySet(models.QuerySet["WallCount"]):
    def in_team(self, team_id: int) -> dict[str, int]:
        """Return the numbers by the name of the kind or quality; those without stories may be missing."""
        return {facet[1:]: number for _, facet, number in self.filter(team=team_id).numbers() if number}

    def numbers(self) -> Iterable[tuple[int, str, int]]:
        """Return the team, the facet and the number of each facet."""
        grouped = self.values("team", "facet").annotate(sum=models.Sum("number")).order_by("team", "facet")
        return grouped.values_list("team", "facet", "sum")

    def merge(self) -> None:
        """Make one row of those with the same facet. One query where there is nothing to do."""
        rows = self.values("team", "facet").annotate(rows=models.Count("pk")).filter(rows__gt=1).order_by("team")
        for team_id, facet in list(rows.values_list("team", "facet")):
            while self._merge(team_id, facet) == COUNTS_MERGED_AT_ONCE:
                pass

    @transaction.atomic
    def _merge(self, team_id: int, facet: str) -> int:
        """Make one row of the oldest ones, and return how many they were; those of another merge are left to it."""
        same = self.filter(team=team_id, facet=facet).order_by("pk").select_for_update(skip_locked=True)
        rows = dict(same.values_list("pk", "number")[:COUNTS_MERGED_AT_ONCE])
        self.filter(pk__in=rows).delete()
        if number := sum(rows.values()):
            self.create(team_id=team_id, facet=facet, number=number)
        return len(rows)


class WallCount(models.Model):
    team = models.ForeignKey(Team, on_delete=models.DB_CASCADE, related_name="+")
    facet = models.CharField(max_length=14)  # “k” and a kind, or “q” and a quality
    number = models.IntegerField()

    objects = WallCountQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["team", "facet", "number"], name="wall_count")]

    def __str__(self) -> str:
        return f"{self.number} of {self.facet[1:]} in {self.team_id}"
