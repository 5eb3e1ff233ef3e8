"""Pages of the wall."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import getsizeof

from django.db import connection
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import Membership, Team
from kindwall.byte_cache import cached_up_to
from stories.cards import EPOCH, UPLIFT, Card, moment
from stories.models import Story

PAGE = 24
CACHE_BYTES = 8 << 20  # about 200 pages as people write, or 8 of the longest stories there can be
CARD = 700  # bytes of a card besides its words
CURSOR = re.compile(r"(?P<moment>\d{1,17})-(?P<pk>\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    cards: Sequence[SafeString]
    older: str  # the cursor of the next page; empty on the last


def read_page(membership: Membership, before: str, event: int, author: int | None = None) -> Page:
    """Return the published stories as cards with this reader's own reactions; an invalid cursor reads the first page.

    With `author`, return that person's stories.

    `event` is the newest of the outbox, read before. Nothing published changes without a new event, so all readers
    of the same event share cards that are read once. Two queries the first time, one after that.
    """
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    shared = shared_page_at(membership.team_id, membership.team.slug, read_cursor(before), event, minute, author)
    pressed = own_reactions(membership.user_id, [card.pk for card in shared.cards])
    cards = [card.draw(pressed[card.pk], now, reader=membership.user_id) for card in shared.cards]
    return Page(cards=cards, older=shared.older)


def read_public_page(team: Team, before: str, event: int) -> Page:
    """Return the same page for people outside the team, who have no reactions."""
    now = timezone.now()
    shared = shared_page_at(team.pk, team.slug, read_cursor(before), event, now.replace(second=0, microsecond=0))
    return Page(cards=[card.draw(frozenset(), now, visitor=True) for card in shared.cards], older=shared.older)


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The part of a page that is the same for every reader."""

    cards: tuple[Card, ...]
    older: str


def weight(shared: SharedPart) -> int:
    return sum(CARD + getsizeof(card.body) + getsizeof(card.author) for card in shared.cards)


@cached_up_to(CACHE_BYTES, weight)
def shared_page_at(
    team_id: int,
    slug: str,
    cursor: tuple[datetime, int] | None,
    event: int,
    minute: datetime,
    author: int | None = None,
) -> SharedPart:
    """Return the cards as of that event. By the minute, because a person's new name comes without an event."""
    published = Story.objects.filter(team=team_id).published().by_author(author).with_author().newest_first()
    stories = list(published.page_after(cursor)[: PAGE + 1])
    older = write_cursor(stories[PAGE - 1]) if len(stories) > PAGE else ""
    return SharedPart(cards=tuple(Card.of(story, slug) for story in stories[:PAGE]), older=older)


def own_reactions(user_id: int, stories: Sequence[int]) -> Mapping[int, Set[str]]:
    """Return the keys of this reader's uplifts and reactions, by story.

    Written as SQL: to build this union, the ORM takes longer than everything else on the page together.
    """
    pressed: defaultdict[int, set[str]] = defaultdict(set)
    if not stories:
        return pressed
    places = ", ".join(["%s"] * len(stories))
    mine = f"WHERE user_id = %s AND story_id IN ({places})"
    statement = (
        f"SELECT story_id, '{UPLIFT}' FROM stories_uplift {mine} "  # noqa: S608 - placeholders and a constant
        f"UNION ALL SELECT story_id, kind FROM stories_reaction {mine}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [user_id, *stories] * 2)
        for story, key in cursor.fetchall():
            pressed[story].add(key)
    return pressed


def read_cursor(text: str) -> tuple[datetime, int] | None:
    match = CURSOR.fullmatch(text)
    if not match:
        return None
    return EPOCH + timedelta(microseconds=int(match["moment"])), int(match["pk"])


def write_cursor(story: Story) -> str:
    assert story.published_at is not None
    return f"{moment(story.published_at)}-{story.pk}"
