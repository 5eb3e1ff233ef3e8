"""The notices of a person who leaves a team."""

from accounts.departures import DepartureListener
from accounts.models import Team, User
from notices.models import Notice


def forget_team_notices(user: User, team: Team, choice: str) -> None:
    Notice.objects.filter(user=user, team=team).delete()


def notices_left_behind(user: User) -> dict[int, int]:
    """Return nothing: notices end with the membership."""
    return {}


NOTICE_DEPARTURES = DepartureListener(forget_team_notices, notices_left_behind)
