"""Pages of the wall."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from sys import getsizeof

from django.db import connection
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Membership, Team
from kindwall.byte_cache import cached_up_to
from stories import note_shape
from stories.cards import UPLIFT, Card
from stories.models import Story
from stories.search.marks import Marker
from stories.wall_filter import WallFilter, page_address
from stories.wall_order import read_stretch, stories_in_order

PAGE_CACHE_BYTES = 8 << 20  # about 200 pages as people write, or 8 of the longest stories there can be
OPENS_STORY = re.compile(r'<a class="note-(?:open|more[\w -]*)" href="[^"?]+')
CARD = 700  # bytes of a card besides its words


@dataclass(frozen=True, slots=True)
class WallPage:
    cards: Sequence[SafeString]
    older: str  # the cursor of the next page; empty on the last
    newer: str  # the cursor of the page before; empty if that is the first one
    newest: int | None = None  # the moment of its first story


def read_wall_page(membership: Membership, wanted: WallFilter, before: str, event: int) -> WallPage:
    """Return the stories that the reader asks for as cards with their own reactions.

    An invalid cursor reads the first page. `event` is the newest of the outbox, read before. Nothing published changes
    without a new event, so all readers of the same event share cards that are read once. Two queries the first time
    for the newest stories, one after that.
    """
    now = timezone.now()
    shared = shared_page_at(
        membership.team_id, membership.team.slug, wanted, before, event, minute_of(now), zone_of(wanted)
    )
    pressed = own_reactions(membership.user_id, [card.pk for card in shared.cards])
    cards = [card.draw(pressed[card.pk], now, reader=membership.user_id) for card in shared.cards]
    cards = leading_on(cards_with_marks(cards, shared, wanted), wanted.address(membership.user_id), before)
    return WallPage(cards, shared.older, shared.newer, newest=shared.cards[0].moment if shared.cards else None)


def read_public_page(team: Team, wanted: WallFilter, before: str, event: int) -> WallPage:
    """Return the same page for people outside the team, who have no reactions."""
    now = timezone.now()
    shared = shared_page_at(team.pk, team.slug, wanted, before, event, minute_of(now), zone_of(wanted))
    cards = [card.draw(frozenset(), now, visitor=True) for card in shared.cards]
    cards = leading_on(cards_with_marks(cards, shared, wanted), wanted.address(), before)
    return WallPage(cards, shared.older, shared.newer)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A story that has arrived or changed while a part of the wall is open, and its place there."""

    card: SafeString
    is_on_page: bool  # whether it belongs to the first page
    behind: str = ""  # the id of the card before it; empty for the first one


def read_arrivals(membership: Membership, wanted: WallFilter, asked: Sequence[int], event: int) -> list[Arrival]:
    """Return those of the stories that fit the filter, for a page that is open."""
    shared, places = read_places(membership.team, wanted, asked, event)
    pressed, now = own_reactions(membership.user_id, [card.pk for card in shared.cards]), timezone.now()
    drawn = [card.draw(pressed[card.pk], now, reader=membership.user_id) for card in shared.cards]
    cards = leading_on(cards_with_marks(drawn, shared, wanted), wanted.address(membership.user_id), before="")
    return with_places(cards, shared, places)


def read_public_arrivals(team: Team, wanted: WallFilter, asked: Sequence[int], event: int) -> list[Arrival]:
    shared, places = read_places(team, wanted, asked, event)
    drawn = [card.draw(frozenset(), timezone.now(), visitor=True) for card in shared.cards]
    return with_places(leading_on(cards_with_marks(drawn, shared, wanted), wanted.address(), before=""), shared, places)


def read_places(
    team: Team, wanted: WallFilter, asked: Sequence[int], event: int
) -> tuple["SharedPart", Mapping[int, str]]:
    """Return the asked stories that fit the filter, and of those on the first page the id of the card before each."""
    now = timezone.now()
    page = shared_page_at(team.pk, team.slug, wanted, "", event, minute_of(now), zone_of(wanted)).cards
    before = ["", *(card.element for card in page)]
    places = {card.pk: behind for card, behind in zip(page, before, strict=False) if card.pk in asked}
    further = [pk for pk in asked if pk not in places]
    stories = (
        stories_in_order(wanted.stories(team.pk).filter(pk__in=further).values_list("pk", flat=True)) if further else []
    )
    cards = [*(card for card in page if card.pk in places), *cards_of(stories, team.slug, wanted)]
    return SharedPart(tuple(cards), older="", newer=""), places


def with_places(drawn: list[SafeString], shared: "SharedPart", places: Mapping[int, str]) -> list[Arrival]:
    return [
        Arrival(html, is_on_page=card.pk in places, behind=places.get(card.pk, ""))
        for html, card in zip(drawn, shared.cards, strict=True)
    ]


def cards_with_marks(drawn: list[SafeString], shared: "SharedPart", wanted: WallFilter) -> list[SafeString]:
    """Mark the words that somebody looks for."""
    if not wanted.words:
        return drawn
    marker = Marker(wanted.query)
    return [marker.marked(html, card.excerpt) for html, card in zip(drawn, shared.cards, strict=True)]


def with_hit(card: Card, marker: Marker) -> Card:
    """Return the card with the part of a long story in which the first word is found."""
    if not card.is_cut:
        return card
    body = card.text.body
    return replace(card, excerpt=note_shape.excerpt_around(body, marker.first_hit(body) or 0))


def leading_on(cards: list[SafeString], address: str, before: str) -> list[SafeString]:
    """Let each card open its story with the address of this page, in whose order the story's page leads on."""
    query = escape(page_address(address, before))
    opened = rf"\g<0>?{query}"
    return [mark_safe(OPENS_STORY.sub(opened, card)) for card in cards] if query else cards  # noqa: S308


def zone_of(wanted: WallFilter) -> str:
    """Return the time zone in which the page begins and ends: that of its reader, where it is a month."""
    return timezone.get_current_timezone_name() if wanted.month else ""


def minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The part of a page that is the same for every reader."""

    cards: tuple[Card, ...]
    older: str
    newer: str


def shared_weight(shared: SharedPart) -> int:
    texts = sum(card.text.weight + (getsizeof(card.excerpt) if card.is_cut else 0) for card in shared.cards)
    return texts + sum(CARD + getsizeof(card.author) for card in shared.cards)


@cached_up_to(PAGE_CACHE_BYTES, shared_weight)
def shared_page_at(
    team_id: int, slug: str, wanted: WallFilter, before: str, event: int, minute: datetime, zone: str
) -> SharedPart:
    """Return the cards as of that event. By the minute, because a person's new name comes without an event."""
    stretch = read_stretch(team_id, wanted, before, event, minute)
    return SharedPart(tuple(cards_of(stretch.stories, slug, wanted)), stretch.older, stretch.newer)


def cards_of(stories: Sequence[Story], slug: str, wanted: WallFilter) -> list[Card]:
    cards = [Card.of(story, slug) for story in stories]
    if not wanted.words:
        return cards
    marker = Marker(wanted.query)
    return [with_hit(card, marker) for card in cards]


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
