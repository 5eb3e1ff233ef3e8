"""Tests of the models' clock."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kindwall import clock

pytestmark = pytest.mark.once

THEN = datetime(2020, 2, 2, 20, 20, tzinfo=UTC)


def test_clock_shows_the_present() -> None:
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()


def test_clock_is_set_only_inside_the_block() -> None:
    with clock.at(THEN):
        assert clock.now() == clock.now() == THEN
    assert clock.now() - timezone.now() < timedelta(seconds=1)


def test_inner_block_restores_the_outer_time() -> None:
    with clock.at(THEN):
        with clock.at(THEN + timedelta(days=1)):
            assert clock.now() == THEN + timedelta(days=1)
        assert clock.now() == THEN


def test_clock_is_restored_after_an_error() -> None:
    try:
        with clock.at(THEN):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert clock.now() > THEN


def test_clock_of_another_thread_is_not_set() -> None:
    seen: list[datetime] = []
    with clock.at(THEN):
        other = threading.Thread(target=lambda: seen.append(clock.now()))
        other.start()
        other.join()
    assert seen[0] > THEN
