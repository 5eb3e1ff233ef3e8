"""Run in a process of its own: an installation with the demo's team, and the same with a column more on two models.

`python -m tests.stories.older_and_newer older|newer|fresh` prints what it did as JSON. NEWER names the folder of a
package `newer`, made by the test: its settings, and a copy of the migrations of stories.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

FOLDER = Path(os.environ["NEWER"])
sys.path.insert(0, str(FOLDER))
os.environ["DJANGO_SETTINGS_MODULE"] = "newer.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, models, transaction  # noqa: E402

from accounts.models import Membership  # noqa: E402
from stories.append_only import audit_triggers  # noqa: E402
from stories.models import AuditEntry, Report, Story  # noqa: E402

MIGRATIONS = FOLDER / "newer/stories_migrations"
LOG = AuditEntry._meta.db_table
TABLES = [LOG, Story._meta.db_table, Report._meta.db_table]
FAILING = """
from django.db import migrations, models


def fail(apps, schema_editor):
    raise RuntimeError("half-way")


class Migration(migrations.Migration):
    dependencies = [("stories", "{before}")]
    operations = [
        migrations.AddField("auditentry", "second", models.TextField(default="")),
        migrations.RunPython(fail),
    ]
"""


def older() -> dict[str, Any]:
    moderator = Membership.objects.filter(role="moderator").select_related("user", "team").earliest("pk")
    waiting = Story.objects.of(moderator.team).longest_waiting().exclude(author=moderator.user).filter(stood_by_at=None)
    story = waiting[0]
    story.publish(by=moderator, revision=story.revision)
    story.undo(story.audit_log.latest("pk"), by=moderator)
    return {"rows": rows()}


def newer() -> dict[str, Any]:
    add_columns()
    call_command("makemigrations", "stories", name="a_new_column", interactive=False, verbosity=0)
    importlib.invalidate_caches()
    migrate()
    done = {"rows": rows(), "columns": column_values(), "refused": refusals()} | fail_half_way()
    # All the way back takes long, and once is enough: on PostgreSQL the newest step alone is undone.
    migrate("stories", migrations()[-2] if is_postgresql() else "0003")
    done["refused_without_it"] = refusals()
    migrate()
    return done | {"there_after_all": all_there()}


def fresh() -> dict[str, Any]:
    add_columns()
    migrate()
    return {"rows": rows(), "columns": column_values(), "all_there": all_there()}


def add_columns() -> None:
    """As if it were written in the models."""
    for model in (Story, AuditEntry):
        model.add_to_class("throw_away", models.CharField(max_length=80, default="here"))


def migrate(*target: str) -> None:
    call_command("migrate", *target, interactive=False, verbosity=0)


def migrations() -> list[str]:
    """Return the names of the migrations of stories, the new column's last."""
    return sorted(path.stem for path in MIGRATIONS.glob("0*.py"))


def rows() -> dict[str, Any]:
    """Every row of the tables, without the new column."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column[0] for column in cursor.description]
            found[table] = [
                {name: str(value) for name, value in zip(names, row, strict=True) if name != "throw_away"}
                for row in cursor.fetchall()
            ]
    return found


def column_values() -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT throw_away FROM {LOG} UNION SELECT throw_away FROM stories_story")
        return [list(row) for row in cursor.fetchall()]


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def refusals() -> dict[str, str]:
    """Return the database's error for each attempt to falsify the log."""
    replace = f"INSERT OR REPLACE INTO {LOG} SELECT * FROM {LOG}"
    attempts = {
        "change": f"UPDATE {LOG} SET action = 'keep' WHERE action = 'submit'",
        "change the new column": f"UPDATE {LOG} SET throw_away = 'there'",
        "lose": f"DELETE FROM {LOG}",
        "replace": f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {LOG} CASCADE" if is_postgresql() else replace,
    }
    return {name: error_of(statement) for name, statement in attempts.items()}


def error_of(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return str(error)
    return "done"


def fail_half_way() -> dict[str, Any]:
    """A migration fails; then a server is started, and after another failure, something else is migrated."""
    failing = MIGRATIONS / "0099_fails.py"
    failing.write_text(FAILING.format(before=migrations()[-1]))
    importlib.invalidate_caches()
    outcome = {"failed": failure(), "there_after_failing": all_there()}
    audit_triggers.create_missing(connection)
    outcome["there_after_a_start"] = all_there()
    failure()
    failing.unlink()
    importlib.invalidate_caches()
    migrate("accounts")
    return outcome | {"there_after_nothing": all_there(), "rows_in_the_end": rows()}


def failure() -> str:
    try:
        migrate()
    except RuntimeError as error:
        return str(error)
    return "it did not fail"


def all_there() -> bool:
    return audit_triggers.installed(connection) == set(audit_triggers.names[connection.vendor])


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"older": older, "newer": newer, "fresh": fresh}[sys.argv[1]]()))
