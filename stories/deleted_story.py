"""The text of the story that a person has just deleted, in their session, so that they can have it back as a draft."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.http import HttpRequest

from accounts.models import Membership
from kindwall import clock
from stories.models import State, Story, StoryText

DELETED_STORY_KEY = "deleted_story"
DELETED_STORY_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DeletedStory:
    pk: int
    was_draft: bool
    text: StoryText
    edit_of: int | None  # the published story that the draft was going to change
    editor: UUID  # begins the draft again, once however often it is asked for
    is_restored: bool


def remember(request: HttpRequest, story: Story) -> None:
    """Keep the text of this story, which has just been deleted, for ten minutes."""
    request.session[DELETED_STORY_KEY] = {
        "pk": story.pk,
        "was_draft": story.state == State.DRAFT,
        "team": story.team_id,
        "person": story.author_id,
        "text": story.text.parts() | {"qualities": list(story.text.qualities)},
        "edit_of": story.edit_of_id,
        "editor": str(uuid4()),
        "is_restored": False,
        "deleted_at": clock.now().isoformat(),
    }


def find(request: HttpRequest, membership: Membership) -> DeletedStory | None:
    """Return the story that this person has deleted in this team within the last ten minutes, or None."""
    kept = request.session.get(DELETED_STORY_KEY)
    if kept is None:
        return None
    if abs(clock.now() - datetime.fromisoformat(kept["deleted_at"])) > DELETED_STORY_LIFETIME:
        del request.session[DELETED_STORY_KEY]
        return None
    if (kept["team"], kept["person"]) != (membership.team_id, membership.user_id):
        return None
    text, editor = StoryText(**kept["text"]), UUID(kept["editor"])
    return DeletedStory(kept["pk"], kept["was_draft"], text, kept["edit_of"], editor, kept["is_restored"])


def mark_restored(request: HttpRequest) -> None:
    """Offer the undo no more, and let the same press twice lead to the same draft."""
    request.session[DELETED_STORY_KEY] |= {"is_restored": True}
    request.session.modified = True
