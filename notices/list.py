"""A page of a person's notices, with the words of each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.models import User
from accounts.notice_kinds import NoticeText, notice_kinds
from kindwall.clock import now
from notices.models import Notice
from stories.cards import microseconds_since_epoch
from stories.wall_order import read_cursor

NOTICES_ON_PAGE = 24


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice with its words."""

    notice: Notice
    text: NoticeText

    @property
    def is_unread(self) -> bool:
        return self.notice.read_at is None

    @property
    def cursor(self) -> str:
        return cursor_of(self.notice)


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    lines: list[NoticeLine]

    @property
    def heading(self) -> str:
        days_ago = (timezone.localdate() - self.date).days
        if days_ago == 0:
            return gettext("Today")
        return gettext("Yesterday") if days_ago == 1 else date_format(self.date, "DATE_FORMAT")


@dataclass(frozen=True, slots=True)
class NoticePage:
    days: Sequence[Day]
    read_at: str  # the cursor of this moment
    newest: str  # the cursor of the first notice; empty where there is none
    older: str  # the cursor of the next page; empty on the last
    has_unread: bool
    names_teams: bool  # whether each line names its team


def read_notice_page(user: User, before: str) -> NoticePage:
    """Return the notices after this cursor; an invalid one reads the first page.

    One query, and those of `texts_of`, however many notices there are.
    """
    shown = Notice.objects.shown_to(user).latest_first().page_after(read_cursor(before))
    found = list(shown.select_related("team")[: NOTICES_ON_PAGE + 1])
    texts = texts_of(found[:NOTICES_ON_PAGE])
    lines = [NoticeLine(notice, texts[notice.pk]) for notice in found[:NOTICES_ON_PAGE] if notice.pk in texts]
    return NoticePage(
        days=[Day(day, list(some)) for day, some in groupby(lines, key=day_of)],
        read_at=f"{microseconds_since_epoch(now())}-0",
        newest=cursor_of(found[0]) if found else "",
        older=cursor_of(found[NOTICES_ON_PAGE - 1]) if len(found) > NOTICES_ON_PAGE else "",
        has_unread=any(line.is_unread for line in lines),
        names_teams=len(user.memberships_by_slug) > 1,
    )


def day_of(line: NoticeLine) -> date:
    """Return the reader's date of the line."""
    return timezone.localdate(line.notice.updated_at)


def texts_of(notices: Sequence[Notice]) -> Mapping[int, NoticeText]:
    """Return the words of these notices of one reader, by pk; each kind reads all of its own together."""
    by_reading: defaultdict[Callable[..., Mapping[int, NoticeText]], list[Notice]] = defaultdict(list)
    for notice in notices:
        by_reading[notice_kinds[notice.kind].texts].append(notice)
    return {pk: text for texts, some in by_reading.items() for pk, text in texts(some).items()}


def cursor_of(notice: Notice) -> str:
    return f"{microseconds_since_epoch(notice.updated_at)}-{notice.pk}"


def read_notice_moment(text: str) -> datetime | None:
    """Return the moment of a cursor; None for any other text."""
    cursor = read_cursor(text)
    return cursor[0] if cursor else None
