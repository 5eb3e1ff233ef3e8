"""The counts of stories that need a moderator, as SQL: every page of a moderator reads them."""

from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Policy
from kindwall import clock
from stories.models.queryset import UNREVIEWED_FOR

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
OBJECTION = f"""
    stood_by_at IS NOT NULL AND author_id <> %s
        AND (SELECT entry.action {CONVERSATION}) = 'stand-by'
        AND (SELECT entry.actor_id {CONVERSATION} OFFSET 1) = %s
"""
SET_ASIDE = "SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND state = 'aside'"
UNREVIEWED = "SELECT COUNT(*) FROM stories_story WHERE team_id = %s AND state = 'published' AND unreviewed_since >= %s"
COUNT_REPORTED = """
    SELECT COUNT(DISTINCT stories_report.story_id)
    FROM stories_report JOIN stories_story ON stories_story.id = stories_report.story_id
    WHERE stories_report.decision_id IS NULL AND stories_story.team_id = %s AND stories_story.state = 'published'
"""


def asks_for_a_look(membership: Membership) -> bool:
    """Return whether the rule of the team is that moderators read stories after they are published."""
    return membership.team.policy == Policy.AFTER


def waiting_query(membership: Membership, only: str = "") -> Query:
    """Return the query for the number of waiting stories that this moderator may decide on.

    All are counted in an index, and the few second opinions that are for colleagues subtracted: no other row is read.
    `only` is a further condition.
    """
    pending, team, me = f"{PENDING}{only}", membership.team_id, membership.user_id
    others, own = condition_of_others(membership)
    anybody, theirs = colleague(membership)
    another = (
        f"{anybody} AND (colleague.away_until IS NULL OR colleague.away_until <= %s)"
        " AND colleague.user_id <> stories_story.author_id"
    )
    objections = f"{pending} AND {OBJECTION} AND EXISTS ({another})"
    today = connection.ops.adapt_datefield_value(timezone.localdate())
    return f"SELECT ({pending} AND {others}) - ({objections})", (team, *own, team, me, me, *theirs, today)


def reported_query(membership: Membership) -> Query:
    """Return the query for the number of reported stories, and of those set aside, that they may decide on."""
    others, theirs = condition_of_others(membership)
    params = (membership.team_id, *theirs)
    return f"SELECT ({SET_ASIDE} AND {others}) + ({COUNT_REPORTED} AND {others})", params * 2


def unreviewed_query(membership: Membership) -> Query:
    """Return the query for the number of stories, published without a review, that they may look at."""
    others, theirs = condition_of_others(membership)
    since = connection.ops.adapt_datetimefield_value(clock.now() - UNREVIEWED_FOR)
    return f"{UNREVIEWED} AND {others}", (membership.team_id, since, *theirs)


def condition_of_others(membership: Membership) -> Query:
    """Return the condition for stories that no colleague has to decide on in place of this moderator."""
    anybody, theirs = colleague(membership)
    return f"(author_id IS NULL OR author_id <> %s OR NOT EXISTS ({anybody}))", (membership.user_id, *theirs)


def colleague(membership: Membership) -> Query:
    """Return the query for the other people who can decide on the team's stories."""
    params: tuple[Any, ...] = (membership.team_id, membership.user_id)
    if not membership.team.two_factor_required:
        return COLLEAGUE, params
    from accounts.two_factor import users_with_two_factor

    sql, theirs = users_with_two_factor().query.sql_with_params()
    return f"{COLLEAGUE} AND colleague.user_id IN ({sql})", (*params, *theirs)
