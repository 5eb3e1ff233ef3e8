"""The counts in the header of every page of a team."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from django.db import connection

from accounts.models import Membership, User
from kindwall import clock
from stories.models.audit import UNDO_FOR
from stories.needs_moderator import Query, asks_for_a_look, reported_query, unreviewed_query, waiting_query

NONE: Query = ("0", ())

DECLINED_LATELY = timedelta(days=7)

NEWEST_EVENT = "SELECT MAX(id) FROM stories_outboxevent WHERE team_id = %s"
# As their author sees them: a decision that can still be undone counts for nothing. Where it supersedes a return or a
# decline, the story needs its author as before: no more where it replaces a decline that was final or is long ago.
COUNT_NEEDS_AUTHOR = """
    SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND author_id = %s
        AND (state = 'returned' OR (state = 'declined' AND stood_by_at IS NULL AND decided_at > %s))
        AND (settles_at IS NULL OR settles_at <= %s OR settles_at >= %s OR NOT EXISTS (
            SELECT 1 FROM stories_auditentry AS entry WHERE story_id = stories_story.id AND created_at > %s
            AND (from_state = 'pending' OR (from_state = 'declined' AND (stood_by_at IS NOT NULL OR NOT EXISTS (
                SELECT 1 FROM stories_auditentry AS refusal WHERE refusal.story_id = entry.story_id
                AND refusal.id < entry.id AND refusal.to_state = 'declined' AND refusal.created_at > %s))))))
"""

# Counts of apps above, by name: each is a query about a person that is read together with all others.
registered: dict[str, Callable[[User], Query]] = {}


def register(name: str, query: Callable[[User], Query]) -> None:
    """Add a count to every page, as `header_counts.more.<name>`. Register it in an `AppConfig.ready()`."""
    registered[name] = query


@dataclass(frozen=True, slots=True)
class HeaderCounts:
    event: int  # the newest of the team
    # Stories that this moderator may decide on: waiting ones, reported ones with those set aside, and those published
    # without a review where the team's rule is to look at them afterwards. 0 for members.
    waiting: int
    reported: int
    unreviewed: int
    # This person's returned stories, and those declined in the last week, which another moderator may look at.
    needs_author: int
    more: Mapping[str, int]  # of apps above, and of the page that asks

    @property
    def needs_moderator(self) -> int:
        """The number of stories that need this moderator."""
        return self.waiting + self.reported + self.unreviewed

    @classmethod
    def read(cls, membership: Membership, also: Mapping[str, Query] | None = None) -> Self:
        """Read the counts with one query, and in it those of the page that asks.

        Written as SQL: every page reads them, and to build this query the ORM takes ten times as long as to run it.
        """
        of_team = (membership.team_id,)
        looks_afterwards = membership.may_moderate and asks_for_a_look(membership)
        own: dict[str, Query] = {
            "event": (NEWEST_EVENT, of_team),
            "waiting": waiting_query(membership) if membership.may_moderate else NONE,
            "reported": reported_query(membership) if membership.may_moderate else NONE,
            "unreviewed": unreviewed_query(membership) if looks_afterwards else NONE,
            "needs_author": (COUNT_NEEDS_AUTHOR, (*of_team, membership.user_id, *moments())),
        }
        more = {name: query(membership.user) for name, query in registered.items()} | dict(also or {})
        queries = own | more
        with connection.cursor() as cursor:
            sql = ", ".join(f"({sql})" for sql, _params in queries.values())
            cursor.execute(f"SELECT {sql}", [value for _sql, params in queries.values() for value in params])
            row = cursor.fetchone()
        numbers = {name: number or 0 for name, number in zip(queries, row, strict=True)}
        return cls(more={name: numbers.pop(name) for name in more}, **numbers)


def moments() -> list[Any]:
    """Return the moments in COUNT_NEEDS_AUTHOR: recent declines, a story that settles, unsettled decisions."""
    now = clock.now()
    week = now - DECLINED_LATELY
    wanted = (week, now, now + 2 * UNDO_FOR, now - UNDO_FOR, week)
    return list(map(connection.ops.adapt_datetimefield_value, wanted))
