"""Comparing a story with its text at the last decision, or an edit with the published text."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from stories.author_view import StoryForAuthor
from stories.diff import word_diff
from stories.models import AuditEntry, Kind, Quality, SentStory
from stories.models.choices import REFUSALS


def text_diff(story: SentStory | StoryForAuthor, messages: Sequence[AuditEntry]) -> SafeString | None:
    """Return the text with what was removed and added since then, or None where there is no earlier one."""
    before = story.edit_of or last_refusal(story, messages)
    return word_diff(before.body, story.body) if before and before.body else None


def earlier_kind(story: SentStory | StoryForAuthor, messages: Sequence[AuditEntry]) -> str:
    """Return the kind and the qualities of that time in words, or nothing where they are the same."""
    before = story.edit_of or last_refusal(story, messages)
    if before is None or not before.kind:
        return ""
    text = before.text
    if (text.kind, text.qualities) == (story.text.kind, story.text.qualities):
        return ""
    return f"{Kind(text.kind).label}: {', '.join(str(Quality(quality).label) for quality in text.qualities)}"


def last_refusal(story: SentStory | StoryForAuthor, messages: Sequence[AuditEntry]) -> AuditEntry | None:
    """Return the last return or decline of a story that waits again."""
    refusals = [entry for entry in messages if entry.action in REFUSALS]
    return refusals[-1] if story.is_pending and refusals else None
