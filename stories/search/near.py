"""The stories of a team that share words with a text, by the database's own search: candidates for being the same."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import connection

from accounts.models import Team
from stories.search.match import INDEXED_TEXT

MOST_LATEST = 300
MOST_FOUND = 200
MOST_WAITING = 100
WORDS_ASKED = 8  # of a text: its longest words, of which few other stories have two

LATEST = """
    SELECT id FROM stories_story WHERE team_id = %(team)s AND state = 'published' AND published_at >= %(since)s
    ORDER BY published_at DESC, id DESC LIMIT %(most_latest)s
"""
# An edit is like the story that it changes.
LATEST_WAITING = """
    SELECT id FROM stories_story
    WHERE team_id = %(team)s AND state = 'pending' AND edit_of_id IS NULL AND submitted_at >= %(since)s
    ORDER BY submitted_at DESC, id DESC LIMIT %(most_waiting)s
"""
FOUND = {
    "sqlite": """
        SELECT rowid AS id FROM stories_search WHERE stories_search MATCH %(query)s
        ORDER BY rowid DESC LIMIT %(most_found)s
    """,
    "postgresql": f"""
        SELECT id FROM stories_story
        WHERE team_id = %(team)s AND state = 'published' AND published_at >= %(since)s
            AND ({INDEXED_TEXT}) @@ %(query)s::tsquery
        ORDER BY id DESC LIMIT %(most_found)s
    """,  # noqa: S608 - no input in it
}


def stories_near(team: Team, words: Sequence[str], since: datetime) -> list[tuple[int, str]]:
    """Return the numbers and the folded words of stories that may be like a text with these folded words. One query.

    They are those published since then that have two of its longest words, the latest published ones, which show how
    common a word is here, and the latest that wait.
    """
    statement, parameters = near_query(team, words, since)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [(pk, words) for pk, words in cursor.fetchall()]


def near_query(team: Team, words: Sequence[str], since: datetime) -> tuple[str, dict[str, Any]]:
    longest = sorted(sorted(set(words)), key=len, reverse=True)[:WORDS_ASKED]
    pairs = list(combinations(longest, 2))
    tables = [LATEST, LATEST_WAITING, *([FOUND[connection.vendor]] if pairs else [])]
    numbers = " UNION ".join(f"SELECT id FROM ({table}) AS numbers" for table in tables)  # noqa: S608 - no input in it
    statement = f"""
        SELECT id, words FROM stories_story
        WHERE id IN ({numbers}) AND state IN ('published', 'pending')
            AND (state = 'pending' OR published_at >= %(since)s)
    """  # noqa: S608 - no input in it
    parameters = {
        "team": team.pk,
        "since": connection.ops.adapt_datetimefield_value(since),
        "most_latest": MOST_LATEST,
        "most_waiting": MOST_WAITING,
        "most_found": MOST_FOUND,
        "query": any_pair(team, pairs),
    }
    return statement, parameters


def any_pair(team: Team, pairs: Sequence[tuple[str, str]]) -> str:
    # A folded word has letters and digits alone, so that nothing needs to be escaped.
    if connection.vendor == "sqlite":
        either = " OR ".join(f'("{one}" AND "{other}")' for one, other in pairs)
        return f'facets : "t{team.pk}" AND words : ({either})'
    either = " | ".join(f"('{one}' & '{other}')" for one, other in pairs)
    return f"':t:{team.pk}' & ({either})"
