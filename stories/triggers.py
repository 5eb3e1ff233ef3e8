"""Triggers of the database that guard or follow a table, and how they outlive migrations.

SQLite alters a table by making a new one. It loses the triggers of the old one, and fails where a trigger of another
table names it. Therefore `migrate` drops the triggers before it begins and creates them when it has finished, and a
migration need not know of them.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate

logger = logging.getLogger(__name__)

INSTALLED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
}


class TableTriggers(ABC):
    """The triggers of one table: their names by database, and the statements that create or replace them."""

    table: ClassVar[str]
    names: ClassVar[dict[str, tuple[str, ...]]]
    loss: ClassVar[str]  # what the log says when they are missing

    @abstractmethod
    def statements(self, connection: BaseDatabaseWrapper) -> Iterable[str]: ...

    @abstractmethod
    def has_tables(self, connection: BaseDatabaseWrapper) -> bool:
        """Return whether all tables that the triggers name are there: not before their migration."""

    @abstractmethod
    def repair(self, connection: BaseDatabaseWrapper) -> None:
        """Catch up with what was written without the triggers."""

    def follow_migrations(self, app: AppConfig) -> None:
        uid = f"triggers of {self.table}"
        pre_migrate.connect(self.drop_before_migrate, sender=app, dispatch_uid=uid)
        post_migrate.connect(self.create_after_migrate, sender=app, dispatch_uid=uid)

    def drop_before_migrate(self, *, using: str, plan: Sequence[Any], **kwargs: Any) -> None:
        if plan:
            self.drop(connections[using])

    def create_after_migrate(self, *, using: str, **kwargs: Any) -> None:
        """Create the triggers also where nothing was migrated: an earlier run may have failed half-way."""
        self.create(connections[using])

    def create_missing(self, connection: BaseDatabaseWrapper) -> None:
        """Create the triggers where a migration has failed and no other has run since."""
        if self.has_tables(connection) and not self.installed(connection).issuperset(self.names[connection.vendor]):
            logger.warning(self.loss)
            self.create(connection)
            self.repair(connection)

    def create(self, connection: BaseDatabaseWrapper) -> None:
        """Create the triggers, or replace older ones, if the tables exist."""
        if self.has_tables(connection):
            execute(connection, self.statements(connection))

    def drop(self, connection: BaseDatabaseWrapper) -> None:
        if self.has_tables(connection):
            on_table = f" ON {self.table}" if connection.vendor == "postgresql" else ""
            names = self.names[connection.vendor]
            execute(connection, [f"DROP TRIGGER IF EXISTS {name}{on_table}" for name in names])

    def installed(self, connection: BaseDatabaseWrapper) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(INSTALLED[connection.vendor], [self.table])
            return {name for (name,) in cursor.fetchall()}


def execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
