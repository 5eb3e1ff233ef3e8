"""The registry of apps that hear of changes to stories at once, in the transaction of the change.

An app registers its functions in its `AppConfig.ready()`. They write rows and nothing else, because the change may
still be rolled back, and a decision among them may still be undone: an app that hears of decisions registers with
stories.settlement instead. Each function returns quickly where the change is none of its concern. It is called before
the change is announced to the walls, which is the last write of a transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stories.models import AuditEntry, ModeratorNote, Reaction, Report, Uplift
    from stories.models.fields import StoryFields


@dataclass(frozen=True, slots=True)
class StoryListener:
    """The functions of one app. `entry_written` gets a story and the new row of its audit log.

    `note_written` gets a story and a new note of a moderator.
    """

    entry_written: Callable[["StoryFields", "AuditEntry"], None]
    report_made: Callable[["Report"], None]
    reaction_given: Callable[["StoryFields", "Uplift | Reaction"], None]
    note_written: Callable[["StoryFields", "ModeratorNote"], None]


story_listeners: list[StoryListener] = []


def register(listener: StoryListener) -> None:
    """Call `listener` for each change. Registering it again changes nothing."""
    if listener not in story_listeners:
        story_listeners.append(listener)
