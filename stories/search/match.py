"""Finding stories with the database's own full-text search: FTS5 on SQLite, tsvector with a GIN index on PostgreSQL.

Few hits are read from the index, and the wall's order is applied to them. Where more than one in a hundred of the
newest and of the oldest stories match, or more than MOST_HITS of all, walking along its order is faster: a page is soon
full.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from stories.models.choices import State
from stories.search.query import SearchQuery, Term

if TYPE_CHECKING:
    from stories.models.queryset import StoryQuerySet

MOST_HITS = 5_000
FEW_HITS = 1_000  # that are looked up one by one; of more, each page of an order soon has enough
PROBED, FREQUENT = 1_000, 12  # of so many of the newest and of the oldest stories, so many match
Named = Sequence[Iterable[int]]  # by term: the people whose names have it
Facets = tuple[str, Sequence[str]]  # “k” and kinds, or “q” and qualities: a story has one of them


def found(
    walked: "StoryQuerySet", team_id: int, query: SearchQuery, named: Named, facets: Sequence[Facets] = ()
) -> list[int] | None:
    """Return the numbers of the published stories that match; None if there are more than MOST_HITS.

    `walked` is the same search for walking along an order. `named` holds, for each wanted term, the people whose
    stories match by their name. `facets` is a hint: kinds and qualities that the caller filters by as well.
    """
    if is_frequent(walked, team_id):
        return None
    search = sqlite_search if connection.vendor == "sqlite" else postgresql_search
    statement, parameters = search(team_id, query, [set(people) for people in named], facets)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT {MOST_HITS + 1}", parameters)
        numbers = [pk for (pk,) in cursor.fetchall()]
    return numbers if len(numbers) <= MOST_HITS else None


def are_looked_up(hits: list[int]) -> bool:
    """Return whether each hit is looked up. Along an order, PostgreSQL would compare each story with each hit."""
    return len(hits) <= FEW_HITS or connection.vendor == "postgresql"


def numbers(hits: list[int]) -> RawSQL:
    """Return the hits as one parameter: thousands take longer to be written into a statement than to be found."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(hits)])
    return RawSQL("SELECT unnest(%s::bigint[])", [hits])


def is_frequent(walked: "StoryQuerySet", team_id: int) -> bool:
    """Return whether enough of the newest and of the oldest stories match for walking along an order to be soon over.

    Of a frequent word, PostgreSQL reads all hits from its index before it returns the first one, and SQLite thousands.
    A word that came up lately is read from the index: a walk would go on to the end of the wall.
    """
    wall = walked.model.objects.filter(team=team_id).published()
    ends = (wall.newest_first(), wall.order_by("published_at", "pk"))
    return all(walked.filter(pk__in=end.values("pk")[:PROBED])[:FREQUENT].count() >= FREQUENT for end in ends)


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


def sqlite_search(
    team_id: int, query: SearchQuery, named: list[set[int]], facets: Sequence[Facets]
) -> tuple[str, list[Any]]:
    parts = [f'facets : "t{team_id}"']
    for facet, values in facets:
        either = " OR ".join(f'"{facet}{value}"' for value in values)
        parts.append(f"facets : ({either})")
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
    team_id: int, query: SearchQuery, named: list[set[int]], facets: Sequence[Facets]
) -> tuple[str, list[Any]]:
    """Return the statement and its parameters.

    The words of a phrase are looked for in the index, and their order in the text: to make the words of each such story
    anew, as PostgreSQL does for a phrase of its own, takes ten times as long.
    """
    parts = [f"':t:{team_id}'"]
    for facet, values in facets:
        either = " | ".join(f"':{facet}:{value}'" for value in values)
        parts.append(f"({either})")
    conditions: list[str] = []
    parameters: list[Any] = []
    for term, people in zip(query.wanted, named, strict=True):
        by_words_or_name = [tsquery(term), *(f"':a:{pk}'" for pk in sorted(people))]
        parts.append(f"({' | '.join(by_words_or_name)})")
        if term.is_phrase:
            conditions.append("(words LIKE ANY(%s) OR author_id = ANY(%s))")
            parameters += [likes(term), sorted(people)]
    for term in query.excluded:
        if term.is_phrase:
            conditions.append("NOT words LIKE ANY(%s)")
            parameters.append(likes(term))
        else:
            parts.append(f"!({tsquery(term)})")
    matches = f"state = '{State.PUBLISHED}' AND ({INDEXED_TEXT}) @@ %s::tsquery"
    where = " AND ".join([matches, *conditions])
    return f"SELECT id FROM stories_story WHERE {where}", [" & ".join(parts), *parameters]  # noqa: S608 - placeholders


# The expression of the index story_words. No word begins as a facet does, which a search by beginnings would find.
INDEXED_TEXT = """
    array_to_tsvector(string_to_array(btrim(words), ' ') || ARRAY[
        ':t:' || team_id::text, ':a:' || COALESCE(author_id, 0)::text, ':k:' || kind,
        ':q:' || first_quality, ':q:' || second_quality, ':q:' || third_quality])
"""


def tsquery(term: Term) -> str:
    """Return the condition that all words of one of the spellings are there."""
    spellings = []
    for words in term.spellings:
        last = f"'{words[-1]}'{':*' if term.is_open(words) else ''}"
        spellings.append(" & ".join([*(f"'{word}'" for word in words[:-1]), last]))
    return " | ".join(f"({spelling})" for spelling in spellings)


def likes(term: Term) -> list[str]:
    return [f"%{pattern}%" for pattern in term.patterns]
