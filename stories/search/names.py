"""Finding the people whose name somebody looks for, among those who have stories on a wall.

Names are not in the index of stories, because a person may take another name at any time.
"""

from datetime import datetime
from sys import getsizeof
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from kindwall.byte_cache import cached_up_to
from stories.search.folding import folded
from stories.search.query import SearchQuery, Term

MOST_PEOPLE = 50  # whose stories one word finds by their name
NAME_CACHE_BYTES = 4 << 20
Names = tuple[tuple[int, str], ...]
# Written as SQL: one look into the index for each author, however many stories they have.
AUTHORS = """
    WITH RECURSIVE author (id) AS (
        SELECT MIN(author_id) FROM stories_story WHERE team_id = %s AND state = 'published'
        UNION ALL
        SELECT (SELECT MIN(author_id) FROM stories_story
                WHERE team_id = %s AND state = 'published' AND author_id > author.id)
        FROM author WHERE author.id IS NOT NULL
    )
    SELECT person.id, person.name FROM author JOIN accounts_user person ON person.id = author.id
"""


def author_ids_named(team_id: int, query: SearchQuery) -> list[list[int]]:
    """Return, for each wanted term, the people whose name has it; one query in a minute for a team."""
    if not query.wanted:
        return []
    names = author_names(team_id, timezone.now().replace(second=0, microsecond=0))
    return [people_with(term, names) for term in query.wanted]


def name_weight(names: Names) -> int:
    return sum(getsizeof(name) + 100 for _, name in names)


@cached_up_to(NAME_CACHE_BYTES, name_weight)
def author_names(team_id: int, minute: datetime) -> Names:
    """Return the authors of published stories with their folded names."""
    with connection.cursor() as cursor:
        cursor.execute(AUTHORS, [team_id, team_id])
        return tuple((pk, folded(name)) for pk, name in cursor.fetchall())


def folded_names(stories: QuerySet[Any]) -> Names:
    """Return the authors of these stories with their folded names."""
    authors = User.objects.filter(pk__in=stories.order_by().values("author")).order_by("pk")
    return tuple((pk, folded(name)) for pk, name in authors.values_list("pk", "name"))


def people_with(term: Term, names: Names) -> list[int]:
    """Return the people whose name has the term."""
    return [pk for pk, name in names if any(pattern in name for pattern in term.patterns)][:MOST_PEOPLE]
