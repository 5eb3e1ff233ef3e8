"""Notes on published stories since when a moderator has yet to look at their text."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import migrations
from django.utils import timezone

SENT = ("submit", "edit")
READ = ("publish", "restore", "keep", "own-words")
DECIDED = ("publish", "return", "decline", "remove", "restore", "spam", "not-spam", "keep")
LISTED_FOR = timedelta(days=7)


def fill(apps: Any, editor: Any) -> None:
    """Read it from the log, of the week in which the desk lists them."""
    story_model, membership = apps.get_model("stories", "Story"), apps.get_model("accounts", "Membership")
    lately = apps.get_model("stories", "AuditEntry").objects.filter(
        action__in=SENT, created_at__gte=timezone.now() - LISTED_FOR
    )
    moderators = set(membership.objects.exclude(role="member").values_list("team", "user"))
    for story in story_model.objects.filter(state="published", pk__in=lately.values("story")).iterator(500):
        sent = unread_entry(in_effect(apps, story=story.pk), in_effect(apps, story__edit_of=story.pk))
        if sent and (story.team_id, sent.actor_id) not in moderators:
            story_model.objects.filter(pk=story.pk).update(unreviewed_since=sent.created_at)


def in_effect(apps: Any, **about: Any) -> list[Any]:
    entries = apps.get_model("stories", "AuditEntry").objects.filter(undone_by=None, **about)
    return list(entries.exclude(action="undo").order_by("pk"))


def unread_entry(log: list[Any], log_of_edits: Iterable[Any]) -> Any:
    """Return the entry that sent the present text, where no moderator has read that one, or None."""
    moves = [entry for entry in log if entry.action in (*SENT, *DECIDED)]
    if not moves or moves[-1].action not in SENT:
        return None
    sent = moves[-1]
    read = (entry for entry in (*log, *log_of_edits) if entry.pk < sent.pk and entry.action in READ)
    return None if any(text_of(entry) == text_of(sent) for entry in read) else sent


def text_of(entry: Any) -> tuple[str, str, str]:
    return entry.kind, entry.qualities, entry.body


class Migration(migrations.Migration):
    dependencies = [("stories", "0024_published_without_review")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
