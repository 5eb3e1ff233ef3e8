"""The index of the search, and the number of published stories of each kind and quality. Triggers keep both true.

They belong to the table of stories, so that no code that publishes, changes, removes or deletes a story can forget
them, and a removed story is gone from the index in the same transaction. They are dropped
before a migration and created after it (stories/triggers.py): a migration that changes stories calls `rebuild`.

On SQLite the index is a table of FTS5, which stores no text: the text is on the story. On PostgreSQL it is an index of
the table itself, which needs no trigger. A migration made both.
"""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from stories.models import Story, WallCount
from stories.search.folding import folded
from stories.triggers import TableTriggers, execute

STORY_TABLE = "stories_story"
INDEXED_COLUMNS = "state, words, kind, first_quality, second_quality, third_quality, author_id, team_id"
TRIGGERS = ("search_adds", "search_drops", "search_changes")


class SearchTriggers(TableTriggers):
    table = STORY_TABLE
    names: ClassVar = {"sqlite": TRIGGERS, "postgresql": TRIGGERS}
    loss = "The search had lost its triggers, as after a migration that failed. It is written anew."

    def has_tables(self, connection: BaseDatabaseWrapper) -> bool:
        with connection.cursor() as cursor:
            return "stories_wallcount" in connection.introspection.table_names(cursor)

    def statements(self, connection: BaseDatabaseWrapper) -> list[str]:
        return {"sqlite": sqlite_search_triggers, "postgresql": postgresql_search_triggers}[connection.vendor]()

    def repair(self, connection: BaseDatabaseWrapper) -> None:
        rebuild(connection)


search_triggers = SearchTriggers()


def purge(using: str = "default") -> None:
    """Rewrite the index without the words of deleted stories, which FTS5 keeps until it merges its segments.

    It takes about as long as reading the whole index, so call it outside of a transaction that others wait for.
    """
    if connections[using].vendor == "sqlite":
        execute(connections[using], ["INSERT INTO stories_search (stories_search) VALUES ('optimize')"])


def facets_of(row: str) -> str:
    """SQL: the words by which a story is filtered, such as “t5 a7 kgiven qhope q q”."""
    qualities = " || ' q' || ".join(f"{row}.{place}_quality" for place in ("first", "second", "third"))
    return f"'t' || {row}.team_id || ' a' || COALESCE({row}.author_id, 0) || ' k' || {row}.kind || ' q' || {qualities}"


def counted_facets(row: str) -> list[str]:
    """SQL: the facets whose stories are counted; those of qualities that a story does not have are “q”."""
    qualities = [f"'q' || {row}.{place}_quality" for place in ("first", "second", "third")]
    return [f"'k' || {row}.kind", *qualities]


def count(**changes: int) -> str:
    """SQL: write how the numbers of stories change by these rows, each of which is added (1) or taken away (-1).

    It writes new rows alone, which no other transaction waits for (stories/models/wall_count.py). A team that is being
    deleted counts nothing.
    """
    facets = " UNION ALL ".join(
        f"SELECT {row}.team_id AS team_id, {facet} AS facet, {change} AS number WHERE {row}.state = 'published'"
        for row, change in changes.items()
        for facet in counted_facets(row)
    )
    return (
        f"INSERT INTO stories_wallcount (team_id, facet, number) "  # noqa: S608 - no input in it
        f"SELECT team_id, facet, SUM(number) FROM ({facets}) AS facets "
        f"WHERE facet <> 'q' AND EXISTS (SELECT 1 FROM accounts_team team WHERE team.id = facets.team_id) "
        f"GROUP BY team_id, facet HAVING SUM(number) <> 0"
    )


def sqlite_search_triggers() -> list[str]:
    def add(row: str) -> str:
        values = f"{row}.id, {row}.words, {facets_of(row)}"
        return f"INSERT INTO stories_search (rowid, words, facets) SELECT {values} WHERE {row}.state = 'published'"

    def drop(row: str) -> str:
        values = f"'delete', {row}.id, {row}.words, {facets_of(row)}"
        into = "INSERT INTO stories_search (stories_search, rowid, words, facets)"
        return f"{into} SELECT {values} WHERE {row}.state = 'published'"

    events = {
        "AFTER INSERT": [add("NEW"), count(NEW=1)],
        "AFTER DELETE": [drop("OLD"), count(OLD=-1)],
        f"AFTER UPDATE OF {INDEXED_COLUMNS}": [drop("OLD"), add("NEW"), count(OLD=-1, NEW=1)],
    }
    statements = []
    for name, (event, actions) in zip(TRIGGERS, events.items(), strict=True):
        body = "; ".join(actions)
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} {event} ON {STORY_TABLE} BEGIN {body}; END",
        ]
    return statements


