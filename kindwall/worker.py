"""Background work in the server's own process: a thread that runs what tasks were enqueued.

Tasks are rows (django-tasks-db), so any number of processes may run a worker: each row is claimed by one of them.
WORKER=off leaves them to `manage.py db_worker`.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import close_old_connections, connections, transaction
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskResult, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)

POLL = 2.0  # seconds between two looks where nothing wakes the worker: what other processes enqueue, or for later
AFTER_ERROR = 10.0  # seconds until it tries again when the database did not let it
LOCKED = 0.2  # seconds until it tries again when another held SQLite's lock
IDLE_PATIENCE = 1.0  # seconds that a stop waits for a worker between two tasks
TASK_PATIENCE = 5.0  # seconds that a stop waits for a task; a task cut off is run again after LOST
TIDY = 3600.0  # seconds between two clearings
LOST = timedelta(hours=1)  # a task that has been running for so long was cut off: its process is gone
KEPT_DAYS = 7  # how long it can be looked up what became of a task


class Backend(DatabaseBackend):
    """Rows of the database, and this process's worker is woken once they are committed."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result: TaskResult = super().enqueue(task, args, kwargs)
        transaction.on_commit(worker.wake, robust=True)
        return result


class Worker:
    """Runs ready tasks one after another, in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._tidied_at: float | None = None

    def start(self) -> None:
        self._stopping = False
        self._tidied_at = None
        # `batch`: it comes back when nothing is ready. Looking for work is then a read of our own; the library
        # would take SQLite's write lock for each look.
        self._batch = db_worker.Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            worker_id=get_random_string(32),
            batch=True,
            max_tasks=None,
            interval=LOCKED,
            startup_delay=False,
        )
        # A daemon: the process may end although a task does not.
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work now. Safe from any thread, and where no worker runs."""
        self._woken.set()

    def stop(self) -> bool:
        """Take no further task, and wait for the one that is running, but not for ever. Whether all was done."""
        if self._thread is None:
            return True
        self._stopping = True
        self._batch.running = False
        self.wake()
        self._thread.join(IDLE_PATIENCE)
        if self._batch.running_task:
            self._thread.join(TASK_PATIENCE - IDLE_PATIENCE)
        done = not self._thread.is_alive()
        if not done:
            logger.warning("A task was cut off; it is run again in an hour.")
        return done

    def _work(self) -> None:
        try:
            while True:
                # Cleared before looking: whoever wakes it from now on is heard.
                self._woken.clear()
                if self._stopping:
                    break
                self._woken.wait(self._look())
        finally:
            connections.close_all()

    def _look(self) -> float:
        """Do all that is ready; how long to rest after it."""
        try:
            close_old_connections()
            self._tidy()
            if DBTaskResult.objects.ready().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS).exists():
                self._batch.run()
        except Exception:
            logger.exception("The worker could not go on; it tries again.")
            # Whatever state the connection was left in, the next look has a new one.
            connections.close_all()
            return AFTER_ERROR
        return POLL

    def _tidy(self) -> None:
        now = time.monotonic()
        if self._tidied_at is None or now - self._tidied_at >= TIDY:
            take_up_lost()
            call_command("prune_db_task_results", queue_name="*", min_age_days=KEPT_DAYS, verbosity=0)
            call_command("delete_due_accounts", verbosity=0)
            self._tidied_at = now


def take_up_lost() -> int:
    """Make ready again what a process that is gone left running; how many. Tasks are safe to repeat."""
    long_ago = timezone.now() - LOST
    lost = DBTaskResult.objects.running().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS, started_at__lt=long_ago)
    return lost.update(status=TaskResultStatus.READY)


worker = Worker()
