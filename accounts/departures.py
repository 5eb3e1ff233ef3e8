"""The registry of apps that hold something of a person in a team which may outlive their membership.

An app above registers in its `AppConfig.ready()`. This app calls it when the person leaves or is removed, when somebody
who has left before chooses anew, and when a moderator becomes a member.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Team, User


@dataclass(frozen=True, slots=True)
class DepartureListener:
    """The functions of one app.

    `apply` gets the person, the team and a `DepartureChoice.Choice`. It runs inside the transaction of the departure,
    as its last step, so that raising there undoes the departure.
    `left_behind` returns how many things of the person there are in each team, by the team's pk.
    `end_moderation` gets a person who stays in the team and does not moderate it any more, in that transaction.
    """

    apply: Callable[["User", "Team", str], None]
    left_behind: Callable[["User"], Mapping[int, int]]
    end_moderation: Callable[["User", "Team"], None] | None = None


departure_listeners: list[DepartureListener] = []


def register(listener: DepartureListener, *, first: bool = False) -> None:
    """Call `listener` for each departure, in the order of registration. Registering it again changes nothing.

    `first` is for a listener that must not run after the one of the stories, which may write to the outbox.
    """
    if listener not in departure_listeners:
        departure_listeners.insert(0 if first else len(departure_listeners), listener)


def apply(user: "User", team: "Team", choice: str) -> None:
    """Have every app carry out what the person chose for this team. Call it as the last step of a transaction."""
    for listener in departure_listeners:
        listener.apply(user, team, choice)


def end_moderation(user: "User", team: "Team") -> None:
    """Have every app end what only a moderator of this team may have."""
    for listener in departure_listeners:
        if listener.end_moderation:
            listener.end_moderation(user, team)


def left_behind_by(user: "User") -> Counter[int]:
    """Return how many things of this person there are in each team, by the team's pk."""
    counts: Counter[int] = Counter()
    for listener in departure_listeners:
        counts.update(listener.left_behind(user))
    return counts
