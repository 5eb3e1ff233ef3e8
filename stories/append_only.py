"""Triggers make the audit log append-only, in the database itself, on SQLite and PostgreSQL.

They are created from the columns that the table has. A new column is guarded unless FORGETTABLE names it. A migration
may also change rows of the log: it runs without them (stories/triggers.py).
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper

from stories.models.text import TEXT_PARTS
from stories.triggers import TableTriggers

AUDIT_TABLE = "stories_auditentry"
REFUSAL = "the audit log is append-only"
# The texts of a row may be emptied, and its person set to NULL, because deleting an account needs that.
FORGETTABLE = ("reason", "saw", "message", "next_step", "talk_to", *TEXT_PARTS)
PERSON_COLUMN = "actor_id"

# Deleting a story deletes its log: when the cascade reaches these rows, the row of the story is already gone.
STORY_EXISTS = "EXISTS (SELECT 1 FROM stories_story WHERE id = OLD.story_id)"
HAS_ROWS = "EXISTS (SELECT 1 FROM stories_auditentry)"
RAISE = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'"


class AuditTriggers(TableTriggers):
    table = AUDIT_TABLE
    names: ClassVar = {
        "sqlite": ("audit_never_changes", "audit_never_shrinks", "audit_never_replaced"),
        "postgresql": ("audit_is_append_only", "audit_is_never_emptied"),
    }
    loss = "The audit log had lost its triggers, as after a migration that failed. They are back."

    def has_tables(self, connection: BaseDatabaseWrapper) -> bool:
        return bool(columns_of_log(connection))

    def statements(self, connection: BaseDatabaseWrapper) -> list[str]:
        create = {"sqlite": sqlite_audit_triggers, "postgresql": postgresql_audit_triggers}[connection.vendor]
        return create(self.names[connection.vendor], columns_of_log(connection))

    def repair(self, connection: BaseDatabaseWrapper) -> None:
        """Nothing: they follow no change, but refuse it."""


audit_triggers = AuditTriggers()


def columns_of_log(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the columns, or none before the table exists."""
    with connection.cursor() as cursor:
        if AUDIT_TABLE not in connection.introspection.table_names(cursor):
            return []
        return [column.name for column in connection.introspection.get_table_description(cursor, AUDIT_TABLE)]


def is_falsified(columns: Iterable[str], differs: str) -> str:
    """SQL: whether an update changes more than it may forget; `differs` compares two values that may be NULL."""

    def changes(column: str) -> str:
        new, old = f'NEW."{column}"', f'OLD."{column}"'
        if column in FORGETTABLE:
            return f"({new} <> {old} AND {new} <> '')"
        if column == PERSON_COLUMN:
            return f"({new} IS NOT NULL AND {new} {differs} {old})"
        return f"{new} {differs} {old}"

    return " OR ".join(changes(column) for column in columns)


def sqlite_audit_triggers(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    # SQLite replaces a row without running the triggers on UPDATE and DELETE.
    unique = [column for column in ("id", "undoes_id") if column in columns]
    replaces = " OR ".join(f"{column} = NEW.{column}" for column in unique)
    guards = (
        ("BEFORE UPDATE", is_falsified(columns, "IS NOT")),
        ("BEFORE DELETE", STORY_EXISTS),
        ("BEFORE INSERT", f"EXISTS (SELECT 1 FROM {AUDIT_TABLE} WHERE {replaces})"),  # noqa: S608 - no input in it
    )
    statements, refuse = [], f"SELECT RAISE(ABORT, '{REFUSAL}')"
    for name, (event, condition) in zip(names, guards, strict=True):
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} {event} ON {AUDIT_TABLE} WHEN {condition} BEGIN {refuse}; END",
        ]
    return statements


def postgresql_audit_triggers(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    for_rows, for_table = names
    return [
        f"""
        CREATE OR REPLACE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                -- An empty log loses nothing, and tests clear their database like this.
                IF {HAS_ROWS} THEN
                    {RAISE};
                END IF;
                RETURN NULL;
            END IF;
            IF TG_OP = 'UPDATE' THEN
                IF {is_falsified(columns, "IS DISTINCT FROM")} THEN
                    {RAISE};
                END IF;
                RETURN NEW;
            END IF;
            IF {STORY_EXISTS} THEN
                {RAISE};
            END IF;
            RETURN OLD;
        END $$
        """,
        f"""
        CREATE OR REPLACE TRIGGER {for_rows} BEFORE UPDATE OR DELETE ON {AUDIT_TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_refuses()
        """,
        f"""
        CREATE OR REPLACE TRIGGER {for_table} BEFORE TRUNCATE ON {AUDIT_TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()
        """,
    ]