def postgresql_search_triggers() -> list[str]:
    adds, drops, changes = TRIGGERS
    return [
        f"""
        CREATE OR REPLACE FUNCTION stories_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {count(OLD=-1, NEW=1)};
            RETURN NULL;
        END $$
        """,
        *(
            f"CREATE OR REPLACE TRIGGER {name} {event} ON {STORY_TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION stories_are_counted()"
            for name, event in {
                adds: "AFTER INSERT",
                drops: "AFTER DELETE",
                changes: f"AFTER UPDATE OF {INDEXED_COLUMNS}",
            }.items()
        ),
    ]


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Write the index and the counts anew from the stories, in one transaction."""
    execute(connection, [*(sqlite_index if connection.vendor == "sqlite" else lock_counts)(), *counts()])


def sqlite_index() -> Iterable[str]:
    values = f"story.id, story.words, {facets_of('story')}"
    yield "INSERT INTO stories_search (stories_search) VALUES ('delete-all')"
    yield (
        f"INSERT INTO stories_search (rowid, words, facets) "  # noqa: S608 - no input in it
        f"SELECT {values} FROM {STORY_TABLE} AS story WHERE story.state = 'published'"
    )


def lock_counts() -> Iterable[str]:
    """SQL: wait for the transactions that have counted something, and let all others wait."""
    yield "LOCK TABLE stories_wallcount IN EXCLUSIVE MODE"


def counts() -> Iterable[str]:
    yield "DELETE FROM stories_wallcount"
    yield f"INSERT INTO stories_wallcount (team_id, facet, number) {TRUE_COUNTS}"


EACH = " UNION ALL ".join(
    f"SELECT team_id, {facet} AS facet FROM {STORY_TABLE} AS story WHERE state = 'published'"  # noqa: S608 - no input in it
    for facet in counted_facets("story")
)
TRUE_COUNTS = f"SELECT team_id, facet, COUNT(*) FROM ({EACH}) AS facets WHERE facet <> 'q' GROUP BY team_id, facet"  # noqa: S608


def problems(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Yield a sentence for each difference between the stories and what the search knows of them."""
    for pk, body, words in Story.objects.order_by("pk").values_list("pk", "body", "words").iterator():
        if words != folded(body):
            yield f"Story {pk} is found by words that it does not have."
    if connection.vendor == "sqlite":
        yield from (
            f"Story {pk} is published and not in the index." for pk in missing(connection, PUBLISHED, INDEXED_NUMBERS)
        )
        yield from (
            f"Story {pk} is in the index and not published." for pk in missing(connection, INDEXED_NUMBERS, PUBLISHED)
        )
    yield from wrong_counts(connection)


PUBLISHED = "SELECT id FROM stories_story WHERE state = 'published'"
INDEXED_NUMBERS = "SELECT rowid FROM stories_search"


def missing(connection: BaseDatabaseWrapper, these: str, others: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"{these} EXCEPT {others}")
        return [pk for (pk,) in cursor.fetchall()]


def wrong_counts(connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(TRUE_COUNTS)
        right = {(team, facet): number for team, facet, number in cursor.fetchall()}
    stored = {(team, facet): number for team, facet, number in WallCount.objects.numbers() if number}
    for team, facet in sorted({*right, *stored}):
        if right.get((team, facet)) != stored.get((team, facet)):
            yield f"Team {team} has another number of stories with “{facet[1:]}” than it counts."


def fold_again() -> None:
    """Give each story the words of its body, where they differ."""
    for story in Story.objects.only("body", "words").order_by("pk").iterator():
        if story.words != folded(story.body):
            Story.objects.filter(pk=story.pk).update(words=folded(story.body))
