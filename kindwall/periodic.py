"""Periodic jobs: tasks that are enqueued again and again, each time by one process only.

An app registers its job in its `AppConfig.ready()`, such as one that deletes old rows:

    periodic.register(PeriodicJob("delete-old-notices", tasks.delete_old_notices, every=timedelta(hours=1)))

Time is divided into slots of that length, counted from 1970, so that an hourly job begins at the full hour. In each
slot the first process to notice claims the job by compare-and-set, and enqueues its task in the same transaction: a
crash loses neither. A slot in which no process ran is left out, so a job reads what is due from its own rows. It has to
be safe to repeat, and cheap when nothing is due: it then runs a fixed number of queries.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, transaction
from django.tasks import Task

from kindwall import clock
from kindwall.models import PeriodicRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    name: str  # stored, at most 64 letters
    task: Task[[], Any]
    every: timedelta  # whole minutes

    @property
    def slot(self) -> int:
        """Return the number of the present slot."""
        return int(clock.now().timestamp() // self.every.total_seconds())


jobs: dict[str, PeriodicJob] = {}


def register(job: PeriodicJob) -> None:
    jobs[job.name] = job


def enqueue_due_tasks() -> None:
    """Enqueue each job that no process has enqueued in the present slot. One query when nothing is due."""
    last_slots = dict(PeriodicRun.objects.values_list("name", "slot"))
    for job in jobs.values():
        last, slot = last_slots.get(job.name), job.slot
        # The clocks of two machines may differ a little. Further back, the clock was set back.
        if last is None or slot > last or slot < last - 1:
            with transaction.atomic():
                if PeriodicRun.claim(job.name, slot, last=last):
                    job.task.enqueue()


class Schedule:
    """Calls `enqueue_due` once a minute, however often it is asked. Each thread that asks has its own."""

    def __init__(self) -> None:
        self._minute: int | None = None

    def check(self) -> None:
        minute = int(clock.now().timestamp() // 60)
        if minute != self._minute:
            enqueue_due_tasks()
            self._minute = minute


def follow(stopped: threading.Event, *, pause: float = 10.0) -> None:
    """Check the schedule every `pause` seconds until `stopped` is set, in a process without our workers."""
    schedule = Schedule()
    while not stopped.wait(pause):
        try:
            close_old_connections()
            schedule.check()
        except Exception:
            logger.exception("Periodic jobs could not be enqueued; it tries again.")
