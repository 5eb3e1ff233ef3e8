"""The numbers on the lists of the desk, read in the same query as the counts of the page's header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from accounts.models import Membership, Policy
from kindwall import clock
from moderation.selection import Show
from stories.header import HeaderCounts
from stories.models.queryset import SPAM_LIFETIME
from stories.needs_moderator import Query, condition_of_others, unreviewed_query, waiting_query

# SQL, for the reason given in `HeaderCounts.read`; the querysets in `stories_of_list` have the same conditions.
IS_OF_NEW_PERSON = """ AND NOT EXISTS (
    SELECT 1 FROM stories_story AS earlier WHERE earlier.team_id = stories_story.team_id
        AND earlier.author_id = stories_story.author_id AND earlier.published_at IS NOT NULL
)"""
IS_RESUBMITTED = " AND submission_count > 1"
IS_SECOND_OPINION = " AND stood_by_at IS NOT NULL AND stood_by_at = submitted_at"

ASSIGNED_TO_ME = """
    SELECT COUNT(*) FROM stories_assignment JOIN stories_story ON stories_story.id = stories_assignment.story_id
    WHERE stories_assignment.moderator_id = %s AND stories_assignment.decision_id IS NULL AND stories_story.team_id = %s
        AND (state IN ('pending', 'aside') OR state = 'published' AND (unreviewed_since IS NOT NULL OR EXISTS (
            SELECT 1 FROM stories_report AS report
            WHERE report.story_id = stories_story.id AND report.decision_id IS NULL
        )))
"""
SPAM = "SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND state = 'spam' AND decided_at > %s"


@dataclass(frozen=True, slots=True)
class ListCounts:
    """How many stories each list has."""

    by_show: dict[Show, int]

    @classmethod
    def of(cls, counts: HeaderCounts) -> "ListCounts":
        more = {show: counts.more[name_of(show)] for show in Show if name_of(show) in counts.more}
        return cls({**more, Show.ALL: counts.waiting, Show.REPORTED: counts.reported})

    def tabs(self, membership: Membership, shown: Show) -> list[tuple[Show, int]]:
        """Return the lists that this team has a use for, each with its number."""
        is_usual = membership.team.policy != Policy.EVERYONE
        return [
            (show, self.by_show[show])
            for show in Show
            if show is not Show.UNREAD or is_usual or self.by_show[show] or shown is show
        ]

    def as_json(self) -> str:
        return json.dumps(self.by_show)


def desk_counts(membership: Membership, also: Mapping[str, Query] | None = None) -> HeaderCounts:
    """Read the counts of the header, those of the lists, and `also`; one query, however many stories there are."""
    return HeaderCounts.read(membership, list_queries(membership) | dict(also or {}))


def list_queries(membership: Membership) -> dict[str, Query]:
    queries = {
        Show.NEW: waiting_query(membership, IS_OF_NEW_PERSON),
        Show.BACK: waiting_query(membership, IS_RESUBMITTED),
        Show.STOOD_BY: waiting_query(membership, IS_SECOND_OPINION),
        Show.UNREAD: unreviewed_query(membership),
        Show.MINE: assigned_query(membership),
        Show.SPAM: spam_query(membership),
    }
    return {name_of(show): query for show, query in queries.items()}


def assigned_query(membership: Membership) -> Query:
    others, theirs = condition_of_others(membership)
    return f"{ASSIGNED_TO_ME} AND {others}", (membership.user_id, membership.team_id, *theirs)


def spam_query(membership: Membership) -> Query:
    others, theirs = condition_of_others(membership)
    since = connection.ops.adapt_datetimefield_value(clock.now() - SPAM_LIFETIME)
    return f"{SPAM} AND {others}", (membership.team_id, since, *theirs)


def name_of(show: Show) -> str:
    return f"list-{show}"
