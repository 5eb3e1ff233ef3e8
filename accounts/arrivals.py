"""The registry of apps that hear of new members.

An app above registers a function in its `AppConfig.ready()`. It is called with the new membership, in the transaction
that makes it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Membership

Listener = Callable[["Membership"], None]

listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Call `listener` for each new membership. Registering it again changes nothing."""
    if listener not in listeners:
        listeners.append(listener)


def announce(membership: "Membership") -> None:
    for listener in listeners:
        listener(membership)
