"""Background tasks in tests: run where they are enqueued, or kept as rows until `run_due`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.immediate import ImmediateBackend
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from kindwall import clock


class Backend(DatabaseBackend):
    """Runs a task where it is enqueued, also inside a transaction. One with `run_after` becomes a row.

    As in the product, that row is gone when its transaction is rolled back.
    """

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.immediate = ImmediateBackend(alias, params)

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if task.run_after is None:
            return self.immediate.enqueue(task, args, kwargs)
        result: TaskResult[Any, Any] = super().enqueue(task, args, kwargs)
        return result


def due() -> list[DBTaskResult[Any, Any]]:
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY, run_after__lte=clock.now())
    return list(ready.order_by("run_after", "enqueued_at"))


def run_due() -> int:
    """Run every task whose time has come by `kindwall.clock`, also those that these enqueue; return how many."""
    number = 0
    while rows := due():
        for row in rows:
            row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
            row.set_successful(None)
            number += 1
    return number


@contextmanager
def clock_moved_to(then: datetime) -> Iterator[None]:
    """Move the clock, and run what has become due until then."""
    with clock.at(then):
        run_due()
        yield
