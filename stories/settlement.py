"""The registry of those who want to hear of settled decisions: notices, mail, webhooks, feeds.

An app registers a listener in its `AppConfig.ready()`. The listener is called with the row of the audit log, by a
background task, once nobody can undo the decision any more:

- for the actions that `ANNOUNCED_ACTIONS` names, and for a submission that nobody reviews;
- never for what was undone, nor for what another decision took the place of in the same ten seconds;
- in no fixed order among listeners, and each by itself: one that raises is called again after 1, 5 and 30 minutes,
  without the others;
- at least once, also when the server was killed in between. It may be called twice with the same row, so that what it
  writes has a unique key made of the row's.

What it writes is committed with its return, and rolled back when it raises. What takes long or waits for another
machine it enqueues as a task of its own. The story may have gone on since: its author may only hear of what
`UNSEEN_ACTIONS` does not name.
"""

from collections.abc import Callable

from stories.models import AuditEntry

Listener = Callable[[AuditEntry], None]

listeners: dict[str, Listener] = {}


def register(listener: Listener) -> None:
    """Call `listener`, a function of a module, for each settled decision. To register it again changes nothing."""
    listeners[f"{listener.__module__}.{listener.__qualname__}"] = listener
