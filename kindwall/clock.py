"""The clock of the models, which the demo sets back: its stories happened over weeks, and are created at once."""

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
    """Set the clock to that time inside a `with` block."""
    token = moment.set(then)
    try:
        yield
    finally:
        moment.reset(token)


def today_began() -> datetime:
    """Return the last midnight in the reader's time zone."""
    return timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
