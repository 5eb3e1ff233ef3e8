"""The notices of a person who leaves a team."""

from accounts.departures import DepartureListener
from accounts.models import Team, User
from notices.models import Notice


def apply_departure(user: User, team: Team, choice: str) -> None:
    Notice.objects.filter(user=user, team=team).delete()


def left_behind(user: User) -> dict[int, int]:
    """Return nothing: notices end with the membership."""
    return {}


LISTENER = DepartureListener(apply_departure, left_behind)
