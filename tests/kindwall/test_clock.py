"""The models' clock."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kindwall import clock

pytestmark = pytest.mark.once

THEN = datetime(2020, 2, 2, 20, 20, tzinfo=UTC)


def test_it_is_now_as_everywhere() -> None:
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()


def test_inside_it_is_then_and_after_it_is_now_again() -> None:
    with clock.at(THEN):
        assert clock.now() == clock.now() == THEN
    assert clock.now() - timezone.now() < timedelta(seconds=1)


def test_one_time_within_another_gives_it_back() -> None:
    with clock.at(THEN):
        with clock.at(THEN + timedelta(days=1)):
            assert clock.now() == THEN + timedelta(days=1)
        assert clock.now() == THEN


def test_it_is_now_again_also_after_something_went_wrong() -> None:
    try:
        with clock.at(THEN):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert clock.now() > THEN


def test_another_thread_has_its_own_time() -> None:
    seen: list[datetime] = []
    with clock.at(THEN):
        other = threading.Thread(target=lambda: seen.append(clock.now()))
        other.start()
        other.join()
    assert seen[0] > THEN
