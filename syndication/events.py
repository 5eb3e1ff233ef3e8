"""Events about a story, as people outside see its wall.

They come from settled decisions, and from authors who leave with their stories, which no row of the log records.
"""

from collections.abc import Sequence

from django.db.models import F

from stories.models import Action, AuditEntry, State, Story
from stories.models.audit import AuditQuerySet
from stories.models.choices import APPROVED_STATES, OFF_WALL_STATES
from syndication.models import Channel, Delivery, EventType

# Actions that give a published story another text.
TEXT_EVENT_ACTIONS = (Action.EDIT, Action.OWN_WORDS)


def announce_decision(entry: AuditEntry) -> None:
    """Record the deliveries of a settled decision. Calling it again for the same entry changes nothing."""
    if event := event_type_of(entry):
        story = entry.story
        record_event(story.team_id, event, story_id=story.edit_of_id or story.pk, source=f"entry-{entry.pk}")


def announce_departure(stories: Sequence[Story], *, are_deleted: bool) -> None:
    """Record the deliveries of published stories that their author takes along, or leaves behind unnamed."""
    event, source = (EventType.REMOVED, "deleted") if are_deleted else (EventType.CHANGED, "unnamed")
    for story in stories:
        record_event(story.team_id, event, story_id=story.pk, source=f"{source}-{story.pk}")


def record_event(team_id: int, event: EventType, *, story_id: int, source: str) -> None:
    for channel in Channel.objects.for_story_event(team_id, event):
        Delivery.record(channel, event, story_id=story_id, source=source)


def event_type_of(entry: AuditEntry) -> EventType | None:
    """Return the change of the wall that this decision made, compared with what was announced before it."""
    if entry.story.edit_of_id:
        return EventType.CHANGED if entry.to_state in APPROVED_STATES else None
    was_published, is_published = state_before(entry) == State.PUBLISHED, entry.to_state == State.PUBLISHED
    if was_published and is_published:
        return EventType.CHANGED if entry.action in TEXT_EVENT_ACTIONS else None
    if is_published:
        return EventType.RESTORED if has_left_the_wall_before(entry) else EventType.PUBLISHED
    return EventType.REMOVED if was_published else None


def state_before(entry: AuditEntry) -> str:
    """Return the state before this decision, and before those that it superseded, which nobody outside heard of."""
    moves = earlier_than(entry).exclude(to_state=F("from_state")).order_by("-pk")
    state, since = entry.from_state, entry.created_at
    for move in moves.iterator(chunk_size=10):
        if move.settles_at <= since:
            break
        state, since = move.from_state, move.created_at
    return state


def has_left_the_wall_before(entry: AuditEntry) -> bool:
    return earlier_than(entry).filter(from_state=State.PUBLISHED, to_state__in=OFF_WALL_STATES).exists()


def earlier_than(entry: AuditEntry) -> AuditQuerySet:
    return AuditEntry.objects.in_effect().filter(story=entry.story_id, pk__lt=entry.pk)
