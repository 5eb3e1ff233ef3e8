"""Reading a page of the wall."""

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
    older: str  # the cursor of the next page, or nothing on the last


def read_page(membership: Membership, before: str, event: int) -> Page:
    """What hangs, and what of it this reader has pressed; a cursor that makes no sense reads from the top.

    `event` is the newest of the outbox, read before: nothing that is published changes without a
    new one, so readers of the same event are shown the same cards, read once. Two queries the
    first time and one after that, however many stories there are.
    """
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    hung = shared_page_at(membership.team_id, membership.team.slug, read_cursor(before), event, minute)
    pressed = own_reactions(membership.user_id, [card.pk for card in hung.cards])
    return Page(cards=[card.draw(pressed[card.pk], now) for card in hung.cards], older=hung.older)


def read_public_page(team: Team, before: str, event: int) -> Page:
    """The same for people outside, who have pressed nothing."""
    now = timezone.now()
    hung = shared_page_at(team.pk, team.slug, read_cursor(before), event, now.replace(second=0, microsecond=0))
    return Page(cards=[card.draw(frozenset(), now, visitor=True) for card in hung.cards], older=hung.older)


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The part of a page that is the same for every reader."""

    cards: tuple[Card, ...]
    older: str


def weight(hung: SharedPart) -> int:
    return sum(CARD + getsizeof(card.body) + getsizeof(card.author) for card in hung.cards)


@cached_up_to(CACHE_BYTES, weight)
def shared_page_at(
    team_id: int, slug: str, cursor: tuple[datetime, int] | None, event: int, minute: datetime
) -> SharedPart:
    """The cards as of that event. The minute bounds what no event tells of, such as a person's new name."""
    hung = Story.objects.filter(team=team_id).published().with_author().newest_first()
    stories = list(hung.page_after(cursor)[: PAGE + 1])
    older = write_cursor(stories[PAGE - 1]) if len(stories) > PAGE else ""
    return SharedPart(cards=tuple(Card.of(story, slug) for story in stories[:PAGE]), older=older)


def own_reactions(user_id: int, stories: Sequence[int]) -> Mapping[int, Set[str]]:
    """What this reader has pressed, by story.

    Written as SQL: building this union costs the ORM more than everything else on the page together.
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
