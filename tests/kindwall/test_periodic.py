"""Tests of periodic jobs: each is enqueued once in a slot, whatever processes, crashes and clocks do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.tasks import task
from django.test.utils import CaptureQueriesContext

from kindwall import clock, periodic
from kindwall.models import PeriodicRun

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
runs: list[datetime] = []


@task
def note_time() -> None:
    runs.append(clock.now())


@pytest.fixture(autouse=True)
def hourly(monkeypatch: pytest.MonkeyPatch) -> periodic.PeriodicJob:
    """The only job."""
    job = periodic.PeriodicJob("note-time", note_time, every=HOUR)
    monkeypatch.setattr(periodic, "jobs", {job.name: job})
    runs.clear()
    return job


def at(moment: datetime) -> None:
    with clock.at(moment):
        periodic.enqueue_due_tasks()


def test_job_runs_once_in_each_slot() -> None:
    for minutes in (30, 31, 59, 60, 61, 119, 120):
        at(NOON + minutes * MINUTE)
    assert runs == [NOON + 30 * MINUTE, NOON + HOUR, NOON + 2 * HOUR]


def test_process_that_comes_second_runs_nothing(hourly: periodic.PeriodicJob) -> None:
    at(NOON)
    # Both read the same last slot.
    assert PeriodicRun.claim(hourly.name, 5, last=None) is False
    slot = PeriodicRun.objects.get().slot
    assert PeriodicRun.claim(hourly.name, slot + 1, last=slot) is True
    assert PeriodicRun.claim(hourly.name, slot + 1, last=slot) is False


def test_clock_that_was_set_back_does_not_stop_a_job() -> None:
    at(NOON)
    at(NOON - 5 * HOUR)
    at(NOON - 5 * HOUR + MINUTE)
    at(NOON - 4 * HOUR)
    assert runs == [NOON, NOON - 5 * HOUR, NOON - 4 * HOUR]


def test_clock_that_is_a_little_behind_runs_nothing_twice() -> None:
    at(NOON)
    at(NOON - timedelta(seconds=1))
    at(NOON)
    assert runs == [NOON]


def test_claim_is_rolled_back_together_with_its_task() -> None:
    with transaction.atomic():
        at(NOON)
        transaction.set_rollback(True)  # as when the process is killed
    at(NOON)
    assert runs == [NOON, NOON]


def test_schedule_asks_the_database_once_a_minute() -> None:
    schedule = periodic.Schedule()
    at(NOON)
    for seconds, queries in ((1, 1), (2, 0), (59, 0), (60, 1)):
        with (
            clock.at(NOON + timedelta(seconds=seconds)),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            schedule.check()
        assert len(asked) == queries


def test_schedule_tries_again_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule, failures = periodic.Schedule(), [OperationalError("database is locked")]

    def fail_once() -> None:
        if failures:
            raise failures.pop()
        runs.append(clock.now())

    monkeypatch.setattr(periodic, "enqueue_due_tasks", fail_once)
    with clock.at(NOON):
        with pytest.raises(OperationalError):
            schedule.check()
        schedule.check()
    assert runs == [NOON]


def test_every_registered_job_takes_no_arguments_and_whole_minutes(monkeypatch: Any) -> None:
    monkeypatch.undo()
    assert {"clean-up", "delete-due-accounts"} <= periodic.jobs.keys()
    for job in periodic.jobs.values():
        assert job.every % MINUTE == timedelta()
        assert len(job.name) <= 64
