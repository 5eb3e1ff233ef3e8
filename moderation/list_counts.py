"""The numbers on the lists of the desk, read in the same query as the counts of the page's header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership, Policy
from moderation.queue import stories_of_list
from moderation.selection import Show
from stories.header import HeaderCounts
from stories.models.sent import SentStoryQuerySet
from stories.needs_moderator import Query, unreviewed_query, waiting_query

# Conditions on waiting stories; the querysets in `stories_of_list` have the same.
IS_OF_NEW_PERSON = """ AND NOT EXISTS (
    SELECT 1 FROM stories_story AS earlier WHERE earlier.team_id = stories_story.team_id
        AND earlier.author_id = stories_story.author_id AND earlier.published_at IS NOT NULL
)"""
IS_RESUBMITTED = " AND submission_count > 1"
IS_SECOND_OPINION = " AND stood_by_at IS NOT NULL AND stood_by_at = submitted_at"


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
        **{show: number_of(stories_of_list(membership, show)) for show in (Show.MINE, Show.SPAM)},
    }
    return {name_of(show): query for show, query in queries.items()}


def number_of(stories: SentStoryQuerySet) -> Query:
    sql, params = stories.order_by().values("pk").query.sql_with_params()
    counted: tuple[Any, ...] = tuple(params)
    return f"SELECT COUNT(*) FROM ({sql}) AS listed", counted  # noqa: S608 - written by the ORM


def name_of(show: Show) -> str:
    return f"list-{show}"
