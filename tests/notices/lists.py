"""Notices in tests: the sentences that a person is shown, and how many the bell counts."""

import re
from datetime import timedelta

from accounts.models import Membership, User
from kindwall import clock
from notices.bell import Bell
from notices.list import NoticePage, read_notice_page
from tests.task_backend import clock_moved_to

SETTLED = timedelta(seconds=11)
ISOLATES = re.compile("[\u2066-\u2069]")


def settle() -> None:
    """Let every decision so far settle, and those who hear of it be told."""
    with clock_moved_to(clock.now() + SETTLED):
        pass


def reader(person: Membership) -> User:
    """Return the person as a new request would load them."""
    return User.objects.get(pk=person.user_id)


def page_of(person: Membership, before: str = "") -> NoticePage:
    return read_notice_page(reader(person), before)


def sentences(person: Membership) -> list[str]:
    """Return what the list of this person says, newest first."""
    return [ISOLATES.sub("", line.text.sentence) for day in page_of(person).days for line in day.lines]


def paths(person: Membership) -> list[str]:
    return [line.text.path for day in page_of(person).days for line in day.lines]


def unread(person: Membership) -> int:
    return Bell.read(reader(person), person.team.slug).unread
