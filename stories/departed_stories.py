"""The registry of listeners to published stories whose author has left, or has deleted their account.

No row of the log records it, so `settlement` does not announce it. An app registers a listener in its
`AppConfig.ready()`. It is called in the transaction of the departure, with published stories of one team. Work that
waits for another machine belongs into a task that it enqueues.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stories.models import Story


class DepartedStoriesListener(Protocol):
    def __call__(self, stories: "Sequence[Story]", *, are_deleted: bool) -> None:
        """Hear of stories that are deleted, or that lose the name of their author."""


departed_listeners: list[DepartedStoriesListener] = []


def register(listener: DepartedStoriesListener) -> None:
    """Call `listener` for each departure. Registering it again changes nothing."""
    if listener not in departed_listeners:
        departed_listeners.append(listener)


def announce_departed(stories: "Sequence[Story]", *, are_deleted: bool) -> None:
    if stories:
        for listener in departed_listeners:
            listener(stories, are_deleted=are_deleted)
