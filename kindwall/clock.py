"""What time it is for the models. The demo's stories happened over weeks, and were written down a moment ago."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    return moment.get() or timezone.now()


@contextmanager
def at(then: datetime) -> Iterator[None]:
    """Let what is done inside happen at that time."""
    token = moment.set(then)
    try:
        yield
    finally:
        moment.reset(token)


def today_began() -> datetime:
    """Midnight, in the time zone of whoever reads."""
    return timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
