"""Who may follow a wall, asked again and again for as long as they do."""

from collections.abc import Collection

from django.db.models import IntegerField, Value

from accounts.models import Membership, Team


def still_welcome(teams: Collection[int]) -> set[tuple[int, int | None, bool]]:
    """Who may watch these teams' walls and desks; one query.

    (team, person, False) for each member, (team, person, True) for each moderator besides, and (team, None, False)
    where the wall is public.
    """
    inside = Membership.objects.filter(team__in=teams, user__is_active=True)
    members = inside.values_list("team_id", "user_id", Value(0, IntegerField()))
    moderators = inside.moderators().values_list("team_id", "user_id", Value(1, IntegerField()))
    public = Team.objects.public().filter(pk__in=teams)
    # Nobody has the number 0: it stands for everybody outside.
    outside = public.values_list("pk", Value(0, IntegerField()), Value(0, IntegerField()))
    everybody = members.order_by().union(moderators.order_by(), outside.order_by(), all=True)
    return {(team, user or None, bool(desk)) for team, user, desk in everybody}
