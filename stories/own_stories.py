"""A person's own stories in three lists: what needs them, what waits for a moderator, and what was published."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from stories.author_view import AuthorView, author_views
from stories.cards import microseconds_since_epoch
from stories.models import State, Story
from stories.models.queryset import StoryQuerySet
from stories.wall_order import STORIES_ON_PAGE, read_cursor

NEEDS_AUTHOR = (State.RETURNED, State.DRAFT, State.DECLINED)  # in the order of their list
UNPUBLISHED = "unpublished"  # the name of the other two lists in an address


@dataclass(frozen=True, slots=True)
class OwnList:
    name: str
    heading: Promise
    views: list[AuthorView]
    older: str = ""  # the query of the page with older stories; empty on the last


def own_lists(membership: Membership, name: str, before: str) -> list[OwnList]:
    """Return the lists that are not empty. With a cursor, return an older page of one of them.

    Four queries, and two more while a decision can be undone.
    """
    cursor = read_cursor(before)
    written = Story.objects.written_by(membership).without_accepted_edits().with_author_and_team()
    lists: list[OwnList] = []
    if cursor is None or name == UNPUBLISHED:
        lists += unpublished_lists(written.never_published(), cursor)
    if cursor is None or name != UNPUBLISHED:
        views, older = read_own_stories(written.ever_published(), cursor)
        lists.append(OwnList("published", _("Published"), views, older and f"before={older}"))
    return [shown for shown in lists if shown.views]


def unpublished_lists(stories: StoryQuerySet, cursor: tuple[datetime, int] | None) -> list[OwnList]:
    """Divide the stories by the states that their author sees: a decision that can still be undone moves none."""
    views, older = read_own_stories(stories, cursor)
    needs = [view for view in views if view.story.state in NEEDS_AUTHOR]
    needs.sort(key=lambda view: NEEDS_AUTHOR.index(State(view.story.state)))
    waits = [view for view in views if view.story.state not in NEEDS_AUTHOR]
    rest = older and f"list={UNPUBLISHED}&before={older}"
    return [
        OwnList("needs-you", _("Needs you"), needs, "" if waits else rest),
        OwnList("waiting", _("Waiting for review"), waits, rest),
    ]


def read_own_stories(stories: StoryQuerySet, cursor: tuple[datetime, int] | None) -> tuple[list[AuthorView], str]:
    """Return a page of the stories as their author sees them, the last touched first, and the next page's cursor."""
    found = list(stories.last_touched_first().page_after(cursor, "updated_at")[: STORIES_ON_PAGE + 1])
    last = found[STORIES_ON_PAGE - 1] if len(found) > STORIES_ON_PAGE else None
    views = author_views(found[:STORIES_ON_PAGE])
    # Sorted again by what the author sees: a decision that can still be undone must not move its story up.
    views.sort(key=lambda view: (view.story.updated_at, view.story.pk), reverse=True)
    return views, f"{microseconds_since_epoch(last.updated_at)}-{last.pk}" if last else ""
