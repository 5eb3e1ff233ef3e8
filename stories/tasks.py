"""What is done in the background about stories: telling other apps of decisions that have settled."""

import logging

from django.conf import settings
from django.db import transaction
from django.tasks import task

from kindwall import clock
from stories import settlement
from stories.models import AuditEntry, Story

logger = logging.getLogger(__name__)


@task(priority=10)  # before what takes long, such as exports
def announce_settled(entry_pk: int) -> None:
    """Have each listener called, unless the decision was undone or another one took its place."""
    if not settlement.listeners:
        return
    with transaction.atomic():
        # Whoever undoes it at this moment holds the story's row. What they did is read once that is free.
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
            for name in settlement.listeners:
                call_listener.enqueue(entry_pk, name)


@task(priority=10)
def call_listener(entry_pk: int, name: str, attempt: int = 1) -> None:
    """Call one listener. When it raises, call it again after a pause, three times."""
    entry = AuditEntry.objects.with_story().filter(pk=entry_pk).first()
    if entry is None or name not in settlement.listeners:  # the story is gone, or the listener, with another version
        return
    try:
        with transaction.atomic():
            settlement.listeners[name](entry)
    except Exception as error:
        if attempt > len(settings.RETRY_PAUSES):
            raise
        pause = settings.RETRY_PAUSES[attempt - 1]
        # Not the error's own words: they may hold a story's.
        logger.warning("%s: %s; it is called again in %s.", name, type(error).__name__, pause)
        call_listener.using(run_after=clock.now() + pause).enqueue(entry_pk, name, attempt=attempt + 1)
