"""The index of the search, and the number of published stories of each kind and quality. Triggers keep both true.

They belong to the table of stories, so that no code that publishes, changes, removes or deletes a story can forget
them, and a removed story is gone from the index in the same transaction. As those of the audit log, they are dropped
before a migration and created after it (stories/apps.py).

On SQLite the index is a table of FTS5, which stores no text: the text is on the story. On PostgreSQL it is an index of
the table itself, which needs no trigger. A migration made both.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from stories.append_only import execute

TABLE = "stories_story"
COLUMNS = "state, words, kind, first_quality, second_quality, third_quality, author_id, team_id"
TRIGGERS = ("search_adds", "search_drops", "search_changes")

# Receivers of Django's signals


def drop_before_migrate(*, using: str, plan: Sequence[Any], **kwargs: Any) -> None:
    connection = connections[using]
    if plan and has_columns(connection):
        on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
        execute(connection, [f"DROP TRIGGER IF EXISTS {name}{on_table}" for name in TRIGGERS])


def create_after_migrate(*, using: str, **kwargs: Any) -> None:
    create_triggers(connections[using])


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    if has_columns(connection):
        execute(connection, {"sqlite": sqlite_triggers, "postgresql": postgresql_triggers}[connection.vendor]())


def has_columns(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the tables are there: not before their migration."""
    with connection.cursor() as cursor:
        return "stories_wallcount" in connection.introspection.table_names(cursor)


def facets_of(row: str) -> str:
    """SQL: the words by which a story is filtered, such as “t5 a7 kgiven qhope q q”."""
    qualities = " || ' q' || ".join(f"{row}.{place}_quality" for place in ("first", "second", "third"))
    return f"'t' || {row}.team_id || ' a' || COALESCE({row}.author_id, 0) || ' k' || {row}.kind || ' q' || {qualities}"


def counted_facets(row: str) -> list[str]:
    """SQL: the facets whose stories are counted; those of qualities that a story does not have are “q”."""
    qualities = [f"'q' || {row}.{place}_quality" for place in ("first", "second", "third")]
    return [f"'k' || {row}.kind", *qualities]


def count_up(row: str, condition: str) -> str:
    facets = " UNION ALL ".join(f"SELECT {facet} AS facet" for facet in counted_facets(row))
    return (
        f"INSERT INTO stories_wallcount (team_id, facet, number) "  # noqa: S608 - no input in it
        f"SELECT {row}.team_id, facet, 1 FROM ({facets}) AS facets WHERE facet <> 'q' AND {condition} "
        f"ON CONFLICT (team_id, facet) DO UPDATE SET number = stories_wallcount.number + 1"
    )


def count_down(row: str, condition: str) -> str:
    return (
        f"UPDATE stories_wallcount SET number = number - 1 "  # noqa: S608 - no input in it
        f"WHERE team_id = {row}.team_id AND facet IN ({', '.join(counted_facets(row))}) AND {condition}"
    )


def sqlite_triggers() -> list[str]:
    def add(row: str) -> str:
        values = f"{row}.id, {row}.words, {facets_of(row)}"
        return f"INSERT INTO stories_search (rowid, words, facets) SELECT {values} WHERE {row}.state = 'published'"

    def drop(row: str) -> str:
        values = f"'delete', {row}.id, {row}.words, {facets_of(row)}"
        into = "INSERT INTO stories_search (stories_search, rowid, words, facets)"
        return f"{into} SELECT {values} WHERE {row}.state = 'published'"

    old = [drop("OLD"), count_down("OLD", "OLD.state = 'published'")]
    new = [add("NEW"), count_up("NEW", "NEW.state = 'published'")]
    events = {"AFTER INSERT": new, "AFTER DELETE": old, f"AFTER UPDATE OF {COLUMNS}": [*old, *new]}
    statements = []
    for name, (event, actions) in zip(TRIGGERS, events.items(), strict=True):
        body = "; ".join(actions)
        statements += [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {event} ON {TABLE} BEGIN {body}; END"]
    return statements


def postgresql_triggers() -> list[str]:
    adds, drops, changes = TRIGGERS
    up, down = count_up("NEW", "NEW.state = 'published'"), count_down("OLD", "OLD.state = 'published'")
    return [
        f"""
        CREATE OR REPLACE FUNCTION stories_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                {down};
            END IF;
            IF TG_OP <> 'DELETE' THEN
                {up};
            END IF;
            RETURN NULL;
        END $$
        """,
        *(
            f"CREATE OR REPLACE TRIGGER {name} {event} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION stories_are_counted()"
            for name, event in {
                adds: "AFTER INSERT",
                drops: "AFTER DELETE",
                changes: f"AFTER UPDATE OF {COLUMNS}",
            }.items()
        ),
    ]


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Write the index and the counts anew from the stories, in one transaction."""
    execute(connection, [*(sqlite_index() if connection.vendor == "sqlite" else []), *counts()])


def sqlite_index() -> Iterable[str]:
    values = f"story.id, story.words, {facets_of('story')}"
    yield "INSERT INTO stories_search (stories_search) VALUES ('delete-all')"
    yield (
        f"INSERT INTO stories_search (rowid, words, facets) "  # noqa: S608 - no input in it
        f"SELECT {values} FROM {TABLE} AS story WHERE story.state = 'published'"
    )


def counts() -> Iterable[str]:
    yield "DELETE FROM stories_wallcount"
    yield f"INSERT INTO stories_wallcount (team_id, facet, number) {TRUE_COUNTS}"


EACH = " UNION ALL ".join(
    f"SELECT team_id, {facet} AS facet FROM {TABLE} AS story WHERE state = 'published'"  # noqa: S608 - no input in it
    for facet in counted_facets("story")
)
TRUE_COUNTS = f"SELECT team_id, facet, COUNT(*) FROM ({EACH}) AS facets WHERE facet <> 'q' GROUP BY team_id, facet"  # noqa: S608
