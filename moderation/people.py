"""The people of a team, as the desk needs them beside a story."""

from datetime import date
from typing import NamedTuple

from accounts.models import Membership, Team
from accounts.models.membership_queryset import able_to_decide, is_away
from stories.models import Story


class TeamPerson(NamedTuple):
    """A person of the team. A team may have thousands, so this is lighter than a membership."""

    pk: int  # of their membership
    user_id: int
    name: str
    trust: str
    away_until: date | None
    can_decide: bool

    @property
    def is_away(self) -> bool:
        return is_away(self.away_until)


def read_people(team: Team) -> list[TeamPerson]:
    """Return everybody in the team by name; one query."""
    everybody = Membership.objects.filter(team=team).annotate(can_decide=able_to_decide(team))
    columns = ("pk", "user_id", "user__name", "trust", "away_until", "can_decide")
    return [TeamPerson(*row) for row in everybody.order_by("user__name", "pk").values_list(*columns)]


def author_among(people: list[TeamPerson], story: Story) -> TeamPerson | None:
    """Return the author of the story, or None where they have left the team."""
    return next((person for person in people if person.user_id == story.author_id), None)


def colleagues_among(people: list[TeamPerson], membership: Membership, story: Story) -> list[TeamPerson]:
    """Return the other people who can decide on the story; those who are away come last."""
    involved = (membership.user_id, story.author_id)
    able = (person for person in people if person.can_decide and person.user_id not in involved)
    return sorted(able, key=lambda colleague: colleague.is_away)
