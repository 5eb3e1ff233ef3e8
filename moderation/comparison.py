"""Comparing a story with its text at the last decision, or an edit with the published text."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from stories.author_view import StoryForAuthor
from stories.diff import word_diff
from stories.models import AuditEntry, SentStory, StoryText
from stories.models.choices import REFUSALS
from stories.watch_words import watched_places


def body_diff(before: StoryText | None, now: StoryText, watched: Sequence[str] = ()) -> SafeString | None:
    """Return the body with what was removed and added since then, or None where there is no difference.

    Words that match one of the team's watch words are marked in it.
    """
    if before is None or not before.body or before.body == now.body:
        return None
    places = tuple((word.start, word.end) for word in watched_places(now.body, watched))
    return word_diff(before.body, now.body, places)


def earlier_facts(before: StoryText | None, now: StoryText) -> str:
    """Return the kind, the qualities and whatever else was known then, or nothing where they are the same."""
    if before is None or not before.kind or before.facts == now.facts:
        return ""
    kind, *others = before.facts
    return f"{kind}: {', '.join(others)}"


def text_before(story: SentStory | StoryForAuthor, messages: Sequence[AuditEntry]) -> StoryText | None:
    """Return the published text that an edit changes, or the text that was returned or declined last."""
    before = story.edit_of or last_refusal(story, messages)
    return before.text if before else None


def last_refusal(story: SentStory | StoryForAuthor, messages: Sequence[AuditEntry]) -> AuditEntry | None:
    """Return the last return or decline of a story that waits again."""
    refusals = [entry for entry in messages if entry.action in REFUSALS]
    return refusals[-1] if story.is_pending and refusals else None
