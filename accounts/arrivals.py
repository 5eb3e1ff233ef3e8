"""The registry of apps that hear of new members.

An app above registers a function in its `AppConfig.ready()`. It is called with the new membership, in the transaction
that makes it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Membership

ArrivalListener = Callable[["Membership"], None]

arrival_listeners: list[ArrivalListener] = []


def register(listener: ArrivalListener) -> None:
    """Call `listener` for each new membership. Registering it again changes nothing."""
    if listener not in arrival_listeners:
        arrival_listeners.append(listener)


def announce_arrival(membership: "Membership") -> None:
    for listener in arrival_listeners:
        listener(membership)
