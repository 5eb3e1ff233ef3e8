"""Who may follow a wall, asked again and again for as long as they do."""

from collections.abc import Collection

from django.db.models import IntegerField, Value

from accounts.models import Membership, Team


def still_welcome(teams: Collection[int]) -> set[tuple[int, int | None]]:
    """The members of these teams, by team and person, and (team, None) where the wall is public; one query."""
    members = Membership.objects.filter(team__in=teams, user__is_active=True).values_list("team_id", "user_id")
    public = Team.objects.public().filter(pk__in=teams).values_list("pk", Value(0, IntegerField()))
    # Nobody has the number 0: it stands for everybody outside.
    return {(team, user or None) for team, user in members.order_by().union(public.order_by(), all=True)}
