"""Background tasks: announcing settled decisions to other apps, and merging the counts of walls."""

import logging

from django.conf import settings
from django.db import transaction
from django.tasks import task

from kindwall import clock
from stories import settlement
from stories.models import AuditEntry, Story, WallCount

logger = logging.getLogger(__name__)


@task(priority=10)  # before slow tasks such as exports
def announce_settled(entry_pk: int) -> None:
    """Enqueue a call of each listener, unless the decision was undone or superseded."""
    if not settlement.settlement_listeners:
        return
    with transaction.atomic():
        # An undo at this moment holds the lock on the story's row. Wait for it, then read its result.
        list(Story.objects.filter(audit_log=entry_pk).select_for_update(of=("self",)).values_list("pk"))
        entry = AuditEntry.objects.in_effect().filter(pk=entry_pk).first()
        if entry is None:
            return
        successor = entry.successor()
        if not entry.has_settled:
            announce_settled.using(run_after=entry.settles_at).enqueue(entry_pk)
        elif successor and not successor.has_settled:
            announce_settled.using(run_after=successor.settles_at).enqueue(entry_pk)
        elif not successor:
            for name in settlement.settlement_listeners:
                call_listener.enqueue(entry_pk, name)


@task(priority=10)
def call_listener(entry_pk: int, name: str, attempt: int = 1) -> None:
    """Call one listener. When it raises, call it again after a pause, three times."""
    entry = AuditEntry.objects.with_story().filter(pk=entry_pk).first()
    if (
        entry is None or name not in settlement.settlement_listeners
    ):  # the story or, in another version, the listener is gone
        return
    try:
        with transaction.atomic():
            settlement.settlement_listeners[name](entry)
    except Exception as error:
        if attempt > len(settings.RETRY_PAUSES):
            raise
        pause = settings.RETRY_PAUSES[attempt - 1]
        # The error's message is not logged, because it may contain the text of a story.
        logger.warning("%s: %s; it is called again in %s.", name, type(error).__name__, pause)
        call_listener.using(run_after=clock.now() + pause).enqueue(entry_pk, name, attempt=attempt + 1)


@task
def merge_wall_counts() -> None:
    WallCount.objects.merge()
