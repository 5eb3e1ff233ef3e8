"""Tests of the worker threads, which run every enqueued task once."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.db import DatabaseError, OperationalError, connection, transaction
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kindwall import periodic
from kindwall import settings as product
from kindwall import worker as module
from kindwall.tasks import clean_up
from kindwall.worker import Batch, Worker, Workers, requeue_lost

PATIENCE = 30.0

done: list[int] = []
begun, allowed = threading.Event(), threading.Event()


@task
def note(number: int) -> None:
    done.append(number)


@task
def fail(number: int) -> None:
    done.append(number)
    raise ValueError("as foreseen")


@task
def break_off() -> None:
    """Leaves a transaction of PostgreSQL's in pieces."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nonsense FROM nowhere")


@task(queue_name="mail")
def wait_for_a_mail_server() -> None:
    begun.set()
    assert allowed.wait(PATIENCE)
    done.append(0)


@task(queue_name="deliveries")
def wait_for_a_receiver() -> None:
    wait_for_a_mail_server.call()


@task
def wait() -> None:
    begun.set()
    assert allowed.wait(PATIENCE)
    done.append(0)


@pytest.fixture
def tasks_as_rows(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's own backend; and nothing but a call wakes a worker or ends its rest, unless a test says so."""
    settings.TASKS = product.TASKS
    monkeypatch.setattr(module, "TASK_POLL", PATIENCE)
    monkeypatch.setattr(module, "IDLE_PATIENCE", PATIENCE)  # a busy machine may take long to end a thread
    monkeypatch.setattr(periodic, "jobs", {})
    done.clear()
    begun.clear()
    allowed.clear()


@pytest.fixture
def worker(tasks_as_rows: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """This process's own."""
    running = Worker()
    monkeypatch.setattr(module, "workers", running)
    running.start()
    yield running
    allowed.set()
    running.stop()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finished(number: int) -> Callable[[], bool]:
    return lambda: DBTaskResult.objects.finished().count() == number


def test_enqueued_task_is_run_at_once(worker: Worker) -> None:
    note.enqueue(1)
    # Sooner than the worker would have looked by itself.
    until(finished(1))
    assert done == [1]
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


def test_waiting_task_is_run_when_a_worker_starts(tasks_as_rows: None) -> None:
    note.enqueue(1)
    worker = Worker()
    worker.start()
    until(finished(1))
    assert worker.stop()


def test_task_of_another_process_is_found_by_polling(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "workers", Worker())  # the one that is woken is not the one that runs
    monkeypatch.setattr(module, "TASK_POLL", 0.01)
    worker.wake()
    note.enqueue(1)
    until(finished(1))


def test_task_is_run_after_a_commit_and_not_after_a_rollback(worker: Worker) -> None:
    with transaction.atomic():
        note.enqueue(1)
        transaction.set_rollback(True)
    with transaction.atomic():
        note.enqueue(2)
        assert done == []
    until(finished(1))
    assert done == [2]


def test_failed_task_is_recorded_and_the_next_one_is_run(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    fail.enqueue(1)
    break_off.enqueue()
    note.enqueue(2)
    until(finished(3))
    assert done == [1, 2]
    assert "as foreseen" in DBTaskResult.objects.get(task_path=fail.module_path).traceback
    assert DBTaskResult.objects.failed().count() == 2
    assert "as foreseen" in caplog.text


@pytest.mark.parametrize("error", [OperationalError("database is locked"), DatabaseError("the connection was cut")])
def test_worker_continues_after_a_database_error(
    tasks_as_rows: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    failures = [error, error]

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if failures and "django_tasks_database" in sql:
            raise failures.pop()
        return execute(sql, *rest)

    class Refused(Worker):
        def _work(self, batch: Batch) -> None:
            with connection.execute_wrapper(refuse):
                super()._work(batch)

    monkeypatch.setattr(module, "AFTER_ERROR", 0.01)
    note.enqueue(1)
    worker = Refused()
    worker.start()
    until(finished(1))
    assert worker.stop()
    assert done == [1]
    assert caplog.text.count("it tries again") == 2


def test_task_for_later_waits(tasks_as_rows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    later = note.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1)
    note.enqueue(2)
    worker = Worker()
    worker.start()
    until(finished(1))
    assert done == [2]
    monkeypatch.setattr(timezone, "now", lambda now=timezone.now: now() + timedelta(hours=2))
    worker.wake()
    until(finished(2))
    assert worker.stop()
    assert DBTaskResult.objects.get(pk=later.id).status == TaskResultStatus.SUCCESSFUL


def test_idle_worker_stops_at_once(worker: Worker) -> None:
    assert worker.stop(), "it is waited for less long than it rests"
    note.enqueue(1)
    assert worker.stop(), "stopping twice is harmless"
    assert done == []


def test_stopped_worker_ends_its_task_and_starts_no_other(worker: Worker) -> None:
    wait.enqueue()
    note.enqueue(1)
    assert begun.wait(PATIENCE)
    threading.Timer(0.1, allowed.set).start()
    assert worker.stop()
    assert done == [0]
    assert DBTaskResult.objects.ready().count() == 1


def test_stop_waits_for_a_limited_time(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "IDLE_PATIENCE", 0.05)
    monkeypatch.setattr(module, "TASK_PATIENCE", 0.1)
    wait.enqueue()
    assert begun.wait(PATIENCE)
    assert not worker.stop()
    assert "cut off" in caplog.text


def test_hanging_thread_is_replaced(tasks_as_rows: None, caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(longest=0.05)
    worker.start()
    first = worker._thread
    wait.enqueue()
    worker.wake()
    assert begun.wait(PATIENCE)
    until(worker.replace_if_stuck)
    assert not worker.replace_if_stuck(), "the new one has done nothing yet"
    assert caplog.text.count(f"{wait.module_path} has been running") == 1
    note.enqueue(1)
    worker.wake()
    until(finished(1))
    assert done == [1]
    allowed.set()
    until(lambda: first is not None and not first.is_alive())
    assert done == [1, 0], "what hung may still end, and its thread with it"
    assert worker.stop()


def test_number_of_replaced_threads_is_limited(tasks_as_rows: None, caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(longest=0.05)
    worker.start()
    for _ in range(module.MOST_STUCK):
        wait.enqueue()
        worker.wake()
        until(worker.replace_if_stuck)
    wait.enqueue()
    worker.wake()
    until(lambda: worker._batch.began is not None and time.monotonic() - worker._batch.began > 0.1)
    assert not worker.replace_if_stuck()
    assert caplog.text.count("has been running") == module.MOST_STUCK
    allowed.set()
    until(finished(module.MOST_STUCK + 1))
    assert worker.stop()


@pytest.mark.parametrize("slow", [wait_for_a_mail_server, wait_for_a_receiver])
def test_other_work_does_not_wait_for_another_server(
    tasks_as_rows: None, monkeypatch: pytest.MonkeyPatch, slow: Any
) -> None:
    running = Workers()
    monkeypatch.setattr(module, "workers", running)
    running.start()
    slow.enqueue()
    assert begun.wait(PATIENCE)
    note.enqueue(1)
    until(finished(1))
    assert done == [1]
    allowed.set()
    assert running.stop()
    assert done == [1, 0]


def test_db_worker_command_runs_mail_tasks_too() -> None:
    assert get_commands()["db_worker"] == "kindwall"
    parser = load_command_class("kindwall", "db_worker").create_parser("manage.py", "db_worker")
    assert parser.get_default("queue_name") == "*"


def test_several_workers_run_each_task_once(tasks_as_rows: None) -> None:
    for number in range(30):
        note.enqueue(number)
    workers = [Worker() for _ in range(3)]
    for worker in workers:
        worker.start()
    until(finished(30))
    for worker in workers:
        assert worker.stop()
    assert sorted(done) == list(range(30))


def test_task_of_a_process_that_died_is_run_again(tasks_as_rows: None) -> None:
    lost, busy = (DBTaskResult.objects.get(pk=note.enqueue(number).id) for number in (1, 2))
    for row, hours in ((lost, 2), (busy, 0)):
        row.claim("a worker that is gone")
        DBTaskResult.objects.filter(pk=row.pk).update(started_at=timezone.now() - timedelta(hours=hours))
    clean_up.func()
    worker = Worker()
    worker.start()
    until(finished(1))
    assert worker.stop()
    assert done == [1]
    assert requeue_lost() == 0, "the other may still be running somewhere"


def test_old_results_are_deleted(tasks_as_rows: None) -> None:
    for number, days in ((1, 8), (2, 6)):
        row = DBTaskResult.objects.get(pk=note.enqueue(number).id)
        row.set_successful(None)
        DBTaskResult.objects.filter(pk=row.pk).update(finished_at=timezone.now() - timedelta(days=days))
    waiting = note.using(run_after=timezone.now() + timedelta(days=30)).enqueue(3)
    DBTaskResult.objects.filter(pk=waiting.id).update(enqueued_at=timezone.now() - timedelta(days=30))
    clean_up.func()
    assert sorted(DBTaskResult.objects.values_list("args_kwargs__args__0", flat=True)) == [2, 3]


def test_polling_writes_nothing(tasks_as_rows: None) -> None:
    statements: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    worker = Worker()
    with connection.execute_wrapper(listen):
        assert worker._run_ready(worker._batch) == PATIENCE
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no connections to end")
def test_worker_reconnects_after_the_database_server_closed_its_connection(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AFTER_ERROR", 0.01)
    note.enqueue(1)
    until(finished(1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone() == (1,)
    note.enqueue(2)
    until(finished(2))
    assert done == [1, 2]
