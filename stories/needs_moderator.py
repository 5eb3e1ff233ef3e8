"""The counts of stories that need a moderator, as SQL: every page of a moderator reads them."""

from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Membership

type Query = tuple[str, tuple[Any, ...]]  # SQL that selects one number, and its parameters

COLLEAGUE = """
    SELECT 1 FROM accounts_membership AS colleague JOIN accounts_user AS person ON person.id = colleague.user_id
    WHERE colleague.team_id = %s AND colleague.user_id <> %s AND colleague.role IN ('moderator', 'owner')
        AND person.is_active
"""
PENDING = "SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND state = 'pending'"
CONVERSATION = """
    FROM stories_auditentry AS entry WHERE entry.story_id = stories_story.id
        AND entry.action IN ('return', 'decline', 'stand-by')
        AND NOT EXISTS (SELECT 1 FROM stories_auditentry AS undo WHERE undo.undoes_id = entry.id)
    ORDER BY entry.id DESC LIMIT 1
"""
# Second opinions on this moderator's own refusal; `StoryQuerySet.decidable_by` has the same condition.
OBJECTIONS = f"""
    {PENDING} AND stood_by_at IS NOT NULL AND author_id <> %s
        AND (SELECT entry.action {CONVERSATION}) = 'stand-by'
        AND (SELECT entry.actor_id {CONVERSATION} OFFSET 1) = %s
"""
SET_ASIDE = "SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND state = 'aside'"
REPORTED = """
    SELECT COUNT(DISTINCT stories_report.story_id)
    FROM stories_report JOIN stories_story ON stories_story.id = stories_report.story_id
    WHERE stories_report.decision_id IS NULL AND stories_story.team_id = %s AND stories_story.state = 'published'
"""


def waiting_query(membership: Membership) -> Query:
    """Return the query for the number of waiting stories that this moderator may decide on.

    All are counted in an index, and the few that are for colleagues subtracted: no other row is read.
    """
    team, me = membership.team_id, membership.user_id
    anybody, theirs = colleague(membership)
    another = (
        f"{anybody} AND (colleague.away_until IS NULL OR colleague.away_until <= %s)"
        " AND colleague.user_id <> stories_story.author_id"
    )
    own = f"{PENDING} AND author_id = %s AND EXISTS ({anybody})"
    objections = f"{OBJECTIONS} AND EXISTS ({another})"
    today = connection.ops.adapt_datefield_value(timezone.localdate())
    params = (team, team, me, *theirs, team, me, me, *theirs, today)
    return f"SELECT ({PENDING}) - ({own}) - ({objections})", params


def reported_query(membership: Membership) -> Query:
    """Return the query for the number of reported stories, and of those set aside, that they may decide on."""
    anybody, theirs = colleague(membership)
    team, me = membership.team_id, membership.user_id
    of_others = f"(author_id IS NULL OR author_id <> %s OR NOT EXISTS ({anybody}))"
    params = (team, me, *theirs)
    return f"SELECT ({SET_ASIDE} AND {of_others}) + ({REPORTED} AND {of_others})", params * 2


def colleague(membership: Membership) -> Query:
    """Return the query for the other people who can decide on the team's stories."""
    params: tuple[Any, ...] = (membership.team_id, membership.user_id)
    if not membership.team.two_factor_required:
        return COLLEAGUE, params
    from accounts.two_factor import users_with_two_factor

    sql, theirs = users_with_two_factor().query.sql_with_params()
    return f"{COLLEAGUE} AND colleague.user_id IN ({sql})", (*params, *theirs)
