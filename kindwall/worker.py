"""Threads of the server's process that run enqueued tasks.

Tasks are rows (django-tasks-db), so any number of processes may run workers: each row is claimed by one of them.
WORKER=off leaves them to `manage.py db_worker`.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskResult, TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from kindwall import periodic

logger = logging.getLogger(__name__)

TASK_POLL = 2.0  # seconds between two searches for tasks that other processes enqueued, or that have become due
AFTER_ERROR = 10.0  # seconds until it tries again after a database error
LOCKED_PAUSE = 0.2  # seconds until it tries again when SQLite is locked
IDLE_PATIENCE = 1.0  # seconds that a stop waits for a worker between two tasks
TASK_PATIENCE = 5.0  # seconds that a stop waits for a task; a task cut off is run again after TASK_LOST_AFTER
TASK_LOST_AFTER = timedelta(hours=1)  # a task that has been running for so long was cut off: its process is gone
LONGEST_MAIL = 300.0  # seconds: a mail has some ten steps, each with 20 seconds for the mail server's answer
LONGEST_DELIVERY = 60.0  # seconds: an attempt ends after ten
LONGEST_WORK = 900.0  # seconds, such as for packing a large team; longer work goes on, beside the next
WATCH = 5.0  # seconds between two checks whether a worker hangs
MOST_STUCK = 3  # stuck threads of one worker; a further one is not replaced


class Backend(DatabaseBackend):
    """Stores tasks as rows, and wakes this process's workers once they are committed."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result: TaskResult = super().enqueue(task, args, kwargs)
        transaction.on_commit(workers.wake, robust=True)
        return result


class Batch(db_worker.Worker):
    """The library's worker, which also records its current task and when that began."""

    def __init__(self, queues: list[str], excluded: list[str]) -> None:
        # With `batch` it returns when no task is ready. Our own query then searches for tasks, because the library
        # would take SQLite's write lock for each search.
        super().__init__(
            queue_names=queues,
            excluded_queue_names=excluded,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            worker_id=get_random_string(32),
            batch=True,
            max_tasks=None,
            interval=LOCKED_PAUSE,
            startup_delay=False,
        )
        self.task_path = ""
        self.began: float | None = None

    def run_task(self, db_task_result: DBTaskResult) -> None:
        self.task_path, self.began = db_task_result.task_path, time.monotonic()
        try:
            super().run_task(db_task_result)
        finally:
            self.began = None

    def ready(self) -> DBTaskResultQuerySet:
        tasks = DBTaskResult.objects.ready().filter(backend_name=self.backend_name)
        if not self.process_all_queues:
            tasks = tasks.filter(queue_name__in=self.queue_names)
        return tasks.exclude(queue_name__in=self.excluded_queue_names)


class Worker:
    """Runs ready tasks one after another, in a thread of its own, from `start` to `stop`.

    A thread cannot be stopped from outside. When its task hangs, another thread replaces it.
    """

    def __init__(
        self,
        name: str = "worker",
        *,
        queues: tuple[str, ...] = ("*",),
        excluded: tuple[str, ...] = (),
        longest: float = LONGEST_WORK,
        schedule: periodic.Schedule | None = None,
    ) -> None:
        self.name, self.queues, self.excluded = name, queues, excluded
        self.longest = longest  # seconds that a task may take until it counts as hanging
        self.schedule = schedule  # of the periodic jobs, which one worker of a process enqueues
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._stuck: list[threading.Thread] = []
        self._batch = self._new_batch()

    def start(self) -> None:
        self._stopping = False
        self._begin()

    def wake(self) -> None:
        """Make the worker search for tasks now. Safe from any thread, and where no worker runs."""
        self._woken.set()

    def stop(self) -> bool:
        """Start no further task, wait a while for the running one, and return whether it has ended."""
        self.ask_to_stop()
        return self.wait(time.monotonic())

    def ask_to_stop(self) -> None:
        self._stopping = True
        self._batch.running = False
        self.wake()

    def wait(self, asked_at: float) -> bool:
        """Wait after `ask_to_stop`, called at this monotonic time, and return whether the last task has ended."""
        if self._thread is None:
            return True
        self._thread.join(max(0.0, asked_at + IDLE_PATIENCE - time.monotonic()))
        if self._batch.running_task:
            self._thread.join(max(0.0, asked_at + TASK_PATIENCE - time.monotonic()))
        done = not self._thread.is_alive()
        if not done:
            logger.warning("A task was cut off; it is run again in an hour.")
        return done

    def replace_if_stuck(self) -> bool:
        """Start another thread when a task takes too long, and return whether that was so."""
        began = self._batch.began
        if self._stopping or self._thread is None or began is None or time.monotonic() - began < self.longest:
            return False
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        if len(self._stuck) >= MOST_STUCK:
            return False  # each was logged; one more thread would hang as well
        path = self._batch.task_path
        logger.error("%s has been running for %.0f s; another worker goes on without it.", path, self.longest)
        self._batch.running = False  # the hanging thread starts no other task if it ever continues
        self._stuck.append(self._thread)
        self._begin()
        return True

    def _new_batch(self) -> Batch:
        return Batch(list(self.queues), list(self.excluded))

    def _begin(self) -> None:
        self._batch = self._new_batch()
        # A daemon: the process may end although a task does not.
        self._thread = threading.Thread(target=self._work, args=(self._batch,), name=self.name, daemon=True)
        self._thread.start()

    def _work(self, batch: Batch) -> None:
        try:
            while True:
                # Cleared before the search, so that no later call of `wake` is lost.
                self._woken.clear()
                if self._stopping:
                    break
                rest = self._run_ready(batch)
                if batch is not self._batch:
                    break  # another thread has replaced this one
                self._woken.wait(rest)
        finally:
            connections.close_all()

    def _run_ready(self, batch: Batch) -> float:
        """Run every task that is ready, and return the seconds to wait after it."""
        try:
            close_old_connections()
            if self.schedule:
                self.schedule.check()
            if batch.ready().exists():
                batch.run()
        except Exception:
            logger.exception("The worker could not go on; it tries again.")
            # The connection may be broken, so the next search opens a new one.
            connections.close_all()
            return AFTER_ERROR
        return TASK_POLL


class Workers:
    """The workers of this process: two that may wait for other servers, and one for everything else."""

    def __init__(self) -> None:
        self.all = (
            Worker("mail", queues=(settings.MAIL_QUEUE,), longest=LONGEST_MAIL),
            Worker("deliveries", queues=(settings.DELIVERY_QUEUE,), longest=LONGEST_DELIVERY),
            Worker("work", excluded=(settings.MAIL_QUEUE, settings.DELIVERY_QUEUE), schedule=periodic.Schedule()),
        )
        self._stopped = threading.Event()

    def start(self) -> None:
        self._stopped.clear()
        for worker in self.all:
            worker.start()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def wake(self) -> None:
        for worker in self.all:
            worker.wake()

    def stop(self) -> bool:
        """Stop all workers, and return whether all their tasks have ended in time."""
        self._stopped.set()
        for worker in self.all:
            worker.ask_to_stop()
        asked_at = time.monotonic()
        done = [worker.wait(asked_at) for worker in self.all]
        return all(done)

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH):
            for worker in self.all:
                worker.replace_if_stuck()


def requeue_lost() -> int:
    """Make tasks ready again whose process is gone, and return their number. Tasks are safe to repeat."""
    long_ago = timezone.now() - TASK_LOST_AFTER
    lost = DBTaskResult.objects.running().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS, started_at__lt=long_ago)
    return lost.update(status=TaskResultStatus.READY)


workers = Workers()
