"""The database itself refuses to change or to delete a row of the audit log."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Team
from stories.append_only import audit_triggers
from stories.models import AuditEntry, Report, Story
from tests.conftest import Cast
from tests.factories import make_member, make_story

TABLE = "stories_auditentry"
# Another value for each column, in what SQL says it.
OTHER: dict[str, Any] = {
    "id": 1_000_000,
    "story_id": None,  # another story's number
    "action": "decline",
    "from_state": "draft",
    "to_state": "published",
    "revision": 7,
    "created_at": "2020-02-02 20:20:20+00:00",
    "undoes_id": None,  # another row's number
    "watching": True,
    "batch": "6f1c9f4e0d7b4c0c8a51d2c3b4a59687",
    "actor_id": None,  # another person's number
    "reason": "Another",
    "saw": "Another.",
    "message": "Another.",
    "next_step": "Another.",
    "talk_to": "Another.",
    "kind": "received",
    "qualities": "love",
    "body": "Another.",
}
FORGOTTEN = ("reason", "saw", "message", "next_step", "talk_to", "kind", "qualities", "body")
refused = pytest.raises(IntegrityError, match="append-only")


@pytest.fixture
def entry(cast: Cast) -> AuditEntry:
    """Return a story with every part of a letter."""
    story = make_story(author=cast.member, state="pending")
    letter: dict[str, Any] = {"saw": "Saw.", "reason": "A reason", "next_step": "Next.", "talk_to": "Me."}
    story.return_for_change(by=cast.moderator, revision=story.revision, message="Why.", **letter)
    return story.audit_log.latest("pk")


def other(column: str, cast: Cast, entry: AuditEntry) -> Any:
    if column == "story_id":
        return make_story(author=cast.member, state="draft").pk
    if column == "undoes_id":
        return entry.story.audit_log.earliest("pk").pk
    return cast.owner.user_id if column == "actor_id" else OTHER[column]


def run(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def row(entry: AuditEntry) -> dict[str, Any]:
    return dict(AuditEntry.objects.values().get(pk=entry.pk))


def test_every_column_is_tried() -> None:
    assert OTHER.keys() == {field.column for field in AuditEntry._meta.local_fields}


@pytest.mark.parametrize("column", OTHER)
def test_no_column_can_be_overwritten(cast: Cast, entry: AuditEntry, column: str) -> None:
    value, before = other(column, cast, entry), row(entry)
    with refused:
        run(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", value, entry.pk)
    name = next(field.attname for field in AuditEntry._meta.local_fields if field.column == column)
    with refused, transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(**{name: value})
    if column != "id":  # which would be another row
        setattr(entry, name, value)
        with refused, transaction.atomic():
            entry.save()
    assert row(entry) == before


@pytest.mark.parametrize("column", FORGOTTEN)
def test_text_can_be_erased_and_does_not_come_back(entry: AuditEntry, column: str) -> None:
    if column == "message":  # a no says why, as long as its story's text is there
        AuditEntry.objects.filter(pk=entry.pk).update(body="")
    before = row(entry)
    assert before[column] != ""
    assert AuditEntry.objects.filter(pk=entry.pk).update(**{column: ""}) == 1
    assert row(entry) == before | {column: ""}
    with refused:
        run(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", before[column], entry.pk)


def test_person_can_be_erased_and_does_not_come_back(cast: Cast, entry: AuditEntry) -> None:
    assert AuditEntry.objects.filter(pk=entry.pk).update(actor=None) == 1
    with refused, transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(actor=cast.moderator.user)


def test_no_row_can_be_deleted_while_its_story_exists(entry: AuditEntry) -> None:
    before = AuditEntry.objects.count()
    with refused:
        run(f"DELETE FROM {TABLE} WHERE id = %s", entry.pk)
    with refused:
        run(f"DELETE FROM {TABLE}")
    with refused, transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()
    with refused, transaction.atomic():
        AuditEntry.objects.get(pk=entry.pk).delete()
    assert AuditEntry.objects.count() == before


on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")


@on_sqlite
@pytest.mark.parametrize("column", ["id", "undoes_id"])
def test_no_row_can_be_replaced_by_another(cast: Cast, column: str) -> None:
    """SQLite replaces a row without calling the triggers for deletion."""
    story = make_story(author=cast.member, state="pending")
    story.publish(by=cast.moderator, revision=story.revision)
    story.undo(story.audit_log.latest("pk"), by=cast.moderator)
    before = list(AuditEntry.objects.order_by("pk").values())
    undoing = story.audit_log.latest("pk")
    names = [str(field.column) for field in AuditEntry._meta.local_fields if field.column != "id"]
    kept = ["'Another.'" if name == "body" else name for name in names]
    number = "id" if column == "id" else "id + 1000"
    with refused:
        run(
            f"INSERT OR REPLACE INTO {TABLE} (id, {', '.join(names)})"
            f" SELECT {number}, {', '.join(kept)} FROM {TABLE} WHERE id = %s",
            undoing.pk,
        )
    assert list(AuditEntry.objects.order_by("pk").values()) == before


@on_postgresql
@pytest.mark.parametrize("table", [TABLE, f"stories_story, {TABLE}", "stories_story"])
def test_log_cannot_be_truncated(entry: AuditEntry, table: str) -> None:
    before = AuditEntry.objects.count()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would keep it from any TRUNCATE
    with refused:
        run(f"TRUNCATE {table} CASCADE")
    assert AuditEntry.objects.count() == before


@on_postgresql
def test_empty_log_can_be_truncated(cast: Cast) -> None:
    """Tests can clear a database whose stories were deleted with their log."""
    assert not AuditEntry.objects.exists()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"TRUNCATE {TABLE} CASCADE")


def test_deleted_story_takes_its_own_log_along(cast: Cast, entry: AuditEntry, story: Story) -> None:
    undone = make_story(author=cast.newcomer, state="pending")
    undone.publish(by=cast.moderator, revision=undone.revision)
    undone.undo(undone.audit_log.latest("pk"), by=cast.moderator)
    for gone in (entry.story, undone):
        gone.delete()
        assert not AuditEntry.objects.filter(story=gone.pk or 0).exists()
    assert AuditEntry.objects.count() == AuditEntry.objects.filter(story=story).count() == 2


def test_deleted_team_takes_its_log_along(cast: Cast, entry: AuditEntry) -> None:
    Report.make(make_story(author=cast.member, moderator=cast.moderator), by=cast.newcomer, reason="hurts")
    Team.objects.get(pk=cast.team.pk).delete()
    assert AuditEntry.objects.count() == 0


def test_deleted_person_is_erased_and_their_entries_stay(cast: Cast, entry: AuditEntry) -> None:
    before = row(entry)
    cast.moderator.user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    cast.moderator.user.delete()
    assert row(entry) == before | {"actor_id": None}


def test_leaving_member_takes_the_log_of_unpublished_stories_along(cast: Cast) -> None:
    leaving = make_member(team=cast.team, name="Lea Leaving")
    story = make_story(author=leaving, moderator=cast.moderator, state="returned")
    leaving.leave(choice="named")
    assert not AuditEntry.objects.filter(story=story.pk).exists()


def triggers() -> set[str]:
    asked = {
        "sqlite": f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}'",
        "postgresql": f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{TABLE}'::regclass AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def test_triggers_exist_after_all_migrations(db: None) -> None:
    """SQLite loses the triggers with each table that a migration makes anew."""
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert triggers() == set(audit_triggers.names[connection.vendor]) != set()


def test_server_creates_missing_triggers_when_it_starts(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    audit_triggers.drop(connection)
    assert triggers() == set()
    for name in ("listen", "serve"):
        monkeypatch.setattr(f"kindwall.management.commands.serve.{name}", lambda *args, **options: None)
    call_command("serve", stdout=StringIO())
    assert triggers() == set(audit_triggers.names[connection.vendor])


def test_log_can_be_changed_without_the_triggers(entry: AuditEntry) -> None:
    """The triggers refuse the change, and nothing else does."""
    with connection.cursor() as cursor:
        for name in triggers():
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {TABLE}" if connection.vendor == "postgresql" else ""))
    assert AuditEntry.objects.filter(pk=entry.pk).update(message="Another.") == 1
