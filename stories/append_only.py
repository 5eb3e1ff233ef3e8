"""The audit log only grows: triggers in the database itself, on SQLite and PostgreSQL.

SQLite makes a table anew to alter it, forgets its triggers, and stops at those of others that name it. A migration that
alters stories_story or stories_auditentry therefore begins with `unlock` and ends with `lock`.

So does one that comes with a change of the triggers: it takes away those that an older Kindwall has installed,
whichever they are, and installs these.
"""

from typing import Any

from django.db import migrations

# A row may forget a person or a text. It may not come to say anything else.
KEPT = ("id", "story_id", "action", "from_state", "to_state", "revision", "created_at", "undoes_id", "watching")
FORGOTTEN = ("reason", "saw", "message", "next_step", "talk_to", "kind", "qualities", "body")

TABLE = "stories_auditentry"
REFUSED = "the audit log is append-only"


def changed(different: str) -> str:
    """SQL: whether a row says something else than before; `different` is how the database compares with NULL."""
    kept = [f"NEW.{column} {different} OLD.{column}" for column in KEPT]
    forgotten = [f"(NEW.{column} <> OLD.{column} AND NEW.{column} <> '')" for column in FORGOTTEN]
    person = f"(NEW.actor_id IS NOT NULL AND NEW.actor_id {different} OLD.actor_id)"
    return " OR ".join([*kept, *forgotten, person])


# A story that is deleted takes its log with it: when the cascade comes to these rows, the story's own is gone.
STORY_IS_THERE = "EXISTS (SELECT 1 FROM stories_story WHERE id = OLD.story_id)"

# SQLite replaces a row without a word to the triggers on UPDATE and DELETE.
REPLACES = "EXISTS (SELECT 1 FROM stories_auditentry WHERE id = NEW.id OR undoes_id = NEW.undoes_id)"

SQLITE = [
    f"""
    CREATE TRIGGER IF NOT EXISTS audit_never_changes BEFORE UPDATE ON {TABLE} WHEN {changed("IS NOT")}
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
    """,
    f"""
    CREATE TRIGGER IF NOT EXISTS audit_never_shrinks BEFORE DELETE ON {TABLE} WHEN {STORY_IS_THERE}
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
    """,
    f"""
    CREATE TRIGGER IF NOT EXISTS audit_never_replaced BEFORE INSERT ON {TABLE} WHEN {REPLACES}
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
    """,
]
HAS_ROWS = "EXISTS (SELECT 1 FROM stories_auditentry)"
REFUSE = f"RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'"
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            -- Of an empty log nothing is lost: that is how a database of tests is cleared.
            IF {HAS_ROWS} THEN
                {REFUSE};
            END IF;
            RETURN NULL;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            IF {changed("IS DISTINCT FROM")} THEN
                {REFUSE};
            END IF;
            RETURN NEW;
        END IF;
        IF {STORY_IS_THERE} THEN
            {REFUSE};
        END IF;
        RETURN OLD;
    END $$
    """,
    f"""
    CREATE OR REPLACE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION audit_refuses()
    """,
    f"""
    CREATE OR REPLACE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()
    """,
]
UNDO = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {name}"
        for name in ("audit_never_changes", "audit_never_shrinks", "audit_never_replaced")
    ],
    "postgresql": [
        f"DROP TRIGGER IF EXISTS audit_is_append_only ON {TABLE}",
        f"DROP TRIGGER IF EXISTS audit_is_never_emptied ON {TABLE}",
        "DROP FUNCTION IF EXISTS audit_refuses()",
    ],
}


def install(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        # Without parameters, so that percent signs mean nothing.
        schema_editor.execute(statement, params=None)


def uninstall(apps: Any, schema_editor: Any) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


lock = migrations.RunPython(install, uninstall)
unlock = migrations.RunPython(uninstall, install)
