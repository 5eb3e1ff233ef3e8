"""The registry of listeners to settled decisions, for notices, mail, webhooks and feeds.

An app registers a listener in its `AppConfig.ready()`. The listener is called with the row of the audit log, by a
background task, once nobody can undo the decision any more:

- for the actions that `ANNOUNCED_ACTIONS` names, and for a submission that nobody reviews;
- never for a decision that was undone, or superseded within the same ten seconds;
- in no fixed order, and independently of other listeners: one that raises is called again after 1, 5 and 30 minutes;
- at least once, even if the server was killed in between. It may be called twice with the same row, so its own rows
  need a unique key made from the row's.

Its writes are committed when it returns and rolled back when it raises. Slow work, or work that waits for another
machine, belongs into a task that it enqueues. The story may have changed since. The author may hear only of actions
that are not in `UNSEEN_ACTIONS`, and of what their own pages show of these: that the story is set aside, and back.
"""

from collections.abc import Callable

from stories.models import AuditEntry

SettlementListener = Callable[[AuditEntry], None]

settlement_listeners: dict[str, SettlementListener] = {}


def register(listener: SettlementListener) -> None:
    """Call `listener`, a function of a module, for each settled decision. Registering it again changes nothing."""
    settlement_listeners[f"{listener.__module__}.{listener.__qualname__}"] = listener
