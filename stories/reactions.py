"""Reading uplifts and reactions: a reader's own, and the people behind a story's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership, User
from stories.cards import KEYS, Card, counts_of
from stories.models import Reaction, Story, Uplift
from stories.wall import own_reactions

MOST_NAMES = 100  # of one reaction


@dataclass(frozen=True, slots=True)
class Given:
    """One reaction to a story, and the people who gave it, the first ones first."""

    key: str
    name: str
    people: list[User]
    others: int  # further people, and those who have left the team


def own_state(membership: Membership, numbers: Iterable[int]) -> dict[int, Any]:
    """Return, for the published stories among these, what the reader has given and all counts; two queries."""
    stories = Story.objects.of(membership.team).published().in_bulk(numbers)
    pressed = own_reactions(membership.user_id, list(stories))
    return {
        pk: {"pressed": sorted(pressed[pk]), "counts": dict(zip(KEYS, counts_of(story), strict=True))}
        for pk, story in stories.items()
    }


def people_behind(story: Story, card: Card) -> list[Given]:
    """Return who has given the story each of its reactions, without those that nobody has given.

    Only people who are in the team now are named. One query for each reaction that somebody has given.
    """
    found = []
    for button in card.reactions(frozenset()):
        if not button.count:
            continue
        rows: Any = Uplift.objects if button.is_uplift else Reaction.objects.filter(kind=button.key)
        people = [row.user for row in rows.by_members(story)[:MOST_NAMES]]
        found.append(Given(button.key, button.name, people, others=max(0, button.count - len(people))))
    return found
