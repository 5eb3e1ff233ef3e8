"""Finding stories with the database's own full-text search: FTS5 on SQLite, tsvector with a GIN index on PostgreSQL.

Few hits are read from the index, and the wall's order is applied to them. Where there are more than MOST_HITS, every
page of the wall soon has enough of them, so that walking along its order is faster than reading all hits.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from stories.models.choices import State
from stories.search.query import SearchQuery, Term

MOST_HITS = 2_000
# By author: the people whose names have a term.
Named = Sequence[Iterable[int]]


def knows_facets() -> bool:
    """Return whether the index knows kinds and qualities. PostgreSQL joins several indexes of its own."""
    return connection.vendor == "sqlite"


def found(team_id: int, query: SearchQuery, named: Named, facets: Iterable[str] = ()) -> list[int] | None:
    """Return the numbers of the published stories that match; None if there are more than MOST_HITS.

    `named` holds, for each wanted term, the people whose stories match by their name. `facets` is a hint: kinds and
    qualities that the caller filters by as well.
    """
    search = sqlite_search if connection.vendor == "sqlite" else postgresql_search
    statement, parameters = search(team_id, query, [set(people) for people in named], list(facets))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT {MOST_HITS + 1}", parameters)
        numbers = [pk for (pk,) in cursor.fetchall()]
    return numbers if len(numbers) <= MOST_HITS else None


def containing(query: SearchQuery, named: Named) -> Q:
    """Return the same condition for walking along an order: on the folded words of each story."""
    condition = Q()
    for term, people in zip(query.wanted, named, strict=True):
        condition &= has(term) | Q(author__in=set(people)) if people else has(term)
    for term in query.excluded:
        condition &= ~has(term)
    return condition


def has(term: Term) -> Q:
    condition = Q()
    for pattern in term.patterns:
        condition |= Q(words__contains=pattern)
    return condition


def sqlite_search(team_id: int, query: SearchQuery, named: list[set[int]], facets: list[str]) -> tuple[str, list[Any]]:
    parts = [f'facets : "t{team_id}"', *(f'facets : "{facet}"' for facet in facets)]
    for term, people in zip(query.wanted, named, strict=True):
        by_name = "".join(f' OR facets : "a{pk}"' for pk in sorted(people))
        parts.append(f"({fts5(term)}{by_name})")
    without = " OR ".join(fts5(term) for term in query.excluded)
    match = f"({' AND '.join(parts)}) NOT ({without})" if without else " AND ".join(parts)
    return "SELECT rowid FROM stories_search WHERE stories_search MATCH %s", [match]


def fts5(term: Term) -> str:
    # A folded word has letters and digits alone, so that nothing needs to be escaped.
    phrases = [f'"{" ".join(words)}"{" *" if term.is_open(words) else ""}' for words in term.spellings]
    return f"words : ({' OR '.join(phrases)})"


def postgresql_search(
    team_id: int, query: SearchQuery, named: list[set[int]], facets: list[str]
) -> tuple[str, list[Any]]:
    conditions: list[str] = [f"team_id = %s AND state = '{State.PUBLISHED}'"]
    parameters: list[Any] = [team_id]
    for term, people in zip(query.wanted, named, strict=True):
        by_name = " OR author_id = ANY(%s)" if people else ""
        conditions.append(f"({WORDS} @@ to_tsquery('simple', %s){by_name})")
        parameters += [tsquery(term), sorted(people)] if people else [tsquery(term)]
    for term in query.excluded:
        conditions.append(f"NOT {WORDS} @@ to_tsquery('simple', %s)")
        parameters.append(tsquery(term))
    return f"SELECT id FROM stories_story WHERE {' AND '.join(conditions)}", parameters  # noqa: S608 - placeholders


WORDS = "to_tsvector('simple', words)"


def tsquery(term: Term) -> str:
    phrases = []
    for words in term.spellings:
        last = f"'{words[-1]}'{':*' if term.is_open(words) else ''}"
        phrases.append(" <-> ".join([*(f"'{word}'" for word in words[:-1]), last]))
    return " | ".join(f"({phrase})" for phrase in phrases)
